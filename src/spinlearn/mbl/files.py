"""Files of stage `mbl`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import product
from math import comb

from spinlearn.mbl.config import WHOLE_SPACE_L, Mbl
from spinlearn.mbl.own_fields import shape_of
from spinlearn.mbl.window_size import window_states
from spinlearn.pipeline.content import content_digest, remembered
from spinlearn.pipeline.errors import UserFileError
from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.pipeline.settings import MOST_BLOCKS, TOO_MANY_BLOCKS
from spinlearn.spins.choices import Route
from spinlearn.spins.crossover import fastest_evolution, fastest_route, half_width_per_site


def indicators(
    mbl: Mbl, chain: str, L: Iterable[int], split: str, energy_density: float | None = None
) -> list[str]:
    """Paths of the indicators of some chain lengths at every h.

    Args:
        mbl: the stage's section of the configuration.
        chain: name of the chain.
        L: chain lengths.
        split: "train" or "test".
        energy_density: for the files at this energy density only; None for the whole grid.
    """
    single = "" if energy_density is None else f"e{energy_density:.2f}/"
    return _indicators(mbl, chain, L, split, single)


def narrow_indicators(mbl: Mbl, chain: str, L: Iterable[int], split: str) -> list[str]:
    """Paths of the indicators of narrow windows; arguments as for `indicators`."""
    return _indicators(mbl, chain, L, split, "narrow/")


def _indicators(mbl: Mbl, chain: str, L: Iterable[int], split: str, kind: str) -> list[str]:
    total = {"train": mbl.train_realisations, "test": mbl.test_realisations}[split]
    cells = product(L, two_decimals(mbl.h), blocks(total, mbl.block))
    folder = f"results/mbl/indicators/{chain}"
    return [f"{folder}/L{L}/h{h}/{split}/{kind}{b}.h5" for L, h, b in cells]


def own_indicators(mbl: Mbl, chain: str, name: str) -> list[str]:
    """Paths of the indicators of disorder vectors of the user's own."""
    folder = f"results/mbl/indicators/{chain}/{name}"
    return [f"{folder}/{block:04d}.h5" for block in range(_own_blocks(mbl, name))]


def own_shape(mbl: Mbl, name: str) -> tuple[int, int]:
    """Number of disorder vectors of the user's own, and of their sites."""
    rows, sites = remembered(mbl.fields_files[name], "fields", shape_of)
    return rows, sites


def faults(mbl: Mbl) -> Iterator[str]:
    """What is wrong with the files of the user's own, one line per fault."""
    for name in mbl.fields_files:
        try:
            rows, sites = own_shape(mbl, name)
        except UserFileError as error:
            yield f"mbl.fields_files.{name}: {error}"
            continue
        if not windows_fit(mbl, sites):
            yield (
                f"mbl.fields_files.{name}: {sites} sites have {_dimension(sites)} states, "
                f"fewer than mbl.states_per_window = {mbl.states_per_window}"
            )
        if _own_blocks(mbl, name) > MOST_BLOCKS:
            yield (
                f"mbl.fields_files.{name}: {rows} vectors need more than {MOST_BLOCKS} files of "
                f"mbl.block = {mbl.block}; {TOO_MANY_BLOCKS}"
            )


def own_fault(mbl: Mbl, name: str, block: str) -> str:
    """Why there is no such block of disorder vectors of the user's own; empty if there is one."""
    count = _own_blocks(mbl, name)
    return "" if int(block) < count else f"{name} has blocks 0000 to {count - 1:04d}, no {block}"


