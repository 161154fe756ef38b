"""Both step schedules from the same starting points: late losses, and ratios of hidden units."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spinlearn.papers import style
from spinlearn.papers.demidik2025 import common
from spinlearn.papers.demidik2025.hidden_units import minimum_hidden_units
from spinlearn.papers.demidik2025.schedule_claims import late_losses, ratios_kept
from spinlearn.papers.verdicts import Claim
from spinlearn.sqrbm.choices import SCHEDULES
from spinlearn.sqrbm.schemas import OPTIMISERS
from spinlearn.statistics.rounding import listed

CAPTION = (
    "Machines trained with the paper's constant step, and with a step that decays to 0 in the "
    "second half, from the same starting points. Left and middle: total variation distance after "
    "the last step (lines; bands: one standard deviation over runs) and where the divergence was "
    "lowest (dotted). Right: ratio of the classical to the semi-quantum number of hidden units."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean distances per (data set, schedule, machine, m), then ratios per (..., machine).

    `part` is "distance" or "ratio". Of distances: `tvd, tvd_std`, `tvd_best` (where the divergence
    was lowest), `rise` = tvd - tvd_best with `rise_error`, `lost`: runs that rose by more than 0.1.
    Of ratios: as `minimum_hidden_units`. `iterations` are the most steps of a run.
    """
    runs = pd.concat([OPTIMISERS.read(path) for path in files.runs], ignore_index=True)
    runs["rise"] = runs.tvd - runs.tvd_best
    runs["late"] = runs.rise > 0.1
    keys = ["dataset", "n", "schedule", "paulis", "m"]
    means = runs.groupby(keys, as_index=False).agg(
        runs=("run", "size"),
        iterations=("steps", "max"),
        tvd=("tvd", "mean"),
        tvd_std=("tvd", "std"),
        tvd_best=("tvd_best", "mean"),
        rise=("rise", "mean"),
        rise_error=("rise", "sem"),
        lost=("late", "sum"),
    )
    ratios = [
        minimum_hidden_units(part, settings["tvd_threshold"], settings["seed"]).assign(
            schedule=schedule
        )
        for schedule, part in runs.groupby("schedule")
    ]
    known = pd.concat(ratios, ignore_index=True).assign(part="ratio")
    return pd.concat([means.assign(part="distance"), known], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One row per data set: distances with each schedule, and ratios."""
    names = common.datasets(table)
    shape = (len(names), 3)
    fig, axes = style.figure(2, 0.7 + 1.9 * len(names), *shape, squeeze=False)
    for row, dataset in zip(axes, names, strict=True):
        part = table[table.dataset == dataset]
        for ax, schedule in zip(row, SCHEDULES, strict=False):
            _draw_distances(ax, part[(part.part == "distance") & (part.schedule == schedule)])
            title = f"{common.TITLES[dataset]}, $n = {part.n.iloc[0]:.0f}$: {schedule} step"
            ax.set_title(title)
        row[0].set_ylabel("TVD$(q, p)$")
        _draw_ratios(row[2], part[part.part == "ratio"])
    fig.legend(handles=common.handles(common.machines(table)), loc="outside upper center", ncols=3)
    return fig


def _draw_distances(ax: Axes, part: pd.DataFrame) -> None:
    for name in common.machines(part):
        curve, look = part[part.paulis == name].sort_values("m"), common.LOOKS[name]
        low, high = (curve.tvd - curve.tvd_std).clip(0), (curve.tvd + curve.tvd_std).clip(upper=1)
        ax.fill_between(curve.m, low, high, color=look["color"], alpha=0.18, lw=0)
        ax.plot(curve.m, curve.tvd, ms=3.4, **look)
        ax.plot(curve.m, curve.tvd_best, color=look["color"], ls=":", lw=1)
    ax.set_ylim(0, 1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("hidden units $m$")


def _draw_ratios(ax: Axes, part: pd.DataFrame) -> None:
    """Ratios side by side; a bound has no error."""
    for place, schedule in enumerate(SCHEDULES):
        for row in common.rows(part[(part.schedule == schedule) & part.ratio.notna()]):
            look = common.look(row.paulis, hollow=row.ratio_bound != "exact")
            ax.errorbar(place, row.ratio, row.ratio_error, ms=4, ls="", **look)
    ax.set_xticks(range(len(SCHEDULES)), SCHEDULES)
    ax.set_xlim(-0.5, len(SCHEDULES) - 0.5)
    ax.set_ylabel(r"$m_\mathrm{RBM}\,/\,m$")
    ax.set_xlabel("step")


def claims(table: pd.DataFrame) -> list[Claim]:
    """The decaying step keeps what runs have learned, and leaves the ratios as they are.

    See `late_losses` and `ratios_kept`. Both are our own.
    """
    found = table[table.part == "distance"]
    scale = (
        f"{', '.join(common.datasets(found))}, n = {listed(found.n)}, m up to {found.m.max():.0f}, "
        f"{listed(found.runs.astype(int))} runs, {found.iterations.max():.0f} iterations"
    )
    return [late_losses(found, scale), *ratios_kept(table[table.part == "ratio"], scale)]
