"""Claims of Demidik 2025 on machines with quantum visible units, and on what gradients cost."""

from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025.common import PLATEAU, rows
from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    Need,
    claim,
    difference,
    is_above,
    is_below,
    is_positive,
)
from spinlearn.statistics.rounding import listed, pm

LEAST_N, RUNS, ITERATIONS, COST_SIZES = 6, 20, 300, 4
"""Visible units, runs and steps that a comparison needs, and sizes that an exponent needs.

On bars a QRBM with all Paulis is behind the sqRBM that it contains after 120 steps (0.50 and 0.15),
and not after 300 (0.029 and 0.046).
"""

LITTLE = 0.05
"""Mean difference of total variation distances that counts as little."""


def distances(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of mean distances."""
    return table[table.part == "distance"]


def costs(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of times, with `units` = n + m."""
    part = table[table.part == "cost"]
    return part.assign(units=part.n + part.m)


def pairs(found: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Two machines at equal (data set, m): `dataset, m, gain, error, lower`.

    The gain is the distance of the first minus that of the second, `lower` the smaller distance.
    """
    keys = ["dataset", "m"]
    both = [found[found.machine == name][[*keys, "tvd", "tvd_error"]] for name in (first, second)]
    joined = both[0].merge(both[1], on=keys, suffixes=("", "_second"))
    joined["gain"] = joined.tvd - joined.tvd_second
    joined["error"] = np.hypot(joined.tvd_error, joined.tvd_error_second)
    joined["lower"] = joined[["tvd", "tvd_second"]].min(axis=1)
    return joined[[*keys, "gain", "error", "lower"]]


def learned_pairs(found: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """The pairs in which a machine has learned something: a distance is below 0.45.

    Two machines that are stuck, at parity for instance, are equal whatever they could represent.
    """
    joined = pairs(found, first, second)
    return joined[joined.lower < PLATEAU]


def mean_gain(joined: pd.DataFrame) -> Measured:
    """Mean of the gains and its error, of independent pairs; NaN without pairs."""
    if joined.empty:
        return np.nan, np.nan
    error = np.sqrt((joined.error**2).sum(skipna=False)) / len(joined)
    return float(joined.gain.mean()), float(error)


def _sizes(found: pd.DataFrame, joined: pd.DataFrame) -> dict[str, Any]:
    """Scale and needs of a comparison."""
    runs, n = int(found.runs.min()), int(found.n.min())
    needs: list[Need] = [
        ("n", n, LEAST_N),
        ("runs", runs, RUNS),
        ("iterations", int(found.iterations.max()), ITERATIONS),
        ("pairs", len(joined), 2),
    ]
    hidden = listed(joined.m) or "none of both"
    text = f"n = {n}, m = {hidden}, {runs} runs (the paper trains no such machine)"
    return {"scale": text, "needs": needs}


def transverse_field_claim(found: pd.DataFrame) -> Claim:
    """Transverse fields lower the distance of an RBM by little: by less than 0.05 (`is_below`).

    The control is the gain of {X,Y,Z} on the hidden units, over the same pairs. Where it is little
    too, nothing can be judged. So the mean is over the pairs where it is more, at least one.
    """
    keys = ["dataset", "m"]
    joined, control = pairs(found, "rbm", "tfim"), pairs(found, "rbm", "sqrbm")
    other = control[control.gain > LITTLE].merge(joined[keys])
    judged = joined.merge(other[keys])
    gain, runs = mean_gain(judged), int(found.runs.min())
    sizes = _sizes(found, joined)
    sizes["needs"].append(("pairs with a gain by {X,Y,Z}", len(judged), 1))
    return claim(
        "demidik2025.quantum_machines.transverse_field",
        "constant transverse fields add little to an RBM (TVD of the RBM minus that of the "
        "transverse-field QRBM, as many hidden units)",
        published=f"no significant change of expressivity (here: below {LITTLE})",
        measured=gain,
        verdict=is_below(*gain, LITTLE, runs=runs),
        figure="discussion",
        note=f"an sqRBM with {{X,Y,Z}} gains {pm(*mean_gain(other))}; largest gain of a pair "
        f"{judged.gain.max():.2f}",
        **sizes,
    )


def generic_claim(found: pd.DataFrame) -> Claim:
    """All Paulis lower the distance of a transverse-field machine (`is_positive`).

    The mean is over the pairs in which a machine has learned something (`learned_pairs`).
    """
    joined = learned_pairs(found, "tfim", "qrbm")
    gain, runs = mean_gain(joined), int(found.runs.min())
    return claim(
        "demidik2025.quantum_machines.generic",
        "a QRBM with all Paulis learns better than the transverse-field one (difference of TVD, as "
        "many hidden units)",
        published="significant improvement (after its reference 26)",
        measured=gain,
        verdict=is_positive(*gain, runs=runs),
        figure="discussion",
        **_sizes(found, joined),
    )


def inclusion_claim(found: pd.DataFrame) -> Claim:
    """A QRBM, which contains the sqRBM, learns at least as well within 0.05 (`is_above`).

    The mean is over the pairs in which a machine has learned something (`learned_pairs`).
    """
    joined = learned_pairs(found, "sqrbm", "qrbm")
    gain, runs = mean_gain(joined), int(found.runs.min())
    return claim(
        "demidik2025.quantum_machines.inclusion",
        "a QRBM with all Paulis learns at least as well as the sqRBM{X,Y,Z} that it contains "
        "(difference of TVD, as many hidden units)",
        published="QRBM contains sqRBM (in structure; training is not shown)",
        measured=gain,
        verdict=is_above(*gain, -LITTLE, runs=runs),
        figure="1",
        **_sizes(found, joined),
    )


def growth(times: pd.DataFrame, machine: str) -> Measured:
    """b of seconds = 2^(a + b (n + m)) by least squares, with its error; NaN below three sizes."""
    part = times[times.machine == machine]
    if part.units.nunique() < 3:
        return np.nan, np.nan
    fit, covariance = np.polyfit(part.units, np.log2(part.seconds), 1, cov=True)
    return float(fit[0]), float(np.sqrt(covariance[0, 0]))


def cost_claim(times: pd.DataFrame) -> Claim:
    """The cost of a QRBM's gradient grows faster with the units than an sqRBM's (`is_positive`).

    The exponents are those of this computer; at few units an sqRBM's time is that of the calls.
    """
    sqrbm, qrbm = growth(times, "sqrbm"), growth(times, "qrbm")
    found = difference(qrbm, sqrbm)
    sizes = times[times.machine == "qrbm"].units
    notes = [
        f"{name}: {pm(*growth(times, name))}" for name in ("rbm", "sqrbm", "sqbm", "tfim", "qrbm")
    ]
    last = times[times.units == sizes.max()]
    seconds = {row.machine: row.seconds for row in rows(last)}
    if {"qrbm", "sqrbm"} <= set(seconds):
        notes.append(
            f"at n + m = {sizes.max():.0f}: {seconds['qrbm'] / seconds['sqrbm']:.0f} times"
        )
    notes.append("times of restricted machines are those of the calls")
    return claim(
        "demidik2025.quantum_machines.cost",
        "the time of a QRBM's exact gradient grows faster with n + m than an sqRBM's (difference "
        "of the exponents b in 2^(b(n + m)))",
        published="not efficiently computable, against a closed form",
        measured=found,
        verdict=is_positive(*found, runs=sizes.nunique() - 1),
        needs=[("sizes", sizes.nunique(), COST_SIZES)],
        scale=f"n + m = {listed(sizes.astype(int))}, half of the units visible",
        figure="discussion",
        note="; ".join(notes),
    )
