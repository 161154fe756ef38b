"""Settings of stage `mbl`."""

from collections.abc import Iterator, Mapping
from math import comb

from spinlearn.mbl.choices import DEFAULT_OBSERVABLES, OBSERVABLES, name_fault
from spinlearn.pipeline.settings import (
    Density,
    EvenSize,
    Name,
    Positive,
    Relation,
    Section,
    Strength,
    among,
    multiple,
    setting,
)
from spinlearn.spins.choices import EntropyNormalisation, MagnetisedState, Operators, Solver
from spinlearn.spins.config import Chain, differ, has_coupling


class Windows(Section):
    """Windows of eigenstates, for level_statistics and transition."""

    states: int = setting(
        50, "eigenstates per window, nearest to an energy density", "states", ge=3, le=2000
    )
    largest_fraction: float = setting(
        0.1, "largest fraction of the spectrum in a window (of a short chain)", gt=0.0, le=1.0
    )
    block: Positive = setting(50, "realisations per file and job", "realisations")
    solver: Solver = setting("auto", "how windows are found, see docs/eigensolvers.md")
    tolerance: float = setting(
        1e-10, "largest accepted residual of an eigenstate", "J", ge=1e-13, le=1e-4
    )


class NarrowWindows(Section):
    """Narrow windows, for figures that resolve the energy density.

    The default largest_shift is half a step of the default mbl.energy_density: a window is nearer
    to its own value than to the next. With the default largest_width w, an average over a window
    differs from the value at its centre by about f'' w^2 / 24: 0.04 J for a mobility edge that
    falls by 3.4 J (Pauli) from energy density 0.5 to 0.1, less than its statistical error.
    """

    largest_fraction: float = setting(
        0.05,
        "largest fraction of the spectrum in a window, which has 3 to mbl.states_per_window states",
        gt=0.0,
        le=1.0,
    )
    largest_shift: float = setting(
        0.025,
        "largest distance of the windows' mean energy density from the one wanted, for a value to "
        "be shown",
        gt=0.0,
        le=1.0,
    )
    largest_width: float = setting(
        0.15,
        "largest energy-density span of the windows (mean), for a value to be shown",
        gt=0.0,
        le=1.0,
    )


