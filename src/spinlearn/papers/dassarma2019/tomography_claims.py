"""Claims on ground states that are reconstructed from measurements."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    Need,
    claim,
    difference,
    is_above,
    is_positive,
    margin,
)
from spinlearn.statistics.rounding import listed, pm

FAITHFUL = 0.99
"""Fidelity above which a state counts as reconstructed."""

NEEDED_RUNS = 3
"""Least runs: the effects are factors of 2 and more, and runs differ by tens of per cent."""


class Comparison(NamedTuple):
    """Two methods whose errors are compared: `worse` should have the larger one."""

    name: str
    text: str
    worse: str
    better: str


COMPARISONS = (
    Comparison(
        "gain_over_frequencies",
        "A machine with positive amplitudes reconstructs better than frequencies of its samples",
        "frequencies",
        "positive_z",
    ),
    Comparison(
        "cost_of_axes",
        "Positive amplitudes cost more samples along random axes than along z",
        "positive_local",
        "positive_z",
    ),
    Comparison(
        "cost_of_phases",
        "Phases that have to be learned cost samples",
        "complex_local",
        "positive_local",
    ),
    Comparison(
        "gain_over_inversion",
        "A machine with phases reconstructs better than linear inversion of as many POVM outcomes, "
        "brought to the nearest state",
        "projected",
        "complex_local",
    ),
)


def near_transition(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the field nearest to J."""
    fields = table.hx.unique()
    return table[table.hx == fields[np.abs(fields - 1).argmin()]]


def claims(table: pd.DataFrame) -> list[Claim]:
    """All claims, at the field nearest to J, of the longest chain.

    The state is reconstructed from samples along z: with the most samples, the fidelity of the
    positive machine is above `FAITHFUL`. This can only be judged where that of the samples' plain
    frequencies is below. `COMPARISONS`: the logarithm of the ratio of both
    infidelities, averaged over the numbers of samples, is positive. The energy: the same of the
    standard error of linear inversion and the error of the positive machine. The gain over
    frequencies grows with the chain: its logarithm at the longest chain less that at the shortest
    is positive. Errors come from the spread over runs, which have data of their own, with
    Student's t.
    """
    part = near_transition(table)
    longest, shortest = (part[size == part.N] for size in (part.N.max(), part.N.min()))
    found = [_faithful(longest)]
    found += [_compared(each, longest) for each in COMPARISONS]
    return [*found, _energy(longest), _growth(longest, shortest)]


def _by_run(rows: pd.DataFrame, method: str, column: str) -> pd.DataFrame:
    """A column of one method, one row per run and one column per number of samples."""
    return rows[rows.method == method].pivot(index="run", columns="samples", values=column)


def _ratio(worse: pd.DataFrame, better: pd.DataFrame) -> pd.Series:
    """ln of the ratio of errors of each run, averaged over the numbers of samples."""
    return np.log(worse / better).mean(axis=1)


def _gain(rows: pd.DataFrame, each: Comparison) -> pd.Series:
    """`_ratio` of both infidelities."""
    worse, better = (1 - _by_run(rows, name, "fidelity") for name in (each.worse, each.better))
    return _ratio(worse, better)


def _mean(values: pd.Series) -> Measured:
    """Mean and standard error over runs."""
    return float(values.mean()), float(values.sem())


def _scale(rows: pd.DataFrame) -> str:
    one, samples = rows.iloc[0], listed(rows.samples.tolist())
    return f"N = {one.N}, hx = {one.hx:g}J, {samples} samples, {rows.run.nunique()} runs"


def _needs(rows: pd.DataFrame) -> list[Need]:
    """What all claims need: fewer samples do not fix the parameters of the machines."""
    return [
        ("N", int(rows.N.iloc[0]), 6),
        ("most samples", int(rows.samples.max()), 1600),
        ("runs", rows.run.nunique(), NEEDED_RUNS),
    ]


def _faithful(rows: pd.DataFrame) -> Claim:
    """The paper's claim; it needs frequencies of the same samples to miss the limit by a margin."""
    fidelities, plain = (
        _by_run(rows, method, "fidelity")[rows.samples.max()]
        for method in ("positive_z", "frequencies")
    )
    mean, error = _mean(fidelities)
    runs = len(fidelities)
    plain_mean, plain_error = _mean(plain)
    missed = 1 - plain_mean - margin(runs) * plain_error
    return claim(
        "dassarma2019.nqs_tomography.machine_faithful",
        "Restricted Boltzmann machines reconstruct a many-body state from measurements (fidelity "
        f"of a ground state from samples along z, above {FAITHFUL:g}, where that of the samples' "
        "frequencies is below)",
        published="used in quantum state tomography for highly entangled states",
        measured=(mean, error),
        verdict=is_above(mean, error, FAITHFUL, runs=runs),
        needs=[
            *_needs(rows),
            ("infidelity of frequencies", float(f"{missed:.2g}"), 1 - FAITHFUL),
        ],
        scale=_scale(rows),
        note=f"fidelity of the frequencies {pm(plain_mean, plain_error)}; from the work that the "
        "review cites (Torlai et al. 2018); the limit is our own",
    )


def _compared(each: Comparison, rows: pd.DataFrame) -> Claim:
    gains = _gain(rows, each)
    mean, error = _mean(gains)
    return claim(
        f"dassarma2019.nqs_tomography.{each.name}",
        f"{each.text} (mean logarithm of the ratio of infidelities)",
        published="not stated",
        measured=(mean, error),
        verdict=is_positive(mean, error, runs=len(gains)),
        needs=_needs(rows),
        scale=_scale(rows),
        origin="spinlearn",
    )


def _energy(rows: pd.DataFrame) -> Claim:
    inverted = _by_run(rows, "linear", "excess_error")
    gains = _ratio(inverted, _by_run(rows, "positive_z", "excess").abs())
    mean, error = _mean(gains)
    return claim(
        "dassarma2019.nqs_tomography.energy",
        "A machine that learns samples along z has a better energy than linear inversion of as "
        "many POVM outcomes (mean logarithm of the ratio of the statistical error and that of the "
        "machine)",
        published="not stated",
        measured=(mean, error),
        verdict=is_positive(mean, error, runs=len(gains)),
        needs=_needs(rows),
        scale=_scale(rows),
        origin="spinlearn",
    )


def _growth(longest: pd.DataFrame, shortest: pd.DataFrame) -> Claim:
    gains = [_gain(rows, COMPARISONS[0]) for rows in (longest, shortest)]
    grown = difference(_mean(gains[0]), _mean(gains[1]))
    lengths = int(longest.N.iloc[0]), int(shortest.N.iloc[0])
    return claim(
        "dassarma2019.nqs_tomography.gain_grows",
        "The gain of a machine over frequencies grows with the chain (its logarithm, longest chain "
        "less shortest)",
        published="not stated",
        measured=grown,
        verdict=is_positive(*grown, runs=min(map(len, gains))),
        needs=[*_needs(longest), ("further sites", lengths[0] - lengths[1], 2)],
        scale=f"{_scale(longest)}; shortest N = {lengths[1]}",
        origin="spinlearn",
    )
