"""Files of stage `sqrbm`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable, Sequence
from itertools import product

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import files, leaderboard_values, sizes
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.sqrbm.choices import DATASETS
from spinlearn.sqrbm.config import Sqrbm, parameter_count
from spinlearn.streams import block_numbers

CROSSFIT_PAULIS = ("XZ", "XYZ")
"""Pauli sets for which theorems 1 and 2 are tested."""

MOST_HIDDEN_SMALL = 16
"""Hidden units up to which one job trains the machines of every m."""


def fits(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the trained machines of every data set, n, Pauli set and m, all blocks."""
    return _fits(sqrbm, datasets, sqrbm.datasets)


def paper_fits(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """The same for those data sets that Demidik 2025 has."""
    return _fits(sqrbm, datasets, _of_paper(datasets, sqrbm.datasets, sqrbm.n))


def _of_paper(datasets: Datasets, names: Iterable[str], n: Iterable[int]) -> list[str]:
    """Those data sets that Demidik 2025 has and that can have one of these sizes."""
    wanted = list(n)
    return [name for name in names if name in DATASETS and sizes(datasets, name, wanted)]


def target(sqrbm: Sqrbm, datasets: Datasets, dataset: str, n: int, block: str) -> list[str]:
    """Paths of the data set that a block of runs learns."""
    return files(datasets, dataset, n, block_numbers(block, sqrbm.block))


def _fits(sqrbm: Sqrbm, datasets: Datasets, names: Iterable[str]) -> list[str]:
    numbers = blocks(sqrbm.runs, sqrbm.block)
    targets = [(name, n) for name in names for n in sizes(datasets, name, sqrbm.n)]
    cells = product(targets, sqrbm.paulis, sqrbm.m, numbers)
    return [f"results/sqrbm/{name}/n{n}/{paulis}/m{m}/{b}.h5" for (name, n), paulis, m, b in cells]


def crossfits(sqrbm: Sqrbm) -> list[str]:
    """Paths of the cross-fits, one per (visible units, hidden qubits) and Pauli set."""
    return [
        f"results/sqrbm/crossfit/n{n}/{name}/m{m}.csv"
        for n, m in sqrbm.crossfit.cases
        for name in CROSSFIT_PAULIS
    ]


def machines(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the comparisons of machines, one per data set that Demidik 2025 has.

    There are none if no kind of machine has hidden units.
    """
    n = sqrbm.machines.n
    if not any(sqrbm.machines.hidden.model_dump().values()):
        return []
    names = _of_paper(datasets, sqrbm.datasets, [n])
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
    """Minutes for the machines of one data set, generous: 5 ns per cube of a matrix's rows.

    A machine with quantum visible units has one matrix, one with lateral couplings one per string.
    """
    chosen, hidden = sqrbm.machines, sqrbm.machines.hidden
    cubes = [8.0 ** (chosen.n + m) for m in (*hidden.tfim, *hidden.qrbm)]
    cubes += [2.0**chosen.n * 8.0**m for m in (*hidden.bm, *hidden.sqbm)]
    step = 0.02 + 5e-9 * sum(cubes)
    return 5 + chosen.runs * chosen.iterations * step / 60


def gradient_variances(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the variances of gradients, one per data set that Demidik 2025 has."""
    names = _of_paper(datasets, sqrbm.datasets, sqrbm.gradient_variance.n)
    return [f"results/sqrbm/gradient_variance/{name}.csv" for name in names]


def gradient_targets(sqrbm: Sqrbm, datasets: Datasets, dataset: str) -> list[str]:
    """Paths of the first block of a data set, one per number of visible units that it can have."""
    found = sizes(datasets, dataset, sqrbm.gradient_variance.n)
    return [files(datasets, dataset, n)[0] for n in found]


def gradient_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that variances of gradients use; n is in the names of the data sets."""
    return settings(seed=seed, runs=sqrbm.gradient_variance.runs)


def gradient_minutes(sqrbm: Sqrbm) -> float:
    """Minutes for the gradients of a data set, generous: 1 us per machine, string and n."""
    chosen = sqrbm.gradient_variance
    return 5 + chosen.runs * sum(1e-6 * n * 2**n for n in chosen.n) / 60


def optimisers(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the comparisons of step schedules, one per data set that Demidik 2025 has."""
    n = sqrbm.optimisers.n
    names = _of_paper(datasets, sqrbm.optimisers.datasets, [n])
    return [f"results/sqrbm/optimisers/{name}/n{n}.csv" for name in names]


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


def long_fits(sqrbm: Sqrbm, datasets: Datasets) -> list[str]:
    """Paths of the machines on long strings, of every data set, Pauli set and m, all blocks."""
    long = sqrbm.long
    machines = [(paulis, m) for paulis, numbers in long.hidden for m in numbers]
    targets = [(name, n) for name in long.datasets for n in sizes(datasets, name, long.n)]
    cells = product(targets, machines, blocks(long.runs, long.block))
    return [
        f"results/sqrbm/long/{name}/n{n}/{paulis}/m{m}/{block}.h5"
        for (name, n), (paulis, m), block in cells
    ]


def long_settings(seed: int, sqrbm: Sqrbm, dataset: str) -> str:
    """The settings that machines on long strings use."""
    long = sqrbm.long
    training = {"iterations": long.steps, "learning_rate": long.learning_rate}
    levels, chains = _chains(sqrbm, dataset)
    persistent = {"levels": levels, "chains": chains, "batch": long.batch, "sweeps": long.sweeps}
    annealing = {"chains": long.annealing_chains, "steps": long.annealing_steps}
    return settings(
        seed=seed, block=long.block, training=training, persistent=persistent, annealing=annealing
    )


def _chains(sqrbm: Sqrbm, dataset: str) -> tuple[int, int]:
    """Temperatures of the Markov chains on a data set, and chains at each."""
    long = sqrbm.long
    return (long.levels, long.tempered_chains) if dataset in long.tempered else (1, long.chains)


def long_memory(m: int, paulis: str) -> float:
    """MB for machines on long strings: libraries, and the fields of 70,000 strings."""
    return 300 + 3 * 8e-6 * 70_000 * m * len(paulis)


def long_minutes(sqrbm: Sqrbm, dataset: str, n: int, m: int, paulis: str) -> float:
    """Minutes for a block of machines on long strings, generous.

    100 ns per visible unit of a chain, and 10 ns more per hidden unit and Pauli.
    """
    long, (levels, chains) = sqrbm.long, _chains(sqrbm, dataset)
    sweeps = long.steps * (long.sweeps * levels * chains + long.batch)
    sweeps += 2 * long.annealing_chains * long.annealing_steps
    return 5 + long.block * sweeps * n * (1e-7 + 1e-8 * m * len(paulis)) / 60


def train_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a training uses."""
    used = {"iterations", "learning_rate", "schedule", "patience", "tolerance"}
    training = sqrbm.model_dump(include=used)
    return settings(seed=seed, block=sqrbm.block, training=training)


def leaderboard_settings(seed: int, sqrbm: Sqrbm, datasets: Datasets, n: int) -> str:
    """The settings of the machines of the leaderboard, whose steps decay to 0."""
    training = sqrbm.model_dump(include={"iterations", "learning_rate"})
    training["schedule"] = "decaying"
    return settings(seed=seed, **leaderboard_values(datasets, n), training=training)


def leaderboard_memory(sqrbm: Sqrbm, datasets: Datasets, n: int) -> float:
    """MB for the machines of the leaderboard, all data sets, runs and starting points."""
    return _memory(sqrbm, n, _most_units(datasets), _trainings(datasets))


def leaderboard_minutes(sqrbm: Sqrbm, datasets: Datasets, n: int) -> float:
    """Minutes for the machines of the leaderboard."""
    return 5 + _minutes(sqrbm, n, _most_units(datasets), _trainings(datasets))


def _trainings(datasets: Datasets) -> int:
    board = datasets.leaderboard
    return len(board.datasets) * board.block * board.starts


def _most_units(datasets: Datasets) -> int:
    """Hidden units of a classical machine with n parameters per bit are fewer than these."""
    return datasets.leaderboard.parameters_per_bit


def crossfit_settings(seed: int, sqrbm: Sqrbm) -> str:
    """The settings that a cross-fit uses."""
    used = {"targets", "starts", "iterations"}
    return settings(seed=seed, **sqrbm.crossfit.model_dump(include=used))


def small(sqrbm: Sqrbm) -> list[int]:
    """Those hidden units whose machines one job trains together."""
    return [m for m in sqrbm.m if m <= MOST_HIDDEN_SMALL]


def train_memory(sqrbm: Sqrbm, n: int, m: Sequence[int]) -> float:
    """MB for training machines of these hidden units, one after the other."""
    return _memory(sqrbm, n, max(m), sqrbm.block)


def crossfit_memory(sqrbm: Sqrbm, n: int, m: int, paulis: str) -> float:
    """MB for a cross-fit: four Jacobians for each starting point."""
    return 300 + 4 * 8e-6 * sqrbm.crossfit.starts * parameter_count(n, m, len(paulis)) * 2**n


def crossfit_minutes(sqrbm: Sqrbm, n: int, m: int, paulis: str) -> float:
    """Minutes for a cross-fit, generous: 1 ns per string and two parameters, 2 ms per step."""
    size, chosen = parameter_count(n, m, len(paulis)), sqrbm.crossfit
    step = 2e-3 + chosen.starts * 1e-9 * size**2 * (2**n + size)
    return 5 + 4 * chosen.targets * chosen.iterations * step / 60


def train_minutes(sqrbm: Sqrbm, n: int, m: Sequence[int]) -> float:
    """Minutes for training machines of these hidden units, one after the other."""
    return 5 + sum(_minutes(sqrbm, n, number, sqrbm.block) for number in m)


def _memory(sqrbm: Sqrbm, n: int, m: int, runs: int) -> float:
    """MB: strings of one run's hidden units, strings of all runs, histories, a checkpoint."""
    size = parameter_count(n, m, max(map(len, sqrbm.paulis)))
    numbers = (m + 6) * 2**n + runs * (7 * 2**n + 4 * sqrbm.iterations + 14 * size)
    return 350 + 8e-6 * numbers


def _minutes(sqrbm: Sqrbm, n: int, m: int, runs: int) -> float:
    """Minutes for all Pauli sets, generous: 20 ns per string, unit and run, 1 ms per step."""
    step = 2e-8 * runs * m * 2**n + 1e-3
    return len(sqrbm.paulis) * sqrbm.iterations * step / 60
