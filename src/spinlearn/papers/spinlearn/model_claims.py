"""Claims of our own on models of POVM outcomes that have exact probabilities."""

import math

import pandas as pd

from spinlearn.papers.spinlearn.model_yardsticks import LEARNED, over_runs_of
from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    Need,
    claim,
    difference,
    is_below,
    is_positive,
    unjudged,
)

VAE = "factorised"
"""The paper's model, by its name in the configuration."""

EXACT = {"recurrent": "the recurrent network", "matrix_product": "the matrix product model"}
"""Models with exact probabilities, by their names in the configuration."""

TENTH = 0.1
"""Largest divergence of a better model, in units of that of the factorised VAE."""

SAMPLES = {"recurrent": 500_000, "matrix_product": 40_000}
"""Training strings per field from which the divergences are compared; fewer limit the model."""

RUNS = 3
"""Least runs: the error of a divergence is mostly that of the training."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Divergences, nearest neighbours and entropies, against those of the factorised VAE.

    Each rule needs the chain of 16 sites, and three runs, whose spread is part of the errors. The
    divergence per site, averaged over the fields, is at most a tenth of the VAE's (`is_below`, on
    the ratio with its propagated error). The VAE's is an upper limit, importance-weighted. The rule
    also needs the strings per field of `SAMPLES`. The root mean square error over the fields of
    the nearest neighbours' ⟨σ^z_1 σ^z_2⟩ is smaller than the VAE's, and so is the mean absolute
    error of S_2 (`is_positive`, on the difference).
    """
    learned = table[table.kind == LEARNED]
    runs = learned.groupby("model").run.nunique()
    found = []
    for model, words in EXACT.items():
        here = learned[learned.model.isin([VAE, model])]
        is_there = {VAE, model} <= set(here.model)
        count = int(min(runs.get(VAE, 0), runs.get(model, 0)))
        samples = int(here.training_samples.min()) if is_there else 0
        N = int(table.N.iloc[0])
        sizes: list[Need] = [("N", N, 16), ("runs", count, RUNS)]
        scale = f"N = {N}, {samples} samples per field, {count} runs"
        texts = {
            "divergence": f"the divergence per site of {words} is at most a tenth of that of the "
            "factorised VAE on the same strings (ratio)",
            "neighbours": f"{words} has a smaller error of nearest-neighbour zz correlations than "
            "the factorised VAE (difference of the rms errors)",
            "entropy": f"{words} has a smaller error of S_2 than the factorised VAE (difference "
            "of the mean absolute errors, in nats)",
        }
        needs = {"divergence": [*sizes, ("samples", samples, SAMPLES[model])]}
        for name, text in texts.items():
            result = _measure(here, model, name, count) if is_there else unjudged("not trained")
            found.append(
                claim(
                    f"spinlearn.vae_models.{model}_{name}",
                    text,
                    published="<= 0.1" if name == "divergence" else "> 0",
                    scale=scale,
                    needs=needs.get(name, sizes),
                    origin="spinlearn",
                    **result,
                )
            )
    return found


def _measure(table: pd.DataFrame, model: str, name: str, runs: int) -> dict[str, object]:
    """The number that a claim is about, and its verdict."""
    if name == "divergence":
        ratio = _ratio(*(_mean(table, chosen, "mean_divergence") for chosen in (model, VAE)))
        return {"measured": ratio, "verdict": is_below(*ratio, TENTH, runs=runs)}
    if name == "neighbours":
        values = [_mean(table, chosen, "zz", x=1.0) for chosen in (VAE, model)]
    else:
        values = [_mean_deviation(table, chosen, "S_2") for chosen in (VAE, model)]
    found = difference(*values)
    return {"measured": found, "verdict": is_positive(*found, runs=runs)}


def _mean(table: pd.DataFrame, model: str, quantity: str, x: float = 0.0) -> Measured:
    rows = over_runs_of(table, quantity)
    row = rows[(rows.model == model) & (rows.x == x)].iloc[0]
    return float(row.value), float(row.error)


def _mean_deviation(table: pd.DataFrame, model: str, quantity: str) -> Measured:
    """Mean over x of the absolute deviation from the exact value, of the runs' means."""
    rows = over_runs_of(table, quantity)
    rows = rows[(rows.model == model)].dropna(subset=["value"])
    error = math.sqrt(float((rows.error**2).sum())) / max(len(rows), 1)
    return float((rows.value - rows.exact).abs().mean()), error


def _ratio(first: Measured, second: Measured) -> Measured:
    """The first over the second value, with independent errors."""
    ratio = first[0] / second[0]
    return ratio, abs(ratio) * math.hypot(first[1] / first[0], second[1] / second[0])
