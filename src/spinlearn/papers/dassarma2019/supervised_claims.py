"""Verdicts on supervised learning of the Ising model's phases."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool

from spinlearn.papers.dassarma2019 import transition_temperature as t_c
from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.phases.onsager import T_C
from spinlearn.statistics.rounding import pm
from spinlearn.storage.hdf5 import Contents

LEAST_SEPARATION = 0.5
"""Difference of the mean outputs in the training data of both phases; below, nothing is learned."""


def are_trained(found: Contents) -> Bool[np.ndarray, " runs"]:
    """Whether the outputs of each run tell the training data of both phases apart, at all sizes."""
    T, output = found["temperature"], found["output"].mean(axis=-1)
    low, high = found.attributes["ordered_below"], found.attributes["disordered_above"]
    gap = output[..., low >= T].mean(axis=-1) - output[..., high <= T].mean(axis=-1)
    return np.asarray(gap.min(axis=1) >= LEAST_SEPARATION)


def judge(table: pd.DataFrame) -> list[Claim]:
    """All claims; see `spinlearn.papers.dassarma2019.ising_supervised.claims`."""
    network, plain = (t_c.row_of(table, name, "limit") for name in ("network", "magnetisation"))
    fit = t_c.row_of(table, "network", "collapse")
    crossing = table[(table.method == "network") & (table.part == "crossing")].iloc[-1]
    one = table.iloc[0]
    runs = int(one.runs)
    scale = (
        f"{t_c.sizes_text(table)}, {one.configurations:.0f} configurations per (L, T), trained at "
        f"T <= {one.ordered_below:g} and T >= {one.disordered_above:g}, {runs} networks"
    )
    about: dict[str, Any] = {"scale": scale, "needs": t_c.needs(table)}
    gain = abs(plain["T"] - T_C) - abs(network["T"] - T_C)
    gain_error = float((plain.error**2 + network.error**2) ** 0.5)
    exact = f"{T_C:.4f} is exact; Carrasquilla and Melko 2017: 2.266(2)"
    key = "dassarma2019.ising_supervised"
    return [
        claim(
            f"{key}.critical_temperature",
            "networks trained on labelled configurations locate T_c of the Ising model",
            published=f"yes ({exact}; here: within {t_c.TOLERANCE:g})",
            note=f"the magnetisation above a threshold gives {pm(plain['T'], plain.error)}",
            **t_c.judge_T_c(network, runs),
            **about,
        ),
        claim(
            f"{key}.collapse",
            "the networks' outputs collapse at T_c",
            published=f"yes ({exact}; here: within {t_c.TOLERANCE:g})",
            note=f"quality S = {fit.quality:.2g}",
            **t_c.judge_T_c(fit, runs),
            **about,
        ),
        claim(
            f"{key}.crossing",
            "the networks' outputs for different L cross at T_c",
            published=f"yes ({exact}; here: the largest two L within {t_c.TOLERANCE:g})",
            note=f"output {crossing.value:.2g} at the crossing",
            **t_c.judge_T_c(crossing, runs),
            **about,
        ),
        claim(
            f"{key}.exponent",
            "the networks' outputs collapse with the critical exponent nu = 1",
            published=f"found the critical exponents (exact: 1; here: within {t_c.NU_TOLERANCE:g})",
            note=f"quality S = {fit.quality:.2g}",
            **t_c.judge_nu(fit, runs),
            **about,
        ),
        claim(
            f"{key}.baseline",
            "networks come nearer to T_c than the magnetisation above a threshold",
            published="no claim",
            origin="spinlearn",
            measured=(gain, gain_error),
            verdict=is_positive(gain, gain_error, runs=runs),
            **about,
        ),
    ]
