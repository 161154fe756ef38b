"""What P3 claims, held against the tables of its figures.

Each function takes tables alone and returns rows of the scorecard; the rules `order`, `value`,
`below`, `share` are those of `spinlearn.papers.verdicts`.
"""

import math
from collections.abc import Iterable
from functools import partial
from itertools import combinations, pairwise
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers import verdicts as rules
from spinlearn.papers.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Claim

NAMES = {"Z": "RBM", "XZ": "sqRBM{X,Z}", "XYZ": "sqRBM{X,Y,Z}"}
"""P3's names of the machines."""

PAPER_SCALE = "paper: n = 6 to 12, m up to 90, 100 runs"

RATIO_MARGIN = 0.1
"""Relative difference of a ratio of hidden units that still counts as the one predicted."""

TVD_MARGIN = 0.05
"""Difference of total variation distances that counts as none."""

PLATEAU = 0.45
"""Distances above this are those of machines that have learned nothing yet."""

MOST = 0.9
"""Share of single cases that must bear a claim out."""

SAME_FAMILY = 1e-9
"""KL (nats) below which a fit found the target itself: what remains when a family fits itself."""

_claim = partial(rules.claim, paper="P3")


def _rows(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, with its columns as attributes."""
    return list(table.itertuples())


def _values(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in sorted(set(values)))


def support(dataset: str, n: int) -> int:
    """Strings with non-zero probability: 2 + n/2, n^2, C(n, n/2) or 2^(n-1).

    >>> [support(name, 8) for name in ("bars", "random", "cardinality", "parity")]
    [6, 64, 70, 128]
    """
    return {
        "bars": 2 + n // 2,
        "random": min(n**2, 2**n),
        "cardinality": comb(n, n // 2),
        "parity": 2 ** (n - 1),
    }[dataset]


def training_claims(results: pd.DataFrame, threshold: float) -> list[Claim]:
    """Claims about total variation distances against m (P3 figure 2).

    The rules. All machines learn: for every data set, n and machine the lowest mean distance over
    the grid of m is below the threshold (`below`); inconclusive where it is not, since a larger m
    might do. Equal numbers of parameters: the distance of the machine with Paulis W and m hidden
    units minus that of the classical one with |W| m, wherever the grid has both and either has left
    the plateau (distance below 0.45), is zero within 0.05 in the mean (`value`), and so are nine in
    ten of the single ones (`value`, `share`).

    Args:
        results: as `spinlearn.sqrbm.tables.training_results` gives it.
        threshold: total variation distance that counts as learned.
    """
    scale = (
        f"n = {_values(results.n)}, m up to {results.m.max()}, {_values(results.runs)} runs "
        f"({PAPER_SCALE})"
    )
    best = results.loc[results.groupby(["dataset", "n", "paulis"]).tvd.idxmin()]
    found = [rules.below(row.tvd, row.tvd_error, threshold) for row in _rows(best)]
    worst = best.loc[best.tvd.idxmax()]
    reached = found.count(REPRODUCED)
    claims = [
        _claim(
            "sqrbm.figure2.all_learn",
            "every machine reaches a low TVD with enough hidden units (the largest of the lowest "
            "distances)",
            figure=2,
            published=f"all of them (here: TVD < {threshold:g})",
            measured=float(worst.tvd),
            error=float(worst.tvd_error),
            verdict=REPRODUCED if reached == len(best) else INCONCLUSIVE,
            scale=scale,
            note=f"{reached} of {len(best)} combinations of data set, n and machine",
        )
    ]
    for paulis in [name for name in NAMES if name != "Z" and name in set(results.paulis)]:
        pairs = equal_parameters(results, paulis)
        pairs = pairs[pairs[["tvd", "tvd_classical"]].min(axis=1) < PLATEAU]
        if pairs.empty:
            continue
        difference = pairs.tvd - pairs.tvd_classical
        error = float(np.sqrt((pairs.error**2).sum()) / len(pairs))
        mean = float(difference.mean())
        single = [
            rules.below(abs(row.tvd - row.tvd_classical), row.error, TVD_MARGIN)
            for row in _rows(pairs)
        ]
        claims.append(
            _claim(
                f"sqrbm.figure2.equal_parameters_{paulis.lower()}",
                f"{NAMES[paulis]} with m hidden units performs as an RBM with |W| m, which has as "
                "many parameters (theorem 2; mean difference of TVD)",
                figure=2,
                published="equal TVD",
                measured=mean,
                error=error,
                verdict=rules.all_of(
                    rules.value(mean, error, 0.0, TVD_MARGIN), rules.share(single, MOST)
                ),
                scale=scale,
                note=f"of {len(pairs)} pairs {single.count(REPRODUCED)} are alike and "
                f"{single.count(NOT_REPRODUCED)} differ; largest difference "
                f"{difference.abs().max():.3f}",
            )
        )
    return claims


def equal_parameters(results: pd.DataFrame, paulis: str) -> pd.DataFrame:
    """Distances of a machine with m hidden units beside those of the RBM with as many parameters.

    A row for each pair in the grid: `dataset, n, m, tvd, tvd_classical, error` (of the difference).
    """
    keys = ["dataset", "n", "m"]
    machine = results[results.paulis == paulis][[*keys, "tvd", "tvd_error"]].copy()
    classical = results[results.paulis == "Z"][[*keys, "tvd", "tvd_error"]]
    machine["m_classical"] = machine.m * len(paulis)
    joined = machine.merge(
        classical.rename(columns={"m": "m_classical"}),
        on=["dataset", "n", "m_classical"],
        suffixes=("", "_classical"),
    )
    joined["error"] = np.hypot(joined.tvd_error, joined.tvd_error_classical)
    return joined[[*keys, "tvd", "tvd_classical", "error"]]


def hidden_unit_claims(minimum: pd.DataFrame) -> list[Claim]:
    """Claims about the fewest hidden units that learn (P3 figure 3).

    The rules. Ratios: the geometric mean over data sets and n of m_RBM / m, bounds left out and
    counted, is |W| within a tenth (`value`); its error joins the errors of the single ratios with
    their scatter; inconclusive if fewer than two ratios are known. Order: a machine with more
    Paulis needs fewer hidden units (`order` for each pair) in nine of ten pairs, and in none more;
    not reproduced if one needs more. Support: the same for data sets with smaller support against
    those with larger, within one machine.

    Args:
        minimum: as `spinlearn.sqrbm.tables.minimum_hidden_units` gives it.
    """
    claims = []
    scale = f"n = {_values(minimum.n)}, {_values(minimum.runs)} runs ({PAPER_SCALE})"
    for paulis in [name for name in NAMES if name != "Z" and name in set(minimum.paulis)]:
        group = minimum[minimum.paulis == paulis]
        exact = group[group.ratio_bound == "exact"]
        predicted = len(paulis)
        mean, error = _geometric_mean(exact.ratio, exact.ratio_error)
        verdict = rules.value(mean, error, predicted, RATIO_MARGIN * predicted)
        notes = [
            f"n = {n}: {rules.pm(*_geometric_mean(part.ratio, part.ratio_error))} "
            f"({part.ratio.min():.2f} to {part.ratio.max():.2f})"
            for n, part in exact.groupby("n")
        ]
        if len(exact) < len(group):
            notes.append(f"{len(group) - len(exact)} known as bounds only")
        claims.append(
            _claim(
                f"sqrbm.figure3.ratio_{paulis.lower()}",
                f"an RBM needs |W| times the hidden units of {NAMES[paulis]} (mean ratio)",
                figure=3,
                published=f"{predicted} (theorem 2)",
                measured=mean,
                error=error,
                verdict=verdict if len(exact) > 1 else INCONCLUSIVE,
                scale=f"{len(exact)} data sets of an n; {scale}",
                note="; ".join(notes),
            )
        )
    return [*claims, _order_claim(minimum, scale), _support_claim(minimum, scale)]


def _geometric_mean(values: pd.Series, errors: pd.Series) -> tuple[float, float]:
    """Geometric mean, and its error from single errors and scatter, whichever is the larger."""
    if values.empty:
        return np.nan, np.nan
    logs, relative = np.log(values.to_numpy()), (errors / values).to_numpy()
    mean = float(np.exp(logs.mean()))
    single = np.sqrt((relative**2).sum()) / len(logs)
    scatter = logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else 0.0
    return mean, mean * float(max(single, scatter))


def _compare(more: Any, fewer: Any) -> str:
    """Verdict on "`more` needs more hidden units than `fewer`", with what bounds allow.

    "at_smallest_m" is an upper bound and "not_reached" a lower one, above every m of the grid.
    """
    if more.status == fewer.status and more.status != "reached":
        return INCONCLUSIVE
    if more.status == "not_reached" or fewer.status == "not_reached":
        return REPRODUCED if more.status == "not_reached" else NOT_REPRODUCED
    error = math.hypot(np.nan_to_num(more.m_error), np.nan_to_num(fewer.m_error))
    verdict = rules.order(more.m - fewer.m, error)
    # An upper bound of the one can only make it need fewer units than stated.
    certain = {"more": NOT_REPRODUCED, "fewer": REPRODUCED}
    for side, row in (("more", more), ("fewer", fewer)):
        if row.status == "at_smallest_m" and verdict != certain[side]:
            return INCONCLUSIVE
    return verdict


def _tally(key: str, text: str, published: str, answers: list[str], scale: str) -> Claim:
    """A claim that must hold in most pairs and fail in none."""
    against = answers.count(NOT_REPRODUCED)
    return _claim(
        key,
        text,
        figure=3,
        published=published,
        measured=f"{answers.count(REPRODUCED)} of {len(answers)} pairs",
        verdict=NOT_REPRODUCED if against else rules.share(answers, MOST),
        scale=scale,
        note=f"{against} the other way, {answers.count(INCONCLUSIVE)} open",
    )


def _order_claim(minimum: pd.DataFrame, scale: str) -> Claim:
    answers = []
    for _, group in minimum.groupby(["dataset", "n"]):
        machines = {row.paulis: row for row in _rows(group)}
        present = [name for name in NAMES if name in machines]
        answers += [_compare(machines[a], machines[b]) for a, b in pairwise(present)]
    return _tally(
        "sqrbm.figure3.paulis_save_units",
        "more Paulis need fewer hidden units: RBM > sqRBM{X,Z} > sqRBM{X,Y,Z}",
        "on every data set",
        answers,
        scale,
    )


def _support_claim(minimum: pd.DataFrame, scale: str) -> Claim:
    answers = []
    for _, group in minimum.groupby(["n", "paulis"]):
        rows = sorted(_rows(group), key=lambda row: support(row.dataset, row.n))
        answers += [
            _compare(large, small)
            for small, large in combinations(rows, 2)
            if support(small.dataset, small.n) < support(large.dataset, large.n)
        ]
    return _tally(
        "sqrbm.figure3.support_needs_units",
        "a data set with larger support needs more hidden units",
        "on every machine",
        answers,
        scale,
    )


def cross_fit_claims(fits: pd.DataFrame) -> list[Claim]:
    """Our test of theorem 1: a hidden qubit with |W| Paulis against |W| classical hidden units.

    The rule: not reproduced if the families differ in dimension. Otherwise reproduced if each fits
    the members of the other as well as its own (KL below `SAME_FAMILY`), not reproduced if not, and
    inconclusive if one fails on its own members. Dimensions are counted, so no error is needed.

    Args:
        fits: as `spinlearn.sqrbm.tables.cross_fit_table` gives it, for any number of Pauli sets.
    """
    claims = []
    for key, part in fits.groupby(["paulis", "n"], sort=False):
        paulis, n = str(key[0]), key[1]
        kl = {
            (source, fitted): group.kl
            for (source, fitted), group in part.groupby(["source", "fitted"])
        }
        dimensions = part.groupby("source").source_dimension.first()
        own = max(kl[paulis, paulis].max(), kl["Z", "Z"].max())
        crossed = max(kl[paulis, "Z"].max(), kl["Z", paulis].max())
        if dimensions[paulis] != dimensions["Z"]:
            verdict = NOT_REPRODUCED
        elif own >= SAME_FAMILY:
            verdict = INCONCLUSIVE
        else:
            verdict = REPRODUCED if crossed < SAME_FAMILY else NOT_REPRODUCED
        claims.append(
            _claim(
                f"sqrbm.theorem1.equivalence_{paulis.lower()}",
                f"{NAMES[paulis]} with one hidden unit and an RBM with |W| represent the same "
                "distributions (largest KL left when one is fitted to the other)",
                figure="theorem 1",
                published="equivalent by theorem 1; no test",
                measured=crossed,
                verdict=verdict,
                scale=f"n = {n}, {part.target.nunique()} random targets a family",
                origin="spinlearn",
                note=f"dimensions {dimensions[paulis]} and {dimensions['Z']}; median KL left "
                f"{kl[paulis, 'Z'].median():.0e} (RBM fitted to sqRBM), "
                f"{kl['Z', paulis].median():.0e} (sqRBM fitted to RBM), at most {own:.0e} where a "
                "family is fitted to itself",
            )
        )
    return claims
