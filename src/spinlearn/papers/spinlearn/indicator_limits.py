"""What limits predictions of indicators: noise of single eigenstates, the model, or the data."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.schemas import LEARNING_CURVE
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, learning_curves, scores
from spinlearn.papers.spinlearn import limit_claims
from spinlearn.papers.spinlearn.ceilings import ceilings
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "What limits predictions of indicators. Top: R^2_norm for single realisations of the longest "
    "chain, of networks, of a regression on symmetric statistics of the fields, and the ceiling: "
    "the share of the variance that repeats on other eigenstates of the same window. The rest is "
    "noise of single eigenstates; neighbouring gap ratios, which share a gap, are left out of the "
    "comparison. Bottom: R^2_norm, averaged over h >= 3, against the number of training "
    "realisations per (L, h), all learners with the same subsets; dashed: the ceiling. Other than "
    "above, networks have the updates (1350 by default), batch size and learning rate of the "
    "paper's figure 9, and there are single members of the symmetric ensemble. 1/2 is a constant."
)

PREDICTORS = {"network": "network", "regression": "regression", "symmetric": "symmetric ensemble"}
"""Predictors, in the order of their looks, and their names."""

CEILING: dict[str, Any] = {"color": "0.25", "ls": "--", "lw": 1.1}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Scores, ceilings and learning curves, one after another, by `part`.

    Args:
        files: `network` and `regression`, predictions, `symmetric` too if there are any; `curve`, a
            file of kind `gru/learning_curve`; `indicators`, those of the test split.
        settings: `seed` and `energy_density`.

    Returns:
        Rows of the part `score` as of `scores.tabulate`, with the column `predictor`; `ceiling` as
        of `ceilings.ceilings`; `curve` as of `learning_curves.scores`, and `loss` as of
        `learning_curves.losses`, both with the learner in `predictor`; `trained`, the losses of
        `network` (`learning_curves.trained_losses`).
    """
    energy, seed = settings["energy_density"], settings["seed"]
    (path,) = files.curve
    curve = LEARNING_CURVE.read(path)
    parts = []
    for name in PREDICTORS:
        if paths := getattr(files, name, []):
            found = scores.tabulate(read_predictions(paths), energy, seed)
            parts.append(found.assign(part="score", predictor=name))
    trained = learning_curves.trained_losses(read_predictions(files.network), energy)
    parts.append(trained.assign(part="trained", predictor="network"))
    read = [INDICATORS.read(path) for path in files.indicators]
    parts.append(ceilings(read, energy, seed).assign(part="ceiling", predictor="ceiling"))
    for part, found in (
        ("curve", learning_curves.scores(curve, common.H_MIN)),
        ("loss", learning_curves.losses(curve)),
    ):
        parts.append(found.rename(columns={"learner": "predictor"}).assign(part=part))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Against h, and against the number of training realisations, one column per indicator."""
    indicators = list(common.LABELS)
    fig, axes = style.figure(2, 4.4, 2, len(indicators), sharey=True, sharex="row")
    style.label_panels(axes.flat)
    L = int(table.loc[table["part"] == "score", "L"].max())
    longest = table[table["L"] == L]
    for (top, bottom), indicator in zip(axes.T, indicators, strict=True):
        part = longest[longest["indicator"] == indicator]
        ceiling = part[part["part"] == "ceiling"].sort_values("h")
        style.mean_and_band(top, ceiling["h"], ceiling["r2_norm"], ceiling["error"], **CEILING)
        _draw_curves(top, part[part["part"] == "score"], "h", "error")
        _draw_curves(bottom, part[part["part"] == "curve"], "size", "run_error")
        strong = ceiling[ceiling["h"] >= common.H_MIN]
        bottom.axhline(strong["r2_norm"].mean(), **CEILING)
        top.set_title(common.label(indicator))
        top.set_xlabel(common.H_LABEL)
        bottom.set(xscale="log", xlabel=r"$N_\mathrm{train}$ per ($L$, $h$)")
        bottom.set_xticks(sorted(table.loc[table["part"] == "curve", "size"].unique()))
        bottom.xaxis.set_major_formatter(ScalarFormatter())
        bottom.xaxis.set_minor_formatter(NullFormatter())
        for ax in (top, bottom):
            ax.axhline(scores.BASELINE, zorder=0, **scores.BASELINE_LOOK)
    trained = longest[longest["part"] == "score"]
    where = "not trained on" if trained["held_out"].astype(bool).any() else "trained on"
    axes[0, 0].set_ylabel(f"{scores.R2_LABEL}, $L = {L}$ ({where})")
    axes[1, 0].set_ylabel(rf"{scores.R2_LABEL}, mean over $h \geq 3$")
    axes[0, 0].set_ylim(0.0, 1.05)
    handles, names = axes[0, 0].get_legend_handles_labels()
    handles.append(axes[0, 0].lines[0])
    axes[0, 1].legend(handles, [*names, "ceiling"], loc="lower right")
    style.name_chain(fig, trained["system"].iloc[0])
    return fig


def _draw_curves(ax: Axes, part: pd.DataFrame, x: str, error: str) -> None:
    """One curve with errors per predictor."""
    for i, (name, label) in enumerate(PREDICTORS.items()):
        rows = part[part["predictor"] == name].sort_values(x)
        if not rows.empty:
            ax.errorbar(
                rows[x], rows["r2_norm"], rows[error].fillna(0), label=label, **style.look(i)
            )


def claims(table: pd.DataFrame) -> list[Claim]:
    """What limits predictions of r, of S and of f; see `limit_claims`."""
    of_paper = common.is_of_paper(table[table["part"] == "score"])
    return limit_claims.judge(table) if of_paper else []
