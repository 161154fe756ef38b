"""Luchnikov 2019, figure 10: mass function of a short chain, exact and learned."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common, mass_functions
from spinlearn.papers.verdicts import Claim, claim, is_above
from spinlearn.storage.blocks import load_blocks
from spinlearn.vae.schemas import MASS_FUNCTION

CAPTION = "Probabilities of all POVM outcomes in descending order: exact and learned."


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Exact and learned probabilities at the field nearest to 0.9 J, the largest exact one first.

    Returns:
        One row per string: `N, hx, rank` (from 1), `string` (its index), `exact`, `vae`,
        `bhattacharyya`, `bhattacharyya_error` (upper limit) and `training_samples`.
    """
    (contents,) = load_blocks(MASS_FUNCTION, files.mass_function, along="run")
    k = mass_functions.compared_index(contents)
    exact, vae = contents["exact"][k], contents["vae"][0, k]
    coefficient, draws = contents["bhattacharyya"][0, k], int(contents.attributes["prior_samples"])
    error = mass_functions.coefficient_error(coefficient, draws, len(exact))
    order = np.argsort(-exact, kind="stable")
    return pd.DataFrame(
        {
            "N": int(contents.attributes["N"]),
            "hx": contents["hx"][k],
            "rank": np.arange(1, len(order) + 1),
            "string": order,
            "exact": exact[order],
            "vae": vae[order],
            "bhattacharyya": coefficient,
            "bhattacharyya_error": error,
            "training_samples": int(contents.attributes["training_samples"]),
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """Probabilities of all strings in descending order of the exact ones, and their ratio."""
    fig, (ax, ratio) = style.figure(1, 3.4, 2, 1, sharex=True, height_ratios=[2.4, 1])
    first = table.iloc[0]
    points: dict[str, Any] = {"color": style.COLORS[1], "ms": 2, "alpha": 0.6}
    ax.plot(table["rank"], table.vae, ".", label=common.VAE, **points)
    ax.plot(table["rank"], table.exact, color=style.COLORS[0], lw=1.4, label="exact")
    ax.set_yscale("log")
    ax.set_ylim(bottom=max(float(table[["exact", "vae"]].min().min()), 1e-8) / 1.5)
    ax.set_ylabel(r"$P(\alpha)$")
    ax.legend(loc="upper right", title=f"BC = {first.bhattacharyya:.4f}")
    ax.set_title(common.sizes_label(table) + f", $h_x$ = {first.hx:g} $J$", fontsize=7.5)
    positive = table[table.exact > 0]
    ratio.axhline(1.0, color=style.COLORS[0], lw=1.2)
    ratio.plot(positive["rank"], positive.vae / positive.exact, ".", **points)
    ratio.set_yscale("log")
    ratio.set_ylabel("VAE / exact")
    ratio.set_xlabel("outcome string, in descending order of exact $P$")
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """The Bhattacharyya coefficient at the field shown is above 0.99 (`is_above`).

    It needs the paper's N = 5 and 500,000 samples per field.
    """
    first = table.iloc[0]
    coefficient = common.value_and_error(first, "bhattacharyya")
    return [
        claim(
            "luchnikov2019.figure10.mass_function",
            "the VAE fits the mass function with high accuracy (Bhattacharyya coefficient)",
            published="good agreement, hx = 0.9 (figure 11: above 0.99)",
            measured=coefficient,
            verdict=is_above(*coefficient, mass_functions.FIDELITY),
            needs=common.needs(table, 5),
            scale=common.scale(table, common.SHORT_CHAIN),
            note=f"hx = {first.hx:g}",
        )
    ]
