"""Dynamics from a product state: memory, and the logarithmic growth of the entropy."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from spinlearn.mbl.schemas import DYNAMICS
from spinlearn.papers import style
from spinlearn.papers.spinlearn.dynamics_claims import judge, main_fit
from spinlearn.papers.spinlearn.entropy_growth import ensembles, fitted_growth
from spinlearn.papers.verdicts import Claim
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import value_with_error

CAPTION = (
    "Evolution of disordered chains from a product state, averaged over realisations, for the "
    "longest chain; h is in spin-1/2 operators, and bands are standard errors. (a) Imbalance: the "
    "memory of the initial magnetisation. (b) Half-chain entropy; black: a fit a + b ln t from "
    "t = 10/J to 10^(L/4)/J, for interacting spins at the strongest disorder. (c) Number entropy: "
    "the part of (b) from magnetisation that moves between the halves. (d) Return probability."
)

QUANTITIES = {
    "imbalance": r"imbalance $I$",
    "entanglement_entropy": r"entropy $S$ (nat)",
    "number_entropy": r"number entropy $S_{\rm n}$ (nat)",
    "return_probability": r"return probability",
}
"""The panels: datasets and labels."""

LINES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1, 1)), (0, (4, 1.2, 1, 1.2)))
"""Lines of the chains, in their order."""

STATES = {"neel": "Néel state", "random_product": "random product states"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean curves, then one row per (chain, L, h) with what is fitted.

    Returns:
        `part` is "curve" or "fit"; both have the columns of `Ensemble.about`. A curve has `t` (1/J)
        and each quantity with its `_error`; a fit has the values of `fitted_growth`.
    """
    found = ensembles([DYNAMICS.read(path) for path in files.dynamics], QUANTITIES)
    parts = []
    for each in found:
        means = {name: values.mean(axis=0) for name, values in each.values.items()}
        errors = {f"{name}_error": standard_error(v) for name, v in each.values.items()}
        curve = {"part": "curve", **each.about, "t": each.t, **means, **errors}
        parts.append(pd.DataFrame(curve))
    fits = [{"part": "fit", **each.about, **fitted_growth(each, found)} for each in found]
    return pd.concat([*parts, pd.DataFrame(fits)], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Four quantities against ln t for the longest chain; a colour per h, a line per chain."""
    longest = table[table.L.max() == table.L]
    curves, fits = longest[longest.part == "curve"], longest[longest.part == "fit"]
    fig, panels = style.figure(2, 4.7, 2, 2, sharex=True)
    axes = dict(zip(QUANTITIES, panels.flat, strict=True))
    style.label_panels(axes.values())
    strengths, chains = sorted(curves.h.unique()), list(dict.fromkeys(curves.chain))
    for (chain, h), rows in curves.groupby(["chain", "h"], sort=False):
        look = {"color": style.COLORS[strengths.index(h)], "ls": LINES[chains.index(chain) % 4]}
        text = str(rows.text.iloc[0]).replace("J_zz", "$J_{zz}$").replace("J_xy", "$J_{xy}$")
        for name, ax in axes.items():
            spread = rows[f"{name}_error"]
            label = rf"{text}, $h$ = {h:g}"
            style.mean_and_band(ax, rows.t, rows[name], spread, label=label, **look)
    for name, ax in axes.items():
        ax.set(xscale="log", ylabel=QUANTITIES[name], xlim=(curves.t.min(), curves.t.max()))
    axes["return_probability"].set_yscale("log")
    axes["imbalance"].axhline(0, color="0.6", lw=0.6, zorder=0)
    for fit in main_fit(table).itertuples():
        _draw_fit(axes["entanglement_entropy"], fit)
    for ax in panels[1]:
        ax.set_xlabel(r"time $Jt$")
    one = fits.iloc[0]
    title = f"{STATES[one.initial_state]}, $L$ = {one.L:.0f}, {one.realisations:.0f} realisations"
    handles = axes["imbalance"].get_lines()[: curves.groupby(["chain", "h"]).ngroups]
    fig.legend(handles=handles, title=title, loc="outside upper center", ncols=len(chains))
    return fig


def _draw_fit(ax: Axes, fit: Any) -> None:
    """The line a + b ln t over the window, with its slope."""
    if not np.isfinite(fit.slope):
        return
    t = np.array([fit.t_first, fit.t_last])
    S = fit.intercept + fit.slope * np.log(t)
    ax.plot(t, S, color="black", lw=1.0)
    text = rf"$b$ = {value_with_error(fit.slope, fit.slope_error)}"
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "bottom"}
    rim = [withStroke(linewidth=2.5, foreground="white")]
    ax.annotate(text, (np.sqrt(t.prod()), S.mean()), (0, 7), path_effects=rim, **place)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Growth of the entropy by interaction only, and memory of the initial state.

    At the strongest disorder: the slope of the entropy against ln t is positive, it exceeds that of
    the same realisations with J_zz = 0, and the imbalance, averaged over the last tenfold of times,
    is positive. At the weakest disorder this average is smaller. The rule of each: `is_positive`.
    All are about one interacting chain, see `main_fit`; without one there is no claim.
    """
    return judge(table)
