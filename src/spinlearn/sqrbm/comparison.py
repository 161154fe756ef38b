"""Families of Boltzmann machines compared: what each learns, and what one gradient costs."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.sqrbm.choices import MACHINES, SCHEDULES
from spinlearn.sqrbm.model import Family, Machine
from spinlearn.sqrbm.quantum import QuantumMachine, SemiQuantumMachine
from spinlearn.sqrbm.training import Settings, TrainingResult, train

BUILDERS: Mapping[str, Callable[[int, int], Family]] = {
    "rbm": lambda n, m: Machine(n, m, "Z"),
    "sqrbm": lambda n, m: Machine(n, m, "XYZ"),
    "bm": lambda n, m: SemiQuantumMachine(n, m, "Z"),
    "sqbm": lambda n, m: SemiQuantumMachine(n, m, "XYZ"),
    "tfim": QuantumMachine.transverse_field,
    "qrbm": QuantumMachine.generic,
}
"""How a machine is made from its numbers of visible and hidden units."""

TIMED_SECONDS = 0.1
"""Least processor time of the repetitions of a gradient whose cost is measured."""


def family(kind: str, n: int, m: int) -> Family:
    """The machines of a kind with n visible and m hidden units.

    Args:
        kind: one of `spinlearn.sqrbm.choices.MACHINES`.
        n, m: visible and hidden units.

    Raises:
        InvalidArgumentError: if the kind is unknown, or the units are too many for it.

    >>> [family(kind, 6, 1).size for kind in ("rbm", "sqrbm", "bm", "sqbm", "tfim", "qrbm")]
    [13, 27, 28, 42, 20, 75]
    """
    arguments.one_of("kind", kind, MACHINES)
    return BUILDERS[kind](n, m)


def compare(
    dataset: str,
    target: Float[np.ndarray, "draws states"],
    hidden: Mapping[str, Iterable[int]],
    settings: Settings,
    *,
    seed: int,
    runs: Sequence[int],
) -> pd.DataFrame:
    """Train several kinds of machines on one data set.

    Args:
        dataset: its name, a part of the keys of random streams.
        target: q(v): one row for all runs, or one per run.
        hidden: the numbers of hidden units of each kind of machine.
        settings: how to train.
        seed: the pipeline's.
        runs: numbers of the runs.

    Returns:
        One row per (kind, m, run), as the kind of table `spinlearn.sqrbm.schemas.MACHINES` says.

    Raises:
        InvalidArgumentError: if a kind is unknown, a machine is too large, or the target does not
            fit.
        NotConvergedError: as `train`.
    """
    n = int(target.shape[-1]).bit_length() - 1
    cells = [(kind, m) for kind, numbers in hidden.items() for m in numbers]
    tables = [
        _rows(
            train(family(kind, n, m), target, settings, seed=seed, runs=runs, dataset=dataset)
        ).assign(machine=kind, m=m)
        for kind, m in cells
    ]
    return pd.concat(tables, ignore_index=True).assign(dataset=dataset, n=n)


def compare_schedules(
    dataset: str,
    target: Float[np.ndarray, "draws states"],
    paulis: Iterable[str],
    hidden: Sequence[int],
    settings: Settings,
    *,
    seed: int,
    runs: Sequence[int],
) -> pd.DataFrame:
    """Train restricted machines with a constant and with a decaying step, from the same starts.

    Args:
        dataset, target, seed, runs: as for `compare`.
        paulis: Pauli sets on the hidden units.
        hidden: numbers of hidden units.
        settings: how to train, apart from the schedule.

    Returns:
        One row per (schedule, Pauli set, m, run), as `spinlearn.sqrbm.schemas.OPTIMISERS` says.

    Raises:
        InvalidArgumentError: if the target does not fit.
        NotConvergedError: as `train`.
    """
    n = int(target.shape[-1]).bit_length() - 1
    tables = []
    for schedule, name, m in product(SCHEDULES, paulis, hidden):
        machine: Family = Machine(n, m, name)
        chosen = replace(settings, schedule=schedule)
        result = train(machine, target, chosen, seed=seed, runs=runs, dataset=dataset)
        tables.append(_rows(result).assign(schedule=schedule, paulis=name, m=m))
    return pd.concat(tables, ignore_index=True).assign(dataset=dataset, n=n)


def _rows(result: TrainingResult[Family]) -> pd.DataFrame:
    names = ("run", "steps", "kl", "tvd", "kl_best", "tvd_best")
    columns = {name: getattr(result, name) for name in names}
    return pd.DataFrame({"parameters": result.machine.size, **columns})


def gradient_costs(units: Iterable[int]) -> pd.DataFrame:
    """Processor time of one gradient of each kind of machine, with half of the units visible.

    The time is that of this computer, the shortest of at least three repetitions. A machine that is
    too large for dense matrices is left out.

    Args:
        units: numbers n + m; n is the larger half.

    Returns:
        One row per (kind, n + m): `machine, n, m, seconds`.
    """
    rows = []
    for kind in MACHINES:
        for total in units:
            n, m = total - total // 2, total // 2
            try:
                machine = family(kind, n, m)
            except arguments.InvalidArgumentError:
                continue
            rows.append({"machine": kind, "n": n, "m": m, "seconds": _seconds(machine)})
    return pd.DataFrame(rows)


def _seconds(machine: Family) -> float:
    """Processor time of one gradient of one machine with random parameters."""
    rng = np.random.default_rng(0)
    objective = machine.objective(rng.dirichlet(np.ones(2**machine.n)), 1)
    theta = rng.uniform(-1.0, 1.0, (1, machine.size))
    times: list[float] = []
    objective(theta)  # kernels are compiled, or read from disk, in the first call
    while len(times) < 3 or sum(times) < TIMED_SECONDS:
        begin = time.process_time()
        objective(theta)
        times.append(time.process_time() - begin)
    return min(times)
