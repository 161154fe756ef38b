"""The restricted Boltzmann machines of the leaderboard, trained on exact gradients of KL(q||p)."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from spinlearn.datasets.leaderboard import Learned, Targets, nearest_width
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.training import (
    Settings,
    descend,
    initial_parameters,
    refuse_worse_than_uniform,
)

MODELS = {"rbm": "Z", "sqrbm": "XYZ"}
"""Paulis of the machines that are compared."""


@dataclass(frozen=True)
class Budget:
    """What all learners are given: parameters, starting points per run."""

    parameters: int
    starts: int


def learn(targets: Targets, budget: Budget, settings: Settings, seed: int) -> list[Learned]:
    """Train both kinds of machine on all targets at once, from several starting points per run.

    Starting points are uniform in [-1, 1], as in Demidik 2025.

    Args:
        targets: the distributions that runs learn.
        budget: parameters and starting points.
        settings: how to train.
        seed: the pipeline's.

    Raises:
        NotConvergedError: as `descend` and `refuse_worse_than_uniform`.
    """
    found = []
    for model, paulis in MODELS.items():
        sizes = partial(_size, targets.n, paulis)
        m = nearest_width(sizes, budget.parameters)
        machine = Machine(targets.n, m, paulis)
        starts = [
            initial_parameters(machine, seed, [key.pop("run")], **key)[0]
            for key in targets.keys(budget.starts)
        ]
        rows = targets.repeated(budget.starts)
        result = descend(machine, rows, np.stack(starts), settings, description=model)
        chosen = targets.best_starts(result.kl_best)
        refuse_worse_than_uniform(
            result.kl_best[chosen], rows[chosen], settings, f"leaderboard, {model}"
        )
        found.append(
            Learned(
                model,
                f"{m} hidden units",
                machine.size,
                independent_parameters(machine),
                result.probability[chosen].reshape(targets.probability.shape),
            )
        )
    return found


def _size(n: int, paulis: str, m: int) -> int:
    return Machine(n, m, paulis).size


def independent_parameters(machine: Machine) -> int:
    """Parameters without those of the rotations of each hidden unit's Paulis, which change nothing.

    |Phi_j| is the same for every rotation of its components: 0, 1 or 3 angles per hidden unit.

    >>> independent_parameters(Machine(6, 2, "XYZ")), Machine(6, 2, "XYZ").size
    (42, 48)
    """
    components = len(machine.paulis)
    return machine.size - machine.m * components * (components - 1) // 2
