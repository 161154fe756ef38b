"""Settings of stage `datasets`."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from spinlearn.datasets.registry import DATASETS, named
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
    multiple,
    setting,
)
from spinlearn.spins.choices import InitialState
from spinlearn.spins.config import TransverseFieldChain, has_coupling


class Quench(TransverseFieldChain):
    """A disordered chain after a quench, measured."""

    h: Strength = setting(4.0, "disorder strength, in the operators of the chain", "J", decimals=2)
    time: float = setting(10.0, "duration of the quench", "1/J", ge=0.0, le=1000.0)
    initial_state: InitialState = setting("neel", "state before the quench")


QUENCHES = {
    "quench": Quench(),
    "localised_plus": Quench(h=3.9, initial_state="plus"),
    "thermal_plus": Quench(h=0.5, initial_state="plus"),
    "localised_neel": Quench(h=3.9),
    "thermal_neel": Quench(h=0.5),
}
"""Quenches by name; 3.9 is the one strength of the localised phase that Zhong 2022 states."""


class Eigenstate(Section):
    """Data set `eigenstate`: an eigenstate of a disordered chain, in S^z = 0."""

    chain: Name = setting("ring", "chain, one of mbl.chains")
    h: Strength = setting(4.0, "disorder strength, in the operators of the chain", "J", decimals=2)
    energy_density: Density = setting(
        0.5, "energy density to which the eigenstate is nearest", decimals=2
    )


class Leaderboard(Section):
    """Models of every kind on the same data sets, at equal numbers of parameters."""

    datasets: tuple[Name, ...] = setting(
        ("bars_and_stripes", "parity", "digits0", "tfi", "quench", "eigenstate"),
        "data sets that every model learns; [] for no leaderboard",
    )
    n: tuple[Annotated[int, Field(ge=4, le=10)], ...] = setting((6,), "bits", "bits", min_length=1)
    parameters_per_bit: Positive = setting(
        8, "parameters per bit, which each model has as nearly as its width allows", "1/bit"
    )
    starts: Positive = setting(
        3,
        "starting points per run, of which the best counts (Born machine: hbm.leaderboard.budget)",
        "points",
    )
    runs: Positive = setting(6, "independent runs; a multiple of block", "runs")
    block: Positive = setting(6, "runs per file and job", "runs")


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
    quenches: dict[Name, Quench] = setting(
        QUENCHES,
        "data sets that are measured states after a quench, each under a name; what is left out is "
        "h = 4, time = 10 from the Neel state, J_xy = J_zz = 1, J2 = h_x = 0, a ring, spin "
        "operators, uniform disorder",
    )
    eigenstate: Eigenstate = Eigenstate()
    leaderboard: Leaderboard = Leaderboard()


def _names_are_free(quenches: Mapping[str, Quench], files: Mapping[str, str]) -> Iterator[str]:
    for where, names, taken in (
        ("datasets.quenches", quenches, DATASETS),
        ("datasets.files", files, named(quenches, ())),
    ):
        for name in names:
            if name in taken:
                yield f"{where}: {name!r} is the name of a data set of spinlearn; take another"


def known_names(names_path: str, sizes_path: str) -> Relation:
    """The relation "these are names of data sets, each with one of these numbers of bits"."""

    def check(
        names: tuple[str, ...],
        sizes: int | tuple[int, ...],
        quenches: Mapping[str, Quench],
        files: Mapping[str, str],
    ) -> Iterator[str]:
        known = named(quenches, files)
        for name in names:
            if name not in known:
                yield f"{names_path}: {name!r} is no data set; the names are {', '.join(known)}"
                continue
            wanted = sizes if isinstance(sizes, tuple) else (sizes,)
            found = [] if name in files else [known[name].fault(n) for n in wanted]
            if found and all(found):
                yield f"{names_path}: {name} {found[0]} ({sizes_path})"

    return Relation((names_path, sizes_path, "datasets.quenches", "datasets.files"), check)


def draws_fit(names_path: str, runs_path: str) -> Relation:
    """The relation "blocks of draws, one per run, are no more than file names can number"."""

    def check(
        names: tuple[str, ...], runs: int, size: int, quenches: Mapping[str, Quench]
    ) -> Iterator[str]:
        known = named(quenches, ())
        for name in names:
            if name in known and known[name].draws and runs > MOST_BLOCKS * size:
                yield (
                    f"{runs_path}: {runs} draws of {name} in blocks of datasets.block = {size} are "
                    f"too many; {TOO_MANY_BLOCKS}"
                )

    return Relation((names_path, runs_path, "datasets.block", "datasets.quenches"), check)


RELATIONS = (
    Relation(("datasets.quenches", "datasets.files"), _names_are_free),
    has_coupling("datasets.quenches"),
    among("datasets.eigenstate.chain", "mbl.chains"),
    multiple("datasets.leaderboard.runs", "datasets.leaderboard.block"),
    known_names("datasets.leaderboard.datasets", "datasets.leaderboard.n"),
    draws_fit("datasets.leaderboard.datasets", "datasets.leaderboard.runs"),
)
