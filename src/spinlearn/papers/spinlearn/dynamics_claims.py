"""The claims of the figure `dynamics`."""

import math

import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, difference, is_positive
from spinlearn.statistics.rounding import pm

CLAIMS = (
    (
        "entropy_grows",
        "the entropy of the strongly disordered chain still grows after 10/J (slope against ln t)",
        "no claim (Bardarson et al. 2012: it grows as ln t)",
    ),
    (
        "growth_lasts",
        "it has not saturated in the second half of these ln t (slope there)",
        "no claim (Bardarson et al. 2012: it grows as ln t)",
    ),
    (
        "growth_by_interaction",
        "it grows faster than in the same realisations without interaction (difference of slopes)",
        "no claim (Bardarson et al. 2012: without interaction it saturates)",
    ),
    (
        "memory_kept",
        "the imbalance of the strongly disordered chain stays positive at late times",
        "no claim",
    ),
    (
        "memory_lost",
        "less imbalance is left at weak disorder (difference at late times)",
        "no claim",
    ),
)
"""Name of each claim, text, published value."""


def main_fit(table: pd.DataFrame) -> pd.DataFrame:
    """The row of the fit that is drawn and judged; none if no chain interacts.

    Of the longest chain at the strongest disorder. Of several interacting chains, the first that
    can be compared with the same chain without interaction, or the first.
    """
    fits = table[(table.part == "fit") & table.interacting]
    fits = fits[(fits.L.max() == fits.L) & (fits.h == fits.h.max())]
    compared = fits[fits.excess.notna()]
    return (fits if compared.empty else compared)[:1]


def judge(table: pd.DataFrame) -> list[Claim]:
    """The claims, from the table of the figure; `spinlearn.papers.spinlearn.dynamics.claims`."""
    chosen = main_fit(table)
    if chosen.empty:
        return []
    fit = chosen.iloc[0]
    same = (table.part == "fit") & (table.chain == fit.chain) & (table.L == fit.L)
    weak = table[same].sort_values("h").iloc[0]
    window = f"fitted from t = {fit.t_first:,.0f}/J to {fit.t_last:,.0f}/J"
    if math.isnan(fit.slope):
        window = "too few times from 10/J to 10^(L/4)/J"
    ratio = pm(fit.slope_ratio, fit.slope_ratio_error)
    lasting = f"{ratio} times the slope in the first half (1: as ln t)"
    if math.isnan(fit.slope_late):
        lasting = "too few times in half of the window"
    partner = "no such chain without interaction" if math.isnan(fit.excess) else window
    kept, left = (fit.late, fit.late_error), (weak.late, weak.late_error)
    lost = difference(kept, left) if weak.h < fit.h else (math.nan, math.nan)
    other = f"h = {weak.h:g}: {pm(*left)}" if weak.h < fit.h else "only one disorder strength"
    scale = f"{fit.text}, L = {fit.L:.0f}, {fit.realisations:.0f} realisations, h = {fit.h:g}"
    growth = [(fit[name], fit[f"{name}_error"]) for name in ("slope", "slope_late", "excess")]
    measured = (*growth, kept, lost)
    notes = (window, lasting, partner, "mean over the last tenfold of times", other)
    return [
        claim(
            f"spinlearn.dynamics.{name}",
            text,
            published=published,
            measured=value,
            verdict=is_positive(*value, runs=int(fit.realisations)),
            scale=scale,
            origin="spinlearn",
            note=note,
        )
        for (name, text, published), value, note in zip(CLAIMS, measured, notes, strict=True)
    ]
