"""Learning curves of models of POVM outcomes, beside the entropy of the outcomes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import sizes_label
from spinlearn.papers.verdicts import Claim
from spinlearn.statistics.errors import standard_error
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import DIVERGENCE, HISTORY

CAPTION = (
    "Loss of held-out strings after each pass through the training strings. Solid: held-out loss, "
    "minus the evidence lower bound (tighter if the recipe has several latent vectors per string; "
    "for models without latent variables minus the log-probability, which is exact). Dashed, open: "
    "minus the importance-weighted log-likelihood, where it is computed; the distance is what the "
    "bound costs. Grey: the entropy "
    "of the outcomes, the mean of -ln P over fresh strings of the ground states, below which no "
    "model can be; its band is the standard error over the runs' strings. The held-out strings are "
    "others, so a curve can be below the line by their sampling error. Bars: standard errors over "
    "runs."
)

LOSSES = ("held_out_loss", "importance_loss")
"""Columns of the histories: the bound, and the tighter one."""


WEIGHTED: dict[str, Any] = {"mfc": "white", "ls": "--"}
"""Look of the second one."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Losses of every model, run and epoch.

    Returns:
        One row per (model, run, epoch): the columns of the histories, `model, N, training_samples,
        fields` (their number) and `entropy` (of the outcomes, mean over the fields and the run's
        fresh strings; nats per string).
    """
    parts = []
    for history, divergence in zip(files.histories, files.divergences, strict=True):
        fresh = DIVERGENCE.read(divergence)
        about = fresh.groupby("run", as_index=False).agg(
            model=("model", "first"),
            N=("N", "first"),
            training_samples=("training_samples", "first"),
            fields=("hx", "nunique"),
            entropy=("entropy", "mean"),
        )
        about["entropy"] *= about.N
        parts.append(HISTORY.read(history).merge(about, on="run", validate="many_to_one"))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Losses against epochs, two curves per model with a bound, and the entropy as a line."""
    fig, ax = style.figure(1, 3.6)
    for index, (model, rows) in enumerate(table.groupby("model", sort=False)):
        look = style.look(index)
        _curve(ax, rows, LOSSES[0], {**look, "label": str(model).replace("_", " ")})
        if rows[LOSSES[1]].notna().any():
            _curve(ax, rows, LOSSES[1], {**look, **WEIGHTED})
    ax.plot(
        [], [], color="0.3", marker="o", ms=3.5, lw=1.0, **WEIGHTED, label="importance-weighted"
    )
    entropies = table.drop_duplicates(["run"]).entropy.to_numpy()
    mean, error = entropies.mean(), float(np.nan_to_num(standard_error(entropies)))
    ax.axhspan(mean - error, mean + error, color="0.85", zorder=0)
    ax.axhline(mean, color="0.45", lw=0.8, label="entropy of the outcomes", zorder=0)
    ax.set_xlabel("passes through the training strings")
    ax.set_ylabel("loss (nat per string)")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_title(sizes_label(table), fontsize=7.5)
    fig.legend(loc="outside lower center", labelspacing=0.3, ncols=2)
    return fig


def _curve(ax: Axes, rows: pd.DataFrame, loss: str, look: dict[str, Any]) -> None:
    """Mean over the runs at each epoch at which the loss was computed."""
    found = over_runs(rows[rows[loss].notna()], ["epoch"], [loss])
    ax.errorbar(found.epoch, found[loss], found[f"{loss}_error"], lw=1.0, ms=3.5, **look)


def claims(table: pd.DataFrame) -> list[Claim]:
    """None: a bound lies below the likelihood by Jensen's inequality, whatever is found."""
    return []
