"""Zhong 2022, figure 5: disorder and trainability."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import common, hamming, phase_claims
from spinlearn.papers.zhong2022.entropy_claims import entropy_claims
from spinlearn.papers.zhong2022.quantities import quantities

CAPTION = (
    "Disorder and trainability of the hidden machine: final loss against disorder strength, and "
    "Hamming distance and entanglement entropy during training. The paper expects a Hamming "
    "distance of 1/2 in the thermal phase; from |+⟩ with conserved S^z it is 1/2 − 1/(2L). "
    f"{common.CHOICE_OF_STRENGTH}"
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Final loss against disorder, and Hamming distance and entropy during training.

    Of several data sets or machines, the first is shown.

    Args:
        files: `runs` of the hidden machine at every disorder strength.
        settings: `localised_h`, the strength that represents the localised phase.

    Returns:
        One row per (quantity, h, quench), with `mean, std, error` over runs, `one_run` (value of
        the first run), `thermal` (value of a scrambled state: `hamming.scrambled_distance`, Page's
        mean entropy, or NaN), the sizes and `localised_h`, the nearest strength that was run. The
        quantities:

        - "log10_loss" at the last quench;
        - "hamming" and "entropy_per_site" (first half of the chain, nats over L) at every quench;
        - "hamming_late", "entropy_per_site_late": averages over the second half of each run;
        - "entropy_per_site_saturation": the first quench at which a run has 95 % of its late mean;
        - "hamming_step", "entropy_per_site_step": root mean square change from one quench to the
          next over the second half of each run.
    """
    parts = []
    runs = common.like_first(load(files.runs, "loss", "hamming", "entropy"), "dataset", "machine")
    wanted = settings["localised_h"]
    localised = min((c.attributes["h"] for c in runs), key=lambda h: abs(h - wanted))
    for contents in runs:
        for quantity, quench, values, thermal in quantities(contents):
            columns = {**common.spread(values), "one_run": values[0], "thermal": thermal}
            about = {**common.sizes(contents), "localised_h": localised}
            parts.append(pd.DataFrame({"quantity": quantity, "quench": quench, **columns, **about}))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Final loss against disorder; Hamming distance and entropy during training.

    Panels b and c show the weakest disorder, the strength nearest to the paper's, the localised one
    and the strongest. Thin lines: the first run; thick lines and bands: mean and one standard
    deviation over runs.
    """
    fig, axes = style.figure(2, 2.75, 1, 3)
    loss, distance, entropy = axes
    _draw_loss(loss, table)
    _draw_trajectories(distance, table, "hamming", hamming.PUBLISHED["localised"])
    distance.set_ylabel("Hamming distance $D_m(T)$")
    distance.legend(title=r"$h_d/J$", loc="lower right", ncols=2, columnspacing=1.0)
    _draw_trajectories(entropy, table, "entropy_per_site")
    entropy.set_ylabel(r"entropy per site $S_{L/2}/L$ (nat)")
    entropy.legend(entropy.lines[-1:], ["random state (Page)"], loc="lower right")
    style.label_panels(axes)
    first = table.iloc[0]
    fig.supxlabel(
        f"hidden machine, {first.visible}+{first.hidden} spins, {common.data_label(first)}; "
        f"{first.quenches} quenches, {common.training_label(first)}\n"
        f"lines and bands: mean ± 1 s.d. over runs; thin lines: one run{common.chain_label(first)}",
        fontsize=7.5,
    )
    return fig


def _draw_loss(ax: Axes, table: pd.DataFrame) -> None:
    rows = common.rows_with(table, quantity="log10_loss").sort_values("h")
    rows = rows[rows.h > 0]
    mean, std, color = rows["mean"], rows["std"].fillna(0), style.COLORS[0]
    ax.fill_between(rows.h, 10 ** (mean - std), 10 ** (mean + std), color=color, alpha=0.18, lw=0)
    ax.plot(rows.h, 10**mean, color=color, marker="o")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(lambda value, _: f"{1e3 * value:g}")
    common.strength_axis(ax, list(rows.h))
    if not common.chain_label(table.iloc[0]):
        common.mark_transition(ax)
    ax.set_ylabel(r"terminal loss $10^3\,\mathcal{L}_{\rm MMD}$")


def _draw_trajectories(ax: Axes, table: pd.DataFrame, quantity: str, paper: float = np.nan) -> None:
    """One quantity during training, with lines at the paper's and at the scrambled value."""
    localised, printed = table.localised_h.iloc[0], common.near_printed(table).h
    shown = {table.h.max(): 2, printed: 3, localised: 0, table.h.min(): 1}
    for h, index in sorted(shown.items()):
        color = style.COLORS[index]
        rows = common.rows_with(table, quantity=quantity, h=h).sort_values("quench")
        common.mean_and_band(ax, rows, color, f"{h:g}")
        ax.plot(rows.quench, rows.one_run, color=color, lw=0.5, alpha=0.9)
    ax.set_ylim(bottom=0)  # from here on the axis does not scale itself
    thermal = common.rows_with(table, quantity=quantity).thermal.iloc[0]
    for value, ls, label in ((paper, "--", f"{paper:g}, paper"), (thermal, ":", "scrambled")):
        if np.isfinite(value):
            ax.axhline(value, color="0.45", lw=0.9, ls=ls, zorder=0, label=label)
    ax.set_ylim(top=max(ax.get_ylim()[1], 1.05 * np.nan_to_num(thermal)))
    ax.set_xlim(0, table.quench.max())
    ax.set_xlabel(r"quench $m$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Effects of localisation on loss, Hamming distance and entropy; rules as in `phase_claims`.

    Returns:
        No claim unless the two strengths lie on either side of h_c, and the chain is the paper's.
    """
    weakest, localised = table.h.min(), table.localised_h.iloc[0]
    if common.chain_label(table.iloc[0]) or not weakest < phase_claims.CRITICAL_H < localised:
        return []
    return [
        phase_claims.localised_below_thermal(table),
        *phase_claims.change_at_transition(table),
        *hamming.hamming_claims(table),
        *phase_claims.jump_claims(table),
        *entropy_claims(table),
    ]
