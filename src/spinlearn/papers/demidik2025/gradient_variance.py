"""Variance of the gradients of random machines against the number of units."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.papers import style
from spinlearn.papers.demidik2025 import common, gradient_claims
from spinlearn.papers.demidik2025.gradient_claims import ROUNDING, exponential
from spinlearn.papers.verdicts import Claim
from spinlearn.sqrbm.schemas import GRADIENT_VARIANCE

CAPTION = (
    "Variance of the derivatives of KL(q||p) with respect to couplings over random machines with "
    "half as many hidden as visible units, mean over couplings. Top: the whole derivative. Bottom: "
    "the part that depends on the target, that is without the derivative for a uniform target. "
    "Parameters are uniform in an interval of half-width 1 (as in training), 10 (as in the code "
    "published with the paper) or 1/n. Lines: exponentials fitted to the points."
)

STYLES = {"training": "-", "published_code": "--", "inverse_n": ":"}
"""Lines of the initialisations."""

WIDTHS = {"training": "$\\pm 1$", "published_code": "$\\pm 10$", "inverse_n": "$\\pm 1/n$"}
"""Intervals of the initialisations."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Variances, one row per (data set, n, machine, initialisation, kind of parameter)."""
    return pd.concat([GRADIENT_VARIANCE.read(path) for path in files.variances], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One column per data set; whole derivatives (top), what depends on the target (bottom)."""
    names, found = common.datasets(table), table[table.component == "coupling"]
    panels = {"sharex": True, "sharey": "row", "squeeze": False}
    fig, axes = style.figure(2, 4.4, 2, len(names), **panels)
    for column, dataset in zip(axes.T, names, strict=True):
        part = found[found.dataset == dataset]
        for ax, kind in zip(column, ("variance", "target_variance"), strict=True):
            _draw_panel(ax, part, kind)
        column[0].set_title(common.TITLES[dataset])
        column[1].set_xticks(sorted(table.n.unique()))
    axes[0, 0].set_ylabel("variance, whole (nat$^2$)")
    axes[1, 0].set_ylabel("variance, target's part (nat$^2$)")
    fig.supxlabel("visible units $n$", fontsize=9)
    lines = [
        Line2D([], [], color="0.3", lw=1.0, ls=line, label=WIDTHS[name])
        for name, line in STYLES.items()
    ]
    entries = [*common.handles(common.machines(table)), *lines]
    fig.legend(handles=entries, loc="outside upper center", ncols=6)
    return fig


def _draw_panel(ax: Axes, part: pd.DataFrame, kind: str) -> None:
    for (paulis, initialisation), curve in part.groupby(["paulis", "initialisation"]):
        points = curve[curve[kind] > ROUNDING].sort_values("n")
        marks = common.look(paulis, hollow=initialisation != "training")
        ax.errorbar(points.n, points[kind], points[f"{kind}_error"], ls="", ms=3, **marks)
        fit = exponential(curve, kind)
        if np.isfinite(fit.slope):
            y = 2 ** (fit.intercept + fit.slope * points.n)
            ax.plot(points.n, y, color=marks["color"], lw=0.9, ls=STYLES[initialisation])
    ax.set_yscale("log")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Whether variances fall exponentially with n; see `gradient_claims.claims`."""
    return gradient_claims.claims(table)
