"""Losses against the number of training realisations, from a file of kind `gru/learning_curve`."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.storage.hdf5 import Contents


def losses(curve: Contents) -> pd.DataFrame:
    """Mean squared error on training and test data, averaged over indicators and h.

    Args:
        curve: contents of a file of kind `gru/learning_curve`.

    Returns:
        One row per (learner, size, L): `train_loss` and `test_loss`, means over the repeats;
        `train_error` and `test_error`, their standard errors over the repeats; `sampling_error`,
        the standard error of `test_loss` over the test realisations, which the repeats share.
        `excess` is the test loss minus that at the largest size, and `excess_error` its error from
        both, on the same test realisations. `fraction` and `fraction_error` are the same over the
        loss at the largest size. `vectors` is the number of training vectors, over all L and h.
    """
    lengths, train_L = curve["L"], curve.attributes["train_L"]
    train, test = (curve[name].mean(axis=(4, 5)) for name in ("train_error", "test_error"))
    repeats = train.shape[2]
    rows = []
    for p, n, i in np.ndindex(train.shape[0], train.shape[1], lengths.size):
        of_length = curve["row_L"] == lengths[i]
        h = curve["row_h"][of_length]
        here, last = (curve["row_error"][p, k, of_length].mean(axis=-1) for k in (n, -1))
        between = test[p, n, :, i].std(ddof=1), test[p, -1, :, i].std(ddof=1)
        excess = test[p, n, :, i].mean() - test[p, -1, :, i].mean()
        error = np.hypot(_stratified_error(here - last, h), np.hypot(*between) / repeats**0.5)
        largest = test[p, -1, :, i].mean()
        rows.append(
            {
                "learner": curve.attributes["learners"][p],
                "size": int(curve["size"][n]),
                "vectors": int(curve["size"][n]) * len(train_L) * curve["h"].size,
                "L": int(lengths[i]),
                "held_out": lengths[i] not in train_L,
                "train_loss": train[p, n, :, i].mean(),
                "train_error": train[p, n, :, i].std(ddof=1) / repeats**0.5,
                "test_loss": test[p, n, :, i].mean(),
                "test_error": between[0] / repeats**0.5,
                "sampling_error": _stratified_error(here, h),
                "excess": excess,
                "excess_error": error,
                "fraction": excess / largest,
                "fraction_error": error / largest,
                "variance": curve["variance"][i].mean(),
                "repeats": repeats,
                "updates": int(curve.attributes["updates"]),
                "test_realisations": int(of_length.sum() // curve["h"].size),
                "system": curve.attributes["system"],
                "train_L": ", ".join(map(str, train_L)),
            }
        )
    return pd.DataFrame(rows)


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
