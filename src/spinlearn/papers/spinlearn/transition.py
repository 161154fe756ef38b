"""Crossings and finite-size scaling of the gap ratio: the critical disorder strength."""

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
from spinlearn.papers.spinlearn.drift_panel import draw_drift
from spinlearn.papers.spinlearn.transition_claims import describe_drift, judge, needs
from spinlearn.papers.verdicts import Claim, claim
from spinlearn.spins.chain_text import chain_text, is_of_papers
from spinlearn.statistics.scaling import scaling_table

CAPTION = (
    "(a) Mean gap ratio against disorder for each chain length. Circles: crossings of successive "
    "lengths, if the curves differ by two errors on both sides; faint if fewer than nine tenths of "
    "the resamples cross. (b) Finite-size scaling collapse; none if its quality S, the reduced "
    "chi-square, is above 3. (c) Crossings against 1/L with their extrapolation, beside h_c of the "
    "collapse and of collapses with Kosterlitz and Thouless's correlation length, with h_c "
    "constant or linear in L. Errors are statistical, times sqrt(S) if S is above 1. The scorecard "
    "adds a systematic error: the change of h_c when the smallest length is left out."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Curves, crossings, their extrapolation and collapses of the gap ratio, one after another.

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
    """The gap ratio against h with its crossings, its collapse, and the drift with the size."""
    fig, (left, right, drift) = style.figure(2, 2.9, 1, 3)
    right.sharey(left)
    style.label_panels((left, right, drift))
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
    draw_drift(drift, table)
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
    (`is_above` for ln(nu), whose interval is less skewed; Chandran, Laumann and Oganesyan,
    arXiv:1509.04285). The errors combine in quadrature the longer side of the 68 % interval and
    the change when the smallest size is left out, a systematic error that the bootstrap does not
    contain. Too small to judge with fewer than two certain crossings of successive sizes, since the
    drift with the size is then unknown. Otherwise inconclusive: without a number if the curves do
    not collapse (S above 3), with one if the best collapse lies at the edge of the search range.

    Returns:
        No claim if there are too few data to scale, nor for a chain that is not the paper's.
    """
    collapses = table[table.part == "collapse"]
    if collapses.empty or not is_of_papers(collapses.iloc[0].system):
        return []
    best = collapses.iloc[0]
    about = partial(
        claim,
        paper="zhong2022",
        figure="B, text",
        scale=f"L = {best.L_min:.0f} to {best.L_max:.0f}, spin-1/2 operators",
        needs=needs(table[table.part == "crossing"]),
    )
    critical, exponent = judge(collapses)
    critical["note"] += f"; {describe_drift(table)}; {best.certified:.0%} of the windows certified"
    return [
        about(
            "spinlearn.transition.critical_disorder",
            "the transition lies at h_c (collapse of the gap ratio)",
            published="about 3.5 (here: within 0.5)",
            **critical,
        ),
        about(
            "spinlearn.transition.harris_bound",
            "the exponent obeys nu >= 2, the theoretical bound for a transition with disorder "
            "(collapse of the gap ratio)",
            published="no claim (theory: at least 2)",
            origin="spinlearn",
            **exponent,
        ),
    ]
