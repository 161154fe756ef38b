"""Figures of finite-size scaling: crossings and collapse, laws of entanglement, mobility edges."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from spinlearn.papers import style
from spinlearn.papers.mbl import indicator_maps

H_LABEL = {"pauli": r"$h/J$ (Pauli)", "spin": r"$h/J$ (spin-1/2)"}


def _number(value: float, error: float) -> str:
    """`value ± error`, both to the error's first digit, or its second if the first is a 1."""
    if not np.isfinite(error) or error <= 0:
        return f"{value:.3g}"
    digits = int(np.floor(np.log10(error)))
    digits -= error / 10.0**digits < 1.95
    places = max(0, -digits)
    return f"{value:.{places}f} ± {error:.{places}f}"


def collapse_figure(
    curves: pd.DataFrame,
    crossings: pd.DataFrame,
    collapse: pd.DataFrame,
    *,
    label: str = r"gap ratio $\langle r\rangle$",
    limits: dict[str, float] | None = None,
    operators: str = "pauli",
) -> Figure:
    """An indicator against h for each L with the crossings marked, and its collapse beside it.

    Args:
        curves: `L, h, mean, error, x`, where x = (h - h_c) L^(1/nu); without x, or with h_c NaN,
            the second panel stays empty and says so.
        crossings: as `spinlearn.mbl.scaling.crossing` gives it.
        collapse: as `spinlearn.mbl.scaling.collapse` gives it; its first row is drawn. It may be
            empty, as `crossings` may.
        label: name of the indicator.
        limits: horizontal lines, name -> value, e.g. Poisson and GOE.
        operators: convention of h, "pauli" or "spin".
    """
    fig, (left, right) = style.figure(2, 2.9, 1, 2, sharey=True)
    sizes = sorted(curves.L.unique())
    colors = style.sequential(len(sizes))
    collapsed = "x" in curves and len(collapse) > 0
    for index, (L, color) in enumerate(zip(sizes, colors, strict=True)):
        rows = curves[curves.L == L].sort_values("h")
        marker = style.MARKERS[index % len(style.MARKERS)]
        left.errorbar(
            rows.h, rows["mean"], rows.error, color=color, marker=marker, lw=0.9, label=f"{L}"
        )
        if collapsed:
            right.errorbar(
                rows.x,
                rows["mean"],
                rows.error,
                color=color,
                marker=marker,
                ls="none",
                label=f"{L}",
            )
    limits = limits or {}
    ends = ("high", "low")
    for index, (name, value) in enumerate(sorted(limits.items(), key=lambda item: -item[1])):
        # The curves fall: the upper limit is named at the right, the lower at the left.
        upper = ends[min(index, 1)] == "high"
        for ax in (left, right):
            style.reference_line(ax, value, name, x=0.985 if upper else 0.015, above=upper)
    if limits:
        low, high = _range(curves, limits)
        left.set_ylim(low, high)

    for _, row in crossings.iterrows():
        if not np.isfinite(row.h_crossing):
            continue
        color = colors[sizes.index(row.L_large)]
        left.errorbar(
            row.h_crossing,
            row.value,
            xerr=_interval(row),
            marker="o",
            ms=7,
            mfc="none",
            mec=color,
            mew=1.3,
            ecolor=color,
            elinewidth=1.3,
            capsize=2.5,
            zorder=5,
            alpha=1.0 if row.fraction >= 0.9 else 0.45,
        )
    crossed = len(crossings) > 0 and crossings.h_crossing.notna().any()
    if crossed:
        ring = {"marker": "o", "ms": 7, "mfc": "none", "mec": "0.3", "mew": 1.3, "ls": "none"}
        left.plot([], [], label="crossing", **ring)
    left.set_xlabel(H_LABEL[operators])
    left.set_ylabel(label)
    handles, labels = left.get_legend_handles_labels()
    left.legend(
        [*handles[1:], handles[0]] if labels[0] == "crossing" else handles,
        [*labels[1:], labels[0]] if labels[0] == "crossing" else labels,
        title=r"$L$",
        loc="upper right",
        bbox_to_anchor=(1.0, 0.9 if limits else 1.0),
        labelspacing=0.3,
    )
    style.panel_label(left, "a")
    left.set_title("crossings of successive sizes" if crossed else "no clear crossing", pad=4)

    style.panel_label(right, "b")
    right.tick_params(labelleft=False)
    if not collapsed:
        right.set_title("no collapse", pad=4)
        right.set_xticks([])
        return fig
    fit = collapse.iloc[0]
    right.set_xlabel(r"$(h-h_c)\,L^{1/\nu}$")
    text = (
        rf"$h_c$ = {_number(fit.h_c, fit.h_c_error)}"
        "\n"
        rf"$\nu$ = {_number(fit.nu, fit.nu_error)}"
        "\n"
        rf"$S$ = {fit.quality:.2f}" + (f" ({int(fit.points)} points)")
    )
    if fit.at_bound:
        text += "\nat the edge of the search"
    right.text(
        0.97, 0.86 if limits else 0.96, text, transform=right.transAxes, ha="right", va="top"
    )
    right.set_title("collapse; statistical errors only", pad=4)
    return fig


