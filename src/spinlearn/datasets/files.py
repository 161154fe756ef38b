"""Files of stage `datasets`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.idx import check_shapes, find_files, shape_of
from spinlearn.datasets.own import bits_of
from spinlearn.datasets.registry import DataSet, named
from spinlearn.pipeline.content import content_digest, remembered
from spinlearn.pipeline.errors import UserFileError
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.streams import block_numbers


def known(datasets: Datasets) -> dict[str, DataSet]:
    """All data sets by name: made here, a named quench, or the user's own."""
    return named(datasets.quenches, datasets.files)


def entry(datasets: Datasets, name: str) -> DataSet:
    """The data set of a name, one of `known`."""
    return known(datasets)[name]


def files(datasets: Datasets, name: str, n: int, runs: Iterable[int] = (0,)) -> list[str]:
    """Paths of a data set: the blocks that hold the draws of some runs."""
    draws = entry(datasets, name).draws
    blocks = sorted({run // datasets.block for run in runs}) if draws else [0]
    return [f"results/datasets/{name}/n{n}/{block:04d}.h5" for block in blocks]


def inputs(datasets: Datasets, name: str, n: int, block: str) -> dict[str, list[str] | str]:
    """The input files of a data set, by name."""
    kind = entry(datasets, name).inputs
    if name in datasets.files:
        return {"own": datasets.files[name]}
    if kind == "mnist":
        return {"mnist": [str(path) for path in find_files(datasets.mnist_folder)]}
    if kind == "ground_state":
        return {"ground_state": f"results/tfi/ground_states/N{n}/hx{datasets.tfi_hx:.2f}.h5"}
    if kind == "eigenstates":
        at = datasets.eigenstate
        folder = f"results/mbl/eigenstates/{at.chain}/L{n}/h{at.h:.2f}/e{at.energy_density:.2f}"
        return {"eigenstates": f"{folder}/{block}.h5"}
    return {}


def fault(datasets: Datasets, name: str, n: int, block: str) -> str:
    """Why there is no such block of a data set with n bits; empty if there is one."""
    if not sizes(datasets, name, [n]):
        if name not in datasets.files:
            return f"data set {name} {entry(datasets, name).fault(n)}"
        return f"data set {name}: {datasets.files[name]} has no {n}-bit strings"
    if int(block) and not entry(datasets, name).draws:
        return f"data set {name} has the one block 0000, not {block}; all runs share it"
    return ""


def dataset_settings(seed: int, datasets: Datasets, name: str) -> str:
    """The settings that a data set uses, with digests of the user's own files."""
    chosen = entry(datasets, name)
    used: dict[str, Any] = {"module": chosen.module, "function": chosen.function or name}
    if chosen.draws or chosen.samples:
        used["seed"] = seed
    if chosen.draws:
        used["block"] = datasets.block
    if chosen.samples:
        used["samples"] = datasets.samples
    if name in datasets.quenches:
        used |= datasets.quenches[name].model_dump()
    if name in datasets.files:
        used["digest"] = content_digest(datasets.files[name])
    if chosen.inputs == "mnist":
        used["digests"] = {
            path.name: content_digest(path) for path in find_files(datasets.mnist_folder)
        }
    return settings(**used)


def entry_module(datasets: Datasets, name: str) -> str:
    """Dotted name of the module that makes a data set, where its code begins."""
    return f"spinlearn.datasets.{entry(datasets, name).module}"


def sizes(datasets: Datasets, name: str, wanted: Iterable[int]) -> list[int]:
    """The numbers of bits, out of those wanted, that a data set can have."""
    if name in datasets.files:
        bits = remembered(datasets.files[name], "bits", bits_of)
        return [n for n in wanted if n == bits]
    return [n for n in wanted if not entry(datasets, name).fault(n)]


def image_names(datasets: Datasets, digits: Iterable[int | str]) -> list[str]:
    """The data sets of the images of digits: MNIST's if there is a folder, else scikit-learn's.

    Args:
        datasets: the settings.
        digits: numbers of digits; "01" is the superposition of 0 and 1.
    """
    kind = "mnist" if datasets.mnist_folder else "digits"
    return [f"{kind}{digit}" for digit in digits]


def leaderboard(datasets: Datasets, stage: str) -> list[str]:
    """Paths of what the models of a stage learned of the leaderboard's data sets, all blocks."""
    chosen = datasets.leaderboard
    return [
        f"results/{stage}/leaderboard/n{n}/{block}.h5"
        for n in chosen.n
        for block in blocks(chosen.runs, chosen.block)
        if any(sizes(datasets, name, [n]) for name in chosen.datasets)
    ]


def leaderboard_targets(datasets: Datasets, n: int, block: str) -> dict[str, list[str]]:
    """Paths of the leaderboard's data sets of n bits that a block of runs learns, by name."""
    chosen = datasets.leaderboard
    return {
        name: files(datasets, name, n, block_numbers(block, chosen.block))
        for name in chosen.datasets
        if sizes(datasets, name, [n])
    }


def leaderboard_values(datasets: Datasets, n: int) -> dict[str, int]:
    """What every learner of the leaderboard is told: parameters, starting points, runs."""
    chosen = datasets.leaderboard
    return {
        "parameters": n * chosen.parameters_per_bit,
        "starts": chosen.starts,
        "block": chosen.block,
    }


Learners = Mapping[str, tuple[Sequence[str], Sequence[int]]]
"""Names of data sets, and the numbers of bits that a learner takes, by the setting with these."""


def all_files(datasets: Datasets, learners: Learners) -> list[str]:
    """Paths of the first block of every data set that a learner takes."""
    pairs = {
        (name, n)
        for names, numbers in learners.values()
        for name in names
        for n in sizes(datasets, name, numbers)
    }
    return [path for name, n in sorted(pairs) for path in files(datasets, name, n)]


def faults(datasets: Datasets, learners: Learners) -> Iterator[str]:
    """What is wrong with files of your own, or which one is missing; one line per fault."""
    for name, path in datasets.files.items():
        try:
            bits = remembered(path, "bits", bits_of)
        except UserFileError as error:
            yield f"datasets.files.{name}: {error}"
            continue
        for where, (names, numbers) in learners.items():
            if name in names and bits not in numbers:
                taken = ", ".join(map(str, numbers))
                yield f"datasets.files.{name}: {path} has {bits}-bit strings; {where} is {taken}"
    learned = {name for names, _ in learners.values() for name in names}
    mnist = [name for name in sorted(learned) if entry(datasets, name).inputs == "mnist"]
    if datasets.mnist_folder:
        yield from _mnist_faults(Path(datasets.mnist_folder))
    elif mnist:
        yield f"datasets.mnist_folder: must be a folder of IDX files, since {mnist[0]} is learned"


def _mnist_faults(folder: Path) -> Iterator[str]:
    try:
        paths = find_files(folder)
        images, labels = (remembered(path, "shape", shape_of) for path in paths)
        check_shapes(paths[0], images, labels)
    except UserFileError as error:
        yield f"datasets.mnist_folder: {error}"


def dataset_memory(datasets: Datasets, name: str, n: int) -> float:
    """MB for a data set: libraries, all 2^n probabilities of a block, cells of a user's file."""
    libraries = (
        250 if entry(datasets, name).module in ("patterns", "images", "mnist", "own") else 350
    )
    own = Path(datasets.files[name]).stat().st_size if name in datasets.files else 0
    return libraries + 1e-6 * (8 * 3 * datasets.block * 2 ** min(n, 20) + 60 * own)
