"""Gresch 2022, figure 6: phase diagrams of the indicators."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_all_predictions, read_predictions
from spinlearn.gru.results import load
from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, map_claims, phase_map
from spinlearn.papers.gresch2022.phase_map import EXACT, FRESH, TESTED
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Phase diagrams over disorder and energy density, one row per indicator; the paper shows the "
    "spin fraction. From left to right: exact averages; the energy-resolved networks on fresh "
    "disorder; networks minus exact values on the same disorder vectors; the same of a ridge "
    "regression on a dozen statistics of the fields, fitted to the same data."
)

SCALES = {
    "spin_fraction": (0.0, 1.0),
    "entanglement_entropy": (0.0, 1.0),
    "gap_ratio": (POISSON_GAP_RATIO, GOE_GAP_RATIO),
}
"""Indicators in the order of the rows, and the limits of their colours; a line is half way."""

LARGEST = 0.15
"""Limit of the colours of differences, in units of the range of an indicator's colours."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Indicators over h and energy density of the longest chain; see `phase_map.tabulate`.

    Args:
        files: `predictions` and `model` of the energy-resolved networks, and `baselines`,
            predictions of the energy-resolved baselines.
        settings: `seed`, `vectors`, `h_points` and `energy_points`.
    """
    networks, _ = load(files.model)
    predictions, baselines = read_predictions(files.predictions), files.baselines
    numbers = {name: settings[name] for name in ("seed", "vectors", "h_points", "energy_points")}
    return phase_map.tabulate(predictions, read_all_predictions(baselines), networks, **numbers)


def draw(table: pd.DataFrame) -> Figure:
    """One row per indicator: exact, predicted, and differences of two predictors."""
    exact = table[table["source"] == EXACT]
    first = exact.iloc[0]
    indicators = [name for name in SCALES if name in set(table["indicator"])]
    titles = {EXACT: "exact", FRESH: "networks"}
    differences = {TESTED: "networks $-$ exact", "regression": "regression $-$ exact"}
    differences = {n: title for n, title in differences.items() if n in set(table["source"])}
    columns = len(titles) + len(differences)
    size = (2, 0.8 + 1.5 * len(indicators), len(indicators), columns)
    fig, axes = style.figure(*size, sharex=True, sharey=True, squeeze=False)
    for row, name in zip(axes, indicators, strict=True):
        part = table[table["indicator"] == name]
        maps = {source: _map(part[part["source"] == source]) for source in set(part["source"])}
        low, high = SCALES[name]
        for ax, source in zip(row, titles, strict=False):
            mesh = _draw_map(ax, maps[source], (low, high), "viridis", level=(low + high) / 2)
        fig.colorbar(mesh, ax=list(row[:2]), extend="both", pad=0.01, label=common.label(name))
        limit = LARGEST * (high - low)
        for ax, source in zip(row[2:], differences, strict=True):
            mesh = _draw_map(ax, maps[source] - maps[EXACT], (-limit, limit), "RdBu_r")
        fig.colorbar(mesh, ax=list(row[2:]), extend="both", pad=0.01)
        row[0].set_ylabel(r"energy density $\epsilon$")
    for ax in axes[-1]:
        ax.set_xlabel("$h$ ($J$, Pauli)")
    style.label_panels(axes.flat)
    for ax, title in zip(axes[0], (titles | differences).values(), strict=True):
        ax.set_title(title, loc="right", fontsize=7.5)
    axes[0][0].set_xlim(_range(exact["h"]))
    axes[0][0].set_ylim(_range(exact["energy_density"]))
    held_out = ", not trained on" if first["held_out"] else ""
    heading = f"$L = {first['L']}${held_out}; {first['test_realisations']} realisations per point"
    fig.suptitle(f"{heading}, fresh fields in the second column", fontsize=8)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _map(part: pd.DataFrame) -> pd.DataFrame:
    """Values of one source and indicator, energy densities in rows and h in columns."""
    return part.pivot(index="energy_density", columns="h", values="value")


def _draw_map(
    ax: Axes, grid: pd.DataFrame, limits: tuple[float, float], cmap: str, level: float | None = None
) -> QuadMesh:
    """A map, with a line at a level that it crosses."""
    h, energy, values = grid.columns.to_numpy(float), grid.index.to_numpy(float), grid.to_numpy()
    cells = (style.cell_edges(h), style.cell_edges(energy), values)
    colors: dict[str, Any] = {"vmin": limits[0], "vmax": limits[1], "cmap": cmap}
    mesh = ax.pcolormesh(*cells, rasterized=True, **colors)
    if level is not None and min(values.shape) > 1 and values.min() < level < values.max():
        ax.contour(h, energy, values, levels=[level], colors="white", linewidths=0.9)
    return mesh


def _range(values: pd.Series) -> tuple[float, float]:
    """Smallest and largest value, set apart if they are the same."""
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The networks reproduce the phase diagrams; the rules are those of `map_claims`."""
    return map_claims.judge(table)
