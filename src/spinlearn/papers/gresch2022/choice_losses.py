"""Test losses of networks that differ in one choice (Gresch 2022, appendices A and C)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.gru.choices import BASELINES
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Measured
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents


class Choice(NamedTuple):
    """A network or baseline, the network to which it is compared, and both in words."""

    variant: str
    reference: str
    label: str


CHOICES = (
    Choice("lstm", "multitask", "LSTM instead of GRU"),
    Choice("one_site", "multitask", "single sites instead of pairs"),
    Choice("three_sites", "multitask", "three sites instead of pairs"),
    Choice("four_features", "multitask", "4 features instead of 2"),
    Choice("transfer_four_features", "transfer", r"4 features, transferred to $\mathcal{F}$"),
    Choice("energy_joint", "energy", r"$\epsilon$: joint training alone, no second stage"),
    Choice("energy_frozen", "energy", r"$\epsilon$: features of a single $\epsilon$"),
    Choice("energy_heads", "energy_frozen", r"$\epsilon$: the same with a head per $\epsilon$"),
    Choice("regression", "multitask", "regression instead of a network"),
    Choice("energy_regression", "energy", r"$\epsilon$: regression instead of a network"),
)

ALL = "all"
"""The mean over the indicators."""


def tabulate(files: Mapping[str, Contents]) -> pd.DataFrame:
    """Test losses of both networks of each choice, on the same realisations.

    The loss is the squared error, averaged over energy densities and realisations of all h, as in
    the training.

    Args:
        files: contents of predictions files by the name of the variant. A choice for which a file
            is missing is left out.

    Returns:
        One row per (variant, L, indicator), an indicator being one that both predict, or "all" for
        their mean: `loss` and `reference_loss`, averaged over runs; their `difference`; its
        `sampling_error` over test realisations, in pairs; and its `run_error`, from the spread
        between the runs of both (NaN for a network with a single run).
    """
    known = [choice for choice in CHOICES if {choice.variant, choice.reference} <= {*files}]
    return pd.DataFrame(
        [
            {**choice._asdict(), **row}
            for choice in known
            for row in _rows(files[choice.variant], files[choice.reference])
        ]
    )


def _rows(file: Contents, reference: Contents) -> list[dict[str, object]]:
    """The rows of one choice.

    Raises:
        ValueError: if the files hold different realisations.
    """
    names = [n for n in common.predicted_columns(file) if n in common.predicted_columns(reference)]
    names = [name for name in names if name in common.LABELS]
    strengths = np.unique(reference["h"]).size
    rows: list[dict[str, object]] = []
    for L in sorted(set(reference["L"].tolist())):
        exact, losses = zip(*(_losses(one, L, names) for one in (file, reference)), strict=True)
        if not np.array_equal(*exact):
            raise ValueError(f"{file.path} holds other realisations than {reference.path}")
        means = [values.mean(axis=0) for values in losses]  # over runs
        spreads = [
            _run_error(one, values) for one, values in zip((file, reference), losses, strict=True)
        ]
        for position, name in enumerate((*names, ALL)):
            pair = [float(mean[:, position].mean()) for mean in means]
            paired = means[0][:, position] - means[1][:, position]
            rows.append(
                {
                    "L": L,
                    "indicator": name,
                    "loss": pair[0],
                    "reference_loss": pair[1],
                    "difference": pair[0] - pair[1],
                    "sampling_error": float(standard_error(paired)),
                    "run_error": float(np.hypot(spreads[0][position], spreads[1][position])),
                    "strengths": strengths,
                    **common.size_columns(reference, L, len(paired) // strengths),
                }
            )
    return rows


def _losses(
    file: Contents, L: int, names: list[str]
) -> tuple[Float[np.ndarray, "rows I"], Float[np.ndarray, "runs R J"]]:
    """Targets of a chain length, and each run's loss of each realisation and indicator.

    The last column of the losses is the mean over the indicators.
    """
    rows = np.flatnonzero(file["L"] == L)
    columns = [common.predicted_columns(file)[name] for name in names]
    target = file["target"][rows][:, columns]
    squares = (file["prediction"][:, rows][..., columns] - target) ** 2
    R = np.unique(file["realisation"][rows]).size
    losses = squares.reshape(len(squares), R, -1, len(names)).mean(axis=2)
    return target, np.concatenate([losses, losses.mean(axis=2, keepdims=True)], axis=2)


def _run_error(file: Contents, losses: Float[np.ndarray, "runs R J"]) -> Float[np.ndarray, " J"]:
    """Standard error of the mean loss over runs; 0 for a baseline, which has no runs."""
    if file.attributes["variant"] in BASELINES:
        return np.zeros(losses.shape[2])
    return standard_error(losses.mean(axis=1))


def change(rows: pd.DataFrame) -> Measured:
    """Mean difference over chain lengths, and its error (NaN for a single run).

    Sampling errors of different lengths are independent, so they add in quadrature. The runs are
    the same at all lengths, so their errors are averaged.
    """
    sampling = scores.error_of_mean(rows["sampling_error"])
    between = rows["run_error"].mean(skipna=False)
    return float(rows["difference"].mean()), float(np.hypot(sampling, between))