class LevelStatistics(Section):
    """Distribution of the gap ratio in the middle of the spectrum (Zhong 2022, figure 10)."""

    L: tuple[EvenSize, ...] = setting((12,), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = setting(
        (0.1, 0.5, 3.9), "disorder strengths, in spin-1/2 operators", "J", decimals=2, min_length=1
    )
    chains: tuple[Name, ...] = setting(
        ("ring", "open"), "chains, out of mbl.chains, in spin-1/2 operators", min_length=1
    )
    realisations: Positive = setting(
        50, "realisations per ensemble; a multiple of windows.block", "realisations"
    )
    bins: int = setting(25, "bins of the histogram of r on [0, 1]", "bins", ge=5, le=200)


class Transition(Section):
    """Entanglement scaling (Zhong 2022, figure 11) and finite-size scaling of the transition."""

    L: tuple[EvenSize, ...] = setting((8, 10, 12, 14), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = setting(
        (0.5, 1.5, 2.0, 3.0, 4.0, 6.0),
        "disorder strengths, in spin-1/2 operators",
        "J",
        decimals=2,
        min_length=1,
    )
    chain: Name = setting("ring", "chain, one of mbl.chains, in spin-1/2 operators")
    energy_density: tuple[Density, ...] = setting(
        (0.5,), "energy densities; figures show the one nearest to 0.5", decimals=2, min_length=1
    )
    realisations: Positive = setting(
        50,
        "realisations per (L, h); a multiple of windows.block",
        "realisations",
    )
    resamples: int = setting(
        1000, "bootstrap resamples for the errors of h_c and nu", "resamples", ge=20, le=100000
    )


WHOLE_SPACE_L = 16
"""The longest chain that is evolved in the whole space of 2^L states."""


class Dynamics(Section):
    """Evolution of chains from a product state, for the figure spinlearn/dynamics."""

    chains: tuple[Name, ...] = setting(
        ("ring", "anderson"), "chains, out of mbl.chains, in spin-1/2 operators", min_length=1
    )
    L: tuple[EvenSize, ...] = setting(
        (12,), "chain lengths; the figure shows the longest", "sites", min_length=1
    )
    h: tuple[Strength, ...] = setting(
        (1.0, 5.0), "disorder strengths, in spin-1/2 operators", "J", decimals=2, min_length=1
    )
    initial_state: MagnetisedState = setting(
        "neel",
        "state at time 0: Néel, in the sector S^z = 0, or each spin in a random direction, in the "
        f"whole space (L up to {WHOLE_SPACE_L})",
    )
    longest_time: float = setting(
        1000.0, "longest time; times are evenly spaced in ln t from 0.1", "1/J", ge=1.0, le=1e6
    )
    times: int = setting(41, "number of times", "times", ge=5, le=1000)
    realisations: Positive = setting(
        200, "realisations per (chain, L, h); a multiple of block", "realisations"
    )
    block: Positive = setting(200, "realisations per file and job", "realisations")


class Mbl(Section):
    """Disorder, exact diagonalisation, localisation indicators and level statistics."""

    L: tuple[EvenSize, ...] = setting((8, 10, 12), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = setting(
        (1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 11.0, 15.0),
        "disorder strengths of the indicators, in Pauli matrices (twice the value of the spin-1/2 "
        "literature)",
        "J",
        decimals=2,
        min_length=1,
    )
    train_realisations: Positive = setting(
        60, "realisations per (L, h) of the train split; a multiple of block", "realisations"
    )
    test_realisations: Positive = setting(
        60, "realisations per (L, h) of the test split; a multiple of block", "realisations"
    )
    block: Positive = setting(60, "realisations per file and job", "realisations")
    chains: dict[Name, Chain] = setting(
        {
            "default": Chain(operators="pauli"),
            "ring": Chain(),
            "open": Chain(boundary="open"),
            "anderson": Chain(J_zz=0.0),
        },
        "chains, each under a name, which is part of the paths of its results; what is left out is "
        "J_xy = J_zz = 1, J2 = 0, a ring, spin operators, uniform disorder",
    )
    chain: Name = setting(
        "default", "chain of the indicators and of stage gru, one of chains, in Pauli matrices"
    )
    energy_density: tuple[Density, ...] = setting(
        tuple(round(0.05 * i, 2) for i in range(1, 20)),
        "energy densities (E - E_min)/(E_max - E_min) at which indicators are averaged",
        min_length=1,
    )
    states_per_window: int = setting(
        30, "eigenstates averaged at each energy density, the nearest ones", "states", ge=3, le=1000
    )
    observables: tuple[str, ...] = setting(
        DEFAULT_OBSERVABLES,
        f"observables averaged over the eigenstates of a window, out of {', '.join(OBSERVABLES)}",
        min_length=1,
    )
    fields_files: dict[Name, str] = setting(
        {},
        "disorder vectors of your own, in Pauli matrices: NAME: PATH of a CSV, NPY or HDF5 file "
        "(docs/own_data.md)",
    )
    entropy_normalisation: EntropyNormalisation = setting(
        "page", "what the half-chain entropy is divided by, for networks and figures"
    )
    edge_resamples: int = setting(
        200,
        "bootstrap resamples for the errors of the mobility edges",
        "resamples",
        ge=20,
        le=100000,
    )
    narrow_windows: NarrowWindows = NarrowWindows()
    windows: Windows = Windows()
    level_statistics: LevelStatistics = LevelStatistics()
    transition: Transition = Transition()
    dynamics: Dynamics = Dynamics()


def states_exist(states: str, sizes: str) -> Relation:
    """The relation "the smallest chain has as many states (of S^z = 0) as are asked for"."""

    def check(wanted: int, lengths: tuple[int, ...]) -> Iterator[str]:
        L = min(lengths)
        dimension = comb(L, L // 2)
        if wanted > dimension:
            yield (
                f"{states}: must be at most {dimension}, the number of states of the smallest "
                f"chain (L = {L}), got {wanted}"
            )

    return Relation((states, sizes), check)


def have_operators(chosen: str, operators: Operators) -> Relation:
    """The relation "the chains chosen are known, and in these operators"."""

    def check(names: str | tuple[str, ...], chains: Mapping[str, Chain]) -> Iterator[str]:
        for name in names if isinstance(names, tuple) else (names,):
            if name in chains and chains[name].operators != operators:
                yield f"{chosen}: {name} must be a chain with operators: {operators}"

    return Relation((chosen, "mbl.chains"), check)


def _whole_space_fits(sizes: tuple[int, ...], state: MagnetisedState) -> Iterator[str]:
    if state == "random_product" and max(sizes) > WHOLE_SPACE_L:
        yield (
            f"mbl.dynamics.L: must be at most {WHOLE_SPACE_L} from random product states, which "
            f"are evolved in all 2^L states, got {max(sizes)}; shorten the chains, or set "
            "mbl.dynamics.initial_state: neel"
        )


def _observables_are_known(names: tuple[str, ...]) -> Iterator[str]:
    yield from (f"mbl.observables: {fault}" for name in names if (fault := name_fault(name)))


RELATIONS = (
    has_coupling("mbl.chains"),
    among("mbl.chain", "mbl.chains"),
    among("mbl.level_statistics.chains", "mbl.chains"),
    among("mbl.transition.chain", "mbl.chains"),
    among("mbl.dynamics.chains", "mbl.chains"),
    differ("mbl.level_statistics.chains", "mbl.chains"),
    differ("mbl.dynamics.chains", "mbl.chains"),
    have_operators("mbl.chain", "pauli"),
    have_operators("mbl.level_statistics.chains", "spin"),
    have_operators("mbl.transition.chain", "spin"),
    have_operators("mbl.dynamics.chains", "spin"),
    multiple("mbl.train_realisations", "mbl.block"),
    multiple("mbl.test_realisations", "mbl.block"),
    multiple("mbl.level_statistics.realisations", "mbl.windows.block"),
    multiple("mbl.transition.realisations", "mbl.windows.block"),
    multiple("mbl.dynamics.realisations", "mbl.dynamics.block"),
    Relation(("mbl.dynamics.L", "mbl.dynamics.initial_state"), _whole_space_fits),
    Relation(("mbl.observables",), _observables_are_known),
    states_exist("mbl.states_per_window", "mbl.L"),
)
