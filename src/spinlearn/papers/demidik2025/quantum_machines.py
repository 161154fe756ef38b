"""Machines with lateral couplings or quantum visible units beside the restricted ones."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.papers import style
from spinlearn.papers.demidik2025 import common
from spinlearn.papers.demidik2025.machine_claims import (
    cost_claim,
    costs,
    distances,
    generic_claim,
    growth,
    inclusion_claim,
    transverse_field_claim,
)
from spinlearn.papers.verdicts import Claim
from spinlearn.sqrbm.choices import MACHINES
from spinlearn.sqrbm.schemas import COSTS
from spinlearn.sqrbm.schemas import MACHINES as COMPARISON

CAPTION = (
    "Total variation distance after training against the number of parameters, mean and standard "
    "error over runs, for machines of definitions 1 to 4 of the paper; and the processor time of "
    "one exact gradient against the number of units, half of them visible. Sizes and iterations "
    "are ours: the paper trains the restricted machines only."
)

LABELS = {
    "rbm": "RBM",
    "sqrbm": "sqRBM{X,Y,Z}",
    "bm": "BM, all pairs",
    "sqbm": "sqBM{X,Y,Z}, all pairs",
    "tfim": "QRBM, transverse field",
    "qrbm": "QRBM, all Paulis",
}
"""Names of the machines."""

LOOKS: dict[str, dict[str, Any]] = {
    "rbm": common.LOOKS["Z"],
    "sqrbm": common.LOOKS["XYZ"],
    "bm": {"color": style.COLORS[0], "marker": "^"},
    "sqbm": {"color": style.COLORS[4], "marker": "D"},
    "tfim": {"color": style.COLORS[3], "marker": "v"},
    "qrbm": {"color": style.COLORS[5], "marker": "P"},
}
"""Colour and marker of each machine; restricted ones look as in the other figures."""

LEAST_EXPONENT = 0.1
"""Exponent from which on a fit is drawn. Below it the time is that of the calls."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean distances per (data set, machine, m), then times per (machine, units).

    `part` is "distance" or "cost". `dataset, parameters, runs, tvd, tvd_error, tvd_best` and
    `iterations`, the most steps of a run, are empty for times, `seconds` (s) is for distances; the
    error is NaN for a single run.
    """
    runs = pd.concat([COMPARISON.read(path) for path in files.machines], ignore_index=True)
    keys = ["dataset", "machine", "n", "m", "parameters"]
    means = runs.groupby(keys, as_index=False).agg(
        runs=("run", "size"),
        iterations=("steps", "max"),
        tvd=("tvd", "mean"),
        tvd_error=("tvd", "sem"),
        tvd_best=("tvd_best", "mean"),
    )
    times = COSTS.read(files.costs[0])
    parts = [means.assign(part="distance"), times.assign(part="cost")]
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per data set: distance against parameters; and one of times against units."""
    found = distances(table)
    names = common.datasets(found)
    columns = (len(names) + 3) // 2
    fig, axes = style.figure(2, 4.6, 2, columns, squeeze=False)
    *panels, last = axes.flat[: len(names) + 1]
    for ax, dataset in zip(panels, names, strict=True):
        _draw_distances(ax, found[found.dataset == dataset])
        ax.set_title(f"{common.TITLES[dataset]}, $n = {found.n.iloc[0]:.0f}$")
    _draw_costs(last, costs(table))
    free = list(axes.flat[len(names) + 1 :])
    for ax in free:
        ax.set_axis_off()
    known = set(table.machine)
    handles = [
        Line2D([], [], ms=3.5, label=LABELS[name], **LOOKS[name])
        for name in MACHINES
        if name in known
    ]
    if free:
        free[0].legend(handles=handles, loc="center")
    else:
        fig.legend(handles=handles, loc="outside upper center", ncols=3)
    return fig


def _draw_distances(ax: Axes, part: pd.DataFrame) -> None:
    for name in MACHINES:
        curve = part[part.machine == name].sort_values("m")
        if not curve.empty:
            errors = curve.tvd_error.fillna(0.0)
            ax.errorbar(curve.parameters, curve.tvd, errors, ms=3.5, **LOOKS[name])
    ax.set_ylim(0, 1.05 * (part.tvd + part.tvd_error.fillna(0.0)).max())
    ax.set_xlabel("parameters")
    ax.set_ylabel("TVD$(q, p)$")


def _draw_costs(ax: Axes, times: pd.DataFrame) -> None:
    """Times with the fitted line 2^(a + b units); b is beside it, if the time grows at all."""
    for name in MACHINES:
        curve, look = times[times.machine == name].sort_values("units"), LOOKS[name]
        if curve.empty:
            continue
        ax.plot(curve.units, curve.seconds, ls="", ms=3.5, **look)
        exponent = growth(times, name)[0]
        if exponent >= LEAST_EXPONENT:
            centre = np.log2(curve.seconds).mean() - exponent * curve.units.mean()
            ax.plot(curve.units, 2 ** (centre + exponent * curve.units), color=look["color"], lw=1)
            text = f"$2^{{{exponent:.1f}(n+m)}}$"
            place = (curve.units.iloc[-1], curve.seconds.iloc[-1])
            font = {"fontsize": 7, "color": look["color"], "va": "center"}
            ax.annotate(text, place, (5, 0), textcoords="offset points", **font)
    ax.set_yscale("log")
    ax.set_xticks(sorted(times.units.unique()))
    low, high = times.units.min(), times.units.max()
    ax.set_xlim(low - 0.3, high + 0.55 * max(high - low, 1))
    ax.set_xlabel("units $n + m$")
    ax.set_ylabel("time of a gradient (s)")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Transverse fields, all Paulis, inclusion, and costs.

    Distances are compared at equal data set and hidden units, in the mean over pairs that can
    differ; see `transverse_field_claim`, `generic_claim`, `inclusion_claim`. They need n = 6
    and 20 runs of 300 iterations. Costs: see `cost_claim`.
    """
    found = distances(table)
    compared = (transverse_field_claim, generic_claim, inclusion_claim)
    return [*(judge(found) for judge in compared), cost_claim(costs(table))]
