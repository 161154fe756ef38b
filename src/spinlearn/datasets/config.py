"""Settings of stage `datasets`."""

from collections.abc import Iterator, Mapping
from functools import partial

from spinlearn.datasets.registry import DATASETS
from spinlearn.pipeline.settings import (
    MOST_BLOCKS,
    TOO_MANY_BLOCKS,
    Density,
    Name,
    Positive,
    Relation,
    Section,
    Strength,
    among,
    setting,
)
from spinlearn.spins.choices import InitialState
from spinlearn.spins.config import TransverseFieldChain, coupling_faults


class Quench(Section):
    """Data set `quench`: a disordered chain after a quench, measured."""

    h: Strength = setting(4.0, "disorder strength, in the operators of the chain", "J", decimals=2)
    time: float = setting(10.0, "duration of the quench", "1/J", ge=0.0, le=1000.0)
    initial_state: InitialState = setting("neel", "state before the quench")
    chain: TransverseFieldChain = TransverseFieldChain()


class Eigenstate(Section):
    """Data set `eigenstate`: an eigenstate of a disordered chain, in S^z = 0."""

    chain: Name = setting("ring", "chain, one of mbl.chains")
    h: Strength = setting(4.0, "disorder strength, in the operators of the chain", "J", decimals=2)
    energy_density: Density = setting(
        0.5, "energy density to which the eigenstate is nearest", decimals=2
    )


class Datasets(Section):
    """Distributions over bit strings, and samples, that models learn."""

    files: dict[Name, str] = setting(
        {}, "data sets of your own: NAME: PATH of a CSV, NPY or HDF5 file (docs/own_data.md)"
    )
    mnist_folder: str = setting(
        "", "folder of MNIST's IDX files; without one, digit images are scikit-learn's"
    )
    block: Positive = setting(20, "draws per file of data sets that runs draw anew", "draws")
    samples: Positive = setting(10000, "samples of a data set that consists of samples", "samples")
    tfi_hx: float = setting(
        1.0, "transverse field of tfi and tfi_samples", "J", ge=0.0, le=10.0, decimals=2
    )
    quench: Quench = Quench()
    eigenstate: Eigenstate = Eigenstate()


def _names_are_free(files: Mapping[str, str]) -> Iterator[str]:
    for name in files:
        if name in DATASETS:
            yield f"datasets.files: {name!r} is the name of a data set of spinlearn; take another"


RELATIONS = (
    Relation(("datasets.files",), _names_are_free),
    among("datasets.eigenstate.chain", "mbl.chains"),
    Relation(
        ("datasets.quench.chain.J_xy", "datasets.quench.chain.J_zz"),
        partial(coupling_faults, "datasets.quench.chain"),
    ),
)


def known_names(names_path: str, sizes_path: str) -> Relation:
    """The relation "these are names of data sets, each with one of these numbers of bits"."""

    def check(
        names: tuple[str, ...], sizes: int | tuple[int, ...], files: Mapping[str, str]
    ) -> Iterator[str]:
        for name in names:
            if name in files:
                continue
            if name not in DATASETS:
                known = ", ".join([*DATASETS, *files])
                yield f"{names_path}: {name!r} is no data set; the names are {known}"
                continue
            found = [
                DATASETS[name].fault(n) for n in (sizes if isinstance(sizes, tuple) else (sizes,))
            ]
            if all(found):
                yield f"{names_path}: {name} {found[0]} ({sizes_path})"

    return Relation((names_path, sizes_path, "datasets.files"), check)


def draws_fit(names_path: str, runs_path: str) -> Relation:
    """The relation "blocks of draws, one per run, are no more than file names can number"."""

    def check(names: tuple[str, ...], runs: int, size: int) -> Iterator[str]:
        for name in names:
            if name in DATASETS and DATASETS[name].draws and runs > MOST_BLOCKS * size:
                yield (
                    f"{runs_path}: {runs} draws of {name} in blocks of datasets.block = {size} are "
                    f"too many; {TOO_MANY_BLOCKS}"
                )

    return Relation((names_path, runs_path, "datasets.block"), check)
