"""Drawing of the drift with the size: crossings and critical strengths against 1/L."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers import style
from spinlearn.papers.spinlearn.scaling_panels import RING, crossing_error
from spinlearn.statistics.collapse import WORST_QUALITY
from spinlearn.statistics.scaling_forms import (
    DRIFTING_KOSTERLITZ_THOULESS,
    KOSTERLITZ_THOULESS,
    POWER_LAW,
)

LABELS = {
    POWER_LAW.name: "power law",
    KOSTERLITZ_THOULESS.name: "KT",
    DRIFTING_KOSTERLITZ_THOULESS.name: "KT, drifting",
}
"""Forms in the order in which they are drawn, and their names in the legend."""


def draw_drift(ax: Axes, table: pd.DataFrame) -> None:
    """Crossings of successive sizes against 1/L with their extrapolation, and h_c of each collapse.

    Rings: crossings, at the mean L of their two sizes; their straight line ends at 1/L = 0 with
    its error. Lines: h_c of the collapse with each form, over the sizes that it uses; the legend
    has its quality S.

    Args:
        ax: empty axes.
        table: as `spinlearn.statistics.scaling.scaling_table` gives it.
    """
    curves = table[table.part == "curve"]
    for row in table[table.part == "crossing"].itertuples():
        if math.isfinite(row.h_crossing):
            x = 2.0 / (row.L_small + row.L_large)
            ax.errorbar(x, row.h_crossing, crossing_error(row), **RING, color="0.3", capsize=2.5)
    for row in table[table.part == "extrapolation"].itertuples():
        if math.isfinite(row.h_infinity):
            _draw_extrapolation(ax, row, 2.0 / (2 * curves.L.min() + 2))
    fits = table[table.part.isin(["collapse", "other_form"])].drop_duplicates("form")
    for index, (_, fit) in enumerate(fits.iterrows()):
        _draw_form(ax, fit, float(curves[curves.error > 0].L.mean()), index)
    ax.set_xlim(-0.006, 1.05 / curves.L.min())
    ax.set_ylim(0.0, 1.4 * curves.h.max())
    ax.set_xlabel(r"$1/L$")
    ax.set_ylabel(r"$h^*/J$ (spin-1/2)")
    ax.set_title("drift with the size", pad=4)
    if not fits.empty:
        ax.legend(loc="upper left", labelspacing=0.3, handlelength=1.6)


def _draw_extrapolation(ax: Axes, row: Any, end: float) -> None:
    """The straight line through the crossings, from 1/L = 0 to `end`."""
    x = np.array([0.0, end])
    ax.plot(x, row.h_infinity + row.slope * x, color="0.3", ls=":", lw=1)
    label = r"crossings, $L\to\infty$"
    ax.errorbar(0.0, row.h_infinity, row.error, color="0.3", marker="*", ls="none", label=label)


def _draw_form(ax: Axes, fit: pd.Series, mean_L: float, index: int) -> None:
    """h_c of one form against 1/L, with its error at one size; only in the legend if NaN."""
    drift = float(fit.get("drift", math.nan))
    L = np.linspace(fit.L_min, fit.L_max, 50)
    h_c = fit.h_c + (drift * (L - mean_L) if math.isfinite(drift) else 0.0 * L)
    color = style.COLORS[index]
    ax.plot(1.0 / L, h_c, color=color, ls=("-", "--", "-.")[index], label=_label(fit))
    # Beside one another; that of a drifting h_c is the error at the mean size.
    place = (fit.L_min, fit.L_max, mean_L)[index]
    ax.errorbar(1.0 / place, fit.h_c, fit.h_c_error, color=color, capsize=2.5)


def _label(fit: pd.Series) -> str:
    """The form and its quality, and what is wrong."""
    name = LABELS[fit.form]
    if not math.isfinite(fit.quality):
        return f"{name}: too few points"
    if fit.quality > WORST_QUALITY:
        return f"{name}: none ($S$ = {fit.quality:.3g})"
    return f"{name}: $S$ = {fit.quality:.2f}" + (" (edge)" if fit.at_bound else "")
