"""The claims of figure `long_strings`."""

from typing import Any

import pandas as pd

from spinlearn.papers.demidik2025.common import LABELS
from spinlearn.papers.verdicts import Claim, Measured, claim, equals, is_positive, unjudged
from spinlearn.statistics.rounding import listed, pm

RUNS, PAIRS = 4, 2
"""Runs and pairs of machines from which claims are judged."""

RATIO_MARGIN = 0.1
"""Relative difference from the number of Paulis that counts as agreement, as at small n."""

KEYS = {"digits_pixels": "digits", "all_bars_and_stripes_4x16": "bars_and_stripes"}
"""Names of the data sets that claims are made on, in their keys."""

WORDS = {"XZ": "xz", "XYZ": "xyz"}
"""Names of the machines that claims are made on, in their keys."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Two or three claims per data set and semi-quantum machine that the table has."""
    found = []
    for dataset, rows in table.groupby("dataset", sort=False):
        curves = rows[rows.part == "likelihood"]
        for paulis in (name for name in WORDS if name in set(curves.paulis) and dataset in KEYS):
            key = f"{WORDS[paulis]}_{KEYS[str(dataset)]}"
            found.append(_equal_parameters(key, str(dataset), paulis, rows))
            found.append(_worth(f"worth_{key}", str(dataset), paulis, rows))
            if (curves.held_out > 0).all():
                found.append(_worth(f"worth_learned_{key}", str(dataset), paulis, rows, "train_"))
    return found


def mean_of(values: pd.Series, errors: pd.Series) -> Measured:
    """Mean of several values; its error if theirs are fully correlated: the mean of the errors."""
    return float(values.mean()), float(errors.mean())


def _equal_parameters(key: str, dataset: str, paulis: str, rows: pd.DataFrame) -> Claim:
    """The mean gain over an RBM with as many parameters is positive (`is_positive`).

    The errors of pairs share held-out strings; they count as fully correlated.
    """
    pairs = rows[(rows.part == "gain") & (rows.paulis == paulis) & (rows.equal == "parameters")]
    text: dict[str, Any] = unjudged("no RBM with as many parameters")
    if len(pairs):
        value = mean_of(pairs.gain, pairs.gain_error)
        parts = [
            f"m = {row.m:.0f}: {pm(row.gain, row.gain_error)}"
            for row in pairs.sort_values("m").itertuples()
        ]
        text = {
            "measured": value,
            "verdict": is_positive(*value, runs=_runs(rows)),
            "note": "; ".join(parts),
        }
    return claim(
        f"spinlearn.long_strings.parameters_{key}",
        f"{LABELS[paulis]} learns better than an RBM with as many parameters (difference of "
        "log-likelihoods, nat)",
        published="equal (Demidik 2025, n up to 12)",
        needs=[("runs", _runs(rows), RUNS), ("pairs", len(pairs), PAIRS)],
        scale=_scale(dataset, rows),
        origin="spinlearn",
        **text,
    )


def _worth(key: str, dataset: str, paulis: str, rows: pd.DataFrame, of: str = "") -> Claim:
    """Classical hidden units per hidden qubit are its number of Paulis, within a tenth (`equals`).

    In the mean over those m at which the RBM's curve reaches the same log-likelihood, of the
    strings that are tested, or that are learned (`of` "train_").
    """
    ratios = rows[(rows.part == "ratio") & (rows.paulis == paulis)].sort_values("m")
    exact, aim = ratios[ratios[f"{of}bound"] == "exact"], float(len(paulis))
    names = ["m", f"{of}ratio", f"{of}ratio_error", f"{of}bound"]
    note = "; ".join(f"m = {m:.0f}: {_ratio(*found)}" for m, *found in ratios[names].to_numpy())
    text: dict[str, Any] = unjudged(note or "no RBM")
    if len(exact):
        value = mean_of(exact[f"{of}ratio"], exact[f"{of}ratio_error"])
        verdict = equals(*value, aim, RATIO_MARGIN * aim, runs=_runs(rows))
        text = {"measured": value, "verdict": verdict, "note": note}
    strings = " of the strings learned" if of else ""
    return claim(
        f"spinlearn.long_strings.{key}",
        f"a hidden qubit of {LABELS[paulis]} is worth {aim:g} classical hidden units, at equal "
        f"log-likelihood{strings}",
        published=f"{aim:g} (Demidik 2025, n up to 12; here: within {RATIO_MARGIN:.0%})",
        needs=[("runs", _runs(rows), RUNS), ("machines", len(exact), PAIRS)],
        scale=_scale(dataset, rows),
        origin="spinlearn",
        **text,
    )


def _ratio(value: float, error: float, bound: str) -> str:
    signs = {"lower": "at least", "upper": "at most"}
    return pm(value, error) if bound == "exact" else f"{signs[bound]} {value:.2f}"


def _runs(rows: pd.DataFrame) -> int:
    return int(rows.runs.min())


def _scale(dataset: str, rows: pd.DataFrame) -> str:
    curves = rows[rows.part == "likelihood"]
    sizes = [
        f"{LABELS[name]} m = {listed(part.m.tolist())}" for name, part in curves.groupby("paulis")
    ]
    return f"{dataset}, n = {rows.n.iloc[0]}; {'; '.join(sizes)}; {_runs(rows)} runs"
