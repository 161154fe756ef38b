"""Shared by the figures of Zhong 2022 on training: runs as tables, axes, labels.

Every table has columns with the sizes behind it. `error` is the standard error of the mean over
runs, `std` the standard deviation over runs; both are NaN for a single run.
"""

import re
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from spinlearn.papers import style
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    RATE,
    REPRODUCED,
    Measured,
    Need,
    all_of,
    is_positive,
)
from spinlearn.spins.chain_text import chain_text_with_operators, is_of_papers
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import pm
from spinlearn.storage.hdf5 import Contents

CRITICAL_RANGE = (3.5, 3.7)
"""Range of the critical disorder strength in the literature, in spin-1/2 operators."""

MACHINES: dict[str, dict[str, Any]] = {
    "hidden": {"label": "hidden", "color": style.COLORS[0]},
    "driven": {"label": "randomly driven", "color": style.COLORS[1]},
    "basic": {"label": "basic", "color": style.COLORS[2]},
}
"""Name and colour of each machine."""

STATES = {
    "plus": (r"$|{+}\rangle$", "|+>"),
    "neel": ("the Néel state", "Neel"),
    "random_product": ("random products", "random product"),
    "target_sectors": ("the target's $S^z$ weights", "the target's S^z weights"),
}
"""Names of the initial states, on figures and in the scorecard."""


def sizes(contents: Contents) -> dict[str, Any]:
    """The columns for data set, machine, sizes and chain; `contents` must include `loss`."""
    attributes = contents.attributes
    runs, quenches = contents["loss"].shape
    return {
        "dataset": attributes["dataset"],
        "source": attributes["source"],
        "machine": attributes["machine"],
        "h": float(attributes["h"]),
        "visible": int(attributes["visible"]),
        "hidden": int(attributes["hidden"]),
        "quenches": quenches,
        "candidates": int(attributes["candidates"]),
        "runs": runs,
        "quench_time": float(attributes["quench_time"]),
        "initial_state": attributes["initial_state_kind"],
        "system": chain_text_with_operators(attributes),
    }


def like_first(found: Sequence[Contents], *names: str) -> list[Contents]:
    """The contents with the same attributes of these names as the first, e.g. one machine's."""
    first = found[0].attributes
    return [c for c in found if all(c.attributes[name] == first[name] for name in names)]


def spread(rows: Float[np.ndarray, "runs columns"]) -> dict[str, np.ndarray]:
    """Mean over runs, standard deviation and standard error of the mean, for each column."""
    unknown = np.full(rows.shape[1], np.nan)
    std = rows.std(axis=0, ddof=1) if len(rows) > 1 else unknown
    return {"mean": rows.mean(axis=0), "std": std, "error": standard_error(rows)}


