"""Dynamics from a product state: memory, and the slow growth of the entropy."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
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
    "t = 10/J to 10^(L/4)/J, for interacting spins at the strongest disorder. In a short chain the "
    "curve bends below this line as it nears its limit; the scorecard compares the slopes in the "
    "two halves of the window. (c) Number entropy: of the distribution of the left half's S^z. "
    "From the Néel state it is the part of (b) from magnetisation that moves between the halves; "
    "random product states have no definite S^z, so from these it is not a part of (b). (d) Return "
    "probability."
)

QUANTITIES = {
    "imbalance": r"imbalance $I$",
    "entanglement_entropy": r"entropy $S$ (nat)",
    "number_entropy": r"number entropy $S_{\rm n}$ (nat)",
    "return_probability": r"return probability",
}
"""The panels: datasets and labels."""

LINES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1, 1)), (0, (4, 1.2, 1, 1.2)))
"""Lines of the chains, in their order; from the fifth chain on with markers, too."""

TYPESET = {"J_zz": "$J_{zz}$", "J_xy": "$J_{xy}$", "J2": "$J_2$"}
"""Couplings in the text of a chain."""

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
    curves = longest[longest.part == "curve"]
    colors, lines = _colors(sorted(curves.h.unique())), _lines(curves.chain.unique())
    legends = max(len(colors), len(lines))
    fig, panels = style.figure(2, 4.4 + 0.14 * legends, 2, 2, sharex=True)
    axes = dict(zip(QUANTITIES, panels.flat, strict=True))
    style.label_panels(axes.values())
    for (chain, h), rows in curves.groupby(["chain", "h"], sort=False):
        for name, ax in axes.items():
            look = {"color": colors[h], **lines[chain]}
            style.mean_and_band(ax, rows.t, rows[name], rows[f"{name}_error"], **look)
    for name, ax in axes.items():
        ax.set(xscale="log", ylabel=QUANTITIES[name], xlim=(curves.t.min(), curves.t.max()))
    axes["return_probability"].set_yscale("log")
    axes["imbalance"].axhline(0, color="0.6", lw=0.6, zorder=0)
    for fit in main_fit(table).itertuples():
        _draw_fit(axes["entanglement_entropy"], fit)
    for ax in panels[1]:
        ax.set_xlabel(r"time $Jt$")
    one = longest[longest.part == "fit"].iloc[0]
    title = f"{STATES[one.initial_state]}, $L$ = {one.L:.0f}, {one.realisations:.0f} realisations"
    texts = dict(zip(curves.chain, curves.text, strict=True))
    chains = [Line2D([], [], color="0.2", label=_typeset(texts[c]), **lines[c]) for c in lines]
    strengths = [Line2D([], [], color=colors[h], label=f"$h$ = {h:g}", lw=2.5) for h in colors]
    at_the_left: dict[str, Any] = {"alignment": "left", "handlelength": 3.2}
    fig.legend(handles=chains, title=title, loc="outside upper left", **at_the_left)
    fig.legend(handles=strengths, title="disorder", loc="outside upper right")
    return fig


def _colors(strengths: list[float]) -> dict[float, str]:
    """A colour for each disorder strength: from dark to light if there are many."""
    n = len(strengths)
    colors = style.COLORS[:n] if n <= len(style.COLORS) else map(to_hex, style.sequential(n))
    return dict(zip(strengths, colors, strict=True))


def _lines(chains: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Line style of each chain, and from the fifth on a marker at every fourth time."""
    markers = ("", *style.MARKERS)
    return {
        chain: {"ls": LINES[n % 4], "marker": markers[n // 4 % len(markers)], "markevery": 4}
        for n, chain in enumerate(chains)
    }


def _typeset(text: str) -> str:
    """The text of a chain with its couplings as symbols."""
    for name, symbol in TYPESET.items():
        text = text.replace(name, symbol)
    return text


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

    At the strongest disorder: the slope of the entropy against ln t is positive, also in the second
    half of the window alone, it exceeds that of the same realisations without interaction, and the
    imbalance, averaged over the last tenfold of times, is positive. At the weakest disorder this
    average is smaller. The rule of each: `is_positive`.
    All are about one interacting chain, see `main_fit`; without one there is no claim.
    """
    return judge(table)
