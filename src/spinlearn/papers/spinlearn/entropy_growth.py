"""Evolutions of one ensemble, from the files of its blocks, and the growth of their entropy."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from spinlearn.mbl.realisations import by_size_and_strength
from spinlearn.spins.chain_text import chain_text, is_interacting
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents

SAME = ("J_xy", "J2", "boundary", "operators", "disorder")
"""What a chain has in common with the same chain without interaction.

With J2 != 0 there is no such chain: exchange of next neighbours is an interaction by itself.
"""


@dataclass(frozen=True)
class Ensemble:
    """The realisations of one chain, length and disorder strength.

    Attributes:
        about: `chain`, its name; `text`, the chain in words; `interacting` (see
            `spinlearn.spins.chain_text.is_interacting`); `L, h, initial_state, realisations`.
        but_interaction: what this ensemble has in common with that of the same chain without
            interaction; its realisations are the same, too.
        t: times, in units of 1/J.
        values: the datasets of the kind `mbl/dynamics`, one row per realisation.
    """

    about: dict[str, Any]
    but_interaction: tuple[Any, ...]
    t: Float[np.ndarray, " T"]
    values: dict[str, np.ndarray]


def ensembles(contents: Iterable[Contents], quantities: Iterable[str]) -> list[Ensemble]:
    """Join the blocks of each (chain, L, h); chains in the order of their files."""
    chains: dict[str, list[Contents]] = {}
    for part in contents:
        chains.setdefault(part.attributes["chain"], []).append(part)
    found = []
    for chain, parts in chains.items():
        for (L, h), blocks in by_size_and_strength(parts).items():
            its = blocks[0].attributes
            values = {name: np.concatenate([b[name] for b in blocks]) for name in quantities}
            about = {"chain": chain, "text": chain_text(its), "interacting": is_interacting(its)}
            about |= {"L": L, "h": h, "initial_state": its["initial_state"]}
            about |= {"realisations": sum(len(block["fields"]) for block in blocks)}
            same = (L, h, *(its[name] for name in SAME))
            found.append(Ensemble(about, same, blocks[0]["time"], values))
    return found


def growth_window(t: Float[np.ndarray, " T"], L: int) -> Bool[np.ndarray, " T"]:
    """Times from 10/J to 10^(L/4)/J, in which the growth of the entropy is fitted.

    Before it the spins move within a localisation length. If the interaction falls by about a
    factor of ten per site, spins x sites apart are entangled at 10^x/J. The two ends of half a ring
    are at most L/4 sites from all of its sites, so the entropy can saturate after the window.
    """
    return (t >= 10 * (1 - 1e-9)) & (t <= 10 ** (L / 4) * (1 + 1e-9))


def halves(
    t: Float[np.ndarray, " T"], inside: Bool[np.ndarray, " T"]
) -> tuple[Bool[np.ndarray, " T"], Bool[np.ndarray, " T"]]:
    """The times of a window in the first and the second half of its ln t; they share the middle."""
    if not inside.any():
        return inside, inside
    middle = np.sqrt(t[inside][0] * t[inside][-1])
    return inside & (t <= middle * (1 + 1e-9)), inside & (t >= middle * (1 - 1e-9))


def fitted_growth(ensemble: Ensemble, others: Iterable[Ensemble]) -> dict[str, float]:
    """The fit S = a + b ln t in the window, and the imbalance at late times.

    There is one fit per realisation, since the times of a realisation are correlated; the errors
    are standard errors over realisations.

    Returns:
        `slope, slope_error`: b; `intercept`: a; `t_first, t_last`: the times fitted, NaN if the
        window has fewer than three; `excess, excess_error`: the slope minus that of the same
        realisations without interaction, NaN if `others` have no such chain; `slope_late,
        slope_late_error`: the slope in the second half (in ln t) of the window, NaN with fewer than
        three times in it; `slope_ratio, slope_ratio_error`: this divided by the slope in the first
        half, 1 for a straight line and 0 for a saturated entropy; `late, late_error`: the mean
        imbalance from a tenth of the longest time on.
    """
    inside = growth_window(ensemble.t, ensemble.about["L"])
    window = ensemble.t[inside] if inside.sum() > 2 else np.array([math.nan])
    slopes, intercepts = _fit(ensemble, inside)
    excess = np.array([math.nan])
    for other in others:
        same = other.but_interaction == ensemble.but_interaction
        if same and ensemble.about["interacting"] and not other.about["interacting"]:
            excess = slopes - _fit(other, inside)[0]
    late = ensemble.values["imbalance"][:, ensemble.t >= ensemble.t[-1] / 10].mean(axis=1)
    found = {"intercept": intercepts.mean(), "t_first": window[0], "t_last": window[-1]}
    early, slopes_late = (_fit(ensemble, half)[0] for half in halves(ensemble.t, inside))
    measured = {"slope": slopes, "excess": excess, "slope_late": slopes_late, "late": late}
    for name, values in measured.items():
        found |= {name: values.mean(), f"{name}_error": float(standard_error(values))}
    first = early.mean() or math.nan  # 0 if the entropy is constant, as without exchange
    ratio = found["slope_late"] / first
    error = float(standard_error(slopes_late - ratio * early)) / abs(first)
    return {**found, "slope_ratio": ratio, "slope_ratio_error": error}


def _fit(
    ensemble: Ensemble, inside: Bool[np.ndarray, " T"]
) -> tuple[Float[np.ndarray, " R"], Float[np.ndarray, " R"]]:
    """Slope and intercept of each realisation; NaN with fewer than three times."""
    entropies = ensemble.values["entanglement_entropy"][:, inside]
    if inside.sum() < 3:
        unknown = np.full(len(entropies), np.nan)
        return unknown, unknown
    slopes, intercepts = np.polyfit(np.log(ensemble.t[inside]), entropies.T, 1)
    return slopes, intercepts