def rows_with(table: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """The rows of a table that have given values in some columns."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def measured(row: Any) -> Measured:
    """The mean of a row and its standard error."""
    return float(row["mean"]), float(row["error"])


def scale(
    row: Any,
    more: str = "",
    paper: str = "100 quenches, 500 candidates, 100 runs",
    data: str = "",
) -> str:
    """The data set and sizes of a row, and the sizes of the paper, for the scorecard."""
    return (
        f"{data or data_label(row)}; {int(row['visible'])}+{int(row['hidden'])} spins from "
        f"{STATES[row['initial_state']][1]}, {int(row['quenches'])} quenches, "
        f"{int(row['candidates'])} candidates, {int(row['runs'])} runs{more} (paper: {paper})"
    )


PRINTED_H = 3.9
"""The only localised disorder strength that the paper prints (figure 10)."""


def training_needs(row: Any, quenches: int, candidates: int, runs: int = 2) -> list[Need]:
    """The training that a claim needs, for `claim`; a single run has no error."""
    return [
        ("quenches", int(row["quenches"]), quenches),
        ("candidates", int(row["candidates"]), candidates),
        ("runs", int(row["runs"]), runs),
    ]


CHOICE_OF_STRENGTH = (
    f"The paper prints one localised strength, h_d = {PRINTED_H:g}; the default here, h_d = 8, was "
    "chosen after a scan."
)
"""A sentence for captions."""


def choice_of_strength(h: float) -> str:
    """Says in a row that its localised strength was chosen after looking; empty for the paper's."""
    if abs(h - PRINTED_H) < 0.05:
        return ""
    return f"h_d = {h:g} chosen after a scan (the paper prints {PRINTED_H:g} only)"


def near_printed(rows: pd.DataFrame) -> pd.Series:
    """The row whose disorder strength is nearest to the only one that the paper prints."""
    return rows.loc[(rows["h"] - PRINTED_H).abs().idxmin()]


def result_near_printed(chosen: float, h: float, found: Measured) -> str:
    """Says in a row what comes out at the strength h nearest to the paper's.

    Empty if the strength `chosen` for the row is this one or the paper's, or if h is not within 0.5
    of the paper's.
    """
    if h == chosen or not choice_of_strength(chosen) or abs(h - PRINTED_H) > 0.5:
        return ""
    return f"{pm(*found)} at h_d = {h:g}"


SIMILAR = 0.05
"""Largest difference of log10 MMD, 12 % of the loss, at which two machines count as similar.

The paper gives no number. It is less than what separates the hidden from the basic machine (0.07).
"""


WORDS = {REPRODUCED: "holds", NOT_REPRODUCED: "fails", INCONCLUSIVE: "open"}
"""What a row says of each of several conditions."""


def all_positive(differences: Mapping[str, Measured], runs: int) -> tuple[str, float, str]:
    """Judge "all these differences are positive", each by `is_positive`.

    Args:
        differences: by their names in words, e.g. "above the flat image".
        runs: independent runs behind each of them.

    Returns:
        The verdict; its error rate, which is that of one rule if all must hold, and of their sum
        if any can refute; a note with each difference and whether it holds, fails or is open.
    """
    verdicts = {name: is_positive(*found, runs=runs) for name, found in differences.items()}
    verdict = all_of(*verdicts.values())
    rate = RATE * (len(verdicts) if verdict == NOT_REPRODUCED else 1)
    notes = [f"{WORDS[verdicts[name]]} {name}: {pm(*differences[name])}" for name in verdicts]
    return verdict, rate, "; ".join(notes)


def joined(*notes: str) -> str:
    """The notes that say something, as one."""
    return "; ".join(note for note in notes if note)


def training_label(row: Any) -> str:
    """A label for figures: how the machines of a row were trained."""
    runs = f"{row.runs} run" + ("s" if row.runs > 1 else "")
    return f"{row.candidates} candidates per quench, {runs}, from {STATES[row.initial_state][0]}"


def chain_label(row: Any) -> str:
    """The chain of a row in words, on a line of its own; nothing for the paper's chains."""
    return "" if is_of_papers(row.system) else f"\n{fill(row.system, 60)}"


def data_label(row: Any) -> str:
    """The name of the data set of a row on figures and in the scorecard."""
    name = str(row["dataset"])
    if not re.fullmatch(r"(digits|mnist)\d", name):
        return "even parity" if name == "parity" else name
    origins = {"load_digits": "scikit-learn", "of MNIST": "MNIST"}
    found = [label for words, label in origins.items() if words in row["source"]]
    return f"digit {name[-1]} ({found[0] if found else 'own images'})"


def mean_and_band(ax: Axes, rows: pd.DataFrame, color: str, label: str) -> None:
    """Mean against the quench, with a band of one standard deviation over runs on each side."""
    columns = (rows.quench.tolist(), rows["mean"].tolist(), rows["std"].fillna(0).tolist())
    style.mean_and_band(ax, *columns, color=color, label=label)


def mark_transition(ax: Axes) -> None:
    """A grey band at the range of critical disorder strengths in the literature."""
    ax.axvspan(*CRITICAL_RANGE, color="0.85", lw=0, zorder=0)
    ax.annotate(
        r"$h_c$ (literature)",
        xy=(CRITICAL_RANGE[1], 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        fontsize=7,
        color="0.35",
    )


def strength_axis(ax: Axes, strengths: Sequence[float], least: float = 1.35) -> None:
    """A logarithmic axis of disorder strengths; labels are at least a factor `least` apart."""
    labelled: list[float] = []
    for h in strengths:
        if not labelled or h >= least * labelled[-1]:
            labelled.append(h)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(labelled))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel(r"disorder strength $h_d/J$")
