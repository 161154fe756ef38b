"""Gresch 2022, figure 3: mean and spread of the indicators over realisations."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers import style
from spinlearn.papers.gresch2022.common import (
    H_LABEL,
    H_MIN,
    KEYS,
    LABELS,
    SYMBOLS,
    at_energy,
    claim,
    ensembles,
    predicted_columns,
    scale,
    size_columns,
    unjudged,
)
from spinlearn.papers.verdicts import Claim, is_below, lies_between

CAPTION = (
    "Mean and spread over realisations of the three indicators: exact values and the network's "
    "predictions on a chain length that it was not trained on."
)

POISSON_GAP_RATIO = 2 * math.log(2) - 1
GOE_GAP_RATIO = 0.5307

MAX_OFFSET = 0.5
"""Largest deviation of a mean, in standard deviations over realisations, that is agreement."""

SPREAD_RATIO = (0.5, 1.5)
"""Range of the ratio of predicted to exact standard deviation that counts as agreement. Below it,
only the mean is learned."""

PAPER = "L = 14; 30 h; 1000 + 100; 1 on L = 10, 12"

EXACT_COLOR, NETWORK_COLOR = style.COLORS[7], style.COLORS[1]


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean and standard deviation over the test realisations of the longest chain.

    Args:
        files: `predictions` of the multitask networks.
        settings: `energy_density`.

    Returns:
        One row per (h, indicator, source), the source being "exact" or "network": `mean` and `std`
        over the test realisations, and their standard errors `mean_error` and `std_error`
        (Gaussian); averaged over the runs for the source "network".
    """
    predictions, energy_density = read_predictions(files.predictions), settings["energy_density"]
    mask = at_energy(predictions, energy_density)
    longest = int(predictions["L"][mask].max())
    rows = []
    for L, h, index in ensembles(predictions, mask & (predictions["L"] == longest)):
        n = len(index)
        for column in predicted_columns(predictions):
            for source, values in (
                ("exact", predictions["target"][None, index, column]),
                ("network", predictions["prediction"][:, index, column]),
            ):
                std = float(values.std(axis=1, ddof=1 if n > 1 else 0).mean())
                rows.append(
                    {
                        "indicator": INDICATORS[column],
                        "L": L,
                        "h": h,
                        "energy_density": energy_density,
                        "source": source,
                        "mean": float(values.mean()),
                        "std": std,
                        "mean_error": std / np.sqrt(n),
                        "std_error": std / np.sqrt(2 * max(n - 1, 1)),
                        **size_columns(predictions, L, n),
                    }
                )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per indicator: mean and standard deviation against h, exact and predicted."""
    indicators = [name for name in LABELS if name in set(table["indicator"])]
    fig, axes = style.figure(2, 2.5, 1, len(indicators), sharex=True, squeeze=False)
    for ax, name, letter in zip(axes[0], indicators, "abc", strict=False):
        _draw_indicator(ax, table[table["indicator"] == name].sort_values("h"))
        if name == "gap_ratio":
            style.reference_line(ax, GOE_GAP_RATIO, "GOE")
            style.reference_line(ax, POISSON_GAP_RATIO, "Poisson", x=0.015, above=False)
        else:
            ax.axhline(0.0, color="0.8", lw=0.6, zorder=0)
            ax.axhline(1.0, color="0.8", lw=0.6, zorder=0)
        ax.set_ylabel(LABELS[name])
        ax.set_xlabel(H_LABEL)
        style.panel_label(ax, letter)
    L, held_out = int(table["L"].iloc[0]), bool(table["held_out"].iloc[0])
    handles = [
        Line2D([], [], color=EXACT_COLOR, marker="o", ls="none"),
        Line2D([], [], color=NETWORK_COLOR, marker="s", mfc="white", lw=0.9),
    ]
    axes[0][-1].legend(
        handles,
        ["exact", "network"],
        title=f"$L = {L}$" + (", not trained on" if held_out else ""),
        title_fontsize=7.5,
        loc="upper right",
    )
    fig.suptitle(
        rf"mean $\pm$ standard deviation over realisations, $\epsilon$ = "
        f"{table['energy_density'].iloc[0]:g}",
        fontsize=8.5,
    )
    return fig


def _draw_indicator(ax: Axes, part: pd.DataFrame) -> None:
    exact, network = (part[part["source"] == source] for source in ("exact", "network"))
    shift = 0.012 * (part["h"].max() - part["h"].min())
    for curve, color, marker, offset in (
        (exact, EXACT_COLOR, "o", -shift),
        (network, NETWORK_COLOR, "s", shift),
    ):
        ax.errorbar(
            curve["h"] + offset,
            curve["mean"],
            curve["std"],
            color=color,
            marker=marker,
            ls="none",
            lw=0.9,
            mfc="white" if marker == "s" else color,
        )
    ax.plot(network["h"] + shift, network["mean"], color=NETWORK_COLOR, lw=0.9, zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Mean and spread of each indicator, for all h >= 3 at which the exact values have a spread."""
    sizes = scale(table, PAPER)
    found = []
    for indicator in SYMBOLS:
        part = table[(table["h"] >= H_MIN) & (table["indicator"] == indicator)]
        exact = part[part["source"] == "exact"].set_index("h")
        exact = exact[exact["std"] > 0]
        network = part[part["source"] == "network"].set_index("h").loc[exact.index]
        found.append(_mean_agrees(indicator, exact, network, sizes))
        found.append(_spread_agrees(indicator, exact, network, sizes))
    return found


