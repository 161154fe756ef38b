"""Settings of stage `phases`."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from spinlearn.mbl.config import have_operators, states_exist
from spinlearn.pipeline.settings import (
    EvenSize,
    Name,
    Positive,
    Relation,
    Section,
    Strength,
    among,
    ascending,
    multiple,
    setting,
)

Lattice = Annotated[int, Field(ge=3, le=128)]
Temperature = Annotated[float, Field(gt=0.0, le=100.0)]


class Ising(Section):
    """Configurations of the Ising model on a periodic square lattice, by Swendsen-Wang sweeps."""

    L: tuple[Lattice, ...] = setting(
        (10, 20, 40), "lengths of the lattice, two at least", "sites", min_length=2
    )
    temperatures: tuple[Temperature, ...] = setting(
        (1.5, 1.7, 1.9, 2.0, 2.1, 2.15, 2.2, 2.25, 2.3, 2.35, 2.4, 2.5, 2.6, 2.8, 3.0, 3.2),
        "temperatures, ascending; the transition is at 2.269",
        "J",
        decimals=3,
        min_length=3,
    )
    configurations: Positive = setting(
        400, "configurations per (L, temperature); a multiple of block", "configurations"
    )
    block: Positive = setting(
        400, "configurations per (L, temperature), file and job; a multiple of chains",
        "configurations",
    )  # fmt: skip
    chains: int = setting(40, "independent Markov chains per block", "chains", ge=4, le=10000)
    sweeps: Positive = setting(5, "sweeps between the configurations of a chain", "sweeps")


class Networks(Section):
    """Networks with one hidden layer, and their training."""

    hidden: int = setting(16, "hidden units", "units", ge=1, le=1000)
    epochs: Positive = setting(20, "passes through the samples", "epochs")
    batch_size: Positive = setting(100, "samples per update", "samples")
    learning_rate: float = setting(0.003, "step size of AdamW", gt=0.0, le=1.0)
    weight_decay: float = setting(0.01, "weight decay of AdamW", ge=0.0, le=100.0)


class Supervised(Section):
    """Networks that learn the phases far from the transition (Carrasquilla and Melko 2017)."""

    ordered_below: float = setting(
        2.1, "highest temperature of the ordered training data", "J", gt=0.0
    )
    disordered_above: float = setting(
        2.5, "lowest temperature of the disordered training data", "J", gt=0.0
    )
    runs: Positive = setting(3, "independent trainings", "runs")
    resamples: int = setting(
        500, "bootstrap resamples for the errors of T_c and nu", "resamples", ge=20, le=100000
    )


class Spectra(Section):
    """Entanglement spectra of eigenstates in the middle of the energies of disordered chains."""

    chain: Name = setting("ring", "chain, one of mbl.chains, in spin-1/2 operators")
    L: tuple[EvenSize, ...] = setting((8, 10), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = setting(
        (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0),
        "disorder strengths, ascending, in spin-1/2 operators",
        "J",
        decimals=2,
        min_length=3,
    )
    realisations: Positive = setting(
        40, "realisations per (L, h); a multiple of block", "realisations"
    )
    block: int = setting(40, "realisations per (L, h), file and job", "realisations", ge=2)
    states: int = setting(10, "eigenstates per realisation", "states", ge=3, le=1000)


class Confusion(Section):
    """Learning by confusion (van Nieuwenburg, Liu and Huber 2017)."""

    L: tuple[Lattice, ...] = setting(
        (10, 20), "lengths of the Ising lattice", "sites", min_length=1
    )
    N: tuple[Annotated[int, Field(ge=2, le=256)], ...] = setting(
        (16,), "lengths of the transverse-field Ising chain; [] for no such chains", "sites"
    )
    z_samples: Positive = setting(1000, "strings of sigma^z outcomes per field", "samples")
    povm_samples: Positive = setting(
        1000, "strings of POVM outcomes per field; all of tfi.samples if there are fewer", "samples"
    )
    runs: Positive = setting(3, "independent trainings at every trial value", "runs")


class Phases(Section):
    """Phases found by supervised, unsupervised and confusion learning (Das Sarma 2019)."""

    ising: Ising = Ising()
    networks: Networks = Networks()
    supervised: Supervised = Supervised()
    spectra: Spectra = Spectra()
    confusion: Confusion = Confusion()


def _both_phases(T: tuple[float, ...], low: float, high: float) -> Iterator[str]:
    if not low < high:
        yield (
            "phases.supervised.ordered_below: must be below phases.supervised.disordered_above = "
            f"{high}, got {low}"
        )
    if min(T) > low:
        yield (
            f"phases.supervised.ordered_below: no phases.ising.temperatures are at most {low}; "
            "there are no ordered training data"
        )
    if max(T) < high:
        yield (
            f"phases.supervised.disordered_above: no phases.ising.temperatures are at "
            f"least {high}; there are no disordered training data"
        )


def _strings_divide(z_samples: int, povm_samples: int, stored: int) -> Iterator[str]:
    counts = {"z_samples": z_samples, "povm_samples": min(povm_samples, stored)}
    for name, count in counts.items():
        if count < 2:
            yield (
                f"phases.confusion.{name}: needs at least 2 strings per field, to train on and to "
                f"hold out, got {count}"
            )


def _fields_divide(N: tuple[int, ...], hx: tuple[float, ...]) -> Iterator[str]:
    if N and len(hx) < 3:
        yield (
            "phases.confusion.N: learning by confusion divides the chains at values of tfi.hx and "
            f"needs three of them, got {list(hx)}; add fields, or set phases.confusion.N to [] for "
            "no such chains"
        )


RELATIONS = (
    Relation(("phases.confusion.N", "tfi.hx"), _fields_divide),
    ascending("phases.ising.temperatures"),
    ascending("phases.spectra.h"),
    multiple("phases.ising.configurations", "phases.ising.block"),
    multiple("phases.ising.block", "phases.ising.chains"),
    multiple("phases.spectra.realisations", "phases.spectra.block"),
    among("phases.spectra.chain", "mbl.chains"),
    have_operators("phases.spectra.chain", "spin"),
    states_exist("phases.spectra.states", "phases.spectra.L"),
    Relation(
        ("phases.confusion.z_samples", "phases.confusion.povm_samples", "tfi.samples"),
        _strings_divide,
    ),
    Relation(
        (
            "phases.ising.temperatures",
            "phases.supervised.ordered_below",
            "phases.supervised.disordered_above",
        ),
        _both_phases,
    ),
)
