"""Gresch 2022, figure 3: mean and spread of the indicators over realisations."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.predictions import read_predictions
from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, moments
from spinlearn.papers.verdicts import Claim, claim, is_below, lies_between, unjudged

CAPTION = (
    "Mean and spread over realisations of the indicators: exact values and the network's "
    "predictions on a chain length that it was not trained on."
)

MAX_OFFSET = 0.5
"""Largest deviation of a mean, in standard deviations over realisations, that is agreement."""

SPREAD_RATIO = (0.5, 1.5)
"""Range of the ratio of predicted to exact standard deviation that counts as agreement. Below it,
only the mean is learned."""

PAPER = "L = 14; 30 h; 1000 + 100; 1 on L = 10, 12"

LOOKS = {
    "exact": {"color": style.COLORS[7], "marker": "o"},
    "network": style.look(1, hollow=True),
}
"""Look of each source."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean and standard deviation of each indicator over realisations; see `moments.tabulate`.

    Args:
        files: `predictions` of the multitask networks.
        settings: `energy_density`.
    """
    return moments.tabulate(read_predictions(files.predictions), settings["energy_density"])


def draw(table: pd.DataFrame) -> Figure:
    """One panel per indicator: mean and standard deviation against h, exact and predicted."""
    indicators = common.shown_indicators(table)
    fig, axes = common.panels(indicators, 2.5, sharex=True)
    for ax, name in zip(axes, indicators, strict=True):
        _draw_indicator(ax, table[table["indicator"] == name].sort_values("h"))
        if name == "gap_ratio":
            style.reference_line(ax, GOE_GAP_RATIO, "GOE")
            style.reference_line(ax, POISSON_GAP_RATIO, "Poisson", x=0.015, above=False)
        else:
            for limit in (0.0, 1.0) if common.has_limits(name) else ():
                ax.axhline(limit, color="0.8", lw=0.6, zorder=0)
        ax.set_ylabel(common.label(name))
        ax.set_xlabel(common.H_LABEL)
    style.label_panels(axes)
    handles = [
        Line2D([], [], ls="none", **LOOKS["exact"]),
        Line2D([], [], lw=0.9, **LOOKS["network"]),
    ]
    first = table.iloc[0]
    title = f"$L = {first['L']}$" + (", not trained on" if first["held_out"] else "")
    axes[-1].legend(handles, list(LOOKS), title=title, title_fontsize=7.5, loc="upper right")
    heading = r"mean $\pm$ standard deviation over realisations, $\epsilon$ = "
    fig.suptitle(f"{heading}{first['energy_density']:g}", fontsize=8.5)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw_indicator(ax: Axes, part: pd.DataFrame) -> None:
    """Bars of both sources, set apart by a small shift in h, and a line through the network's."""
    shift = 0.012 * (part["h"].max() - part["h"].min())
    for source, offset in (("exact", -shift), ("network", shift)):
        curve = part[part["source"] == source]
        h, look = curve["h"] + offset, LOOKS[source]
        ax.errorbar(h, curve["mean"], curve["std"], ls="none", lw=0.9, **look)
        if source == "network":
            ax.plot(h, curve["mean"], color=look["color"], lw=0.9, zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Mean and spread of each indicator, for all h >= 3 at which the exact values have a spread."""
    if not common.is_of_paper(table):
        return []
    sizes = common.scale(table, PAPER)
    found = []
    for indicator in common.SYMBOLS:
        part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
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
    about = partial(
        claim,
        f"gresch2022.figure3.mean_{common.KEYS[indicator]}",
        f"mean of {common.SYMBOLS[indicator]}, h >= 3 (rms deviation / exact standard deviation)",
        published="agrees",
        scale=sizes,
    )
    if exact.empty:
        return about(**unjudged("no spread at any h >= 3"))
    found = moments.rms_offset(exact, network)
    offset = moments.offsets(exact, network).abs()
    note = f"largest {offset.max():.2f}, at h = {offset.idxmax():g}"
    return about(measured=found, verdict=is_below(*found, MAX_OFFSET), note=note)


def _spread_agrees(indicator: str, exact: pd.DataFrame, network: pd.DataFrame, sizes: str) -> Claim:
    """The network's standard deviation equals the exact one; for r, only the mean is learned.

    The rule: the ratio of predicted to exact standard deviation, averaged over h, lies between 0.5
    and 1.5 for S and f (`lies_between`), and is below 0.5 for r (`is_below`).
    """
    only_mean = indicator == "gap_ratio"
    about = partial(
        claim,
        f"gresch2022.figure3.std_{common.KEYS[indicator]}",
        f"spread of {common.SYMBOLS[indicator]}, h >= 3 (predicted / exact standard deviation)",
        published="only the mean is learned" if only_mean else "agrees",
        scale=sizes,
    )
    if exact.empty:
        return about(**unjudged("no spread at any h >= 3"))
    found = moments.spread_ratio(exact, network)
    low, high = SPREAD_RATIO
    verdict = is_below(*found, low) if only_mean else lies_between(*found, low, high)
    return about(measured=found, verdict=verdict)
