"""Shared by the figures of Gresch 2022: labels, rows of tables, sizes as text.

Every table has columns with the sizes behind it, so that it can be judged alone: `train_L`, `runs`,
and `train_realisations` and `test_realisations` per (L, h).
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.papers import style
from spinlearn.papers.verdicts import Need
from spinlearn.spins import chain_text
from spinlearn.statistics.rounding import listed
from spinlearn.storage.hdf5 import Contents

H_MIN = 3.0
"""Gresch 2022 claims good predictions for h >= 3; below, the variance of the targets vanishes."""

LONGEST, RUNS = 12, 5
"""Least length of the longest chain, and runs, that claims on networks need.

The shortest L at which the indicators reach both of their limits: the mean gap ratio has the GOE
value at weak disorder. The paper averages over five networks, at L up to 14. Its 1000 training
realisations are not needed: its figure 9 finds no change from 3 on.
"""

H_POINTS = 57
"""Points of the finer grid of h on which networks are evaluated on fresh disorder vectors."""

SYMBOLS = {"gap_ratio": "r", "entanglement_entropy": "S", "spin_fraction": "f"}
"""Symbols of the paper's indicators in claims."""

KEYS = {"gap_ratio": "gap_ratio", "entanglement_entropy": "entropy", "spin_fraction": "fraction"}
"""Names of the paper's indicators in keys of claims."""

LABELS = {
    "gap_ratio": "gap ratio $r$",
    "entanglement_entropy": r"entropy $S/S_\mathrm{norm}$",
    "spin_fraction": r"spin fraction $\mathcal{F}$",
}
"""Labels of the paper's indicators on figures."""

H_LABEL = "disorder $h$ ($J$, Pauli)"


def at_energy(predictions: Contents, energy_density: float) -> Bool[np.ndarray, " rows"]:
    """Mask of the rows at one energy density.

    Raises:
        ValueError: if there is none.
    """
    mask = np.isclose(predictions["energy_density"], energy_density, rtol=0, atol=1e-9)
    if not mask.any():
        raise ValueError(f"{predictions.path} holds nothing at energy density {energy_density}")
    return mask


def ensembles(
    predictions: Contents, mask: Bool[np.ndarray, " rows"]
) -> list[tuple[int, float, Int[np.ndarray, " chosen"]]]:
    """Each (L, h) with the indices of its rows within a mask."""
    sizes, strengths = predictions["L"], predictions["h"]
    pairs = zip(sizes[mask].tolist(), strengths[mask].tolist(), strict=True)
    return [
        (L, h, np.flatnonzero(mask & (sizes == L) & (strengths == h)))
        for L, h in sorted(set(pairs))
    ]


def predicted_columns(predictions: Contents) -> dict[str, int]:
    """Columns of the indicators that the variant predicts, by name."""
    names = predictions.attributes["indicators"]
    return {
        name: column
        for column, name in enumerate(names)
        if np.isfinite(predictions["prediction"][..., column]).all()
    }


def exact_and_predicted(
    predictions: Contents, rows: Int[np.ndarray, " rows"], column: int
) -> tuple[Float[np.ndarray, "1 rows"], Float[np.ndarray, "runs rows"]]:
    """Some rows of one indicator: the exact values, and those that each run predicts."""
    return predictions["target"][None, rows, column], predictions["prediction"][:, rows, column]


def size_columns(predictions: Contents, L: int, test_realisations: int) -> dict[str, object]:
    """The sizes behind a row of chain length L, as columns."""
    lengths = predictions.attributes["train_L"]
    return {
        "system": system(predictions),
        "held_out": L not in lengths,
        "train_L": ", ".join(map(str, lengths)),
        "train_realisations": int(predictions.attributes["train_realisations"]),
        "test_realisations": test_realisations,
        "runs": len(predictions["prediction"]),
    }


def system(predictions: Contents) -> str:
    """The chain in words, and what networks learn beside the paper's indicators."""
    names = [name for name in predictions.attributes["indicators"] if name not in LABELS]
    chain = str(predictions.attributes["system"])
    return f"{chain}; networks also learn {', '.join(names)}" if names else chain


def is_of_paper(table: pd.DataFrame) -> bool:
    """Whether a table is about the paper's ring and indicators; others get no claim."""
    return set(table["system"]) == {chain_text.NAMES["ring"]}


def fine_grid(values: Float[np.ndarray, " n"], points: int) -> Float[np.ndarray, " grid"]:
    """Evenly spaced points from the smallest to the largest value; one if they are all the same.

    >>> fine_grid(np.array([3.0, 1.0, 2.0]), 5).tolist()
    [1.0, 1.5, 2.0, 2.5, 3.0]
    """
    return np.unique(np.linspace(values.min(), values.max(), points))


def grid_rows(**axes: Iterable[int] | Iterable[float]) -> pd.DataFrame:
    """One row per combination of the values of the axes, those of the last axis changing fastest.

    >>> grid_rows(h=[1.0, 2.0], feature=[1, 2]).to_numpy().tolist()
    [[1.0, 1.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0]]
    """
    return pd.MultiIndex.from_product(axes.values(), names=axes).to_frame(index=False)


def shown_indicators(table: pd.DataFrame) -> list[str]:
    """The indicators in a table, in the order of the panels: the paper's, then further ones."""
    present = set(table["indicator"])
    return [name for name in dict.fromkeys((*LABELS, *OBSERVABLES)) if name in present]


def label(indicator: str) -> str:
    """Label of an indicator on figures, as networks learn it."""
    if indicator in LABELS:
        return LABELS[indicator]
    symbol, unit = f"${OBSERVABLES[indicator].symbol}$", OBSERVABLES[indicator].unit
    if unit == "1":
        return symbol
    return f"{symbol} / upper limit" if has_limits(indicator) else rf"{symbol} / $\ln D$"


def has_limits(indicator: str) -> bool:
    """Whether 0 and 1 are limits of an indicator, as networks learn it: over its upper limit."""
    return isfinite(OBSERVABLES[indicator].limits(4)[1])


def panels(indicators: list[str], height: float, **subplots: Any) -> tuple[Figure, list[Axes]]:
    """One panel per indicator, at most as many in a row as the paper has indicators."""
    columns = min(len(indicators), len(LABELS))
    rows = -(-len(indicators) // columns)
    fig, axes = style.figure(2, rows * height, rows, columns, squeeze=False, **subplots)
    for ax in axes.flat[len(indicators) :]:
        ax.set_axis_off()
    chosen = list(axes.flat[: len(indicators)])
    for ax in chosen if rows > 1 else ():  # not every panel has one below it
        ax.tick_params(labelbottom=True)
    return fig, chosen


def needs(table: pd.DataFrame, runs: int = RUNS) -> list[Need]:
    """The sizes that a claim on networks needs, for `claim`."""
    return [("longest L", int(table["L"].max()), LONGEST), ("runs", run_count(table), runs)]


def run_count(table: pd.DataFrame) -> int:
    """The number of runs behind a table."""
    return int(table["runs"].iloc[0])


def span(values: pd.Series) -> str:
    """The value of a column of whole numbers, or its range, as text."""
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low}-{high}"


def scale(table: pd.DataFrame, paper: str) -> str:
    """The sizes of a table and those of the paper, for the scorecard."""
    return (
        f"L = {listed(table['L'])}; {table['h'].nunique()} h; "
        f"{span(table['train_realisations'])} + {span(table['test_realisations'])} realisations; "
        f"{span(table['runs'])} runs on L = {table['train_L'].iloc[0]} (paper: {paper})"
    )
