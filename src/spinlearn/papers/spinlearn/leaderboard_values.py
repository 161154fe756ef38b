"""The numbers of figure `leaderboard`: metrics of every model, baselines, means, ranks, gaps."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.datasets.leaderboard import load
from spinlearn.datasets.strings import bit_strings
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import born_machine
from spinlearn.learning.distributions import classical_fidelity, kl_divergence, total_variation
from spinlearn.papers.spinlearn.sector_bounds import (
    least_divergence,
    least_variation,
    sector_weights,
)
from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    REPRODUCED,
    Measured,
    Verdict,
    is_positive,
)
from spinlearn.pipeline.errors import DatasetError
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents

LEARNED, BASELINE = "learned", "baseline"
"""Values of the column `kind`."""

LABELS = {
    "rbm": "RBM",
    "sqrbm": "sqRBM",
    "hidden_born": "hidden Born machine",
    "hidden_born_mmd": "hidden Born machine, MMD",
    "factorised": "VAE decoder",
    "nade": "autoregressive (NADE)",
    "recurrent": "autoregressive (GRU)",
    "matrix_product": "MPS Born machine",
    "matrix_product_independent": "MPS Born machine",
    "independent_bits": "independent bits",
    "uniform": "uniform",
}
"""Models in words."""

DATA_LABELS = {
    "bars_and_stripes": "bars and stripes",
    "tfi": "Ising chain",
    "quench": "quench",
    "eigenstate": "eigenstate",
}
"""Data sets in words, where the name would not do."""

BOUNDS = {"kl": "least_kl", "tvd": "least_tvd"}
"""Columns with lower bounds of metrics: of Born machines, from S^z and their initial state."""

METRICS = ("kl", "tvd", "infidelity", "mmd")
"""Columns that are small for a good model."""

SAME = 1e-3
"""Errors of log10 of a divergence below this: all runs have found the same optimum."""

FLOOR = 1e-5
"""Divergences below this are equal to it in logarithms, gaps and ranks: neither is worth a win."""


def data_label(name: str) -> str:
    """A data set in words.

    >>> data_label("tfi"), data_label("digits0"), data_label("my_strings")
    ('Ising chain', 'digit 0', 'my strings')
    """
    if name.startswith("digits") and name.removeprefix("digits").isdigit():
        return f"digit {name.removeprefix('digits')}"
    return DATA_LABELS.get(name, name.replace("_", " "))


def labels(table: pd.DataFrame) -> dict[str, str]:
    """The models in words; of two matrix products the bond dimensions too."""
    found = {}
    for model, width in table.drop_duplicates("model")[["model", "width"]].itertuples(index=False):
        found[model] = LABELS.get(model, model.replace("_", " "))
        if model.startswith("matrix_product"):
            found[model] += f", D = {width.split()[-1]}"
    return found


def leaderboard_rows(
    paths: Mapping[str, Iterable[str | Path]], born: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """One row per (n, data set, model, run), from the files of every stage, by its name.

    Args:
        paths: the files.
        born: `hidden` spins and `initial_state` of the Born machine if it conserves S^z and all its
            runs start alike; else nothing.

    Returns:
        `n`, `dataset`, `model`, `kind`, `run`, `width`, `parameters`, `independent`; `kl` (nat),
        `tvd`, `infidelity` (1 - F) and `mmd` (the root of the squared MMD); `least_kl` and
        `least_tvd` that S^z allows the Born machine, see `sector_bounds`, else NaN.

    Raises:
        DatasetError: if two files have learned different targets.
    """
    found = [one for stage, files in paths.items() for one in load(stage, files)]
    rows = []
    for n in sorted({int(one.attributes["n"]) for one in found}):
        stages = [one for one in found if one.attributes["n"] == n]
        for one in stages:
            _check_alike(stages[0], one)
            is_born = one.attributes["stage"] == "hbm"
            least = _least_metrics(one, born) if born and is_born else None
            for k, model in enumerate(one.attributes["models"]):
                about = {
                    "kind": LEARNED,
                    "model": model,
                    "width": one.attributes["widths"][k],
                    "parameters": int(one["parameters"][k]),
                    "independent": int(one["independent"][k]),
                }
                rows += _of_model(one, one["distribution"][k], about, least)
        rows += _of_baselines(stages[0])
    return pd.DataFrame(rows)


def _check_alike(first: Contents, other: Contents) -> None:
    """Raise unless two stages have learned the same targets in the same runs."""
    same = first.attributes["data_sets"] == other.attributes["data_sets"] and all(
        np.array_equal(first[name], other[name]) for name in ("run", "target")
    )
    if not same:
        raise DatasetError(
            other.path, f"holds other targets than {first.path}; models of both cannot be compared"
        )


def _least_metrics(
    one: Contents, born: Mapping[str, Any]
) -> Float[np.ndarray, "datasets runs metrics"]:
    """The bounds of the KL divergence and of the total variation distance, for every target."""
    q = one["target"]
    machine = born_machine(int(one.attributes["n"]), born["hidden"])
    found = []
    for target in q.reshape(-1, q.shape[-1]):
        start = machine.initial_state(born["initial_state"], target=target)
        weights = sector_weights(np.stack([start.real, start.imag], axis=-1))
        found.append([least_divergence(target, weights), least_variation(target, weights)])
    return np.array(found).reshape(*q.shape[:2], len(BOUNDS))


def _of_baselines(one: Contents) -> list[dict[str, object]]:
    """The uniform distribution, and the product of the bits' means: the nearest one in KL."""
    q = one["target"]
    bits = bit_strings(int(one.attributes["n"]))
    mean = (q @ bits)[..., None, :]
    independent = np.where(bits == 1, mean, 1 - mean).prod(axis=-1)
    about = {"kind": BASELINE, "width": ""}
    return [
        *_of_model(
            one,
            independent,
            {"model": "independent_bits", "parameters": bits.shape[1], **about}
            | {"independent": bits.shape[1]},
        ),
        *_of_model(
            one,
            np.full(q.shape, 1 / q.shape[-1]),
            {"model": "uniform", "parameters": 0, "independent": 0, **about},
        ),
    ]


