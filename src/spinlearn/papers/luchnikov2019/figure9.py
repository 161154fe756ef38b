"""Luchnikov 2019, figure 9: susceptibilities by differentiation through the network."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.verdicts import TOO_SMALL, Claim, Measured, claim, is_below
from spinlearn.statistics.rounding import pm
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import SUSCEPTIBILITIES

CAPTION = (
    "Susceptibilities from the exact derivative of the decoder's mean, from Gumbel-softmax samples "
    "(the paper's method; biased at any temperature above zero) and from central differences. "
    "Dotted lines join the points of the ground states to guide the eye."
)

NOISE = 0.25
"""Error of a central difference, relative to the derivative, of which two are half of it."""

LABELS = {"chi_xx": r"$\chi_{xx}$", "chi_zx": r"$\chi_{zx}$"}

ROUTES: dict[str, dict[str, Any]] = {
    "autograd": {"label": "VAE, exact derivative", "marker": "o", "color": style.COLORS[0]},
    "gumbel_softmax": {"label": "VAE, Gumbel-softmax", "marker": "s", "color": style.COLORS[4]},
    "central_difference": {
        "label": "VAE, central difference of samples",
        "marker": "^",
        "color": style.COLORS[1],
    },
}
"""Column and look of each route."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """χ_xx and χ_zx, one row per (susceptibility, field)."""
    tables = [SUSCEPTIBILITIES.read(path) for path in files.susceptibilities]
    return over_runs(pd.concat(tables, ignore_index=True), ("observable", "hx"), tuple(ROUTES))


def draw(table: pd.DataFrame) -> Figure:
    """χ_xx and χ_zx against the field: three routes through the VAE, and the ground states."""
    fig, axes = style.figure(2, 3.1, 1, 2)
    style.label_panels(axes)
    points: dict[str, Any] = {"mfc": "white", "ms": 3.6, "ls": "none", "elinewidth": 0.8}
    for ax, (name, label) in zip(axes, LABELS.items(), strict=True):
        rows = table[table.observable == name].sort_values("hx")
        _draw_exact(ax, rows)
        for column, look in ROUTES.items():
            ax.errorbar(rows.hx, rows[column], rows[f"{column}_error"], **points, **look)
        ax.set_xlabel(r"transverse field $h_x/J$")
        ax.set_ylabel(f"{label} " + r"$(1/J)$")
        ax.set_title(common.sizes_label(table), fontsize=7.5)
    handles: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    fig.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3)
    return fig


def _draw_exact(ax: Axes, rows: pd.DataFrame) -> None:
    if rows.exact.notna().all():
        common.draw_ground_states(ax, rows.hx, rows.exact, "0.3", "ground states, free fermions")
        return
    slopes = rows.dropna(subset=["midpoint"])
    label = "ground states, slope between fields"
    common.draw_ground_states(ax, slopes.midpoint, slopes.exact_difference, style.COLORS[6], label)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Derivatives through the network agree with central differences.

    The rule: the deviation of the central differences of sampled magnetisations from the derivative
    by Gumbel-softmax, the paper's method, in units of its standard error, has a root mean square
    over n fields below 2 (`is_below`). The expected value is 1, with an error of 1/sqrt(2n). Both
    are derivatives of one network, so that any chain will do; too small to judge if two standard
    errors exceed half of the derivative (root mean squares): noise could then hide a difference.
    The notes give the same for the exact derivative of the decoder's mean, and for χ_xx the
    relative deviation of the paper's derivative from the ground states, by free fermions.
    """
    return [_agreement_of_routes(table[table.observable == name], name) for name in LABELS]


def _agreement_of_routes(rows: pd.DataFrame, name: str) -> Claim:
    score, noise = _deviation(rows, "gumbel_softmax")
    exact, _ = _deviation(rows, "autograd")
    verdict = is_below(*score, 2.0)
    note = f"standard error {noise:.0%} of the derivative; exact derivative: {pm(*exact)}"
    if rows.exact.notna().all():
        squares = ((rows.gumbel_softmax - rows.exact) ** 2).sum() / (rows.exact**2).sum()
        note += f"; rms deviation from the ground states {np.sqrt(squares):.0%}"
    return claim(
        f"luchnikov2019.figure9.{name}",
        f"{name} by differentiation through the network agrees with central differences "
        "(rms deviation in standard errors)",
        published="agrees well",
        measured=score,
        verdict=TOO_SMALL if noise > NOISE else verdict,
        scale=common.scale(rows, common.LONG_CHAIN),
        note=note,
    )


def _deviation(rows: pd.DataFrame, route: str) -> tuple[Measured, float]:
    """Rms deviation of central differences from a derivative, in errors; the relative error."""
    errors = np.hypot(rows.central_difference_error, rows[f"{route}_error"])
    usable = bool((errors > 0).all())
    deviation = rows.central_difference - rows[route]
    rms = float(np.sqrt(((deviation / errors) ** 2).mean())) if usable else math.nan
    noise = float(np.sqrt((errors**2).mean(skipna=False) / (rows[route] ** 2).mean()))
    return (rms, 1 / math.sqrt(2 * len(rows))), noise
