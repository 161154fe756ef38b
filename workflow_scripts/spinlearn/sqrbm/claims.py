"""What P3 claims, held against the tables of its figures.

Each function takes tables alone and returns rows of the scorecard. "Errors" are standard errors.
"""

from collections.abc import Iterable
from itertools import combinations, pairwise
from math import comb
from typing import Any

import numpy as np
import pandas as pd

NAMES = {"Z": "RBM", "XZ": "sqRBM{X,Z}", "XYZ": "sqRBM{X,Y,Z}"}
"""P3's names of the machines."""

PAPER_SCALE = "paper: n = 6 to 12, m up to 90, 100 runs"

RATIO_MARGIN = 0.1
"""Relative difference of a ratio of hidden units that still counts as the one predicted."""

TVD_MARGIN = 0.05
"""Difference of total variation distances that counts as none."""

SAME_FAMILY = 1e-9
"""KL (nats) below which a fit found the target itself: what remains when a family fits itself."""

Claim = dict[str, Any]


def _claim(
    figure: str, claim: str, published: str, measured: Any, error: Any, verdict: str, scale: str
) -> Claim:
    return {
        "claim": claim,
        "paper": "P3",
        "figure": figure,
        "published": published,
        "measured": measured,
        "error": error,
        "verdict": verdict,
        "scale": scale,
    }


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

    All machines learn: reproduced if for every data set, n and machine the mean distance falls
    below the threshold at some m of the grid; inconclusive if not, since a larger m might do.

    Equal numbers of parameters: the distance of the machine with Paulis W and m hidden units is
    compared with that of the classical one with |W| m, wherever the grid has both and either of
    them has left the plateau (distance below 0.45). Reproduced if the mean difference is within
    `TVD_MARGIN` plus two errors of zero and so are nine in ten of the single ones; inconclusive if
    two errors exceed `TVD_MARGIN`.

    Args:
        results: as `spinlearn.sqrbm.tables.training_results` gives it.
        threshold: total variation distance that counts as learned.
    """
    scale = (
        f"n = {_values(results.n)}, m up to {results.m.max()}, {_values(results.runs)} runs "
        f"({PAPER_SCALE})"
    )
    best = results.groupby(["dataset", "n", "paulis"]).tvd.min()
    reached = int((best < threshold).sum())
    claims = [
        _claim(
            "2",
            f"every machine reaches TVD < {threshold:g} with enough hidden units",
            "all of them",
            f"{reached} of {len(best)} combinations of data set, n and machine",
            "",
            "reproduced" if reached == len(best) else "inconclusive",
            scale,
        )
    ]
    for paulis in [name for name in NAMES if name != "Z" and name in set(results.paulis)]:
        pairs = equal_parameters(results, paulis)
        pairs = pairs[pairs[["tvd", "tvd_classical"]].min(axis=1) < 0.45]
        if pairs.empty:
            continue
        difference = pairs.tvd - pairs.tvd_classical
        error = float(np.sqrt((pairs.error**2).sum()) / len(pairs))
        alike = np.abs(difference) <= TVD_MARGIN + 2 * pairs.error
        mean = float(difference.mean())
        if 2 * error > TVD_MARGIN:
            verdict = "inconclusive"
        elif abs(mean) <= TVD_MARGIN + 2 * error and alike.mean() >= 0.9:
            verdict = "reproduced"
        else:
            verdict = "not reproduced"
        claims.append(
            _claim(
                "2",
                f"{NAMES[paulis]} with m hidden units performs as an RBM with {len(paulis)} m, "
                "which has as many parameters (theorem 2)",
                "equal TVD",
                f"mean difference {mean:+.3f}, largest {difference.abs().max():.3f}; "
                f"alike in {int(alike.sum())} of {len(pairs)} pairs",
                f"{error:.3f}",
                verdict,
                scale,
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

    Ratios: the geometric mean over data sets of m_RBM / m, bounds left out and counted; its error
    joins the errors of the single ratios with their scatter. Reproduced if the prediction |W| is
    within `RATIO_MARGIN` (relative) or two errors; inconclusive if two errors exceed a quarter of
    it or if fewer than two ratios are known.

    Order: reproduced if nowhere a machine with more Paulis needs more hidden units by more than
    two errors, and bounds do not leave the order open in more than a tenth of the cases.

    Support: the same for data sets with larger support against those with smaller, within one
    machine.

    Args:
        minimum: as `spinlearn.sqrbm.tables.minimum_hidden_units` gives it.
    """
    claims = []
    runs = _values(minimum.runs)
    for paulis in [name for name in NAMES if name != "Z" and name in set(minimum.paulis)]:
        for n, group in minimum[minimum.paulis == paulis].groupby("n"):
            exact = group[group.ratio_bound == "exact"]
            left_out = len(group) - len(exact)
            predicted = len(paulis)
            mean, error = _geometric_mean(exact.ratio, exact.ratio_error)
            if len(exact) < 2 or 2 * error > 0.25 * predicted:
                verdict = "inconclusive"
            elif abs(mean - predicted) <= max(RATIO_MARGIN * predicted, 2 * error):
                verdict = "reproduced"
            else:
                verdict = "not reproduced"
            span = f" ({exact.ratio.min():.2f} to {exact.ratio.max():.2f})" if len(exact) else ""
            bounds = f", {left_out} more known as bounds only" if left_out else ""
            claims.append(
                _claim(
                    "3",
                    f"an RBM needs {predicted} times the hidden units of {NAMES[paulis]}, n = {n}",
                    str(predicted),
                    f"{mean:.2f}{span}",
                    f"{error:.2f}",
                    verdict,
                    f"{len(exact)} data sets{bounds}; {runs} runs ({PAPER_SCALE})",
                )
            )
    claims += [_order_claim(minimum, runs), _support_claim(minimum, runs)]
    return claims


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
    """Whether `more` needs at least as many hidden units as `fewer`: "yes", "no" or "open"."""
    if more.status != "not_reached" and fewer.status != "not_reached":
        error = np.hypot(np.nan_to_num(more.m_error), np.nan_to_num(fewer.m_error))
        if more.status == fewer.status == "at_smallest_m":
            return "open"
        return "yes" if more.m >= fewer.m - 2 * error else "no"
    if more.status == "not_reached" and fewer.status != "not_reached":
        return "yes"
    if fewer.status == "not_reached" and more.status != "not_reached":
        return "no"
    return "open"


