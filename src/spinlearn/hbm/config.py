"""Settings of stage `hbm`."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from spinlearn.datasets.config import draws_fit, known_names
from spinlearn.hbm.choices import MODELS, Kernel, Model, Task
from spinlearn.pipeline.settings import (
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
from spinlearn.spins.config import TransverseFieldChain, differ, has_coupling


class Hbm(Section):
    """Born machines trained by quenches (Zhong 2022)."""

    tasks: tuple[Task, ...] = setting(
        ("digits", "parity"), "data sets of the figures of Zhong 2022 to learn"
    )
    datasets: tuple[Name, ...] = setting(
        (),
        "further data sets to learn, by each machine on each of compared_chains at comparison_h; "
        "see docs/own_data.md",
    )
    models: tuple[Model, ...] = setting(
        ("hidden", "basic", "driven"), "machines to train", min_length=1
    )
    chains: dict[Name, TransverseFieldChain] = setting(
        {"default": TransverseFieldChain(), "anderson": TransverseFieldChain(J_zz=0.0)},
        "chains, each under a name, which is part of the paths of its results; what is left out is "
        "J_xy = J_zz = 1, J2 = h_x = 0, a ring, spin operators, uniform disorder",
    )
    chain: Name = setting("default", "chain of the machines that learn digits, one of chains")
    compared_chains: tuple[Name, ...] = setting(
        ("default", "anderson"),
        "chains, out of chains, that are compared: on each, the hidden machine learns parity at "
        "every h, and every machine learns `datasets` at comparison_h",
    )
    h: tuple[Strength, ...] = setting(
        (0.5, 2.0, 4.0, 8.0, 16.0),
        "disorder strengths of the quenches, in the operators of the chain",
        "J",
        decimals=2,
        min_length=1,
    )
    comparison_h: Strength = setting(
        8.0, "disorder strength at which the machines are compared; one of h", "J"
    )
    digit: int = setting(0, "digit whose mean image is learned in the comparison", ge=0, le=9)
    digits: tuple[Annotated[int, Field(ge=0, le=9)], ...] = setting(
        (0, 1, 2, 3, 4), "digits whose images are shown in figure 3", min_length=1
    )
    visible: int = setting(
        6, "visible spins; even, for a square image", "sites", ge=2, le=12, multiple_of=2
    )
    hidden: int = setting(2, "hidden spins of the hidden machine", "sites", ge=1, le=6)
    quenches: Positive = setting(80, "quenches per run", "quenches")
    candidates: Positive = setting(150, "disorder realisations tried per quench", "realisations")
    quench_time: float = setting(10.0, "duration of one quench", "1/J", gt=0.0, le=1000.0)
    initial_state: InitialState = setting("plus", "state before the first quench")
    runs: Positive = setting(8, "independent runs; a multiple of block", "runs")
    block: Positive = setting(8, "runs per file and job", "runs")
    drive_strength: float = setting(
        0.001, "D, strength of the white noise of the driven machine", "J", ge=0.0
    )
    drive_time: float = setting(1.0, "tau, time for which the drive is constant", "1/J", gt=0.0)
    kernel: Kernel = setting("hamming", "distance in the kernel of the maximum mean discrepancy")


def _drive_fits(drive: float, quench: float) -> Iterator[str]:
    if drive > quench:
        yield f"hbm.drive_time: must be at most hbm.quench_time = {quench}, got {drive}"


def _names_are_free(chains: Mapping[str, TransverseFieldChain]) -> Iterator[str]:
    for name in chains:
        if name in MODELS:
            yield f"hbm.chains: {name!r} is the name of a machine; take another"


RELATIONS = (
    has_coupling("hbm.chains"),
    Relation(("hbm.chains",), _names_are_free),
    among("hbm.chain", "hbm.chains"),
    among("hbm.compared_chains", "hbm.chains"),
    differ("hbm.compared_chains", "hbm.chains"),
    multiple("hbm.runs", "hbm.block"),
    known_names("hbm.datasets", "hbm.visible"),
    draws_fit("hbm.datasets", "hbm.runs"),
    among("hbm.comparison_h", "hbm.h"),
    Relation(("hbm.drive_time", "hbm.quench_time"), _drive_fits),
)
