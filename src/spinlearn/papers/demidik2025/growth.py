"""How the fewest hidden units grow with the visible ones: power laws and exponentials."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers.demidik2025.common import LABELS, PAPER_SCALE, needs, ordered, rows
from spinlearn.papers.verdicts import Claim, claim, is_positive, unjudged
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.lines import SIZES, Line, weighted_line
from spinlearn.statistics.rounding import listed, pm

POLYNOMIAL = ("bars", "random")
"""Data sets whose support is a polynomial in n: 2 + n/2 and n^2 strings."""

EASY, HARD = "bars", "parity"
"""Data sets with the smallest and the largest support."""


def power_law(curve: pd.DataFrame) -> Line:
    """log m = log c + b log n for one (data set, machine); see `growth`."""
    return weighted_line(np.log(curve.n), *_logs(curve))


def _logs(curve: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """log m and its error."""
    return np.log(curve.m), np.hypot(curve.m_error, 1 / np.sqrt(12)) / curve.m


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Fits of m = c n^b and m = c e^(r n), one row per (data set, machine) with at least three n.

    Bounds are left out. The error of m is `m_error` and, since m is interpolated between whole
    numbers, the standard deviation 1/sqrt(12) of a step somewhere between two of them.

    Args:
        table: as `minimum_hidden_units` gives it.

    Returns:
        `dataset, paulis, n` (the smallest), `points, b, b_error, power` (chi-square of the power
        law), `r, r_error, exponential` (chi-square of the exponential).
    """
    found = []
    exact = table[(table.status == "reached") & table.m_error.notna()]
    for (dataset, paulis), curve in exact.groupby(["dataset", "paulis"]):
        if curve.n.nunique() < SIZES:
            continue
        power, exponential = power_law(curve), weighted_line(curve.n, *_logs(curve))
        about = {"dataset": dataset, "paulis": paulis, "n": curve.n.min(), "points": len(curve)}
        about |= {"b": power.slope, "b_error": power.error, "power": power.chi_square}
        about |= {"r": exponential.slope, "r_error": exponential.error}
        found.append({**about, "exponential": exponential.chi_square})
    return ordered(pd.DataFrame(found)) if found else pd.DataFrame(columns=["dataset", "paulis"])


def draw_power_law(ax: Axes, curve: pd.DataFrame, color: str) -> None:
    """The power law of one (data set, machine), if three n are known; `x` are places near n."""
    exact = curve[(curve.status == "reached") & curve.m_error.notna()]
    fit = power_law(exact)
    if np.isfinite(fit.slope):
        n = np.linspace(exact.n.min(), exact.n.max(), 40)
        x = np.interp(n, exact.n, exact.x)
        ax.plot(x, np.exp(fit.intercept) * n**fit.slope, color=color, lw=0.9, ls=":")


def growth_claims(table: pd.DataFrame) -> list[Claim]:
    """Whether hidden units grow as a power of n where the support does, and differ between data.

    Power or exponential: both fits have two parameters. Where the exponential holds, the difference
    of chi-squares, exponential minus power law, has mean -D and variance 4 D, D being the distance
    of the curves in errors, squared. So it is above 4 with a probability of at most 2.3 %, the
    largest at D = 4; and the other way round. This is `is_positive` with 2 for the error. The
    difference is divided by the smaller chi-square per degree of freedom, if that is above 1.

    Difference: the exponent b on the data set with the largest support minus that on the one with
    the smallest, in the mean over machines (`is_positive`).
    """
    found = growth(table)
    sizes: dict[str, Any] = {
        "scale": f"n = {listed(table.n)}, {listed(table.runs)} runs ({PAPER_SCALE})",
        "needs": [("numbers n", table.n.nunique(), SIZES), *needs(table)],
    }
    polynomial = found[found.dataset.isin(POLYNOMIAL)]
    return [
        claim(
            "demidik2025.figure3.growth_polynomial",
            "the hidden units that suffice grow polynomially with n where the support does (bars, "
            "random; chi-square of exponentials minus that of power laws)",
            published="m of order poly(n) expected to suffice",
            **(_comparison(polynomial) if len(polynomial) else unjudged("three n are needed")),
            **sizes,
        ),
        claim(
            "demidik2025.figure3.growth_differs",
            "hidden units grow faster with n on data of larger support (exponent b of m ~ n^b, "
            "even parity minus bars)",
            published="different scaling of data sets",
            **(_difference(found) if len(found) else unjudged("three n are needed")),
            **sizes,
        ),
    ]


def _comparison(found: pd.DataFrame) -> dict[str, Any]:
    """Power laws and exponentials, over all curves."""
    freedom = int((found.points - 2).sum())
    power, exponential = found.power.sum(), found.exponential.sum()
    value = (exponential - power) / max(1.0, min(power, exponential) / freedom)
    return {
        "measured": value,
        "verdict": is_positive(value, 2.0),
        "note": f"chi-square {power:.1f} (power laws) and {exponential:.1f} (exponentials), "
        f"{freedom} degrees of freedom; b: {_exponents(found)}",
    }


def _difference(found: pd.DataFrame) -> dict[str, Any]:
    """Exponents of the hard minus those of the easy data set; errors propagated or scatter."""
    both = found[found.dataset == HARD].merge(found[found.dataset == EASY], on="paulis")
    gains = (both.b_x - both.b_y).to_numpy()
    if not len(gains):
        return unjudged("no machine with known numbers on both")
    propagated = np.sqrt((both.b_error_x**2 + both.b_error_y**2).sum()) / len(gains)
    error = float(np.maximum(propagated, np.nan_to_num(standard_error(gains))))
    mean = float(gains.mean())
    note = f"b: {_exponents(found)}"
    return {"measured": (mean, error), "verdict": is_positive(mean, error), "note": note}


def _exponents(found: pd.DataFrame) -> str:
    return ", ".join(
        f"{row.dataset} {LABELS[row.paulis]} {pm(row.b, row.b_error)}" for row in rows(found)
    )
