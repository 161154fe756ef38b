"""Losses against the number of training realisations, from a file of kind `gru/learning_curve`."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.papers.gresch2022 import common
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents


def losses(curve: Contents) -> pd.DataFrame:
    """Mean squared error on training and test data, averaged over indicators and h.

    Args:
        curve: contents of a file of kind `gru/learning_curve`.

    Returns:
        One row per (learner, size, L): `train_loss` and `test_loss`, means over the repeats;
        `train_error` and `test_error`, their standard errors over the repeats; `sampling_error`,
        the standard error of `test_loss` over the test realisations, which the repeats share.
        `vectors` is the number of training vectors, over all L and h. Two differences with their
        errors from both, on the same repeats: `excess` and `train_excess`, the test and training
        loss minus that at the largest size (the former also on the same test realisations), and
        `above_trained`, the test loss minus its mean over the lengths trained on.
    """
    lengths, train_L = curve["L"], curve.attributes["train_L"]
    train, test = (curve[name].mean(axis=(4, 5)) for name in ("train_error", "test_error"))
    trained = np.isin(lengths, train_L)
    rows = []
    for p, n, i in np.ndindex(train.shape[0], train.shape[1], lengths.size):
        of_length = curve["row_L"] == lengths[i]
        h = curve["row_h"][of_length]
        here, last = (curve["row_error"][p, k, of_length].mean(axis=-1) for k in (n, -1))
        excess, train_excess = (
            _mean_and_error(each[p, n, :, i] - each[p, -1, :, i]) for each in (test, train)
        )
        above = _mean_and_error(test[p, n, :, i] - test[p, n][:, trained].mean(axis=1))
        sampling = [_sampling_error(curve, p, n, int(L)) for L in (lengths[i], *train_L)]
        beside = float(np.linalg.norm(sampling[1:])) / len(train_L)
        rows.append(
            {
                "learner": curve.attributes["learners"][p],
                "size": int(curve["size"][n]),
                "vectors": int(curve["size"][n]) * len(train_L) * curve["h"].size,
                "L": int(lengths[i]),
                "held_out": not trained[i],
                **_named("train_loss", "train_error", _mean_and_error(train[p, n, :, i])),
                **_named("test_loss", "test_error", _mean_and_error(test[p, n, :, i])),
                "sampling_error": sampling[0],
                "excess": excess[0],
                "excess_error": float(np.hypot(excess[1], _stratified_error(here - last, h))),
                **_named("train_excess", "train_excess_error", train_excess),
                "above_trained": above[0],
                "above_trained_error": float(np.linalg.norm([above[1], sampling[0], beside])),
                "repeats": train.shape[2],
                "test_realisations": int(of_length.sum() // curve["h"].size),
            }
        )
    return pd.DataFrame(rows).assign(
        updates=int(curve.attributes["updates"]),
        system=curve.attributes["system"],
        train_L=", ".join(map(str, train_L)),
    )


def trained_losses(predictions: Contents, energy_density: float) -> pd.DataFrame:
    """Test loss of networks that were trained to the end, to be compared with `losses`.

    Args:
        predictions: contents of a predictions file.
        energy_density: that of the learning curve.

    Returns:
        One row per L, with those columns of `losses` that are not about the training loss or other
        sizes: the runs are the repeats, and the size is that of their training split.
    """
    rows = []
    columns = list(common.predicted_columns(predictions).values())
    for L in np.unique(predictions["L"]):
        chosen = common.at_energy(predictions, energy_density) & (predictions["L"] == L)
        distance = predictions["prediction"][:, chosen] - predictions["target"][chosen]
        squares, h = (distance[..., columns] ** 2).mean(axis=2), predictions["h"][chosen]
        per_h = np.stack([squares[:, h == strength].mean(axis=1) for strength in np.unique(h)])
        rows.append(
            {
                "L": int(L),
                **_named("test_loss", "test_error", _mean_and_error(per_h.mean(axis=0))),
                "sampling_error": _stratified_error(squares.mean(axis=0), h),
                "size": int(predictions.attributes["train_realisations"]),
                "repeats": len(squares),
            }
        )
    return pd.DataFrame(rows)


def _named(name: str, error: str, measured: tuple[float, float]) -> dict[str, float]:
    return {name: measured[0], error: measured[1]}


def _mean_and_error(values: Float[np.ndarray, " repeats"]) -> tuple[float, float]:
    """Mean over the repeats, and its standard error."""
    return float(values.mean()), float(standard_error(values))


def _sampling_error(curve: Contents, learner: int, size: int, L: int) -> float:
    """Standard error of the test loss over the test realisations of a length."""
    rows = curve["row_L"] == L
    values = curve["row_error"][learner, size, rows].mean(axis=-1)
    return _stratified_error(values, curve["row_h"][rows])


def _stratified_error(values: Float[np.ndarray, " n"], h: Float[np.ndarray, " n"]) -> float:
    """Standard error of the mean over h of the means at each h; NaN for single values."""
    parts = [values[h == strength] for strength in np.unique(h)]
    if min(part.size for part in parts) < 2:
        return float("nan")
    return float(np.sqrt(sum(part.var(ddof=1) / part.size for part in parts)) / len(parts))


def scores(curve: Contents, least_h: float) -> pd.DataFrame:
    """R^2_norm of each indicator, averaged over h, against the number of training realisations.

    Args:
        curve: contents of a file of kind `gru/learning_curve`.
        least_h: the smallest h that counts, in units of J.

    Returns:
        One row per (learner, size, L, indicator): `r2_norm`, the mean over repeats of the mean over
        h of 1/(2 - R^2), and `run_error`, its standard error over the repeats.
    """
    strong = curve["h"] >= least_h
    with np.errstate(divide="ignore", invalid="ignore"):  # without disorder nothing varies
        ratio = curve["test_error"] / curve["variance"]
    score = (1.0 / (1.0 + ratio))[..., strong, :].mean(axis=-2)
    found = score.mean(axis=2), score.std(axis=2, ddof=1) / score.shape[2] ** 0.5
    axes = {
        "learner": curve.attributes["learners"],
        "size": curve["size"],
        "L": curve["L"],
        "indicator": curve.attributes["indicators"],
    }
    rows = pd.MultiIndex.from_product(axes.values(), names=axes).to_frame(index=False)
    return rows.assign(r2_norm=found[0].ravel(), run_error=found[1].ravel())