def _interval(row: pd.Series) -> list[list[float]]:
    """Distances of a crossing from the ends of its 68 % interval, which need not hold it."""
    return [[max(0.0, row.h_crossing - row.low)], [max(0.0, row.high - row.h_crossing)]]


def _range(curves: pd.DataFrame, limits: dict[str, float]) -> tuple[float, float]:
    error = curves.error.fillna(0.0)
    values = [*(curves["mean"] - error), *(curves["mean"] + error), *limits.values()]
    low, high = min(values), max(values)
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def entanglement_figure(
    curves: pd.DataFrame, laws: pd.DataFrame, *, operators: str = "spin"
) -> Figure:
    """Entropy against L with the preferred law, S/L, and the slope in units of the thermal one.

    Args:
        curves: `L, h, mean, error, energy_density`, the half-chain entropy in nats.
        laws: as `spinlearn.mbl.scaling.entanglement_laws` gives it; a strength may be missing.
        operators: convention of h, "pauli" or "spin".
    """
    fig, (first, second, third) = style.figure(2, 2.9, 1, 3)
    strengths = sorted(curves.h.unique())
    colors = style.sequential(len(strengths))
    sizes = np.array(sorted(curves.L.unique()), dtype=float)
    for index, (h, color) in enumerate(zip(strengths, colors, strict=True)):
        rows = curves[curves.h == h].sort_values("L")
        points = {
            "color": color,
            "marker": style.MARKERS[index % len(style.MARKERS)],
            "ls": "none",
        }
        first.errorbar(rows.L, rows["mean"], rows.error, label=f"{h:g}", **points)
        second.errorbar(rows.L, rows["mean"] / rows.L, rows.error / rows.L, **points)
        if not (laws.h == h).any():
            continue
        law = laws[laws.h == h].iloc[0]
        volume = law.preferred == "volume"
        grid = np.linspace(sizes[0] - 0.4, sizes[-1] + 0.4, 50)
        line = law.intercept + law.slope * grid if volume else np.full(50, law.area_entropy)
        first.plot(grid, line, color=color, ls="-" if volume else "--", lw=1)
        second.plot(grid, line / grid, color=color, ls="-" if volume else "--", lw=1)
        third.errorbar(
            h,
            law.slope_ratio,
            law.slope_ratio_error,
            **(points | {"mfc": color if volume else "white"}),
        )
    first.plot([], [], color="0.3", ls="-", lw=1, label="volume law")
    first.plot([], [], color="0.3", ls="--", lw=1, label="area law")
    for ax in (first, second):
        ax.set_xticks(sizes)
        ax.set_xlabel(r"chain length $L$")
        ax.set_ylim(bottom=0)
    energy = rf"\varepsilon = {curves.energy_density.iloc[0]:g}"
    first.set_ylabel(rf"entropy $S$ at ${energy}$ (nat)")
    second.set_ylabel(r"$S/L$ (nat)")
    third.set_xlabel(H_LABEL[operators])
    third.set_ylabel(r"$dS/dL$ (thermal value)")
    style.reference_line(third, 1.0, "thermal", above=False)
    style.reference_line(third, 0.0, "area law", x=0.015, above=False)
    for ax, letter in zip((first, second, third), "abc", strict=True):
        style.panel_label(ax, letter)
    handles, labels = first.get_legend_handles_labels()
    fig.legend(
        handles,
        labels,
        title=f"{H_LABEL[operators]}:",
        loc="outside lower center",
        ncols=min(len(labels), 10),
        columnspacing=1.1,
        handletextpad=0.4,
    )
    return fig


