"""The claims of figure 6: networks reproduce the phase diagrams."""

import math
from functools import partial

import numpy as np
import pandas as pd

from spinlearn.gru.choices import BASELINES
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.gresch2022.phase_map import EXACT, FRESH, TESTED
from spinlearn.papers.verdicts import Claim, Measured, Need, claim, is_below, is_positive, unjudged
from spinlearn.statistics.rounding import pm

PAPER = "L = 14; 30 h; 1000 + 100; 1; in its code on L = 10, 12, 14"

ENERGIES = 19
"""Energy densities of the paper."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The networks reproduce the phase diagram of each indicator; the paper shows that of f."""
    if not common.is_of_paper(table):
        return []
    names = [name for name in reversed(common.SYMBOLS) if name in set(table["indicator"])]
    found = [_reproduced(table[table["indicator"] == name], name) for name in names]
    return [*found, _learned(table[table["indicator"] == "spin_fraction"])]


def _sources(part: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of one indicator by source, on the grid of the exact values."""
    cells = part.set_index(["h", "energy_density"])
    exact = cells[cells["source"] == EXACT].sort_index()
    names = [name for name in (TESTED, *BASELINES) if name in set(part["source"])]
    return {
        EXACT: exact,
        **{name: cells[cells["source"] == name].reindex(exact.index) for name in names},
    }


def _rms(first: pd.DataFrame, second: pd.DataFrame) -> float:
    return float(np.sqrt(((first["value"] - second["value"]) ** 2).mean()))


def _needs(exact: pd.DataFrame) -> list[Need]:
    energies = exact.index.unique("energy_density").size
    return [*common.needs(exact.reset_index(), runs=1), ("energy densities", energies, ENERGIES)]


def _scale(exact: pd.DataFrame) -> str:
    energies = exact.index.unique("energy_density").size
    return f"{common.scale(exact.reset_index(), PAPER)}; {energies} energy densities"


def _reproduced(part: pd.DataFrame, indicator: str) -> Claim:
    """The networks reproduce the phase diagram of an indicator.

    The rule: the root mean square difference of the averaged indicator between networks and exact
    diagonalisation, on the same disorder vectors and grid, is below that of the best map without
    the energy density, the exact average over it at each h (`is_below`). The error is that of one
    exact average. This is an upper limit, since both use the same disorder vectors. The claim needs
    a chain of at least 12 (`common.LONGEST`), the paper's 19 energy densities, and one run, as the
    figure shows.
    """
    symbol = common.SYMBOLS[indicator]
    suffix = "" if indicator == "spin_fraction" else f"_{common.KEYS[indicator]}"
    sources = _sources(part)
    exact, network = sources[EXACT], sources[TESTED]
    difference = (network["value"] - exact["value"]).abs()
    rms, noise = _rms(network, exact), float(np.sqrt((exact["error"] ** 2).mean()))
    per_h = exact["value"].groupby("h")
    blind = float(np.sqrt(((exact["value"] - per_h.transform("mean")) ** 2).mean()))
    largest = part.loc[part["source"].isin([TESTED, FRESH]), "largest"].max()
    return claim(
        f"gresch2022.figure6.phase_diagram{suffix}",
        f"phase diagram of {symbol} over h and energy density: rms difference, networks minus "
        "exact",
        published="faithfully reproduced (here: better than without energy density)",
        measured=(rms, noise),
        verdict=is_below(rms, noise, blind),
        needs=_needs(exact),
        scale=_scale(exact),
        note=f"{blind:.3f} without the energy density; largest difference "
        f"{difference.max():.2f}; largest single prediction of {symbol} "
        f"{largest:.2f} (networks are not bounded by 1); "
        "baseline chosen after looking at the default run",
    )


def _learned(part: pd.DataFrame) -> Claim:
    """The networks' map of f is nearer to the exact one than the better baseline's.

    The rule: the root mean square difference from the exact map is smaller for the networks
    (`is_positive`). Its error is propagated from the exact averages, taken as fully correlated
    between the energy densities of an h. It is an upper limit, since all use the same disorder
    vectors. Needs are those of `_reproduced`.
    """
    sources = _sources(part)
    exact = sources[EXACT]
    about = partial(
        claim,
        "gresch2022.figure6.phase_diagram_learned",
        "phase diagram of f over h and energy density: rms difference from the exact one, better "
        "baseline's (mean of the training data at each h and energy density, regression) minus "
        "networks'",
        published="faithfully reproduced",
        scale=_scale(exact),
    )
    rms = {name: _rms(sources[name], exact) for name in BASELINES if name in sources}
    if not rms:
        return about(**unjudged("no baseline"))
    best = min(rms, key=lambda name: rms[name])
    found = _advantage(exact, sources[TESTED], sources[best])
    return about(
        measured=found,
        verdict=is_positive(*found),
        needs=_needs(exact),
        note=f"networks {pm(_rms(sources[TESTED], exact), math.nan)}; "
        + ", ".join(f"{name} {pm(value, math.nan)}" for name, value in rms.items()),
    )


def _advantage(exact: pd.DataFrame, network: pd.DataFrame, other: pd.DataFrame) -> Measured:
    """Root mean square difference from the exact map, the other one's minus the networks'."""
    rms = [_rms(source, exact) for source in (other, network)]
    share = 2 * (network["value"] - other["value"]).abs() * exact["error"] / len(exact)
    error = float(np.sqrt((share.groupby("h").sum() ** 2).sum()))
    return rms[0] - rms[1], error / sum(rms) if sum(rms) else math.nan
