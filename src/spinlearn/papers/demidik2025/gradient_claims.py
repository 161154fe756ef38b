"""Claims on the variance of gradients: whether it falls exponentially with the number of units."""

from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025 import common
from spinlearn.papers.verdicts import Claim, Need, all_of, claim, is_above, rate_of_all, unjudged
from spinlearn.statistics.lines import SIZES, Line, weighted_line
from spinlearn.statistics.rounding import listed, pm

PLATEAU = -0.5
"""Rate b of a variance ~ 2^(b n) from which down it counts as exponentially vanishing.

On a barren plateau it is -1 or less. A power n^-2 has a local rate of -2/(n log 2), -0.36 at n = 8.
"""

ROUNDING = 1e-25
"""Variances below this are rounding: that part of the gradient is the same for all machines."""

RUNS, LEAST_N = 50, 10
"""Random machines and the largest n that a rate needs; its error is then about 0.1."""


def exponential(curve: pd.DataFrame, kind: str) -> Line:
    """log2 of the variance = a + b n for one (data set, machine, initialisation, parameter)."""
    part = curve[curve[kind] > ROUNDING]
    errors = part[f"{kind}_error"] / (part[kind] * np.log(2))
    return weighted_line(part.n, np.log2(part[kind]), errors)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Whether variances fall exponentially: the rate b of 2^(b n) is above -1/2 (`is_above`).

    Whole gradients: for all data sets, machines and kinds of parameters, with the parameters of the
    training, and with those of the published code. The part that depends on the target: for all
    machines, couplings as in training, one claim per data set. They need three n, 10 the largest,
    and 50 random machines.
    """
    training = table[table.initialisation == "training"]
    coupling = training[training.component == "coupling"]
    whole = {
        "training": training,
        "published_code": table.query("initialisation=='published_code'"),
    }
    published = "no vanishing gradients (conjecture, supplementary note 9)"
    return [
        *(
            _claim(
                f"demidik2025.gradient_variance.{name}",
                "gradients of random machines do not vanish exponentially with n, parameters "
                f"uniform in ±{10 if name == 'published_code' else 1} (lowest rate b of 2^(b n))",
                part,
                "variance",
                published=published,
            )
            for name, part in whole.items()
        ),
        *(
            _claim(
                f"demidik2025.gradient_variance.target_{dataset}",
                "the part of the gradient that depends on the target does not vanish exponentially "
                f"with n, {common.TITLES[dataset]} (couplings; lowest rate b of 2^(b n))",
                coupling[coupling.dataset == dataset],
                "target_variance",
                published=f"{published}; not stated for this part",
                origin="spinlearn",
            )
            for dataset in common.datasets(table)
        ),
    ]


def _claim(key: str, text: str, part: pd.DataFrame, kind: str, **about: Any) -> Claim:
    """One claim about the lowest rate of many curves."""
    fits = {
        " ".join((names[0], common.LABELS[names[1]], names[2].replace("_", " "))): exponential(
            curve, kind
        )
        for names, curve in part.groupby(["dataset", "paulis", "component"])
    }
    fits = {name: fit for name, fit in fits.items() if np.isfinite(fit.slope)}
    found: dict[str, Any] = unjudged(f"{SIZES} n are needed")
    if fits:
        verdict = all_of(*(is_above(fit.slope, fit.error, PLATEAU) for fit in fits.values()))
        lowest, highest = (pick(fits, key=lambda name: fits[name].slope) for pick in (min, max))
        found = {
            "measured": fits[lowest][:2],
            "verdict": verdict,
            "error_rate": rate_of_all(verdict, len(fits)),
            "note": f"lowest: {lowest}; highest: {highest}, {pm(*fits[highest][:2])}",
        }
    needs: list[Need] = [
        ("numbers n", part.n.nunique(), SIZES),
        ("largest n", int(part.n.max()), LEAST_N),
        ("machines", int(part.runs.min()), RUNS),
    ]
    scale = f"n = {listed(part.n)}, m = n/2, {listed(part.runs)} random machines"
    return claim(key, text, scale=scale, needs=needs, figure="supplement 9", **about, **found)
