"""Gresch 2022, figure 6: phase diagram of the spin fraction."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from spinlearn.gru.evaluation import PhaseDiagram, phase_diagram
from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers import style
from spinlearn.papers.gresch2022.common import (
    H_LABEL,
    H_POINTS,
    MARGIN,
    claim,
    ensembles,
    fine_grid,
    scale,
    size_columns,
)
from spinlearn.papers.verdicts import Claim, is_below
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

CAPTION = (
    "Phase diagram of the spin fraction: exact averages, and predictions of the energy-resolved "
    "network."
)

ENERGY_POINTS = 37
"""Points of the finer grid of energy densities on which networks are evaluated."""

SAMPLES = 200
"""Fresh disorder vectors per h; the paper takes 100."""

PAPER = "L = 14; 30 h; 1000 + 100; 1; in its code on L = 10, 12, 14"


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Spin fraction over h and energy density of the longest chain.

    Args:
        files: `predictions` and `model` of the energy-resolved networks.
        settings: `seed`.

    Returns:
        One row per (source, h, energy density). The source is "exact" (average over the test
        realisations), "network (test)" (the networks' average over the same disorder vectors) or
        "network" (their average over fresh disorder vectors, on a finer grid). `error` is the
        standard error over disorder vectors, `largest` the largest single value.
    """
    predictions = read_predictions(files.predictions)
    networks, _ = load(files.model)
    L = int(predictions["L"].max())
    diagram = phase_diagram(
        networks,
        L,
        fine_grid(predictions["h"], H_POINTS),
        fine_grid(predictions["energy_density"], ENERGY_POINTS),
        SAMPLES,
        rng(settings["seed"], "gru", "phase diagram", L=L),
    )
    fine = _fine_rows(diagram).assign(L=L, **size_columns(predictions, L, 0))
    tested = pd.DataFrame(_tested_rows(predictions, L))
    return pd.concat([tested, fine[tested.columns]], ignore_index=True)


def _tested_rows(predictions: Contents, L: int) -> list[dict[str, object]]:
    column = INDICATORS.index("spin_fraction")
    rows: list[dict[str, object]] = []
    for _, h, index in ensembles(predictions, predictions["L"] == L):
        energies = predictions["energy_density"][index]
        count = int(np.unique(predictions["realisation"][index]).size)
        for energy in np.unique(energies):
            chosen = index[energies == energy]
            for source, values in (
                ("exact", predictions["target"][None, chosen, column]),
                ("network (test)", predictions["prediction"][:, chosen, column]),
            ):
                each = values.mean(axis=0)
                rows.append(
                    {
                        "source": source,
                        "L": L,
                        "h": h,
                        "energy_density": float(energy),
                        "spin_fraction": float(each.mean()),
                        "error": float(standard_error(each)),
                        "largest": float(values.max()),
                        **size_columns(predictions, L, count),
                    }
                )
    return rows


def _fine_rows(diagram: PhaseDiagram) -> pd.DataFrame:
    h, energy = np.meshgrid(diagram.h, diagram.energy_density, indexing="ij")
    return pd.DataFrame(
        {
            "source": "network",
            "h": h.ravel(),
            "energy_density": energy.ravel(),
            "spin_fraction": diagram.mean.mean(axis=0).ravel(),
            "error": diagram.deviation.mean(axis=0).ravel() / np.sqrt(diagram.samples),
            "largest": diagram.largest,
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """Two panels, exact and predicted, with one colour scale."""
    fig, axes = style.figure(2, 2.7, 1, 2, sharex=True, sharey=True)
    exact = table[table["source"] == "exact"]
    L, held_out = int(exact["L"].iloc[0]), bool(exact["held_out"].iloc[0])
    titles = {
        "exact": f"exact, {int(exact['test_realisations'].iloc[0])} realisations per point",
        "network": "networks, fresh disorder" + (f", $L = {L}$ not trained on" if held_out else ""),
    }
    for ax, (source, title), letter in zip(axes, titles.items(), "ab", strict=True):
        mesh = _draw_map(ax, table[table["source"] == source])
        ax.set_xlabel(H_LABEL)
        ax.set_title(title)
        style.panel_label(ax, letter)
    axes[0].set_xlim(*_range(exact["h"]))
    axes[0].set_ylim(*_range(exact["energy_density"]))
    axes[0].set_ylabel(r"energy density $\epsilon$")
    fig.colorbar(
        mesh,
        ax=list(axes),
        extend="both",
        pad=0.01,
        label=rf"mean spin fraction $\mathcal{{F}}$, $L = {L}$ (line: 1/2)",
    )
    return fig


def _draw_map(ax: Axes, part: pd.DataFrame) -> QuadMesh:
    grid = part.pivot(index="energy_density", columns="h", values="spin_fraction")
    h, energy, values = grid.columns.to_numpy(float), grid.index.to_numpy(float), grid.to_numpy()
    mesh = ax.pcolormesh(
        _edges(h), _edges(energy), values, vmin=0.0, vmax=1.0, cmap="viridis", rasterized=True
    )
    if min(values.shape) > 1 and values.min() < 0.5 < values.max():
        ax.contour(h, energy, values, levels=[0.5], colors="white", linewidths=0.9)
    return mesh


def _edges(centres: Float[np.ndarray, " n"]) -> Float[np.ndarray, " edges"]:
    """Cell edges half way between centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate(
        [[centres[0] - (middle[0] - centres[0])], middle, [2 * centres[-1] - middle[-1]]]
    )


def _range(values: pd.Series) -> tuple[float, float]:
    """Smallest and largest value, set apart if they are the same."""
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The networks reproduce the phase diagram.

    The rule: the root mean square difference of the averaged f between networks and exact
    diagonalisation, on the same disorder vectors and grid, is below 0.05 (`is_below`). The error is
    that of one exact average. This is an upper limit, since both use the same disorder vectors.
    """
    keys = ["h", "energy_density"]
    exact = table[table["source"] == "exact"].set_index(keys)
    network = table[table["source"] == "network (test)"].set_index(keys)
    difference = network["spin_fraction"] - exact["spin_fraction"]
    rms = float(np.sqrt((difference**2).mean()))
    noise = float(np.sqrt((exact["error"] ** 2).mean()))
    largest = float(table.loc[table["source"] != "exact", "largest"].max())
    energies = exact.index.get_level_values("energy_density").nunique()
    sizes = scale(table[table["source"] == "exact"], PAPER)
    return [
        claim(
            "gresch2022.figure6.phase_diagram",
            "phase diagram of f over h and energy density: rms difference, networks minus exact",
            figure=6,
            published="faithfully reproduced (here: within 0.05)",
            measured=rms,
            error=noise,
            verdict=is_below(rms, noise, MARGIN),
            scale=f"{sizes}; {energies} energy densities",
            note=f"largest difference {difference.abs().max():.2f}; largest single prediction of "
            f"f {largest:.2f} (networks are not bounded by 1)",
        )
    ]
