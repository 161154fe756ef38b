"""Networks that learn the phases far from the transition and label the rest.

J. Carrasquilla and R. G. Melko, Nature Physics 13, 431 (2017), train on configurations at all
temperatures, labelled by the known T_c. Here none near T_c are labelled.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int8
from scipy.special import expit

from spinlearn.phases.networks import Settings, logits, shift_lattice, train
from spinlearn.streams import integer_seed


def label(
    spins: Int8[np.ndarray, "temperatures chains samples sites"],
    temperatures: Float[np.ndarray, " temperatures"],
    settings: Settings,
    *,
    ordered_below: float,
    disordered_above: float,
    seed: int,
    runs: int,
) -> dict[str, Any]:
    """Label configurations of one lattice by networks and by the magnetisation.

    Every training batch is moved over the periodic lattice at random.

    Args:
        spins: configurations, +1 or -1.
        temperatures: in units of J.
        settings: networks and training.
        ordered_below, disordered_above: limits of the training data.
        seed: of the networks.
        runs: independent trainings.

    Returns:
        `output` (runs, temperatures, chains), the probability of the ordered phase, averaged over
        each chain; `baseline` (temperatures, chains), the share of configurations with |m| above
        `threshold`, which is midway between the means of |m| in the training data of both phases.
    """
    ordered, disordered = temperatures <= ordered_below, temperatures >= disordered_above
    known = ordered | disordered
    sites = spins.shape[-1]
    x = spins[known].reshape(-1, sites)
    labels = np.repeat(ordered[known], len(x) // known.sum()).astype(float)
    shares = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    every = spins.reshape(-1, sites)
    outputs = []
    for run in range(runs):
        number = integer_seed(seed, "phases", "supervised", sites=sites, run=run)
        model = train(
            x, labels[:, None], shares, settings, number,
            vary=shift_lattice, description=f"{sites} sites, run {run}",
        )  # fmt: skip
        outputs.append(expit(logits(model, every)).reshape(spins.shape[:-1]).mean(axis=-1))
    return {"output": np.array(outputs), **by_magnetisation(spins, ordered, disordered)}


def by_magnetisation(
    spins: Int8[np.ndarray, "temperatures chains samples sites"],
    ordered: Bool[np.ndarray, " temperatures"],
    disordered: Bool[np.ndarray, " temperatures"],
) -> dict[str, Any]:
    """`baseline` and `threshold` of `label`."""
    magnetisation = np.abs(spins.mean(axis=-1, dtype=float))
    threshold = 0.5 * (magnetisation[ordered].mean() + magnetisation[disordered].mean())
    return {"baseline": (magnetisation > threshold).mean(axis=-1), "threshold": threshold}


def label_lattices(
    lattices: Mapping[int, np.ndarray],
    temperatures: Float[np.ndarray, " temperatures"],
    settings: Settings,
    **options: Any,
) -> dict[str, np.ndarray]:
    """`label` for several lattices: arrays with the lattice as an axis, and `size`.

    Args:
        lattices: configurations by length.
        temperatures, settings: as for `label`.
        options: further arguments of `label`.
    """
    found = [label(lattices[L], temperatures, settings, **options) for L in sorted(lattices)]
    return {
        "size": np.array(sorted(lattices)),
        "output": np.stack([each["output"] for each in found], axis=1),
        "baseline": np.array([each["baseline"] for each in found]),
        "threshold": np.array([each["threshold"] for each in found]),
    }