def _tally(answers: list[str]) -> tuple[str, str]:
    """What was found, and the verdict on it."""
    found = f"{answers.count('yes')} of {len(answers)} pairs"
    if answers.count("open"):
        found += f", {answers.count('open')} open"
    if not answers or answers.count("open") > 0.1 * len(answers):
        return found, "not reproduced" if "no" in answers else "inconclusive"
    return found, "not reproduced" if "no" in answers else "reproduced"


def _order_claim(minimum: pd.DataFrame, runs: str) -> Claim:
    answers = []
    for _, group in minimum.groupby(["dataset", "n"]):
        machines = {row.paulis: row for row in _rows(group)}
        present = [name for name in NAMES if name in machines]
        answers += [_compare(machines[a], machines[b]) for a, b in pairwise(present)]
    found, verdict = _tally(answers)
    return _claim(
        "3",
        "more Paulis need fewer hidden units: RBM > sqRBM{X,Z} > sqRBM{X,Y,Z}",
        "on every data set",
        found,
        "",
        verdict,
        f"n = {_values(minimum.n)}, {runs} runs ({PAPER_SCALE})",
    )


def _support_claim(minimum: pd.DataFrame, runs: str) -> Claim:
    answers = []
    for _, group in minimum.groupby(["n", "paulis"]):
        rows = sorted(_rows(group), key=lambda row: support(row.dataset, row.n))
        answers += [
            _compare(large, small)
            for small, large in combinations(rows, 2)
            if support(small.dataset, small.n) < support(large.dataset, large.n)
        ]
    found, verdict = _tally(answers)
    return _claim(
        "3",
        "a data set with larger support needs more hidden units",
        "on every machine",
        found,
        "",
        verdict,
        f"n = {_values(minimum.n)}, {runs} runs ({PAPER_SCALE})",
    )


def cross_fit_claims(fits: pd.DataFrame) -> list[Claim]:
    """Theorem 1: a hidden qubit with |W| Paulis is equivalent to |W| classical hidden units.

    Not reproduced if the families differ in dimension. Otherwise reproduced if each fits the
    members of the other as well as its own (KL below `SAME_FAMILY`), not reproduced if not, and
    inconclusive if one fails on its own members.

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
            verdict = "not reproduced"
        elif own >= SAME_FAMILY:
            verdict = "inconclusive"
        else:
            verdict = "reproduced" if crossed < SAME_FAMILY else "not reproduced"
        claims.append(
            _claim(
                "theorem 1",
                f"{NAMES[paulis]} with one hidden unit and an RBM with {len(paulis)} represent the "
                "same distributions",
                "equivalent",
                f"dimensions {dimensions[paulis]} and {dimensions['Z']}; median KL left "
                f"{kl[paulis, 'Z'].median():.0e} (RBM fitted to sqRBM), "
                f"{kl['Z', paulis].median():.0e} (sqRBM fitted to RBM), at most {own:.0e} where a "
                "family is fitted to itself",
                "",
                verdict,
                f"n = {n}, {part.target.nunique()} random targets a family",
            )
        )
    return claims
