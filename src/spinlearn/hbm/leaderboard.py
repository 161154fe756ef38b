"""The hidden Born machine of the leaderboard: the fields of all quenches are its parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from spinlearn.datasets.leaderboard import Learned, Targets, nearest_width
from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.optimisers import Settings, train

MODELS = {"kl": "hidden_born", "mmd": "hidden_born_mmd"}
"""Names of the models by what is minimised; "mmd" is the loss of Zhong 2022."""


def learn(
    machine: BornMachine, targets: Targets, parameters: int, seed: int, values: Mapping[str, Any]
) -> list[Learned]:
    """Train the machine on every target, once per loss, by L-BFGS-B on exact gradients.

    It starts again elsewhere until the budget of each run is spent; the best fields count.

    Args:
        machine: a machine without a drive.
        targets: the distributions that runs learn.
        parameters: fields that it is given; it has as many quenches as come nearest.
        seed: the pipeline's.
        values: `losses`, and the values of `spinlearn.hbm.optimisers.Settings` but `optimiser`,
            `quenches` and `loss`.
    """
    quenches = nearest_width(lambda quenches: quenches * machine.L, parameters)
    rest = {name: value for name, value in values.items() if name != "losses"}
    found = []
    for loss in values["losses"]:
        settings = Settings(optimiser="gradient", quenches=quenches, loss=loss, **rest)
        learned = [
            train(machine, q, settings, seed=seed, runs=targets.runs, task=name, n=targets.n)
            for name, q in zip(targets.names, targets.probability, strict=True)
        ]
        p = [[run.model_distribution for run in result.runs] for result in learned]
        found.append(
            Learned(
                MODELS[loss],
                f"{quenches} quenches of {machine.L} spins",
                quenches * machine.L,
                independent_parameters(machine, quenches),
                np.array(p),
            )
        )
    return found


def independent_parameters(machine: BornMachine, quenches: int) -> int:
    """How many of the fields change p.

    If the chain conserves S^z, the mean of the fields of a quench multiplies each sector by a
    phase, which no measurement along z sees: one field per quench is redundant.

    >>> from spinlearn.hbm.machine import born_machine
    >>> independent_parameters(born_machine(6, 2), 6)
    42
    """
    redundant = 1 if machine.chain.conserves_sz else 0
    return quenches * (machine.L - redundant)
