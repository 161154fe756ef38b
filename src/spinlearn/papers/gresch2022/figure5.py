"""Gresch 2022, figure 5: transfer learning of the spin fraction."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Claim, claim, equals, unjudged
from spinlearn.statistics.errors import standard_error

CAPTION = (
    "Spin fraction learned from scratch, by transfer of frozen features, and together with the "
    "other indicators."
)

VARIANTS = {"transfer": "transfer", "scratch": "from scratch", "multitask": "multitask"}
"""Variants compared, and their names on the figure."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of the spin fraction, one row per (variant, L, h); see `scores.tabulate`.

    All variants use the same bootstrap resamples, so that their sampling errors are comparable.

    Args:
        files: `transfer`, `scratch` and `multitask`, predictions of these variants.
        settings: `energy_density` and `seed`.
    """
    tables = []
    for variant in VARIANTS:
        predictions = read_predictions(getattr(files, variant))
        found = scores.tabulate(predictions, settings["energy_density"], settings["seed"])
        tables.append(found[found["indicator"] == "spin_fraction"])
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per chain length, one curve per variant."""
    lengths = table.groupby("L")
    present = [name for name in VARIANTS if name in set(table["variant"])]
    fig, axes = style.figure(2, 2.6, 1, len(lengths), sharex=True, sharey=True, squeeze=False)
    for ax, (_, part) in zip(axes[0], lengths, strict=True):
        for i, name in enumerate(present):
            scores.draw_curve(ax, part[part["variant"] == name], i)
        scores.draw_baseline(ax)
        ax.set_title(scores.length_label(part))
        ax.set_xlabel(common.H_LABEL)
    style.label_panels(axes[0])
    axes[0][0].set_ylabel(rf"{scores.R2_LABEL} of $\mathcal{{F}}$")
    looks = {VARIANTS[name]: style.look(i) for i, name in enumerate(present)}
    scores.draw_legend(axes[0][0], looks)
    scores.draw_heading(fig, table)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Transfer learning is as good as training from scratch and multitask training."""
    if not common.is_of_paper(table):
        return []
    return [_transfer_equals(table, other) for other in ("scratch", "multitask")]


def _transfer_equals(table: pd.DataFrame, other: str) -> Claim:
    """R^2_norm of f is the same after transfer and after another way of training.

    The rule: the mean difference over (L, h >= 3) is zero within half of the other's gain over the
    constant predictor's 1/2 (`equals`), so that transfer is nearer to it than to no learning. Its
    error combines the standard error over these independent ensembles with the spread between the
    runs. It needs five runs and a longest chain of at least 12 (`common.needs`).
    """
    about = partial(
        claim,
        f"gresch2022.figure5.transfer_equals_{other}",
        f"R^2_norm of f for h >= 3: transfer minus {other}",
        published="0 within statistical errors",
        scale=common.scale(table, scores.PAPER),
    )
    large = table[table["h"] >= common.H_MIN].set_index(["L", "h"])
    first, second = (large[large["variant"] == name] for name in ("transfer", other))
    difference = (first["r2_norm"] - second["r2_norm"]).dropna()
    if len(difference) < 2:
        return about(**unjudged("fewer than two ensembles"))
    sampling = float(standard_error(difference.to_numpy()))
    error = math.hypot(sampling, scores.run_error(first), scores.run_error(second))
    found = (float(difference.mean()), error)
    half_gain = max(0.0, (float(second["r2_norm"].mean()) - scores.BASELINE) / 2)
    return about(
        measured=found,
        verdict=equals(*found, 0.0, half_gain, runs=common.run_count(large)),
        needs=common.needs(large.reset_index()),
        note=f"within {half_gain:.2f}, half of the gain over the constant predictor; "
        f"{common.CHOSEN}",
    )
