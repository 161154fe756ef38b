"""Gresch 2022, figure 3: mean and spread of the indicators over realisations."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.predictions import read_all_predictions, read_predictions
from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, moment_claims, moments
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Mean and spread over realisations of the indicators: exact values and the network's "
    "predictions on a chain length that it was not trained on. Grey: ridge regression on a dozen "
    "statistics of the fields, fitted to the same data."
)

LOOKS = {
    "exact": {"color": style.COLORS[7], "marker": "o"},
    "network": style.look(1, hollow=True),
    "regression": {"color": "0.65", "marker": ".", "zorder": 0},
}
"""Look of each source."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean and standard deviation of each indicator over realisations; see `moments.tabulate`.

    Args:
        files: `predictions` of the multitask networks, and `baselines`, those of each baseline.
        settings: `energy_density`.
    """
    baselines = read_all_predictions(files.baselines)
    predictions = read_predictions(files.predictions)
    return moments.tabulate(predictions, settings["energy_density"], baselines)


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
    shown = {name: LOOKS[name] for name in LOOKS if name in set(table["source"])}
    handles = [
        Line2D([], [], **{"lw": 0.9, **look, "ls": "-" if name == "network" else "none"})
        for name, look in shown.items()
    ]
    first = table.iloc[0]
    axes[-1].legend(handles, list(shown), loc="upper right", bbox_to_anchor=(1.0, 0.92))
    length = f"$L = {first['L']}$" + (" (not trained on)" if first["held_out"] else "")
    heading = r"mean $\pm$ standard deviation over realisations, $\epsilon$ = "
    fig.suptitle(f"{heading}{first['energy_density']:g}, {length}", fontsize=8.5)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw_indicator(ax: Axes, part: pd.DataFrame) -> None:
    """Bars of the sources, set apart by a small shift in h, and a line through the network's."""
    shift = 0.012 * (part["h"].max() - part["h"].min())
    offsets = {"exact": -shift, "network": shift, "regression": 3 * shift}
    present = set(part["source"])
    for source, offset in ((name, x) for name, x in offsets.items() if name in present):
        curve = part[part["source"] == source]
        h, look = curve["h"] + offset, LOOKS[source]
        ax.errorbar(h, curve["mean"], curve["std"], ls="none", lw=0.9, **look)
        if source == "network":
            ax.plot(h, curve["mean"], color=look["color"], lw=0.9, zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Mean and spread of each indicator; the rules are those of `moment_claims`."""
    return moment_claims.judge(table)