def _of_model(
    one: Contents,
    p: Float[np.ndarray, "datasets runs outcomes"],
    about: dict[str, object],
    least: Float[np.ndarray, "datasets runs metrics"] | None = None,
) -> list[dict[str, object]]:
    q, rows = one["target"], []
    kl, tvd, fidelity = kl_divergence(q, p), total_variation(q, p), classical_fidelity(q, p)
    for d, dataset in enumerate(one.attributes["data_sets"]):
        for r, run in enumerate(one["run"].tolist()):
            square = float(MaximumMeanDiscrepancy(q[d, r])(p[d, r]))
            metrics = {
                "kl": max(float(kl[d, r]), 0.0),
                "tvd": float(tvd[d, r]),
                "infidelity": max(1 - float(fidelity[d, r]), 0.0),
                "mmd": max(square, 0.0) ** 0.5,
            }
            where = {"n": int(one.attributes["n"]), "dataset": dataset, "run": run}
            limits = [np.nan] * len(BOUNDS) if least is None else least[d, r].tolist()
            bounds = dict(zip(BOUNDS.values(), limits, strict=True))
            rows.append({**where, **about, **metrics, **bounds})
    return rows


def measured(values: "pd.Series[float]") -> Measured:
    """Mean over runs and its standard error."""
    return float(values.mean()), float(standard_error(values.to_numpy(dtype=float)))


def by_run(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """log10 of a metric, at least `FLOOR`: a row per (data set, run), a column per model."""
    wide = table.pivot_table(index=["dataset", "run"], columns="model", values=metric, sort=False)
    return np.log10(wide.clip(lower=FLOOR))


def mean_ranks(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rank of each model, 1 for the best, averaged over data sets: `mean`, `error` over runs.

    Models that are equal share the mean of their ranks.
    """
    ranks = by_run(table, metric).rank(axis=1).groupby("run").mean()
    return pd.DataFrame({"mean": ranks.mean(), "error": standard_error(ranks.to_numpy())})


def order(table: pd.DataFrame) -> list[str]:
    """The models, best mean rank of the divergence first, then the baselines."""
    ranks = mean_ranks(table, "kl")["mean"]
    is_learned = table.drop_duplicates("model").set_index("model").kind == LEARNED
    return sorted(ranks.index, key=lambda model: (not is_learned[model], ranks[model]))


def leaders(table: pd.DataFrame) -> dict[str, list[str]]:
    """Of each data set the learned model of the lowest divergence, and those as good.

    What counts is the mean over runs of log10 of the divergence. As good is a model whose
    difference to the lowest, run by run, is not positive by `gap_verdict`; models of one run each
    are as good as any.
    """
    wide = by_run(table[table.kind == LEARNED], "kl")
    found = {}
    for dataset, rows in wide.groupby("dataset", sort=False):
        best = rows.mean().idxmin()
        equal = []
        for model in rows.columns:
            gap = measured(rows[model] - rows[best])
            if model != best and gap_verdict(gap, len(rows)) != REPRODUCED:
                equal.append(model)
        found[str(dataset)] = [best, *equal]
    return found


def gap_verdict(gap: Measured, runs: int) -> str:
    """Verdict on "the difference of log10 of two divergences is positive", as `is_positive`.

    It is certain if all runs of both models end at the same divergence (`SAME`).
    """
    value, error = gap
    if runs > 1 and error < SAME < abs(value):
        return Verdict(REPRODUCED if value > 0 else NOT_REPRODUCED, value, low=0.0)
    return is_positive(value, error, runs=runs)
