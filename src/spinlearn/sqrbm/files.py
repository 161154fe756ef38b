"""Files of stage `sqrbm`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable
from itertools import product

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import files, sizes
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.sqrbm.choices import DATASETS
from spinlearn.sqrbm.config import Sqrbm
from spinlearn.streams import block_numbers

CROSSFIT_PAULIS = ("XZ", "XYZ")
"""Pauli sets for which theorem 1 is tested."""


def fits(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the trained machines of every data set, n, Pauli set and m, all blocks."""
    return _fits(sqrbm, datasets, sqrbm.datasets)


def paper_fits(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """The same for those data sets that Demidik 2025 has."""
    return _fits(sqrbm, datasets, [name for name in sqrbm.datasets if name in DATASETS])


def target(sqrbm: Sqrbm, datasets: Datasets, dataset: str, n: int, block: str) -> list[str]:
    """Paths of the data set that a block of runs learns."""
    return files(datasets, dataset, n, block_numbers(block, sqrbm.block))


def _fits(sqrbm: Sqrbm, datasets: Datasets, names: Iterable[str]) -> list[str]:
    numbers = blocks(sqrbm.runs, sqrbm.block)
    targets = [(name, n) for name in names for n in sizes(datasets, name, sqrbm.n)]
    cells = product(targets, sqrbm.paulis, sqrbm.m, numbers)
    return [f"results/sqrbm/{name}/n{n}/{paulis}/m{m}/{b}.h5" for (name, n), paulis, m, b in cells]


def crossfits(sqrbm: Sqrbm) -> list[str]:
    """Paths of the cross-fits, one per Pauli set."""
    return [f"results/sqrbm/crossfit/n{sqrbm.crossfit.n}/{name}.csv" for name in CROSSFIT_PAULIS]


def machines(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the comparisons of machines, one per data set that Demidik 2025 has.

    There are none if no kind of machine has hidden units.
    """
    n = sqrbm.machines.n
    if not any(sqrbm.machines.hidden.model_dump().values()):
        return []
    names = [name for name in sqrbm.datasets if name in DATASETS and sizes(datasets, name, [n])]
    return [f"results/sqrbm/machines/{name}/n{n}.csv" for name in names]


def machines_target(sqrbm: Sqrbm, datasets: Datasets, dataset: str, n: int) -> list[str]:
    """Paths of the data set that the machines learn."""
    return files(datasets, dataset, n, range(sqrbm.machines.runs))


def machines_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a comparison of machines uses."""
    chosen = sqrbm.machines
    used = {"learning_rate", "schedule", "patience", "tolerance"}
    training = {**sqrbm.model_dump(include=used), "iterations": chosen.iterations}
    hidden = chosen.hidden.model_dump()
    return settings(seed=seed, hidden=hidden, runs=chosen.runs, training=training)


def machines_minutes(sqrbm: Sqrbm) -> float:
    """Minutes for the machines of one data set, generous: 5 ns per cube of the states."""
    chosen = sqrbm.machines
    units = [chosen.n + m for kind in ("tfim", "qrbm") for m in getattr(chosen.hidden, kind)]
    step = 0.02 + sum(5e-9 * 8.0**each for each in units)
    return 5 + chosen.runs * chosen.iterations * step / 60


def optimisers(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the comparisons of step schedules, one per data set that Demidik 2025 has."""
    n = sqrbm.optimisers.n
    names = [name for name in sqrbm.optimisers.datasets if name in DATASETS]
    fitting = [name for name in names if sizes(datasets, name, [n])]
    return [f"results/sqrbm/optimisers/{name}/n{n}.csv" for name in fitting]


def optimisers_target(sqrbm: Sqrbm, datasets: Datasets, dataset: str, n: int) -> list[str]:
    """Paths of the data set that is learned with both schedules."""
    return files(datasets, dataset, n, range(sqrbm.optimisers.runs))


def optimisers_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a comparison of step schedules uses."""
    training = sqrbm.model_dump(include={"iterations", "learning_rate", "patience", "tolerance"})
    chosen = sqrbm.optimisers
    return settings(
        seed=seed, paulis=sqrbm.paulis, hidden=chosen.m, runs=chosen.runs, training=training
    )


def optimisers_memory(sqrbm: Sqrbm, n: int) -> float:
    """MB for the largest machine."""
    return _memory(sqrbm, n, max(sqrbm.optimisers.m), sqrbm.optimisers.runs)


def optimisers_minutes(sqrbm: Sqrbm, n: int) -> float:
    """Minutes for both schedules and all machines."""
    chosen = sqrbm.optimisers
    return 5 + 2 * sum(_minutes(sqrbm, n, m, chosen.runs) for m in chosen.m)


GRADIENT_COSTS = "results/sqrbm/gradient_costs.csv"
"""Path of the times that gradients take."""


def cost_settings(sqrbm: Sqrbm) -> str:
    """The settings that the timing of gradients uses."""
    return settings(units=sqrbm.machines.cost_units)


def train_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a training uses."""
    used = {"iterations", "learning_rate", "schedule", "patience", "tolerance"}
    training = sqrbm.model_dump(include=used)
    return settings(seed=seed, block=sqrbm.block, training=training)


def crossfit_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a cross-fit uses."""
    used = {"targets", "starts", "iterations"}
    return settings(seed=seed, **sqrbm.crossfit.model_dump(include=used))


def train_memory(sqrbm: Sqrbm, n: int, m: int) -> float:
    """MB for training."""
    return _memory(sqrbm, n, m, sqrbm.block)


def train_minutes(sqrbm: Sqrbm, n: int, m: int) -> float:
    """Minutes for training."""
    return 5 + _minutes(sqrbm, n, m, sqrbm.block)


def _memory(sqrbm: Sqrbm, n: int, m: int, runs: int) -> float:
    """MB: strings of one run's hidden units, strings of all runs, histories, a checkpoint."""
    size = n + max(map(len, sqrbm.paulis)) * m * (n + 1)
    numbers = (m + 6) * 2**n + runs * (7 * 2**n + 4 * sqrbm.iterations + 14 * size)
    return 350 + 8e-6 * numbers


def _minutes(sqrbm: Sqrbm, n: int, m: int, runs: int) -> float:
    """Minutes for all Pauli sets, generous: 20 ns per string, unit and run, 1 ms per step."""
    step = 2e-8 * runs * m * 2**n + 1e-3
    return len(sqrbm.paulis) * sqrbm.iterations * step / 60
