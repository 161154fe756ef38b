"""Settings of stage `nqs`."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from spinlearn.nqs.choices import RING_LENGTHS, TorusSize
from spinlearn.pipeline.settings import (
    Positive,
    Relation,
    Section,
    ascending,
    multiple,
    setting,
)


class Entanglement(Section):
    """Entropies of random machines, from exact vectors."""

    N: tuple[Annotated[int, Field(ge=4, le=16, multiple_of=2)], ...] = setting(
        (8, 10, 12, 14, 16), "spins of the rings, and hidden units", "spins", min_length=3
    )
    draws: int = setting(100, "random machines per kind and N", "machines", ge=2, le=10_000)
    reach: int = setting(
        3, "neighbouring spins that a hidden unit of a short-range machine is coupled to", "spins",
        ge=2, le=8,
    )  # fmt: skip
    real_spread: float = setting(
        0.3, "spread of the couplings' real parts, times the square root of couplings per unit",
        ge=0.0, le=10.0,
    )  # fmt: skip
    imaginary_spread: float = setting(1.0, "the same of their imaginary parts", ge=0.0, le=10.0)


RingLength = Annotated[int, Field(ge=RING_LENGTHS[0], le=RING_LENGTHS[-1], multiple_of=2)]


class GroundStates(Section):
    """Ground states of rings by machines, with stochastic reconfiguration."""

    N: tuple[RingLength, ...] = setting(
        (10,), "sites of the rings, even for the Marshall sign rule", "sites", min_length=1
    )
    h: tuple[Annotated[float, Field(gt=0.0, le=10.0)], ...] = setting(
        (1.0,), "transverse fields of the Ising rings", "J", decimals=2, min_length=1
    )
    alpha: tuple[Annotated[int, Field(ge=1, le=16)], ...] = setting(
        (1, 2), "hidden units per site", min_length=1
    )
    runs: int = setting(2, "independent runs", "runs", ge=2, le=1000)
    iterations: int = setting(
        150, "steps of stochastic reconfiguration", "steps", ge=20, le=100_000
    )
    samples: int = setting(
        512, "configurations per step, in 16 Markov chains", "samples", ge=64, le=1_000_000,
        multiple_of=16,
    )  # fmt: skip
    learning_rate: float = setting(
        0.02, "step size at first; it falls linearly to a tenth", "1/J", gt=0.0, le=1.0
    )
    diagonal_shift: float = setting(
        0.01, "added to the diagonal of the quantum geometric tensor", gt=0.0, le=1.0
    )
    drift: float = setting(
        0.002, "largest relative difference of the mean energies of the last two tenths of a "
        "converged run", gt=0.0, le=1.0,
    )  # fmt: skip
    v_score: float = setting(
        0.02, "largest V-score N Var(H) / E^2 of a converged run", gt=0.0, le=10.0
    )


Coupling = Annotated[float, Field(ge=0.0, le=10.0)]


class Dynamics(Section):
    """Quenches of rings by the time-dependent variational principle, over all configurations."""

    N: tuple[Annotated[int, Field(ge=4, le=14, multiple_of=2)], ...] = setting(
        (8,), "sites of the rings; at most 14, since exact evolution is computed too", "sites",
        min_length=1,
    )  # fmt: skip
    alpha: int = setting(2, "hidden units per site", ge=1, le=16)
    h: tuple[Coupling, ...] = setting(
        (2.0, 1.0), "transverse field of the Ising ring before and after", "J",
        min_length=2, max_length=2,
    )  # fmt: skip
    J_z: tuple[Coupling, ...] = setting(
        (1.0, 2.0), "z coupling of the Heisenberg ring before and after", "J",
        min_length=2, max_length=2,
    )  # fmt: skip
    longest_time: float = setting(1.0, "longest time", "1/J", gt=0.0, le=100.0)
    times: int = setting(11, "times, 0 included", "times", ge=2, le=1000)
    step: float = setting(0.01, "time step", "1/J", gt=0.0, le=1.0)


class Tomography(Section):
    """Ground states of the chain of stage `tfi`, reconstructed from measurements."""

    N: tuple[Annotated[int, Field(ge=2, le=12)], ...] = setting(
        (6, 10), "chain lengths; at most 12, since all sums are exact", "sites", min_length=1
    )
    hx: tuple[Annotated[float, Field(gt=0.0, le=10.0)], ...] = setting(
        (1.0,), "transverse fields", "J", decimals=2, min_length=1
    )
    samples: tuple[Annotated[int, Field(ge=50, le=1_000_000)], ...] = setting(
        (100, 400, 1600, 6400), "samples of each kind that are learned from", "samples",
        min_length=1,
    )  # fmt: skip
    runs: int = setting(3, "independent runs, with data of their own; a multiple of block", "runs",
                        ge=2, le=1000)  # fmt: skip
    block: Positive = setting(3, "runs per file and job", "runs")
    alpha: int = setting(1, "hidden units per site, of the modulus and of the phase", ge=1, le=16)
    held_out: int = setting(5, "one in so many samples is held out, to stop early", ge=2, le=50)
    iterations: int = setting(400, "most iterations of L-BFGS", "iterations", ge=1, le=100_000)
    patience: int = setting(
        30, "iterations without a better likelihood of held-out samples after which to stop",
        "iterations", ge=1, le=100_000,
    )  # fmt: skip
    starts: int = setting(
        2, "trainings from different initial parameters, of which held-out samples choose one",
        ge=1, le=100,
    )  # fmt: skip


class Nqs(Section):
    """Neural-network quantum states: restricted Boltzmann machines as wave functions."""

    tori: tuple[TorusSize, ...] = setting(
        ("2x2", "3x2", "3x3"), "tori of the toric code, vertices along x and y", min_length=1
    )
    entanglement: Entanglement = Entanglement()
    ground_states: GroundStates = GroundStates()
    dynamics: Dynamics = Dynamics()
    tomography: Tomography = Tomography()


def _reach_fits(reach: int, sizes: tuple[int, ...]) -> Iterator[str]:
    if 2 * reach > min(sizes):
        yield (
            f"nqs.entanglement.reach: {reach} is over half of the shortest ring, "
            f"{min(sizes)} spins: no machine on it is short-range"
        )


RELATIONS = (
    Relation(("nqs.entanglement.reach", "nqs.entanglement.N"), _reach_fits),
    ascending("nqs.tomography.samples"),
    multiple("nqs.tomography.runs", "nqs.tomography.block"),
)
