"""Log-likelihoods of machines on long strings, and comparisons of them; rows of `long_strings`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from spinlearn.sqrbm.choices import PAULIS
from spinlearn.statistics.errors import error_over_runs, standard_error
from spinlearn.storage.hdf5 import Contents

Row = dict[str, Any]

COMPARED = (
    *("equal", "rbm_m", "gain", "gain_error", "ratio", "ratio_error", "bound"),
    *("train_ratio", "train_ratio_error", "train_bound"),
)
"""Columns of rows with `part` "gain" or "ratio"; see `comparisons`."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The runs of one machine.

    Attributes:
        paulis, m, parameters: the machine.
        mean: log-likelihood in nats, mean over runs.
        error: its error, from the spread of runs and from log Z.
        strings: mean over runs of log p of each held-out string; None if the test is exact.
    """

    paulis: str
    m: float
    parameters: int
    mean: float
    error: float
    strings: Float[np.ndarray, " strings"] | None


def fit_of(contents: Contents, name: str = "log_likelihood") -> Fit:
    """The runs of a file of the kind `sqrbm/long_fit`; their log-likelihoods have this name."""
    about, values = contents.attributes, contents[name]
    strings = None
    if name == "log_likelihood" and "string_log_likelihood" in contents:
        strings = contents["string_log_likelihood"].astype(float).mean(axis=0)
    error = float(error_over_runs(values, contents["log_z_error"]))
    machine = (str(about["paulis"]), float(about["m"]), int(about["parameter_count"]))
    return Fit(*machine, float(values.mean()), error, strings)


def gain(first: Fit, second: Fit) -> tuple[float, float]:
    """Log-likelihood of the first minus that of the second, and its error.

    Both are tested on the same held-out strings, whose number adds the standard error of the mean
    of the differences.
    """
    of_strings = 0.0
    if first.strings is not None and second.strings is not None:
        of_strings = float(standard_error(first.strings - second.strings))
    errors = np.array([first.error, second.error, of_strings])
    return first.mean - second.mean, float(np.sqrt((errors**2).sum()))


def between(low: Fit, high: Fit, share: float) -> Fit:
    """A machine between two of one curve, linear in the logarithm of m."""
    strings = None
    if low.strings is not None and high.strings is not None:
        strings = (1 - share) * low.strings + share * high.strings
    m = low.m ** (1 - share) * high.m**share
    mean = (1 - share) * low.mean + share * high.mean
    error = float(np.hypot((1 - share) * low.error, share * high.error))
    return Fit(low.paulis, m, 0, mean, error, strings)


def worth(fit: Fit, curve: Sequence[Fit]) -> Row:
    """Classical hidden units per hidden qubit, at equal log-likelihood.

    The curve of the RBM is interpolated between the two m around the value, linear in log m. The
    error is that of the difference of log-likelihoods over the slope. Beyond the ends of the curve
    the ratio at the end is a bound.

    Args:
        fit: a semi-quantum machine.
        curve: RBMs by ascending m.

    Returns:
        `ratio`, `ratio_error` (NaN for a bound), `bound`: "exact", "lower" or "upper".
    """
    above = [place for place, other in enumerate(curve) if other.mean >= fit.mean]
    place = above[0] if above else len(curve)
    if place in (0, len(curve)):
        at, bound = (curve[0], "upper") if place == 0 else (curve[-1], "lower")
        return {"ratio": at.m / fit.m, "ratio_error": np.nan, "bound": bound}
    low, high = curve[place - 1], curve[place]
    rise = high.mean - low.mean
    equal = between(low, high, (fit.mean - low.mean) / rise)
    slope = rise / np.log(high.m / low.m) / equal.m
    error = gain(fit, equal)[1] / slope / fit.m
    return {"ratio": equal.m / fit.m, "ratio_error": error, "bound": "exact"}


def comparisons(fits: Iterable[Fit], trained: Iterable[Fit]) -> list[Row]:
    """Every semi-quantum machine beside the RBMs of one data set.

    Args:
        fits: machines with the log-likelihoods of the strings that are tested.
        trained: the same machines with those of the strings that are learned.

    Returns:
        Rows with `part` "gain": `paulis, m`, the RBM's `rbm_m`, whether `equal` are "parameters" or
        "hidden units", and `gain`, `gain_error`. Rows with `part` "ratio": see `worth`; names with
        `train_` for the strings that are learned.
    """
    known, learned = list(fits), list(trained)
    curve, learned_curve = _classical(known), _classical(learned)
    rows: list[Row] = []
    for fit, other_fit in zip(known, learned, strict=True):
        if len(fit.paulis) == 1 or not curve:
            continue
        machine: Row = {"paulis": fit.paulis, "m": fit.m}
        of_train = {f"train_{name}": v for name, v in worth(other_fit, learned_curve).items()}
        rows.append({"part": "ratio", **machine, **worth(fit, curve), **of_train})
        for other in curve:
            equal = {len(fit.paulis) * fit.m: "parameters", fit.m: "hidden units"}.get(other.m)
            if equal:
                found = dict(zip(("gain", "gain_error"), gain(fit, other), strict=True))
                rows.append({"part": "gain", "equal": equal, "rbm_m": other.m, **machine, **found})
    return rows


def _classical(fits: Iterable[Fit]) -> list[Fit]:
    return sorted((fit for fit in fits if fit.paulis == "Z"), key=lambda fit: fit.m)


def likelihood_row(contents: Contents, fit: Fit) -> Row:
    """The row of one machine, with `part` "likelihood"."""
    return {
        "part": "likelihood",
        "paulis": fit.paulis,
        "m": fit.m,
        "parameters": fit.parameters,
        "runs": len(contents["run"]),
        "mean": fit.mean,
        "error": fit.error,
        "train": float(contents["train_log_likelihood"].mean()),
        "log_z_error": float(contents["log_z_error"].mean()),
        "log_z_gap": float((contents["log_z_backward"] - contents["log_z"]).mean()),
        "independent": float(contents["independent"]),
        "best": float(contents["best"]),
        "held_out": 0 if fit.strings is None else len(fit.strings),
    }


def picture_rows(files: Sequence[Contents], count: int) -> list[Row]:
    """Strings of the data, of the largest RBM and of the largest machine with the most Paulis.

    Rows with `part` "picture": `paulis`, "data" for the data; `string`, bits as text. Strings of a
    distribution are stored in its order, rows before columns for instance, so that every k-th is
    taken.
    """
    largest = {str(one.attributes["paulis"]): one for one in sorted(files, key=_units)}
    names = sorted(largest, key=lambda name: (len(name), PAULIS.index(name)))
    data = files[0]["data"]
    shown = {"data": data[:: max(1, len(data) // count)]}
    shown |= {name: largest[name]["samples"][0] for name in dict.fromkeys((names[0], names[-1]))}
    return [
        {"part": "picture", "paulis": name, "string": "b" + "".join(map(str, bits))}
        for name, strings in shown.items()
        for bits in strings[:count].tolist()
    ]


def _units(contents: Contents) -> int:
    return int(contents.attributes["m"])