def _own_blocks(mbl: Mbl, name: str) -> int:
    return -(-own_shape(mbl, name)[0] // mbl.block)


def windows_fit(mbl: Mbl, L: int) -> bool:
    """Whether a chain has as many states as a window of the indicators."""
    return mbl.states_per_window <= _dimension(L)


def own_fields_settings(mbl: Mbl, chain: str, name: str) -> str:
    """The settings of one block of disorder vectors of the user's own."""
    return settings(
        realisations=mbl.block,
        operators=mbl.chains[chain].operators,
        digest=content_digest(mbl.fields_files[name]),
    )


def disorder_settings(seed: int, mbl: Mbl, chain: str) -> str:
    """The settings of one block of disorder."""
    chosen = mbl.chains[chain].model_dump(include={"disorder", "operators"})
    return settings(seed=seed, realisations=mbl.block, **chosen)


def windows_settings(seed: int, mbl: Mbl, chain: str) -> str:
    """The settings of one block of windows."""
    chosen = mbl.windows
    return settings(
        seed=seed,
        chain=mbl.chains[chain].couplings,
        disorder=mbl.chains[chain].disorder,
        realisations=chosen.block,
        observables=sorted(mbl.observables),
        size=chosen.model_dump(include={"states", "largest_fraction"}),
        solution=chosen.model_dump(include={"solver", "tolerance"}),
    )


def eigenstates_settings(seed: int, mbl: Mbl, chain: str, realisations: int) -> str:
    """The settings of one block of eigenstates."""
    return settings(
        seed=seed,
        chain=mbl.chains[chain].couplings,
        disorder=mbl.chains[chain].disorder,
        realisations=realisations,
        solution=mbl.windows.model_dump(include={"solver", "tolerance"}),
    )


def indicators_settings(
    mbl: Mbl,
    chain: str,
    energy_density: Sequence[float],
    observables: Iterable[str],
    narrow_L: int | None = None,
    *,
    quarters: bool = False,
) -> str:
    """Settings of some observables at some energy densities, in any order.

    With a length `narrow_L`, those of a job that also writes the narrow windows of such chains;
    with `quarters`, of one that also writes means over quarters of the windows.
    """
    states = [mbl.states_per_window]
    if narrow_L is not None:
        fraction = mbl.narrow_windows.largest_fraction
        states.append(window_states(narrow_L, mbl.states_per_window, fraction))
    return settings(
        chain=mbl.chains[chain].couplings,
        energy_density=sorted(energy_density),
        states_per_window=states,
        observables=sorted(observables),
        quarters=quarters,
    )


def level_statistics_windows(mbl: Mbl) -> list[str]:
    """Paths of the windows in the middle of the spectrum, for the distribution of the gap ratio."""
    chosen = mbl.level_statistics
    return _windows(mbl, chosen.chains, chosen.L, chosen.h, [0.5], chosen.realisations)


def transition_windows(mbl: Mbl, energy_density: Sequence[float]) -> list[str]:
    """Paths of the windows for the transition, at some energy densities."""
    chosen = mbl.transition
    return _windows(mbl, [chosen.chain], chosen.L, chosen.h, energy_density, chosen.realisations)


def _windows(
    mbl: Mbl,
    chains: Iterable[str],
    L: Iterable[int],
    h: Iterable[float],
    energy_density: Iterable[float],
    realisations: int,
) -> list[str]:
    cells = product(
        chains,
        L,
        two_decimals(h),
        two_decimals(energy_density),
        blocks(realisations, mbl.windows.block),
    )
    return [f"results/mbl/windows/{name}/L{L}/h{h}/e{e}/{b}.h5" for name, L, h, e, b in cells]


def dynamics(mbl: Mbl) -> list[str]:
    """Paths of the evolutions from the initial state."""
    chosen = mbl.dynamics
    every_block = blocks(chosen.realisations, chosen.block)
    cells = product(chosen.chains, chosen.L, two_decimals(chosen.h), every_block)
    state = chosen.initial_state
    return [f"results/mbl/dynamics/{name}/{state}/L{L}/h{h}/{b}.h5" for name, L, h, b in cells]


def dynamics_fault(initial_state: str, L: int) -> str:
    """Why there are no evolutions of chains of this length; empty if there are some."""
    if initial_state != "random_product" or L <= WHOLE_SPACE_L:
        return ""
    return (
        "evolutions from random product states, which use all 2^L states, have "
        f"at most {WHOLE_SPACE_L} sites, not {L}"
    )


def dynamics_settings(seed: int, mbl: Mbl, chain: str) -> str:
    """The settings of one block of evolutions; the initial state is in its path."""
    return settings(
        seed=seed,
        chain=mbl.chains[chain].couplings,
        disorder=mbl.chains[chain].disorder,
        realisations=mbl.dynamics.block,
        **mbl.dynamics.model_dump(include={"longest_time", "times"}),
    )


def middle_energy_density(mbl: Mbl) -> float:
    """The energy density of the transition that figures show: the nearest to 1/2."""
    return min(mbl.transition.energy_density, key=lambda value: abs(value - 0.5))


def indicators_memory(L: int) -> float:
    """MB for dense diagonalisation: imports, and three D x D matrices at LAPACK's peak."""
    return 1.1 * (240 + 3.1 * 8e-6 * _dimension(L) ** 2)


def indicators_minutes(mbl: Mbl, L: int) -> float:
    """Minutes for a block of dense diagonalisations, 1e-9 s D^3 each (a slow processor)."""
    return 5 + mbl.block * 1e-9 * _dimension(L) ** 3 / 60


def windows_memory(mbl: Mbl, L: int) -> float:
    """MB for windows: libraries, vectors of the Krylov space, PARDISO's factors (measured)."""
    vectors = 8e-6 * _dimension(L) * _states(mbl, L)
    route = _route(mbl, L)
    if route == "dense":
        return indicators_memory(L)
    if route == "shift_invert":
        return 1.1 * (285 + 9 * vectors + 6900 * (_dimension(L) / 184756) ** 1.73)
    return 1.1 * (430 + 17 * vectors)


def windows_minutes(mbl: Mbl, L: int) -> float:
    """Minutes for a block of windows, four times the time measured for 100 states."""
    D = _dimension(L)
    if _route(mbl, L) == "dense":
        seconds = 1e-9 * D**3
    else:
        seconds = 130 * (D / 48620) ** 2.4 * max(1, _states(mbl, L) / 100)
    return 5 + 4 * mbl.windows.block * seconds / 60


def dynamics_memory(mbl: Mbl, chain: str, initial_state: str, L: int, h: float) -> float:
    """MB for evolutions: imports, and 8 copies of 16 states or LAPACK's matrices (measured).

    A job takes its route by the bounds of its own spectra, so both must fit near the crossover.
    """
    states = 16e-6 * _evolved_dimension(initial_state, L)
    by_steps = 1.1 * (240 + 8 * 16 * states)
    if fastest_evolution(_dimension(L), 1.5 * _phase(mbl, chain, L, h)) == "steps":
        return by_steps
    return max(by_steps, indicators_memory(L) + 4 * mbl.dynamics.times * states)


def dynamics_minutes(mbl: Mbl, chain: str, initial_state: str, L: int, h: float) -> float:
    """Minutes for a block of evolutions, four times the time measured.

    The number of matvecs is proportional to the phase; J2 doubles the elements of a row.
    """
    chosen, D = mbl.dynamics, _evolved_dimension(initial_state, L)
    phase = _phase(mbl, chain, L, h)
    seconds = 2e-7 * chosen.times * D
    if fastest_evolution(_dimension(L), phase) == "steps":
        seconds += 5e-9 * (1 + (mbl.chains[chain].J2 != 0)) * D * phase
    else:
        seconds += 1e-9 * D * _dimension(L) ** 2
    return 5 + 4 * chosen.block * seconds / 60


def _phase(mbl: Mbl, chain: str, L: int, h: float) -> float:
    """About half the width of the spectrum times the longest time of an evolution."""
    at = mbl.chains[chain].model_dump(exclude={"boundary"})
    return L * half_width_per_site(h, **at) * mbl.dynamics.longest_time


def _evolved_dimension(initial_state: str, L: int) -> int:
    """States of the space in which a state is evolved; its largest sector has `_dimension(L)`."""
    return _dimension(L) if initial_state == "neel" else 2**L


def _dimension(L: int) -> int:
    """States of the sector S^z = 0."""
    return comb(L, L // 2)


def _states(mbl: Mbl, L: int) -> int:
    return window_states(L, mbl.windows.states, mbl.windows.largest_fraction)


def _route(mbl: Mbl, L: int) -> Route:
    """The solver of most windows of a chain length."""
    if mbl.windows.solver != "auto":
        return mbl.windows.solver
    has_pardiso = find_spec("pypardiso") is not None
    return fastest_route(_dimension(L), _states(mbl, L), has_pardiso=has_pardiso)