def draw_mobility_edge(
    ax: Axes, edge: pd.DataFrame, *, color: str = "white", worst: float = 5.0
) -> None:
    """Crossings at each energy density, with errors, over a map of (h, energy density).

    Filled points are crossings of the largest pair of sizes that are the only ones and that nearly
    all resamples have (0.9); the others are hollow and fainter. The dashed line is h_c of the
    collapse, where its quality S is no worse than `worst` and it does not lie at the edge of its
    search. The axes keep their limits.

    Args:
        ax: axes with h to the right and energy density upwards.
        edge: as `spinlearn.mbl.scaling.mobility_edge` gives it.
        color: of points and line; a thin dark rim sets them off from the map.
        worst: the largest S of a collapse that is drawn.
    """
    limits = ax.get_xlim(), ax.get_ylim()
    rim = [withStroke(linewidth=1.7, foreground="0.15")]
    for _, row in edge[edge.h_crossing.notna()].iterrows():
        sure = row.fraction >= 0.9 and row.crossings == 1
        ax.errorbar(
            row.h_crossing,
            row.energy_density,
            xerr=_interval(row),
            marker="o",
            ms=3.2,
            ls="none",
            color=color,
            mfc=color if sure else "none",
            alpha=1.0 if sure else 0.6,
            mew=0.8,
            elinewidth=0.8,
            capsize=0,
            zorder=4,
            path_effects=rim if sure else None,
        )
    drawn = (edge.quality <= worst) & ~edge.at_bound.astype(bool)
    ax.plot(
        edge.h_c.where(drawn),
        edge.energy_density,
        color=color,
        ls="--",
        lw=1.1,
        zorder=3,
        path_effects=rim,
    )
    ax.set_xlim(limits[0])
    ax.set_ylim(limits[1])


def mobility_edge_maps(table: pd.DataFrame, edges: pd.DataFrame) -> Figure:
    """The indicator maps with the mobility edge of each indicator over them.

    Args:
        table: as `spinlearn.mbl.tables.indicator_map` gives it.
        edges: rows of `spinlearn.mbl.scaling.mobility_edge` with a column `indicator`, and h in the
            map's convention. An indicator without rows gets no line, nor does a size that was not
            among the two compared.
    """
    fig = indicator_maps(table)
    panels = [ax for ax in fig.axes if ax.get_label() != "<colorbar>"]
    sizes = sorted(table.L.unique())
    columns = len(sizes)
    for number, ax in enumerate(panels):
        indicator = MAP_ROWS[number // columns]
        edge = edges[edges.indicator == indicator]
        if not edge.empty and sizes[number % columns] in {
            edge.L_small.iloc[0],
            edge.L_large.iloc[0],
        }:
            draw_mobility_edge(ax, edge)
    return fig


MAP_ROWS = ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction")
"""Indicators of the map figure, from top to bottom."""
