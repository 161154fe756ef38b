"""The leaderboard: models of every kind on the same data sets, at equal numbers of parameters."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from spinlearn.papers import style
from spinlearn.papers.spinlearn.leaderboard_claims import judge
from spinlearn.papers.spinlearn.leaderboard_values import (
    BOUNDS,
    FLOOR,
    METRICS,
    data_label,
    labels,
    leaderboard_rows,
    leaders,
    mean_ranks,
    measured,
    order,
)
from spinlearn.papers.verdicts import Claim
from spinlearn.statistics.rounding import known

CAPTION = (
    "Models of every kind of this project on the same distributions of n bits. Each has as nearly "
    "the same number of parameters as its width allows (in brackets: parameters, and those of them "
    "that change the distribution, at most 2^n - 1; a matrix product is there at an equal number "
    "of each). (a) KL(target || model) after training, mean over runs with the standard error of "
    "the last digit; framed: the lowest of a data set, and those that are not above it by more "
    "than the margin of all claims (Student's t, one-sided 2.3 %), by log10 of the divergences, "
    "run by run; after the sign ≥: the least that a Born machine can reach from its initial state, "
    "since S^z is conserved, where that is above 0.01 nat. (b) rank of each model, averaged over "
    "the data sets, by four metrics. All models are trained on the KL divergence over all 2^n "
    "strings, the best of several starting points per run (the Born machine starts again until its "
    "budget of quenches is spent). The VAE's decoder is trained on the likelihood itself, averaged "
    "over its prior, not on the evidence lower bound. The MMD has the kernel of Zhong 2022: the "
    "mean of exp(-d/(2 s)) over s = 0.1, 0.25, 4 and 10, with d the Hamming distance. Quench and "
    "eigenstate are drawn anew for each run. Divergences below 1e-5 count as 1e-5."
)

WORST = 2.0
"""Divergence at the dark end of the colours (nat)."""

SHOWN = 0.01
"""Least divergences of Born machines below this are not written into the map (nat)."""

METRIC_LABELS = {"kl": "KL", "tvd": "TVD", "infidelity": r"$1 - F$", "mmd": "MMD"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Metrics of every model, data set and run; see `leaderboard_values.leaderboard_rows`."""
    return leaderboard_rows(vars(files), settings["born"])


def draw(table: pd.DataFrame) -> Figure:
    """Per number of bits a map of divergences, and the mean ranks beside it."""
    sizes = sorted(table.n.unique())
    models = table.model.nunique()
    fig, panels = style.figure(
        2,
        0.5 + len(sizes) * (0.5 + 0.33 * models),
        len(sizes),
        2,
        squeeze=False,
        width_ratios=[3.6, 1],
    )
    style.label_panels(panels.flat)
    for n, (left, right) in zip(sizes, panels, strict=True):
        rows = table[table.n == n]
        names = order(rows)
        _divergences(left, rows, names)
        _ranks(right, rows, names)
        runs = rows.run.nunique()
        left.set_title(rf"KL(target $\|$ model) in nats, $n = {n}$ bits, {runs} runs")
    return fig


def _divergences(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """The map: one row per model, one column per data set."""
    datasets, best = list(table.dataset.unique()), leaders(table)
    cells = table.groupby(["model", "dataset"])
    found = {cell: measured(rows.kl) for cell, rows in cells}
    least = cells[BOUNDS["kl"]].mean()
    values = np.array([[found[model, dataset][0] for dataset in datasets] for model in names])
    norm = LogNorm(FLOOR, WORST, clip=True)
    ax.imshow(values.clip(FLOOR), norm=norm, cmap="viridis_r", aspect="auto", alpha=0.9)
    for y, model in enumerate(names):
        for x, dataset in enumerate(datasets):
            value, error = found[model, dataset]
            leads = model in best[dataset]
            color = "white" if norm(max(value, FLOOR)) > 0.62 else "black"
            ax.text(
                x,
                y,
                _cell(value, error) + _limit(least[model, dataset]),
                ha="center",
                va="center",
                color=color,
                fontsize=7,
                fontweight="bold" if leads else "normal",
            )
            if leads:
                frame = Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, fill=False)
                frame.set(ec=style.COLORS[1], lw=1.4)
                ax.add_patch(frame)
    learned = int((table.drop_duplicates("model").kind == "learned").sum())
    ax.axhline(learned - 0.5, color="white", lw=3)
    words = labels(table)
    ax.set_yticks(range(len(names)), [_with_counts(table, model, words) for model in names])
    ax.annotate(
        "model (parameters, independent)",
        (0, 1),
        (-4, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=6.5,
        color="0.35",
    )
    ax.set_xticks(range(len(datasets)), [_wrapped(data_label(name)) for name in datasets])
    ax.tick_params(length=0, top=False, right=False)


def _cell(value: float, error: float) -> str:
    """A divergence with its error, short enough for a cell.

    >>> _cell(0.00312, 0.0004), _cell(1.0851, 0.0), _cell(1e-9, 1e-10), _cell(0.73, 0.018)
    ('0.0031(4)', '1.09', '< 1e-5', '0.73(2)')
    """
    if value < FLOOR:
        return f"< {FLOOR:.0e}".replace("e-0", "e-")
    if not known(error) or error < 1e-3 * value:
        return f"{value:.2g}" if value < 0.995 else f"{value:.3g}"
    places = max(0, -int(np.floor(np.log10(error))))
    digit = round(error * 10**places)
    if digit == 10:
        places, digit = places - 1, 1
    if value < 1e-3:
        power = int(np.floor(np.log10(value)))
        return f"{value / 10.0**power:.{max(0, places + power)}f}({digit})e{power}"
    return f"{value:.{places}f}({digit})"


def _limit(least: float) -> str:
    """What a divergence cannot fall below, as a second line; nothing if that is unknown or small.

    >>> _limit(0.341), _limit(float("nan")), _limit(0.002)
    ('\\n≥ 0.34', '', '')
    """
    return f"\n≥ {least:.2g}" if least >= SHOWN else ""


def _with_counts(table: pd.DataFrame, model: str, words: dict[str, str]) -> str:
    """A model in words, with its parameters, and the independent ones if they are fewer."""
    row = table[table.model == model].iloc[0]
    counts = dict.fromkeys((row.parameters, row.independent))
    return f"{words[model]} ({', '.join(map(str, counts))})"


def _wrapped(label: str) -> str:
    """A long label in two lines."""
    first, _, rest = label.partition(" ")
    return f"{first}\n{rest}" if len(label) > 12 and rest else label


def _ranks(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """Mean rank by each metric, models from above as in the map."""
    for k, metric in enumerate(METRICS):
        ranks = mean_ranks(table, metric).loc[names]
        y = np.arange(len(names)) + 0.16 * (k - 1.5)
        error = ranks.error.fillna(0.0)
        ax.errorbar(
            ranks["mean"], y, xerr=error, label=METRIC_LABELS[metric], ls="", **style.look(k)
        )
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), [])
    ax.set_xlim(0.5, len(names) + 0.5)
    ax.set_xticks(range(1, len(names) + 1, 2))
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("mean rank")
    for line in range(1, len(names)):
        ax.axhline(line - 0.5, color="0.9", lw=0.6, zorder=0)
    ax.legend(loc="upper right", handletextpad=0.1, borderaxespad=0.2)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Who wins where, and by how much; see `leaderboard_claims.judge`."""
    return judge(table)
