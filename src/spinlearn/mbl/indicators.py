"""Observables of eigenstates, averaged over windows of them: indicators of localisation.

`level_values` computes observables of given eigenstates, `window_means` averages them.
`indicators_of_block` takes eigenstates from full diagonalisation, on a grid of energy densities;
`spinlearn.mbl.windows` takes them from a solver for one window. To add an observable, see
docs/howto/add_an_observable.md.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from spinlearn import arguments
from spinlearn.mbl import observables as functions
from spinlearn.mbl.choices import DEFAULT_OBSERVABLES, OBSERVABLES, name_fault
from spinlearn.mbl.observables import Levels
from spinlearn.pipeline.progress import track
from spinlearn.spins.degeneracies import degenerate_levels
from spinlearn.spins.hamiltonians import SpinChain
from spinlearn.spins.spectra import diagonalise, energy_densities, nearest_windows

_log = logging.getLogger("spinlearn.mbl")


class UndefinedObservableError(ValueError):
    """An observable is not defined for a chain."""


def check_observables(names: Iterable[str], chain: SpinChain) -> None:
    """Check that observables exist and are defined for a chain.

    Raises:
        UndefinedObservableError: if one needs a conserved S^z, which the chain lacks.
        ValueError: if there is no observable of a name.
    """
    for name in names:
        if fault := name_fault(name):
            raise ValueError(fault)
        if OBSERVABLES[name].needs_sz and not chain.conserves_sz:
            raise UndefinedObservableError(
                f"{name} is only defined for chains that conserve S^z; leave it out"
            )


def level_values(names: Iterable[str], levels: Levels) -> dict[str, np.ndarray]:
    """Observables of consecutive levels by name: one value per level, or per two or three of them.

    Args:
        names: observables, checked by `check_observables`.
        levels: levels of one realisation.
    """
    return {name: getattr(functions, name)(levels) for name in names}


def window_means(
    values: Mapping[str, np.ndarray],
    levels: Levels,
    starts: Int[np.ndarray, " windows"],
    states: int,
) -> dict[str, Float[np.ndarray, " windows"]]:
    """Observables averaged over windows of consecutive levels.

    Values of two or three neighbouring levels count if all of these lie in the window. All
    observables of a window are undefined if it has a degenerate level: eigenvectors in a degenerate
    subspace are arbitrary, and so is a window that ends within one.

    Args:
        values: as `level_values` gives them.
        levels: the levels of all windows, of one realisation.
        starts: first level of each window, counted within `levels`.
        states: levels in a window.

    Returns:
        The means by name; NaN if a value in the window is undefined.

    Raises:
        ValueError: if a window has too few levels for an observable.
    """
    is_undefined = _has_degenerate_level(levels, starts, states)
    found = {}
    for name, of_levels in values.items():
        count = states - (levels.energies.size - of_levels.size)
        if count < 1:
            raise ValueError(f"{name} needs more than the {states} states of a window")
        means = of_levels[starts[:, None] + np.arange(count)].mean(axis=1)
        found[name] = np.where(is_undefined, np.nan, means)
    return found


def _has_degenerate_level(
    levels: Levels, starts: Int[np.ndarray, " windows"], states: int
) -> Bool[np.ndarray, " windows"]:
    return np.asarray(levels.degenerate[starts[:, None] + np.arange(states)].any(axis=1))


def quarter_means(
    values: Mapping[str, np.ndarray],
    levels: Levels,
    starts: Int[np.ndarray, " windows"],
    states: int,
) -> dict[str, Float[np.ndarray, "windows 4"]]:
    """Observables averaged over every fourth value of windows, from each of the first four on.

    Arguments and undefined values as for `window_means`, and NaN for a quarter without a value.

    Returns:
        The means by name, with `_quarters` behind it; `explainable_share` needs them.
    """
    is_undefined = _has_degenerate_level(levels, starts, states)
    found = {}
    for name, of_levels in values.items():
        count = states - (levels.energies.size - of_levels.size)
        means = np.full((len(starts), 4), np.nan)
        for quarter in range(min(4, count)):
            members = starts[:, None] + np.arange(quarter, count, 4)
            means[:, quarter] = of_levels[members].mean(axis=1)
        found[f"{name}_quarters"] = np.where(is_undefined, np.nan, means.T).T
    return found


def stack_realisations(
    found: Sequence[Mapping[str, Float[np.ndarray, " windows"]]],
) -> dict[str, Float[np.ndarray, "R windows"]]:
    """The observables of many realisations by name; the log says where values are undefined."""
    stacked = {name: np.array([each[name] for each in found]) for name in found[0]}
    together: dict[tuple[int, str], list[str]] = {}
    for name, values in stacked.items():
        undefined = int(np.isnan(values).any(axis=1).sum())
        together.setdefault((undefined, OBSERVABLES[name].reasons), []).append(name)
    for (undefined, reason), names in together.items():
        if undefined:
            text = "undefined (NaN) in %d of %d realisations: %s, since %s"
            _log.warning(text, undefined, len(found), ", ".join(names), reason)
    return stacked


def indicators_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: Sequence[float] | Float[np.ndarray, " E"],
    states_per_window: int,
    *,
    observables: Sequence[str] = DEFAULT_OBSERVABLES,
) -> dict[str, np.ndarray]:
    """Indicators of a block of realisations (Gresch 2022, section II.B).

    At each energy density the average is over the nearest `states_per_window` eigenstates.

    Args:
        chain: the chain without disorder, in one S^z sector if it conserves S^z.
        fields: one row per realisation, in units of J.
        energy_density: grid of energy densities in (0, 1).
        states_per_window: eigenstates averaged at each energy density.
        observables: names, see `spinlearn.mbl.choices.OBSERVABLES`.

    Returns:
        Each observable by name (R, E), NaN where it is undefined, entropies in nats;
        `energy_density`, the grid (E); `window_mean` and `window_width`, mean and span of the
        energy densities of each window's states (R, E); `extremal_energies`, E_min and E_max in
        units of J (R, 2).

    Raises:
        NotConvergedError: if a diagonalisation fails.
        UndefinedObservableError: if an observable is not defined for the chain.
        NoWidthError: if all levels are equal.
        InvalidArgumentError: if fields are not finite or not L, an energy density is not in [0, 1],
            or a window does not fit into the spectrum.
        ValueError: if there is no such observable.
    """
    (found,) = indicators_of_windows(
        chain, fields, energy_density, [states_per_window], observables=observables
    )
    return found


def indicators_of_windows(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: Sequence[float] | Float[np.ndarray, " E"],
    states_per_window: Sequence[int],
    *,
    observables: Sequence[str] = DEFAULT_OBSERVABLES,
    quarters: bool = False,
) -> list[dict[str, np.ndarray]]:
    """`indicators_of_block` for each of several numbers of states, by one diagonalisation.

    Arguments and errors are those of `indicators_of_block`; `states_per_window` has one number per
    result. With `quarters` there are also the `quarter_means` of each observable (R, E, 4).
    """
    fields = arguments.real("fields", fields, (None, chain.L))
    grid = arguments.real("energy_density", energy_density, (None,))
    for target in grid:
        arguments.number("energy_density", target, 0, 1)
    check_observables(observables, chain)
    sizes = [
        arguments.integer("states_per_window", states, 1, chain.dimension)
        for states in states_per_window
    ]
    rows: list[list[dict[str, np.ndarray]]] = [[] for _ in sizes]
    for realisation in track(fields, f"L = {chain.L}: diagonalising", unit="realisation"):
        found = _windows_of_realisation(chain, realisation, grid, sizes, observables, quarters)
        for of_size, row in zip(rows, found, strict=True):
            of_size.append(row)
    return [_stack(of_size, grid) for of_size in rows]


def _windows_of_realisation(
    chain: SpinChain,
    fields: Float[np.ndarray, " L"],
    grid: Float[np.ndarray, " E"],
    sizes: Sequence[int],
    observables: Sequence[str],
    quarters: bool,
) -> list[dict[str, np.ndarray]]:
    """Observables, means, widths and extremal energies of one realisation, for each size."""
    energies, vectors = diagonalise(chain, fields)
    densities = energy_densities(energies)
    starts = [nearest_windows(densities, grid, k) for k in sizes]
    members = [first[:, None] + np.arange(k) for first, k in zip(starts, sizes, strict=True)]
    used = np.unique(np.concatenate([each.ravel() for each in members]))
    degenerate = degenerate_levels(energies, energies[-1] - energies[0])
    levels = Levels(chain, energies[used], vectors[:, used], degenerate[used])
    values = level_values(observables, levels)
    in_quarters = values if quarters else {}
    return [
        {
            **window_means(values, levels, np.searchsorted(used, first), k),
            **quarter_means(in_quarters, levels, np.searchsorted(used, first), k),
            "window_mean": densities[inside].mean(axis=1),
            "window_width": densities[inside[:, -1]] - densities[first],
            "extremal_energies": energies[[0, -1]],
        }
        for first, inside, k in zip(starts, members, sizes, strict=True)
    ]


def _stack(
    rows: Sequence[Mapping[str, np.ndarray]], grid: Float[np.ndarray, " E"]
) -> dict[str, np.ndarray]:
    """Realisations stacked, with the grid; the log says where observables are undefined."""
    others = [name for name in rows[0] if name not in OBSERVABLES]
    found = [{name: row[name] for name in row if name in OBSERVABLES} for row in rows]
    return {
        **stack_realisations(found),
        "energy_density": grid,
        **{name: np.array([row[name] for row in rows]) for name in others},
    }
