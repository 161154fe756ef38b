"""Gresch 2022, figure 6: phase diagram of the spin fraction."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, phase_map
from spinlearn.papers.verdicts import Claim, claim, is_below

CAPTION = (
    "Phase diagram of the spin fraction: exact averages, and predictions of the energy-resolved "
    "network."
)

PAPER = "L = 14; 30 h; 1000 + 100; 1; in its code on L = 10, 12, 14"


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Spin fraction over h and energy density of the longest chain; see `phase_map.tabulate`.

    Args:
        files: `predictions` and `model` of the energy-resolved networks.
        settings: `seed`.
    """
    networks, _ = load(files.model)
    return phase_map.tabulate(read_predictions(files.predictions), networks, settings["seed"])


def draw(table: pd.DataFrame) -> Figure:
    """Two panels, exact and predicted, with one colour scale."""
    fig, axes = style.figure(2, 2.7, 1, 2, sharex=True, sharey=True)
    exact = table[table["source"] == "exact"]
    first = exact.iloc[0]
    held_out = f", $L = {first['L']}$ not trained on" if first["held_out"] else ""
    titles = {
        "exact": f"exact, {first['test_realisations']} realisations per point",
        "network": f"networks, fresh disorder{held_out}",
    }
    for ax, (source, title) in zip(axes, titles.items(), strict=True):
        mesh = _draw_map(ax, table[table["source"] == source])
        ax.set_xlabel(common.H_LABEL)
        ax.set_title(title)
    style.label_panels(axes)
    axes[0].set_xlim(_range(exact["h"]))
    axes[0].set_ylim(_range(exact["energy_density"]))
    axes[0].set_ylabel(r"energy density $\epsilon$")
    label = rf"mean spin fraction $\mathcal{{F}}$, $L = {first['L']}$ (line: 1/2)"
    fig.colorbar(mesh, ax=list(axes), extend="both", pad=0.01, label=label)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw_map(ax: Axes, part: pd.DataFrame) -> QuadMesh:
    """The spin fraction as a map, with a line at 1/2."""
    grid = part.pivot(index="energy_density", columns="h", values="spin_fraction")
    h, energy, values = grid.columns.to_numpy(float), grid.index.to_numpy(float), grid.to_numpy()
    colors: dict[str, Any] = {"vmin": 0.0, "vmax": 1.0, "cmap": "viridis"}
    cells = (style.cell_edges(h), style.cell_edges(energy), values)
    mesh = ax.pcolormesh(*cells, rasterized=True, **colors)
    if min(values.shape) > 1 and values.min() < 0.5 < values.max():
        ax.contour(h, energy, values, levels=[0.5], colors="white", linewidths=0.9)
    return mesh


def _range(values: pd.Series) -> tuple[float, float]:
    """Smallest and largest value, set apart if they are the same."""
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The networks reproduce the phase diagram.

    The rule: the root mean square difference of the averaged f between networks and exact
    diagonalisation, on the same disorder vectors and grid, is below that of the best map without
    the energy density, the exact average over it at each h (`is_below`). The error is that of one
    exact average. This is an upper limit, since both use the same disorder vectors. The claim needs
    a chain of at least 12 (`common.LONGEST`), the paper's 19 energy densities, and one run, as the
    figure shows.
    """
    if not common.is_of_paper(table):
        return []
    by_source = table.set_index(["h", "energy_density"]).groupby("source")
    exact, network = by_source.get_group("exact"), by_source.get_group("network (test)")
    difference = (network["spin_fraction"] - exact["spin_fraction"]).abs()
    rms, noise = (float(np.sqrt((values**2).mean())) for values in (difference, exact["error"]))
    per_h = exact["spin_fraction"].groupby("h")
    blind = float(np.sqrt(((exact["spin_fraction"] - per_h.transform("mean")) ** 2).mean()))
    largest = table.loc[table["source"] != "exact", "largest"].max()
    energies = exact.index.unique("energy_density").size
    return [
        claim(
            "gresch2022.figure6.phase_diagram",
            "phase diagram of f over h and energy density: rms difference, networks minus exact",
            published="faithfully reproduced (here: better than without energy density)",
            measured=(rms, noise),
            verdict=is_below(rms, noise, blind),
            needs=[*common.needs(exact.reset_index(), runs=1), ("energy densities", energies, 19)],
            scale=f"{common.scale(exact.reset_index(), PAPER)}; {energies} energy densities",
            note=f"{blind:.3f} without the energy density; largest difference "
            f"{difference.max():.2f}; largest single prediction of f "
            f"{largest:.2f} (networks are not bounded by 1); {common.CHOSEN}; "
            "baseline chosen after looking at the default run",
        )
    ]
