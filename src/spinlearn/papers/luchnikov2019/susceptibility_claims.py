"""Claims of figure 9 on differentiation through the network, and on its bias."""

import math
from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.verdicts import TOO_SMALL, Claim, Measured, claim, is_below, is_positive
from spinlearn.statistics.rounding import pm

NOISE = 0.25
"""Error of a central difference, relative to the derivative, of which two are half of it."""


def temperatures(rows: pd.DataFrame) -> list[float]:
    """Temperatures of the Gumbel-softmax samples, the lowest first."""
    return sorted(rows.temperature[rows.route == "gumbel_softmax"].unique())


def by_route(rows: pd.DataFrame, route: str, temperature: float = math.nan) -> pd.DataFrame:
    """Rows of one route, in the order of the fields."""
    found = rows[rows.route == route]
    if math.isfinite(temperature):
        found = found[found.temperature == temperature]
    return found.sort_values("hx", kind="stable")


def agreement_of_routes(rows: pd.DataFrame, name: str) -> Claim:
    """Derivatives through the network agree with central differences.

    The rule: the deviation of the central differences of sampled magnetisations from the derivative
    by Gumbel-softmax, the paper's method, in units of its sampling error, has a root mean square
    over n fields below 2 (`is_below`), on average over the runs. The expected value is 1, with an
    error of 1/sqrt(2n) for each run. The temperature is the lowest one of the setting: the paper
    prints none, and the bias falls with it. Both are derivatives of one network, so that any chain
    will do; too small to judge if two sampling errors exceed half of the derivative (root mean
    squares): noise could then hide a difference. The note gives the same for other temperatures and
    for the exact derivative of the decoder's mean, and for χ_xx the relative deviation of the
    paper's derivative from the ground states, by free fermions.
    """
    lowest, *others = temperatures(rows)
    score, runs = mean_of_runs(rows, partial(_score, route="gumbel_softmax", temperature=lowest))
    noise = _noise(rows, lowest)
    exact, _ = mean_of_runs(rows, partial(_score, route="autograd"))
    note = f"T = {lowest:g}; standard error {noise:.0%} of the derivative"
    for T in others:
        (other, error), _ = mean_of_runs(
            rows, partial(_score, route="gumbel_softmax", temperature=T)
        )
        note += f"; T = {T:g}: {pm(other, error)}"
    note += f"; exact derivative: {pm(*exact)}"
    soft = by_route(rows, "gumbel_softmax", lowest)
    if soft.exact.notna().all():
        squares = ((soft.value - soft.exact) ** 2).sum() / (soft.exact**2).sum()
        note += f"; rms deviation from the ground states {np.sqrt(squares):.0%}"
    return claim(
        f"luchnikov2019.figure9.{name}",
        f"{name} by differentiation through the network agrees with central differences "
        "(rms deviation in standard errors)",
        published="agrees well",
        measured=score,
        verdict=TOO_SMALL if noise > NOISE else is_below(*score, 2.0, runs=runs),
        scale=common.long_scale(rows),
        note=note,
    )


def _compared(run: pd.DataFrame, route: str, temperature: float) -> tuple[np.ndarray, ...]:
    """Deviations of central differences from a derivative, their errors, and the derivative."""
    derivative, difference = by_route(run, route, temperature), by_route(run, "central_difference")
    errors = np.hypot(difference.value_error.to_numpy(), derivative.value_error.to_numpy())
    values = derivative.value.to_numpy()
    return difference.value.to_numpy() - values, errors, values


def _score(run: pd.DataFrame, route: str, temperature: float = math.nan) -> Measured:
    """Rms deviation of central differences from a derivative in one run, in sampling errors."""
    deviation, errors, _ = _compared(run, route, temperature)
    usable = bool((errors > 0).all())
    rms = float(np.sqrt(((deviation / errors) ** 2).mean())) if usable else math.nan
    return rms, 1 / math.sqrt(2 * len(errors))


def _noise(rows: pd.DataFrame, temperature: float) -> float:
    """Sampling error of a deviation, relative to the derivative (root mean squares)."""
    parts = [_compared(run, "gumbel_softmax", temperature) for _, run in rows.groupby("run")]
    errors, values = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    return float(np.sqrt((errors**2).mean() / (values**2).mean()))


def relative_bias(run: pd.DataFrame, temperature: float) -> Measured:
    """Bias of Gumbel-softmax: least-squares factor of the exact derivative, minus 1; its error."""
    exact = by_route(run, "autograd").value.to_numpy()
    soft = by_route(run, "gumbel_softmax", temperature)
    weights = exact / (exact**2).sum()
    error = np.sqrt(((weights * soft.value_error.to_numpy()) ** 2).sum())
    return float(weights @ soft.value.to_numpy() - 1.0), float(error)


def bias_falls(rows: pd.DataFrame, name: str) -> Claim:
    """A claim of our own: the bias of Gumbel-softmax falls with its temperature.

    The rule: the size of the relative bias at the highest temperature, minus that at the lowest
    one, is positive (`is_positive`), on average over the runs. Any chain will do.
    """
    found = temperatures(rows)

    def fall(run: pd.DataFrame) -> Measured:
        (low, low_error), (high, high_error) = (
            relative_bias(run, T) for T in (found[0], found[-1])
        )
        return abs(high) - abs(low), math.hypot(low_error, high_error)

    measured, runs = mean_of_runs(rows, fall)
    biases = [(T, mean_of_runs(rows, partial(relative_bias, temperature=T))) for T in found]
    return claim(
        f"luchnikov2019.figure9.{name}_bias",
        f"the bias of Gumbel-softmax in {name} falls with its temperature (decrease of the "
        "relative bias, highest to lowest)",
        published="no temperature and no bias stated",
        measured=measured,
        verdict=is_positive(*measured, runs=runs),
        scale=common.long_scale(rows),
        origin="spinlearn",
        note="; ".join(f"T = {T:g}: {pm(*bias.measured)}" for T, bias in biases),
    )
