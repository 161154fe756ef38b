"""Crossings and finite-size scaling of the gap ratio: the critical disorder strength."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.mbl.realisations import certified_share, window_values
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers import style
from spinlearn.papers.spinlearn.crossing_marks import MIN_CROSSING_FRACTION, distances
from spinlearn.papers.verdicts import INCONCLUSIVE, Claim, claim, equals, is_above
from spinlearn.statistics.bootstrap import Realisations, can_scale, mean_curves, with_errors
from spinlearn.statistics.collapse import collapse_by_smallest_size, scaled
from spinlearn.statistics.crossings import crossing
from spinlearn.statistics.rounding import pm, value_with_error

CAPTION = (
    "(a) Mean gap ratio against disorder for each chain length. Circles: crossings of successive "
    "lengths, if the curves differ by two errors on both sides; faint if fewer than nine tenths of "
    "the resamples cross. (b) Finite-size scaling collapse. Errors are statistical. The scorecard "
    "adds a systematic error: the change of h_c when the smallest length is left out."
)

CRITICAL_H = 3.5
"""Disorder strength of the transition that Zhong 2022 quotes, in spin-1/2 operators."""

CRITICAL_TOLERANCE = 0.5
"""Largest deviation from `CRITICAL_H` that counts as agreement."""

LEAST_NU = 2.0
"""Lower bound of the exponent nu of a transition with disorder in one dimension."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Curves, crossings and collapses of the gap ratio, one after another.

    Returns:
        The rows of `scaling_table`, with `energy_density` and `certified`, the share of windows
        with a certificate that no level is missing. h is in spin-1/2 operators.
    """
    windows = [WINDOWS.read(path, "fields", "gap_ratio", "certified") for path in files.windows]
    found = scaling_table(
        window_values(windows, "gap_ratio"), settings["seed"], settings["resamples"]
    )
    return found.assign(
        energy_density=settings["energy_density"], certified=certified_share(windows)
    )


def scaling_table(data: Realisations, seed: int, resamples: int) -> pd.DataFrame:
    """Curves, crossings and collapses of an indicator; only curves if the data are too few.

    Returns:
        Rows of three kinds, named in the column `part`: `curve` (columns of `mean_curves`, and
        `x` = (h - h_c) L^(1/nu) if there is a collapse), `crossing` (columns of `crossing`) and
        `collapse` (columns of `collapse_by_smallest_size`).
    """
    curves, data = mean_curves(data), with_errors(data)
    if not can_scale(data):
        return curves.assign(part="curve")
    collapses = collapse_by_smallest_size(data, seed, resamples=resamples)
    best = collapses.iloc[0]
    if np.isfinite(best.h_c):
        curves = scaled(curves, best.h_c, best.nu)
    parts = [
        curves.assign(part="curve"),
        crossing(data, seed, resamples=resamples).assign(part="crossing"),
        collapses.assign(part="collapse"),
    ]
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """The gap ratio against h with the crossings marked, and its collapse beside it."""
    fig, (left, right) = style.figure(2, 2.9, 1, 2, sharey=True)
    curves = table[table.part == "curve"]
    crossings = table[table.part == "crossing"]
    collapses = table[table.part == "collapse"]
    has_collapse = "x" in curves and curves.x.notna().any()
    colors = _colors(curves)
    for index, (L, color) in enumerate(colors.items()):
        rows = curves[curves.L == L].sort_values("h")
        points = {"color": color, "marker": style.MARKERS[index % len(style.MARKERS)]}
        left.errorbar(rows.h, rows["mean"], rows.error, lw=0.9, label=f"{L:.0f}", **points)
        if has_collapse:
            right.errorbar(rows.x, rows["mean"], rows.error, ls="none", **points)
    for ax in (left, right):
        # The curves fall: the upper limit is named at the right, the lower at the left.
        style.reference_line(ax, GOE_GAP_RATIO, "GOE", x=0.985, above=True)
        style.reference_line(ax, POISSON_GAP_RATIO, "Poisson", x=0.015, above=False)
    left.set_ylim(*_limits(curves))
    left.set_xlabel(r"$h/J$ (spin-1/2)")
    left.set_ylabel(r"gap ratio $\langle r\rangle$")
    style.panel_label(left, "a")
    _draw_crossings(left, crossings, colors)
    style.panel_label(right, "b")
    right.tick_params(labelleft=False)
    if has_collapse:
        _describe_collapse(right, collapses.iloc[0])
    else:
        right.set_title("no collapse", pad=4)
        right.set_xticks([])
    return fig


def _colors(curves: pd.DataFrame) -> dict[float, Any]:
    sizes = sorted(float(L) for L in curves.L.unique())
    return dict(zip(sizes, style.sequential(len(sizes)), strict=True))


def _limits(curves: pd.DataFrame) -> tuple[float, float]:
    """Limits of the vertical axis: all curves with their errors, and both reference lines."""
    error = curves.error.fillna(0.0)
    values = [*(curves["mean"] - error), *(curves["mean"] + error)]
    low, high = min(*values, POISSON_GAP_RATIO), max(*values, GOE_GAP_RATIO)
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _draw_crossings(ax: Axes, crossings: pd.DataFrame, colors: dict[float, Any]) -> None:
    """Rings at the crossings found, the legend and the title."""
    ring: dict[str, Any] = {"marker": "o", "ms": 7, "mfc": "none", "mew": 1.3}
    found = crossings[crossings.h_crossing.notna()] if len(crossings) else crossings
    for _, row in found.iterrows():
        color = colors[row.L_large]
        ax.errorbar(
            row.h_crossing,
            row.value,
            xerr=distances(row),
            **ring,
            mec=color,
            ecolor=color,
            elinewidth=1.3,
            capsize=2.5,
            zorder=5,
            alpha=1.0 if row.fraction >= MIN_CROSSING_FRACTION else 0.45,
        )
    handles, labels = ax.get_legend_handles_labels()
    if len(found):
        handles += ax.plot([], [], **ring, mec="0.3", ls="none")
        labels += ["crossing"]
    ax.legend(
        handles,
        labels,
        title=r"$L$",
        loc="upper right",
        bbox_to_anchor=(1.0, 0.9),
        labelspacing=0.3,
    )
    ax.set_title("crossings of successive sizes" if len(found) else "no clear crossing", pad=4)


def _describe_collapse(ax: Axes, fit: pd.Series) -> None:
    ax.set_xlabel(r"$(h-h_c)\,L^{1/\nu}$")
    lines = [
        rf"$h_c$ = {value_with_error(fit.h_c, fit.h_c_error)}",
        rf"$\nu$ = {value_with_error(fit.nu, fit.nu_error)}",
        rf"$S$ = {fit.quality:.2f} ({int(fit.points)} points)",
    ]
    if fit.at_bound:
        lines.append("at the edge of the search")
    ax.text(0.97, 0.86, "\n".join(lines), transform=ax.transAxes, ha="right", va="top")
    ax.set_title("collapse; statistical errors only", pad=4)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The critical disorder that Zhong 2022 quotes, and the theoretical bound on the exponent.

    The rules: h_c of the collapse of all sizes is 3.5 within 0.5 (`equals`); nu is at least 2
    (`is_above`; Chandran, Laumann and Oganesyan, arXiv:1509.04285). The errors combine in
    quadrature the statistical error and the change when the smallest size is left out, a
    systematic error that the bootstrap does not contain. Inconclusive if the best collapse lies at
    the edge of the search range.

    Returns:
        No claim if there is no collapse.
    """
    collapses = table[table.part == "collapse"]
    if collapses.empty or not math.isfinite(collapses.iloc[0].h_c):
        return []
    best = collapses.iloc[0]
    h_c, h_c_error, h_c_note = _measurement(collapses, "h_c")
    nu, nu_error, nu_note = _measurement(collapses, "nu")
    critical = equals(h_c, h_c_error, CRITICAL_H, CRITICAL_TOLERANCE)
    harris = is_above(nu, nu_error, LEAST_NU)
    shared: dict[str, Any] = {
        "paper": "zhong2022",
        "figure": "B, text",
        "scale": f"L = {best.L_min:.0f} to {best.L_max:.0f}, spin-1/2 operators",
    }
    pairs = _describe_crossings(table[table.part == "crossing"])
    return [
        claim(
            "spinlearn.transition.critical_disorder",
            "the transition lies at h_c (collapse of the gap ratio)",
            published="about 3.5 (here: within 0.5)",
            measured=h_c,
            error=h_c_error,
            verdict=INCONCLUSIVE if best.at_bound else critical,
            note=f"{h_c_note}; crossings of r: {pairs}; quality S = {best.quality:.2g}; "
            f"{best.certified:.0%} of the windows certified",
            **shared,
        ),
        claim(
            "spinlearn.transition.harris_bound",
            "the exponent obeys nu >= 2, the theoretical bound for a transition with disorder "
            "(collapse of the gap ratio)",
            published="no claim (theory: at least 2)",
            measured=nu,
            error=nu_error,
            verdict=INCONCLUSIVE if best.at_bound else harris,
            origin="spinlearn",
            note=nu_note,
            **shared,
        ),
    ]


def _measurement(collapses: pd.DataFrame, name: str) -> tuple[float, float, str]:
    """A parameter of the collapse of all sizes, its total error, and the parts of this error."""
    measured = float(collapses[name].iloc[0])
    statistical = float(collapses[f"{name}_error"].iloc[0])
    drift = float(collapses[name].iloc[1] - measured) if len(collapses) > 1 else 0.0
    note = f"statistical error {statistical:.2g}, without the smallest size {drift:+.2g}"
    return measured, math.hypot(statistical, drift), note


def _describe_crossings(crossings: pd.DataFrame) -> str:
    return ", ".join(
        f"{pm(row.h_crossing, row.error)} (L = {row.L_small:.0f}, {row.L_large:.0f}; "
        f"in {row.fraction:.0%} of resamples)"
        for _, row in crossings.iterrows()
    )
