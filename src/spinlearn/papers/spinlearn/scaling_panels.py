"""Drawing of finite-size scaling: curves with crossings, their collapse, mobility edges on maps."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from spinlearn.papers import style
from spinlearn.statistics.collapse import WORST_QUALITY
from spinlearn.statistics.rounding import value_with_error

MIN_CROSSING_FRACTION = 0.9
"""Fraction of the resamples that must cross for a crossing to be drawn as certain."""

MAX_FRACTION_AT_BOUND = 0.1
"""Largest fraction of the resamples at the edge of the search for an h_c that is drawn on a map."""

MAX_H_C_ERROR = 1.0
"""An h_c with an error from here on is not drawn on a map; in J, Pauli operators."""

RING: dict[str, Any] = {"marker": "o", "ms": 7, "mfc": "none", "mew": 1.3}
"""Mark of a crossing of curves."""

EDGE_COLOR = "white"


def draw_curves(ax: Axes, table: pd.DataFrame) -> None:
    """An indicator against h for each size, with rings at the crossings of successive sizes.

    Args:
        ax: empty axes.
        table: as `spinlearn.statistics.scaling.scaling_table` gives it.
    """
    curves = table[table.part == "curve"]
    crossings = table[table.part == "crossing"].itertuples()
    found = [row for row in crossings if math.isfinite(row.h_crossing)]
    _draw_sizes(ax, curves, "h", lw=0.9)
    _draw_rings(ax, found, _colors(curves))
    handles, _ = ax.get_legend_handles_labels()
    if found:
        handles.append(Line2D([], [], **RING, mec="0.3", ls="none", label="crossing"))
    place: dict[str, Any] = {"loc": "upper right", "bbox_to_anchor": (1.0, 0.9)}
    ax.legend(handles=handles, title=r"$L$", labelspacing=0.3, **place)
    ax.set_title("crossings" if found else "no clear crossing", pad=4)


def draw_collapse(ax: Axes, table: pd.DataFrame) -> None:
    """The same curves against (h - h_c) L^(1/nu), with the parameters of the best collapse.

    Args:
        ax: empty axes.
        table: as for `draw_curves`; without a collapse the axes only say so, with S if it is bad.
    """
    curves, fits = table[table.part == "curve"], table[table.part == "collapse"]
    if fits.empty or not math.isfinite(fits.iloc[0].h_c):
        ax.set_title("no collapse", pad=4)
        ax.set_xticks([])
        if not fits.empty and fits.iloc[0].quality > WORST_QUALITY:
            failed = (
                f"best $S$ = {fits.iloc[0].quality:.3g}\n(a collapse: at most {WORST_QUALITY:g})"
            )
            ax.text(0.97, 0.86, failed, transform=ax.transAxes, ha="right", va="top")
        return
    _draw_sizes(ax, curves, "x", ls="none")
    fit = fits.iloc[0]
    lines = [
        rf"$h_c$ = {value_with_error(fit.h_c, fit.h_c_error)}",
        rf"$\nu$ = {value_with_error(fit.nu, fit.nu_error)}",
        rf"$S$ = {fit.quality:.2f} ({int(fit.points)} points)",
    ]
    if fit.at_bound:
        lines.append("at the edge of the search")
    ax.text(0.97, 0.86, "\n".join(lines), transform=ax.transAxes, ha="right", va="top")
    ax.set_xlabel(r"$(h-h_c)\,L^{1/\nu}$")
    ax.set_title("scaling collapse", pad=4)


def draw_mobility_edge(ax: Axes, edge: pd.DataFrame) -> None:
    """Crossings at each energy density, with errors, over a map of (h, energy density).

    Filled points: crossings that are unique and occur in nearly all resamples; the others are
    hollow and fainter. Dashed: h_c of the collapse, where its error is known and below
    `MAX_H_C_ERROR`, and at most `MAX_FRACTION_AT_BOUND` of the resamples lie at the edge of the
    search range. The limits of the axes do not change. A thin dark rim makes points and line
    visible on the map.

    Args:
        ax: axes of the map.
        edge: as `spinlearn.mbl.mobility_edges.mobility_edge` gives it.
    """
    limits = ax.get_xlim(), ax.get_ylim()
    rim = [withStroke(linewidth=1.7, foreground="0.15")]
    filled: dict[str, Any] = {"mfc": EDGE_COLOR, "path_effects": rim}
    hollow: dict[str, Any] = {"mfc": "none", "alpha": 0.6}
    point: dict[str, Any] = {"color": EDGE_COLOR, "marker": "o", "ms": 3.2, "mew": 0.8}
    for row in edge[edge.h_crossing.notna()].itertuples():
        certain = row.fraction >= MIN_CROSSING_FRACTION and row.crossings == 1
        marks = {**point, **(filled if certain else hollow), "elinewidth": 0.8, "capsize": 0}
        xerr = crossing_error(row)
        ax.errorbar(row.h_crossing, row.energy_density, xerr=xerr, ls="none", zorder=4, **marks)
    drawn = (edge.h_c_error < MAX_H_C_ERROR) & (edge.fraction_at_bound <= MAX_FRACTION_AT_BOUND)
    line: dict[str, Any] = {"color": EDGE_COLOR, "lw": 1.1, "path_effects": rim}
    ax.plot(edge.h_c.where(drawn), edge.energy_density, ls="--", zorder=3, **line)
    ax.set(xlim=limits[0], ylim=limits[1])


def _colors(curves: pd.DataFrame) -> dict[float, Any]:
    """A colour for each size, from dark to light."""
    sizes = sorted(float(L) for L in curves.L.unique())
    return dict(zip(sizes, style.sequential(len(sizes)), strict=True))


def _draw_sizes(ax: Axes, curves: pd.DataFrame, x: str, **line: Any) -> None:
    """Each size against the column `x`, with errors."""
    for index, (L, color) in enumerate(_colors(curves).items()):
        rows = curves[curves.L == L].sort_values("h")
        looks = {**style.look(index), "color": color, **line}
        ax.errorbar(rows[x], rows["mean"], rows.error, label=f"{L:.0f}", **looks)


def _draw_rings(ax: Axes, crossings: Iterable[Any], colors: dict[float, Any]) -> None:
    """Rings in the colour of the larger size; fainter if too few resamples cross."""
    for row in crossings:
        alpha = 1.0 if row.fraction >= MIN_CROSSING_FRACTION else 0.45
        marks = {**RING, "color": colors[row.L_large], "alpha": alpha, "elinewidth": 1.3}
        xerr = crossing_error(row)
        ax.errorbar(row.h_crossing, row.value, xerr=xerr, capsize=2.5, zorder=5, **marks)


def crossing_error(row: Any) -> list[list[float]]:
    """Distances of a crossing from the ends of its 68 % interval; 0 if it lies beyond an end."""
    below, above = row.h_crossing - row.low, row.high - row.h_crossing
    return [[max(0.0, below)], [max(0.0, above)]]
