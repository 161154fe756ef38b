"""Files of stage `hbm`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

import re
from collections.abc import Sequence
from itertools import product
from math import ceil
from typing import Any, get_args

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import files, image_names, leaderboard_values
from spinlearn.hbm.choices import Corruption, Encoding, Optimiser
from spinlearn.hbm.config import LEARNED, PATTERNS, Experiment, Hbm
from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.spins.crossover import half_width_per_site
from spinlearn.streams import block_numbers


def names(hbm: Hbm, datasets: Datasets) -> list[str]:
    """The data sets that machines learn."""
    wanted = [name for experiment in hbm.experiments.values() for name in experiment.datasets]
    return [_source(datasets, name) for name in dict.fromkeys(wanted)]


def _source(datasets: Datasets, name: str) -> str:
    """The data set of a name; images of digits are MNIST's if the configuration has a folder."""
    image = re.fullmatch(r"digits(\d+)", name)
    return image_names(datasets, [image[1]])[0] if image else name


def all_runs(hbm: Hbm, datasets: Datasets) -> list[str]:
    """Paths of the runs of all experiments."""
    return sorted({path for name in hbm.experiments for path in runs(hbm, datasets, name)})


def runs(hbm: Hbm, datasets: Datasets, name: str) -> list[str]:
    """Paths of the runs of one experiment; none if the configuration does not have it."""
    experiment = hbm.experiments.get(name, Experiment())
    return _grid(datasets, experiment, [_size(experiment)], blocks(experiment.runs, hbm.block))


def _grid(
    datasets: Datasets, experiment: Experiment, trainings: Sequence[str], numbers: Sequence[str]
) -> list[str]:
    """Paths of every data set, machine, strength, way of training and block."""
    cells = product(
        (_source(datasets, dataset) for dataset in experiment.datasets),
        experiment.machines,
        two_decimals(experiment.h),
        trainings,
        numbers,
    )
    return [
        f"results/hbm/{dataset}/{machine}/h{h}/{training}/{block}.h5"
        for dataset, machine, h, training, block in cells
    ]


def _size(experiment: Experiment) -> str:
    """The sizes of a training, as they are in paths."""
    return f"M{experiment.quenches}N{experiment.candidates}"


CASES = len(PATTERNS) * len(get_args(Corruption)) * len(get_args(Encoding))
"""States that a run evolves."""


def retrievals(hbm: Hbm) -> list[str]:
    """Paths of the retrieved patterns: one per machine and strength of experiment `retrieval`.

    None without the experiment, or if it has no data sets. Machines whose quenches all start
    at the initial state have no sequence of quenches that could retrieve.
    """
    experiment = hbm.experiments.get("retrieval", Experiment())
    if not experiment.datasets:
        return []
    machines = [name for name in experiment.machines if hbm.machines[name].search == "sequence"]
    return [
        f"results/hbm/retrievals/{machine}/h{h}/{_size(experiment)}.h5"
        for machine, h in product(machines, two_decimals(experiment.h))
    ]


def retrieval_runs(hbm: Hbm, datasets: Datasets, machine: str, h: str, size: str) -> list[str]:
    """Paths of the runs that retrieve patterns, by the wildcards of a path of `retrievals`."""
    experiment = hbm.experiments["retrieval"]
    return [
        f"results/hbm/{_source(datasets, name)}/{machine}/h{h}/{size}/{block}.h5"
        for name, block in product(LEARNED, blocks(experiment.runs, hbm.block))
    ]


def retrieval_settings(seed: int, hbm: Hbm, datasets: Datasets, name: str) -> str:
    """Settings of rule `hbm_retrieve` for a machine."""
    patterns = [_source(datasets, pattern) for pattern in PATTERNS]
    return settings(seed=seed, patterns=patterns, **_parts(hbm, name))


def retrieval_memory(hbm: Hbm, name: str, quenches: int) -> float:
    """MB for retrieval: libraries, the states after each quench, and those that evolve."""
    states = 2 ** (hbm.visible + hbm.machines[name].hidden)
    return 400 + 1e-6 * 16 * states * (2 * quenches + 8 * CASES)


def retrieval_minutes(hbm: Hbm, name: str, h: float, quenches: int) -> float:
    """Minutes for retrieval: as for training, with a state per case instead of a candidate."""
    blocks_of_runs = hbm.experiments["retrieval"].runs // hbm.block
    return train_minutes(hbm, name, h, quenches, len(LEARNED) * blocks_of_runs * (CASES + 1))


def optimised_runs(hbm: Hbm, datasets: Datasets) -> list[str]:
    """Paths of the runs of every optimiser on the grid of experiment `optimisers`."""
    experiment, chosen = hbm.experiments.get("optimisers", Experiment()), hbm.optimisation
    return _grid(datasets, experiment, chosen.optimisers, blocks(chosen.runs, chosen.block))


def target(
    hbm: Hbm, datasets: Datasets, dataset: str, block: str, size: int | None = None
) -> list[str]:
    """Paths of the data set that a block of runs learns; `size` runs if not as many as usual."""
    return files(datasets, dataset, hbm.visible, block_numbers(block, size or hbm.block))


def train_settings(seed: int, hbm: Hbm, name: str, quenches: int, candidates: int) -> str:
    """Settings of rule `hbm_train` for a machine; a drive only if the machine has one."""
    machine = hbm.machines[name]
    training = {"initial_state", "kernel", "disorder", "acceptance", "search"}
    return settings(
        seed=seed,
        block=hbm.block,
        **_parts(hbm, name),
        training={
            "quenches": quenches,
            "candidates": candidates,
            **machine.model_dump(include=training),
        },
    )