def _mean_agrees(indicator: str, exact: pd.DataFrame, network: pd.DataFrame, sizes: str) -> Claim:
    """The network's mean equals the exact one.

    The rule: the root mean square over h of the deviation, in units of the exact standard
    deviation, is below 0.5 (`is_below`). Its error is propagated from the exact means. This is an
    upper limit, since both means use the same realisations.
    """
    key = f"gresch2022.figure3.mean_{KEYS[indicator]}"
    text = f"mean of {SYMBOLS[indicator]}, h >= 3 (rms deviation / exact standard deviation)"
    if exact.empty:
        return unjudged(key, text, 3, "agrees", sizes, "no spread at any h >= 3")
    offset = (network["mean"] - exact["mean"]) / exact["std"]
    rms = float(np.sqrt((offset**2).mean()))
    unit = exact["mean_error"] / exact["std"]
    error = float(np.sqrt(((offset * unit) ** 2).sum()) / (len(offset) * rms)) if rms else 0.0
    return claim(
        key,
        text,
        figure=3,
        published="agrees",
        measured=rms,
        error=error,
        verdict=is_below(rms, error, MAX_OFFSET),
        scale=sizes,
        note=f"largest {abs(offset).max():.2f}, at h = {abs(offset).idxmax():g}",
    )


def _spread_agrees(indicator: str, exact: pd.DataFrame, network: pd.DataFrame, sizes: str) -> Claim:
    """The network's standard deviation equals the exact one; for r, only the mean is learned.

    The rule: the ratio of predicted to exact standard deviation, averaged over h, lies between 0.5
    and 1.5 for S and f (`lies_between`), and is below 0.5 for r (`is_below`).
    """
    symbol, (low, high) = SYMBOLS[indicator], SPREAD_RATIO
    key = f"gresch2022.figure3.std_{KEYS[indicator]}"
    text = f"spread of {symbol}, h >= 3 (predicted / exact standard deviation)"
    published = "only the mean is learned" if symbol == "r" else "agrees"
    if exact.empty:
        return unjudged(key, text, 3, published, sizes, "no spread at any h >= 3")
    ratios = network["std"] / exact["std"]
    ratio = float(ratios.mean())
    relative = exact["std_error"] / exact["std"] * ratios
    error = float(np.sqrt((relative**2).sum())) / len(ratios)
    verdict = (
        is_below(ratio, error, low) if symbol == "r" else lies_between(ratio, error, low, high)
    )
    return claim(
        key,
        text,
        figure=3,
        published=published,
        measured=ratio,
        error=error,
        verdict=verdict,
        scale=sizes,
    )
