"""Tidy tables of P2's figures: exactly what each figure draws.

Every table repeats what it stands on, so that it can be judged alone: `train_L`, `networks`, and
`train_realisations` and `test_realisations` for each L and h.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.gru.data import INDICATORS
from spinlearn.gru.results import FeatureCurves, PhaseDiagram
from spinlearn.learning.metrics import score
from spinlearn.storage.hdf5 import Contents

Streams = Callable[..., np.random.Generator]
"""A random stream for each ensemble, called with L and h; see `spinlearn.streams`."""

RESAMPLES = 400
"""Bootstrap samples behind each error of R^2_norm."""

H_POINTS, ENERGY_POINTS = 57, 37
"""Points of the finer grids on which networks are asked for fresh disorder vectors."""

DIAGRAM_SAMPLES, FEATURE_SAMPLES = 200, 500
"""Fresh disorder vectors for each h in figures 6 and 8; P2 takes 100 for its figure 6."""


def fine_grid(values: Float[np.ndarray, " n"], points: int) -> Float[np.ndarray, " grid"]:
    """Evenly spaced points from the smallest to the largest value; one if they are all the same."""
    return np.unique(np.linspace(values.min(), values.max(), points))


def _at(predictions: Contents, energy_density: float) -> np.ndarray:
    """Mask of the rows at one energy density."""
    mask = np.isclose(predictions["energy_density"], energy_density, rtol=0, atol=1e-9)
    if not mask.any():
        raise ValueError(f"{predictions.path} holds nothing at energy density {energy_density}")
    return mask


def _ensembles(predictions: Contents, mask: np.ndarray) -> list[tuple[int, float, np.ndarray]]:
    """Each L and h with the indices of its rows within `mask`."""
    sizes, strengths = predictions["L"], predictions["h"]
    pairs = zip(sizes[mask].tolist(), strengths[mask].tolist(), strict=True)
    return [
        (L, h, np.flatnonzero(mask & (sizes == L) & (strengths == h)))
        for L, h in sorted(set(pairs))
    ]


def _learned_from(predictions: Contents) -> str:
    """Chain lengths that the networks learned from, as text."""
    return ", ".join(str(L) for L in predictions.attributes["train_L"])


def _size(predictions: Contents, rows: np.ndarray) -> dict[str, int | str]:
    return {
        "train_L": _learned_from(predictions),
        "train_realisations": int(predictions.attributes["train_realisations"]),
        "test_realisations": len(rows),
        "networks": predictions["prediction"].shape[0],
    }


def _predicted(predictions: Contents) -> list[int]:
    """Columns of the indicators that the variant predicts."""
    return [
        i for i in range(len(INDICATORS)) if np.isfinite(predictions["prediction"][..., i]).all()
    ]


def figure3(predictions: Contents, energy_density: float = 0.5) -> pd.DataFrame:
    """Mean and standard deviation over realisations, exact and predicted, of the longest chain.

    Args:
        predictions: contents of a predictions file of the multitask networks.
        energy_density: where.

    Returns:
        A row an indicator, h and source ("exact" or "network"): `mean` and `std` over the test
        realisations, their standard errors `mean_error` and `std_error` (Gaussian), averaged over
        the networks for the source "network".
    """
    mask = _at(predictions, energy_density)
    longest = int(predictions["L"][mask].max())
    rows = []
    for L, h, index in _ensembles(predictions, mask & (predictions["L"] == longest)):
        n = len(index)
        for column in _predicted(predictions):
            for source, values in (
                ("exact", predictions["target"][None, index, column]),
                ("network", predictions["prediction"][:, index, column]),
            ):
                std = float(values.std(axis=1, ddof=1 if n > 1 else 0).mean())
                rows.append(
                    {
                        "indicator": INDICATORS[column],
                        "L": L,
                        "h": h,
                        "energy_density": energy_density,
                        "source": source,
                        "mean": float(values.mean()),
                        "std": std,
                        "mean_error": std / np.sqrt(n),
                        "std_error": std / np.sqrt(2 * max(n - 1, 1)),
                        "held_out": L not in predictions.attributes["train_L"],
                        **_size(predictions, index),
                    }
                )
    return pd.DataFrame(rows)


def scores(predictions: Contents, energy_density: float, streams: Streams) -> pd.DataFrame:
    """R^2_norm = 1/(2 - R^2) of each indicator, L and h (P2 eq. 5), over test realisations.

    Args:
        predictions: contents of a predictions file.
        energy_density: where.
        streams: of the bootstrap; one for each ensemble, so that none depends on the others.

    Returns:
        A row an indicator, L and h: `r2_norm`, the mean over networks; `network_spread`, their
        standard deviation (NaN for a single network); `sampling_error`, the bootstrap error over
        the test realisations, which all networks share; `error`, both together, for the mean.
    """
    rows = []
    columns = _predicted(predictions)
    for L, h, index in _ensembles(predictions, _at(predictions, energy_density)):
        predicted = predictions["prediction"][:, index][..., columns].transpose(1, 0, 2)
        exact = np.broadcast_to(predictions["target"][index][:, None, columns], predicted.shape)
        stream = streams(L=L, h=f"{h:.2f}")
        result = score(exact, predicted, stream, resamples=RESAMPLES)
        networks = predicted.shape[1]
        for position, column in enumerate(columns):
            values = result.normalised[:, position]
            sampling = float(np.mean(result.normalised_error[:, position]))
            spread = float(np.std(values, ddof=1)) if networks > 1 else np.nan
            between = 0.0 if networks == 1 else spread**2 / networks
            rows.append(
                {
                    "variant": predictions.attributes["variant"],
                    "indicator": INDICATORS[column],
                    "L": L,
                    "h": h,
                    "energy_density": energy_density,
                    "r2_norm": float(values.mean()),
                    "network_spread": spread,
                    "sampling_error": sampling,
                    "error": float(np.sqrt(sampling**2 + between)),
                    "held_out": L not in predictions.attributes["train_L"],
                    **_size(predictions, index),
                }
            )
    return pd.DataFrame(rows)


def figure4(predictions: Contents, streams: Streams, energy_density: float = 0.5) -> pd.DataFrame:
    """R^2_norm of every indicator against h, for each L (P2 figure 4); see `scores`."""
    return scores(predictions, energy_density, streams)


def figure5(
    predictions: Mapping[str, Contents], streams: Streams, energy_density: float = 0.5
) -> pd.DataFrame:
    """R^2_norm of the spin fraction for three ways of training (P2 figure 5); see `scores`.

    Args:
        predictions: contents of the predictions files of variants `transfer`, `scratch`,
            `multitask`. All are resampled alike, so that their sampling errors are comparable.
    """
    tables = []
    for contents in predictions.values():
        table = scores(contents, energy_density, streams)
        tables.append(table[table["indicator"] == "spin_fraction"])
    return pd.concat(tables, ignore_index=True)


def figure6(predictions: Contents, diagram: PhaseDiagram, L: int) -> pd.DataFrame:
    """Phase diagram of the spin fraction over h and energy density, exact and predicted.

    Args:
        predictions: contents of the predictions file of the energy-resolved networks.
        diagram: predictions for fresh disorder vectors on a finer grid.
        L: chain length of both.

    Returns:
        A row a point and source: "exact", the average over test realisations; "network (test)", the
        networks' average over the same disorder vectors; "network", the finer grid. `error` is the
        standard error over disorder vectors, `largest` the largest single value.
    """
    column = INDICATORS.index("spin_fraction")
    at_length = predictions["L"] == L
    held_out = L not in predictions.attributes["train_L"]
    tables = []
    for _, h, index in _ensembles(predictions, at_length):
        energies = predictions["energy_density"][index]
        count = int(np.unique(predictions["realisation"][index]).size)
        for energy in np.unique(energies):
            chosen = index[energies == energy]
            for source, values in (
                ("exact", predictions["target"][None, chosen, column]),
                ("network (test)", predictions["prediction"][:, chosen, column]),
            ):
                each = values.mean(axis=0)
                tables.append(
                    {
                        "source": source,
                        "L": L,
                        "h": h,
                        "energy_density": float(energy),
                        "spin_fraction": float(each.mean()),
                        "error": _standard_error(each),
                        "largest": float(values.max()),
                        "held_out": held_out,
                        "train_L": _learned_from(predictions),
                        "train_realisations": int(predictions.attributes["train_realisations"]),
                        "test_realisations": count,
                        "networks": predictions["prediction"].shape[0],
                    }
                )
    grid_h, grid_energy = np.meshgrid(diagram.h, diagram.energy_density, indexing="ij")
    fine = pd.DataFrame(
        {
            "source": "network",
            "L": L,
            "h": grid_h.ravel(),
            "energy_density": grid_energy.ravel(),
            "spin_fraction": diagram.mean.mean(axis=0).ravel(),
            "error": diagram.deviation.mean(axis=0).ravel() / np.sqrt(diagram.samples),
            "largest": diagram.largest,
            "held_out": held_out,
            "train_L": _learned_from(predictions),
            "train_realisations": int(predictions.attributes["train_realisations"]),
            "test_realisations": 0,
            "networks": diagram.mean.shape[0],
        }
    )
    return pd.concat([pd.DataFrame(tables), fine], ignore_index=True)


def _standard_error(values: Float[np.ndarray, " n"]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def figure8(curves: FeatureCurves, train_realisations: int) -> pd.DataFrame:
    """Mean features against h for each L and network (P2 figure 8); features count from 1.

    Args:
        curves: averages over fresh disorder vectors.
        train_realisations: what the networks were trained on, of each L and h.
    """
    networks, *_, F = curves.mean.shape
    network, length, h, feature = np.meshgrid(
        np.arange(networks), curves.L, curves.h, np.arange(1, F + 1), indexing="ij"
    )
    return pd.DataFrame(
        {
            "network": network.ravel(),
            "feature": feature.ravel(),
            "L": length.ravel(),
            "h": h.ravel(),
            "mean": curves.mean.ravel(),
            "error": curves.error.ravel(),
            "samples": curves.samples,
            "train_realisations": train_realisations,
        }
    )


def crossings(table: pd.DataFrame) -> pd.DataFrame:
    """Where the curves of a feature for two chain lengths cross, from the table of figure 8.

    A crossing counts if the curves are apart by more than three standard errors somewhere on either
    side; of several, that with the widest opening is taken.

    Returns:
        A row a network, feature and pair of lengths: `h` of the crossing, by linear interpolation,
        or NaN.
    """
    rows = []
    for (network, feature), part in table.groupby(["network", "feature"]):
        curves = part.pivot(index="h", columns="L", values="mean")
        errors = part.pivot(index="h", columns="L", values="error")
        lengths = list(curves.columns)
        for i, first in enumerate(lengths):
            for second in lengths[i + 1 :]:
                rows.append(
                    {
                        "network": network,
                        "feature": feature,
                        "L": first,
                        "other_L": second,
                        "h": _crossing(
                            curves.index.to_numpy(float),
                            (curves[first] - curves[second]).to_numpy(),
                            np.hypot(errors[first].to_numpy(), errors[second].to_numpy()),
                        ),
                    }
                )
    return pd.DataFrame(rows, columns=["network", "feature", "L", "other_L", "h"])


def _crossing(
    h: Float[np.ndarray, " n"], difference: Float[np.ndarray, " n"], error: Float[np.ndarray, " n"]
) -> float:
    """The sign change with the widest significant opening on both sides, or NaN."""
    apart = difference != 0
    h, difference, error = h[apart], difference[apart], error[apart]
    significant = np.where(np.abs(difference) > 3 * error, np.abs(difference), 0.0)
    changes = np.flatnonzero(difference[:-1] * difference[1:] < 0)
    edges = [0, *(changes + 1), len(h)]
    best, where = 0.0, np.nan
    for k, i in enumerate(changes):
        left = significant[edges[k] : i + 1].max()
        right = significant[i + 1 : edges[k + 2]].max()
        if min(left, right) > best:
            best = min(left, right)
            share = difference[i] / (difference[i] - difference[i + 1])
            where = float(h[i] + share * (h[i + 1] - h[i]))
    return where