def _parts(hbm: Hbm, name: str) -> dict[str, Any]:
    """The arguments of `born_machine` in two groups; a drive only if the machine has one."""
    machine = hbm.machines[name]
    parts = {"hidden", "hidden_sites", "quench_time"}
    if machine.drive_strength > 0:
        parts |= {"drive_strength", "drive_time", "drive_variance", "drive_plane"}
    return {
        "chain": machine.couplings,
        "machine": {"visible": hbm.visible, **machine.model_dump(include=parts)},
    }


def train_memory(hbm: Hbm, name: str) -> float:
    """MB for training: libraries, and the states of the candidates evolved at once."""
    states = 2 ** (hbm.visible + hbm.machines[name].hidden)
    return 400 + 1e-6 * 16 * 6 * min(512 * states, 2**22 + 16 * states)


def train_minutes(hbm: Hbm, name: str, h: float, quenches: int, candidates: int) -> float:
    """Minutes for training, generous: 4 ns per state, order of the series and candidate.

    The order is proportional to half the width of the spectrum. Next neighbours'
    couplings double the elements of a row; a field along x adds half as many. A drive in the xy
    plane, whose H is complex, takes 12 times as long (6 spins), 15 with a margin.
    """
    machine = hbm.machines[name]
    sites = hbm.visible + machine.hidden
    driven = machine.drive_strength > 0
    slices = machine.quench_time / machine.drive_time if driven else 1
    couplings = machine.model_dump(include={"J_xy", "J_zz", "J2", "h_x", "operators", "disorder"})
    half_width = sites * half_width_per_site(h, **couplings)
    orders = 1.2 * half_width * machine.quench_time + 30 * slices
    elements = 1 + (machine.J2 != 0) + 0.5 * (machine.h_x != 0)
    if driven and machine.drive_plane == "xy":
        elements *= 15
    seconds = 4e-9 * elements * 2**sites * orders * hbm.block * quenches * candidates
    return 5 + seconds / 60


def optimise_settings(seed: int, hbm: Hbm, name: str, optimiser: Optimiser) -> str:
    """Settings of rule `hbm_optimise` for a machine and an optimiser."""
    machine, chosen = hbm.machines[name], hbm.optimisation
    parts = {"hidden", "hidden_sites", "quench_time"}
    numbers = {"budget", "start", *(["step"] if optimiser == "cma_es" else [])}
    return settings(
        seed=seed,
        block=chosen.block,
        chain=machine.couplings,
        machine={"visible": hbm.visible, **machine.model_dump(include=parts)},
        training={
            "quenches": chosen.quenches(optimiser),
            **chosen.model_dump(include=numbers),
            **machine.model_dump(include={"initial_state", "kernel"}),
        },
    )


def leaderboard_settings(seed: int, hbm: Hbm, datasets: Datasets, n: int) -> str:
    """Settings of the Born machine of the leaderboard; it starts as hbm.optimisation says."""
    chosen, board = hbm.leaderboard, leaderboard_values(datasets, n)
    machine = hbm.machines[chosen.machine]
    parts = {"hidden", "hidden_sites", "quench_time"}
    return settings(
        seed=seed,
        parameters=board["parameters"],
        block=board["block"],
        chain=machine.couplings,
        machine={"visible": n, **machine.model_dump(include=parts)},
        training={
            "h": chosen.h,
            "losses": chosen.losses,
            "budget": chosen.budget,
            "start": hbm.optimisation.start,
            **machine.model_dump(include={"initial_state", "kernel"}),
        },
    )


def leaderboard_start(hbm: Hbm) -> dict[str, Any]:
    """Hidden spins and initial state of the Born machine of the leaderboard.

    Empty if its chain does not conserve S^z, or each run has an initial state of its own.
    """
    machine = hbm.machines[hbm.leaderboard.machine]
    if machine.h_x != 0 or machine.initial_state == "random_product":
        return {}
    return machine.model_dump(include={"hidden", "initial_state"})


def leaderboard_memory(hbm: Hbm, n: int) -> float:
    """MB: libraries, the kernel, the vectors of a series."""
    states = 2 ** (n + hbm.machines[hbm.leaderboard.machine].hidden)
    return 450 + 1e-6 * (16 * 4**n + 16 * states * 1200)


def leaderboard_minutes(hbm: Hbm, datasets: Datasets, n: int) -> float:
    """Minutes for all data sets and runs, generous, as `optimise_minutes`."""
    chosen, board = hbm.leaderboard, datasets.leaderboard
    longer = hbm.model_copy(update={"visible": n, "block": board.block})
    quenches = chosen.budget * len(board.datasets) * len(chosen.losses)
    one = train_minutes(longer, chosen.machine, chosen.h, quenches, 1)
    return 5 + 12 * (one - 5)


def optimise_memory(hbm: Hbm, name: str) -> float:
    """MB for optimising: libraries, the kernel, states of a sequence, the vectors of a series."""
    states = 2 ** (hbm.visible + hbm.machines[name].hidden)
    quenches = max(map(hbm.optimisation.quenches, hbm.optimisation.optimisers), default=0)
    return 450 + 1e-6 * (8 * 4**hbm.visible * 2 + 16 * states * (1000 + quenches))


def optimise_minutes(hbm: Hbm, name: str, h: float) -> float:
    """Minutes for optimising, generous: 12 times the time of the same quenches in `hbm_train`."""
    chosen = hbm.optimisation
    quenches = chosen.budget * chosen.block / hbm.block
    return 5 + 12 * (train_minutes(hbm, name, h, ceil(quenches), 1) - 5)
