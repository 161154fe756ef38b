"""Luchnikov 2019, figure 10: mass function of a short chain, exact and learned."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common, learned
from spinlearn.papers.luchnikov2019.learned import MODELS, TRAININGS
from spinlearn.papers.luchnikov2019.mass_functions import FIDELITY
from spinlearn.papers.luchnikov2019.runs import OverRuns, mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, is_above

CAPTION = (
    "Probabilities of all POVM outcomes in descending order: exact and learned, of one run; the "
    "Bhattacharyya coefficients (BC) are means over the runs. The paper's decoder is trained by "
    "its evidence lower bound (ELBO), as in the paper, and by the likelihood itself, which short "
    "chains allow: counts of all strings, averaged over the prior."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Exact and learned probabilities at the field nearest to 0.9 J, the largest exact one first.

    Returns:
        One row per (model, run, string): `N, hx, rank` (from 1), `string` (its index), `exact`,
        `vae`, `bhattacharyya`, `bhattacharyya_error` (upper limit) and `training_samples`.
    """
    tables = []
    for found in learned.read(files.mass_functions, TRAININGS):
        k = found.compared_index
        order = np.argsort(-found.exact[k], kind="stable")
        columns = {
            "model": found.model,
            "run": found.run,
            "N": found.N,
            "hx": found.hx[k],
            "rank": np.arange(1, len(order) + 1),
            "string": order,
            "exact": found.exact[k][order],
            "vae": found.vae[k][order],
            "bhattacharyya": found.bhattacharyya[k],
            "bhattacharyya_error": found.bhattacharyya_error[k],
            "training_samples": found.training_samples,
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Probabilities of all strings in descending order of the exact ones, and their ratio."""
    fig, (ax, ratio) = style.figure(1, 3.6, 2, 1, sharex=True, height_ratios=[2.2, 1])
    shown = table[table.run == table.run.min()]
    exact = shown[shown.model == shown.model.iloc[0]]
    ratio.axhline(1.0, color="0.2", lw=1.0)
    for index, model in enumerate(TRAININGS):
        rows = shown[(shown.model == model) & (shown.exact > 0)]
        if rows.empty:
            continue
        (bc, _), _ = _coefficient(table, model)
        points: dict[str, Any] = {"color": style.COLORS[index], "ms": 1.8, "alpha": 0.6}
        ax.plot(rows["rank"], rows.vae, ".", label=f"{MODELS[model]}: {bc:.4f}", **points)
        ratio.plot(rows["rank"], rows.vae / rows.exact, ".", **points)
    ax.plot(exact["rank"], exact.exact, color="0.2", lw=1.2, label="exact")
    ax.set_yscale("log")
    ax.set_ylim(bottom=max(float(shown[["exact", "vae"]].min().min()), 1e-8) / 1.5)
    ax.set_ylabel(r"$P(\alpha)$")
    ax.legend(loc="lower left", title="BC", markerscale=3, labelspacing=0.3)
    ax.set_title(common.sizes_label(table) + f", $h_x$ = {exact.hx.iloc[0]:g} $J$", fontsize=7.5)
    ratio.set_yscale("log")
    ratio.set_ylabel("VAE / exact")
    ratio.set_xlabel("outcome string, by descending exact $P$")
    return fig


def _coefficient(table: pd.DataFrame, model: str) -> OverRuns:
    """The Bhattacharyya coefficient of a model, over its runs."""
    return mean_of_runs(table[table.model == model], _first)


def _first(rows: pd.DataFrame) -> Measured:
    return common.value_and_error(rows.iloc[0], "bhattacharyya")


def claims(table: pd.DataFrame) -> list[Claim]:
    """The Bhattacharyya coefficient at the field shown is above 0.99 (`is_above`), over the runs.

    It needs the paper's N = 5 and 500,000 samples per field. A claim of our own, which needs N = 5:
    the same for the training by the likelihood itself.
    """
    text = "the VAE fits the mass function with high accuracy (Bhattacharyya coefficient)"
    likelihood = "trained by the likelihood itself, " + text
    cases = (
        ("factorised", "mass_function", text, "paper"),
        ("marginal", "mass_function_marginal", likelihood, "spinlearn"),
    )
    found = []
    for model, name, words, origin in cases:
        rows = table[table.model == model]
        if rows.empty:
            continue
        coefficient, runs = _coefficient(table, model)
        sizes = common.needs(rows, 5)
        found.append(
            claim(
                f"luchnikov2019.figure10.{name}",
                words,
                published="good agreement, hx = 0.9 (figure 11: above 0.99)",
                measured=coefficient,
                verdict=is_above(*coefficient, FIDELITY, runs=runs),
                needs=sizes if origin == "paper" else sizes[:1],
                scale=common.scale(rows, common.SHORT_CHAIN),
                origin=origin,
                note=f"hx = {rows.hx.iloc[0]:g}",
            )
        )
    return found
