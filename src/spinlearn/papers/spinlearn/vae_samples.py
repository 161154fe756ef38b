"""How much a VAE learns from how many samples: divergence against strings per field."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import LONG_CHAIN
from spinlearn.papers.luchnikov2019.runs import OverRuns, mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, is_below, is_positive
from spinlearn.statistics.rounding import pm
from spinlearn.vae.schemas import DIVERGENCE

CAPTION = (
    "Kullback-Leibler divergence per site of the ground states from trained models, averaged over "
    "the fields, against the training strings per field. All are trained with equal numbers of "
    "updates, at most; the weights that are best on held-out strings are kept. Error bars join "
    "sampling and the spread of independent trainings. Lines: what a maximum-likelihood fit of k "
    "parameters to all M F strings of F fields costs on average, k/(2 M F) nats per string, if the "
    "model contains the truth; for all parameters of the decoder, and for one parameter per field "
    "(whoever knows the Hamiltonian needs just its field)."
)

MODELS = {"factorised": "VAE, factorised (paper)", "autoregressive": "VAE, autoregressive"}
"""Name of each decoder in the legend."""

SAMPLES = 40000
"""Least number of strings per field at which the limit of a model shows."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Divergences of one chain length, one row per (decoder, strings per field, run, field).

    Returns:
        The divergence tables, with the column `cost`: k/(2 M F N), what fitting the k parameters
        of the decoder costs per site.
    """
    rows = pd.concat([DIVERGENCE.read(path) for path in files.divergence], ignore_index=True)
    strings = rows.training_samples * rows.hx.nunique()
    rows = rows.assign(cost=rows.parameters / (2 * strings * rows.N))
    return rows.sort_values(["decoder", "training_samples", "run", "hx"]).reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Divergence per site against strings per field, one curve per decoder, with costs of fits."""
    fig, ax = style.figure(1, 3.4)
    for index, (decoder, rows) in enumerate(table.groupby("decoder", sort=False)):
        numbers = _numbers(rows)
        found = [_mean(rows, M).measured for M in numbers]
        values, errors = np.array(found).T
        look = style.look(index)
        label = MODELS.get(str(decoder), str(decoder))
        ax.errorbar(numbers, values, errors, label=label, lw=1.0, **look)
        costs = rows.groupby("training_samples").cost.first()
        k = f"{int(rows.parameters.iloc[0]):,}".replace(",", "\u2009")
        name = f"cost of fitting {k} parameters"
        ax.plot(costs.index, costs, ls="--", lw=0.8, color=look["color"], label=name)
    strings = np.array(_numbers(table))
    one = 1 / (2 * strings * table.N.iloc[0])
    ax.plot(strings, one, ls=":", lw=0.9, color="0.3", label="cost of one parameter per field")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("training strings per field")
    ax.set_ylabel("KL divergence per site (nat)")
    ax.set_title(f"$N$ = {int(table.N.iloc[0])}, {table.hx.nunique()} fields", fontsize=7.5)
    fig.legend(loc="outside lower center", labelspacing=0.3)
    return fig


def _numbers(rows: pd.DataFrame) -> list[int]:
    """Numbers of strings per field, ascending."""
    return [int(number) for number in sorted(rows.training_samples.unique())]


def _mean(rows: pd.DataFrame, samples: int) -> OverRuns:
    """Divergence per site at a number of strings, averaged over fields and runs."""
    return mean_of_runs(rows[rows.training_samples == samples], _mean_divergence)


def _mean_divergence(rows: pd.DataFrame) -> Measured:
    """Mean divergence of one run over the fields, and its sampling error."""
    error = float(np.sqrt((rows.divergence_error**2).sum()) / len(rows))
    return float(rows.divergence.mean()), error


def claims(table: pd.DataFrame) -> list[Claim]:
    """Claims of our own on the paper's decoder, by means over the fields and runs.

    The rules. The divergence per site falls from the least to the largest number of strings: its
    exponent, ln(ratio) over ln(ratio of strings), is below zero (`is_below`). At the largest number
    the divergence is above the cost of fitting the decoder's parameters (`is_positive`): the limit
    is the decoder, the bound or the number of updates, and not the number of strings. Both need
    40,000 strings per field.
    """
    rows = table[table.decoder == "factorised"]
    numbers = _numbers(rows)
    if len(numbers) < 2:
        return []
    (few, few_runs), (many, many_runs) = (_mean(rows, M) for M in (numbers[0], numbers[-1]))
    length = float(np.log(numbers[-1] / numbers[0]))
    exponent = float(np.log(many[0] / few[0])) / length
    error = float(np.hypot(few[1] / few[0], many[1] / many[0])) / length
    cost = float(rows[rows.training_samples == numbers[-1]].cost.iloc[0])
    fields = rows.hx.nunique()
    about = partial(
        claim,
        published="no claim",
        needs=[("samples", numbers[-1], SAMPLES)],
        scale=f"N = {int(rows.N.iloc[0])}, {fields} fields, {numbers[0]} to {numbers[-1]} "
        f"samples each ({LONG_CHAIN})",
        origin="spinlearn",
    )
    runs = [count for count in (few_runs, many_runs) if count]
    return [
        about(
            "spinlearn.vae_samples.falls",
            "more training samples bring the VAE nearer to the ground states (exponent of the KL "
            "divergence per site in the samples)",
            measured=(exponent, error),
            verdict=is_below(exponent, error, 0.0, runs=min(runs, default=None)),
            note=f"from {pm(*few)} to {pm(*many)} nats per site",
        ),
        about(
            "spinlearn.vae_samples.limited_by_model",
            "at most samples the VAE is not limited by their number, but by decoder, bound or "
            "updates (KL divergence per site less the cost of fitting its parameters, in nats)",
            measured=(many[0] - cost, many[1]),
            verdict=is_positive(many[0] - cost, many[1], runs=many_runs),
            note=f"cost {cost:.2g} nats per site",
        ),
    ]
