"""Crossings and finite-size scaling of the gap ratio: the critical disorder strength."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.mbl.realisations import certified_share, window_values
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers import style
from spinlearn.papers.spinlearn import scaling_panels
from spinlearn.papers.verdicts import INCONCLUSIVE, Claim, Measured, claim, equals, is_above
from spinlearn.spins.chain_text import chain_text, is_of_papers
from spinlearn.statistics.rounding import pm
from spinlearn.statistics.scaling import scaling_table

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
        The rows of `scaling_table`, with `system`, the chain in words, `energy_density`, and
        `certified`, the share of windows with a certificate that no level is missing. h is in
        spin-1/2 operators.
    """
    windows = [WINDOWS.read(path, "fields", "gap_ratio", "certified") for path in files.windows]
    ratios = window_values(windows, "gap_ratio")
    found = scaling_table(ratios, settings["seed"], settings["resamples"])
    return found.assign(
        system=chain_text(windows[0].attributes),
        energy_density=settings["energy_density"],
        certified=certified_share(windows),
    )


def draw(table: pd.DataFrame) -> Figure:
    """The gap ratio against h with the crossings marked, and its collapse beside it."""
    fig, (left, right) = style.figure(2, 2.9, 1, 2, sharey=True)
    style.label_panels((left, right))
    for ax in (left, right):
        # The curves fall: the upper limit is named at the right, the lower at the left.
        style.reference_line(ax, GOE_GAP_RATIO, "GOE", x=0.985, above=True)
        style.reference_line(ax, POISSON_GAP_RATIO, "Poisson", x=0.015, above=False)
    scaling_panels.draw_curves(left, table)
    scaling_panels.draw_collapse(right, table)
    left.set_xlabel(r"$h/J$ (spin-1/2)")
    left.set_ylabel(r"gap ratio $\langle r\rangle$")
    left.set_ylim(*_limits(table[table.part == "curve"]))
    right.tick_params(labelleft=False)
    return fig


def _limits(curves: pd.DataFrame) -> tuple[float, float]:
    """Limits of the vertical axis: all curves with their errors, and both reference lines."""
    error = curves.error.fillna(0.0)
    low = min(POISSON_GAP_RATIO, (curves["mean"] - error).min())
    high = max(GOE_GAP_RATIO, (curves["mean"] + error).max())
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def claims(table: pd.DataFrame) -> list[Claim]:
    """The critical disorder that Zhong 2022 quotes, and the theoretical bound on the exponent.

    The rules: h_c of the collapse of all sizes is 3.5 within 0.5 (`equals`); nu is at least 2
    (`is_above`; Chandran, Laumann and Oganesyan, arXiv:1509.04285). The errors combine in
    quadrature the statistical error and the change when the smallest size is left out, a
    systematic error that the bootstrap does not contain. Inconclusive if the best collapse lies at
    the edge of the search range.

    Returns:
        No claim if there is no collapse, nor for a chain that is not the paper's.
    """
    collapses = table[table.part == "collapse"]
    if collapses.empty or not math.isfinite(collapses.iloc[0].h_c):
        return []
    if not is_of_papers(collapses.iloc[0].system):
        return []
    best = collapses.iloc[0]
    h_c, h_c_note = _measure(collapses, "h_c")
    nu, nu_note = _measure(collapses, "nu")
    critical, harris = equals(*h_c, CRITICAL_H, CRITICAL_TOLERANCE), is_above(*nu, LEAST_NU)
    pairs = _describe_crossings(table[table.part == "crossing"])
    scale = f"L = {best.L_min:.0f} to {best.L_max:.0f}, spin-1/2 operators"
    about = partial(claim, paper="zhong2022", figure="B, text", scale=scale)
    return [
        about(
            "spinlearn.transition.critical_disorder",
            "the transition lies at h_c (collapse of the gap ratio)",
            published="about 3.5 (here: within 0.5)",
            measured=h_c,
            verdict=INCONCLUSIVE if best.at_bound else critical,
            note=f"{h_c_note}; crossings of r: {pairs}; quality S = {best.quality:.2g}; "
            f"{best.certified:.0%} of the windows certified",
        ),
        about(
            "spinlearn.transition.harris_bound",
            "the exponent obeys nu >= 2, the theoretical bound for a transition with disorder "
            "(collapse of the gap ratio)",
            published="no claim (theory: at least 2)",
            measured=nu,
            verdict=INCONCLUSIVE if best.at_bound else harris,
            origin="spinlearn",
            note=nu_note,
        ),
    ]


def _measure(collapses: pd.DataFrame, name: str) -> tuple[Measured, str]:
    """A parameter of the collapse of all sizes with its total error, and the parts of the error."""
    measured = float(collapses[name].iloc[0])
    statistical = float(collapses[f"{name}_error"].iloc[0])
    drift = float(collapses[name].iloc[1] - measured) if len(collapses) > 1 else 0.0
    note = f"statistical error {statistical:.2g}, without the smallest size {drift:+.2g}"
    return (measured, math.hypot(statistical, drift)), note


def _describe_crossings(crossings: pd.DataFrame) -> str:
    return ", ".join(
        f"{pm(row.h_crossing, row.error)} (L = {row.L_small:.0f}, {row.L_large:.0f}; "
        f"in {row.fraction:.0%} of resamples)"
        for _, row in crossings.iterrows()
    )
