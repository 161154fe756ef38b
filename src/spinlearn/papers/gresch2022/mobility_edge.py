"""Gresch 2022, appendix C: finite-size scaling of predictions beyond the training lengths."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, edge_values
from spinlearn.papers.verdicts import INCONCLUSIVE, Claim, claim, is_below
from spinlearn.statistics.bootstrap import mean_curves
from spinlearn.statistics.collapse import WORST_QUALITY
from spinlearn.statistics.rounding import listed, pm

CAPTION = (
    "Finite-size scaling of the spin fraction. (a) Mean over realisations in the middle of the "
    "spectrum: exact for the test split, and the mean of the energy-resolved networks for fresh "
    "disorder vectors of chains longer than any in the training. (b) Critical disorder against "
    "energy density: crossings of the two longest exact lengths, those of predictions for the same "
    "realisations, and collapses of predictions for the longer chains (no point if they do not "
    "collapse, with a quality S above 3)."
)

BEYOND = (2, 4, 6, 8)
"""Lengths beyond the longest one of the data, in sites more than it has."""

RESAMPLES = 50
"""Bootstrap resamples."""

SOURCES = {
    "exact": "exact, crossing",
    "same": "networks, crossing",
    "beyond": "networks, longer chains, collapse",
}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Curves, critical disorder and depths of the edge, by `part` and `source`.

    Args:
        files: `predictions` and `model` of the energy-resolved networks.
        settings: `seed`.

    Returns:
        Rows of the part `curve` (`L, h, mean, error`), of the part `edge` (`energy_density, h_c,
        error`, and `fraction` of resamples that cross or `quality` S of the collapse), and of the
        part `depth` (`depth, error`).
    """
    networks, _ = load(files.model)
    predictions, seed = read_predictions(files.predictions), settings["seed"]
    lengths = np.unique(predictions["L"])
    grid = np.unique(predictions["energy_density"])
    middle = float(grid[np.abs(grid - 0.5).argmin()])
    chosen = grid[[edge_values.is_middle(e) or edge_values.is_side(e) for e in grid]]
    longer = [int(lengths[-1]) + more for more in BEYOND]
    h_grid, disorder = np.unique(predictions["h"]), predictions.attributes["disorder"]
    beyond = edge_values.fresh_cells(networks, longer, h_grid, chosen, seed, disorder)
    exact, same = edge_values.tested_cells(predictions, lengths[-2:].tolist())
    every, _ = edge_values.tested_cells(predictions, lengths.tolist())
    parts = [mean_curves(every[middle]).assign(part="curve", source="exact")]
    if middle in beyond:
        parts.append(mean_curves(beyond[middle]).assign(part="curve", source="beyond"))
    for source, cells in (("exact", exact), ("same", same)):
        edge = edge_values.crossings(cells, seed, RESAMPLES)
        depth = edge_values.crossing_depth(cells, seed, RESAMPLES)
        parts.append(edge.assign(part="edge", source=source))
        parts.append(edge_values.depth_row(source, *depth))
    parts += edge_values.scaling_rows(beyond, seed, RESAMPLES)
    about = common.size_columns(predictions, longer[0], exact[middle][lengths[-1], h_grid[0]].size)
    return pd.concat(parts, ignore_index=True).assign(**about)


def draw(table: pd.DataFrame) -> Figure:
    """Curves of all lengths, and the critical disorder against the energy density."""
    fig, (left, right) = style.figure(2, 3.4, 1, 2)
    style.label_panels((left, right))
    _draw_curves(left, table[table["part"] == "curve"])
    edges = table[table["part"] == "edge"]
    for i, (source, label) in enumerate(SOURCES.items()):
        rows = edges[(edges["source"] == source) & edges["h_c"].notna()]
        look = style.look(i, hollow=source == "same")
        right.errorbar(rows["h_c"], rows["energy_density"], xerr=rows["error"], ls="none", **look)
        right.plot([], [], label=label, ls="none", **look)
    if edges["h_c"].notna().any():
        right.set_xlim(0.0, 1.15 * float((edges["h_c"] + edges["error"].fillna(0)).max()))
    right.set(xlabel=common.H_LABEL.replace("$h$", "$h_c$"), ylabel=r"energy density $\epsilon$")
    right.set_ylim(0.0, 1.0)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw_curves(ax: Axes, curves: pd.DataFrame) -> None:
    lengths = sorted(int(L) for L in curves["L"].unique())
    colors = dict(zip(lengths, style.sequential(len(lengths)), strict=True))
    exact_first = sorted(curves.groupby(["source", "L"]), key=lambda part: part[0][0] != "exact")
    for (source, L), rows in exact_first:
        exact = source == "exact"
        look: dict[str, Any] = {"ls": "-", "marker": "o"} if exact else {"ls": "--"}
        look |= {"color": colors[int(L)], "label": f"{L:.0f}, {'exact' if exact else 'networks'}"}
        ax.errorbar(rows["h"], rows["mean"], rows["error"], **look)
    ax.legend(title="$L$")
    ax.set(xlabel=common.H_LABEL, ylabel=r"mean spin fraction $\mathcal{F}$", ylim=(0.0, None))


def claims(table: pd.DataFrame) -> list[Claim]:
    """Predictions beyond the training lengths show no mobility edge.

    The rule: the depth of the edge, mean h_c at energy densities 0.4 to 0.6 minus that at 0.15 to
    0.25 and 0.75 to 0.85, is for predictions of longer chains (collapse) below half of that of the
    exact crossings (`is_below` for the depth minus half of the exact one, with both errors; that of
    predictions is too large rather than too small, since all energy densities have the same
    disorder vectors). Inconclusive without a collapse or crossing. The half is ours.
    """
    if not common.is_of_paper(table):
        return []
    rows = table[table["part"] == "depth"].set_index("source")
    depths = {name: (float(rows.depth[name]), float(rows.error[name])) for name in SOURCES}
    beyond, exact = depths["beyond"], depths["exact"]
    measured = beyond[0] - exact[0] / 2, math.hypot(beyond[1], exact[1] / 2)
    edges = table[(table["part"] == "edge") & (table["source"] == "beyond")]
    worst = edges["quality"].max()
    failed = "" if worst <= WORST_QUALITY else ", too large for a collapse"
    curves = table[table["part"] == "curve"]
    return [
        claim(
            "gresch2022.mobility_edge.not_predicted",
            "depth of the mobility edge of f in predictions beyond the training lengths, minus "
            "half of the exact one",
            published="no signs of the mobility edge",
            measured=measured,
            verdict=is_below(*measured, 0.0) if np.isfinite(measured).all() else INCONCLUSIVE,
            needs=common.needs(curves[curves["source"] == "exact"]),
            scale=f"exact L = {_lengths(curves, 'exact')}, predicted L = "
            f"{_lengths(curves, 'beyond')}; networks trained on L = {table['train_L'].iloc[0]}",
            figure="C, text",
            note=f"depth {pm(*exact)} (exact), {pm(*depths['same'])} (predicted, same "
            f"realisations), {pm(*beyond)} (predicted beyond; S up to {worst:.1f}{failed})",
        )
    ]


def _lengths(curves: pd.DataFrame, source: str) -> str:
    return listed(curves.loc[curves["source"] == source, "L"])
