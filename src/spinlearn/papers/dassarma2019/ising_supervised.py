"""Supervised learning of the Ising model's phases, far from the transition."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.dassarma2019 import transition_temperature as t_c
from spinlearn.papers.dassarma2019.supervised_claims import are_trained, judge
from spinlearn.papers.verdicts import Claim
from spinlearn.phases.extrapolation import half
from spinlearn.phases.onsager import T_C
from spinlearn.phases.schemas import SUPERVISED
from spinlearn.statistics.rounding import value_with_error

CAPTION = (
    "Networks that learned the phases of the square-lattice Ising model far from the transition "
    "label the temperatures between (white); shaded: temperatures of the training data. "
    "(a) Probability of the ordered phase; grey: share of the configurations whose |m| exceeds a "
    "threshold, the baseline. Errors are of independent Markov chains; those of T_c and nu by the "
    "network join the standard error over trainings. (b) The network's curves "
    "between the training data, collapsed; T_c and nu fitted, exact if no fit collapses them "
    "(reduced chi-square S above 3, or too few points). (c) Where the curves fall through 1/2, "
    "extrapolated in 1/L; dashed: Onsager's T_c. In an infinite lattice a network with the "
    "threshold m falls through 1/2 where Yang's magnetisation is m: at 2.267 for m = 0.5, at 2.242 "
    "for m = 0.7."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """`transition_table` of the network (mean over its runs) and of the magnetisation.

    And `collapse_table` and `crossing_table` of both, at temperatures between the training data.

    With `configurations` per (L, T), `runs`, and the limits of the training data. The errors of the
    network's estimates are NaN if one of its trainings failed.
    """
    found = SUPERVISED.read(files.labels[0])
    about = {name: found.attributes[name] for name in ("ordered_below", "disordered_above")}
    estimates = partial(
        _estimates,
        sizes=found["size"],
        temperatures=found["temperature"],
        between=tuple(about.values()),
        numbers=(settings["seed"], settings["resamples"]),
    )
    network = estimates(found["output"].mean(axis=0), "network")
    trainings = [estimates(one, "network") for one in found["output"]]
    for one, is_trained in zip(trainings, are_trained(found), strict=True):
        if not is_trained:
            one[["T", "nu"]] = np.nan
    parts = [
        t_c.with_trainings(network, trainings),
        estimates(found["baseline"], "magnetisation"),
    ]
    about["configurations"] = found.attributes["configurations"]
    runs = found["output"].shape[0]
    return pd.concat(parts, ignore_index=True).assign(runs=runs, **about)


def _estimates(
    values: Float[np.ndarray, "sizes temperatures chains"],
    method: str,
    *,
    sizes: Int[np.ndarray, " sizes"],
    temperatures: Float[np.ndarray, " temperatures"],
    between: tuple[float, float],
    numbers: tuple[int, int],
) -> pd.DataFrame:
    """All tables of one set of curves; collapse and crossings at the temperatures between two.

    `numbers` are the seed of the resamples, and how many.
    """
    low, high = between
    cells = t_c.by_cell(values, sizes, temperatures)
    rest = {cell: each for cell, each in cells.items() if low < cell[1] < high}
    parts = [
        t_c.transition_table(cells, method, half, *numbers),
        t_c.collapse_table(rest, method, *numbers),
        t_c.crossing_table(rest, method, *numbers),
    ]
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Outputs against T, their collapse, and the extrapolation."""
    fig, axes = style.figure(2, 2.7, 1, 3)
    style.label_panels(axes)
    _draw_outputs(axes[0], table)
    _draw_collapse(axes[1], table)
    names = {"network": "network", "magnetisation": r"$|m|$ above threshold"}
    t_c.draw_places(axes[2], table, names)
    axes[2].set_ylabel(r"$T$ where curves fall through 1/2 ($J$)")
    return fig


def _draw_outputs(ax: Axes, table: pd.DataFrame) -> None:
    one = table.iloc[0]
    temperatures = table[table.part == "curve"]["T"]
    low, high = temperatures.min(), temperatures.max()
    for ends in ((low - 1, one.ordered_below), (one.disordered_above, high + 1)):
        ax.axvspan(*ends, color="0.93", lw=0, zorder=-1)
    grey: dict[str, Any] = {"color": "0.7", "lw": 0.8, "ms": 0, "label": None}
    t_c.draw_curves(ax, table, "magnetisation", **grey)
    t_c.draw_curves(ax, table, "network")
    t_c.mark_transition(ax)
    ax.set(xlabel=r"$T/J$", ylabel="probability of order", xlim=(low, high))
    ax.legend(title=r"$L$", loc="upper right")


def _draw_collapse(ax: Axes, table: pd.DataFrame) -> None:
    fit = t_c.row_of(table, "network", "collapse")
    if pd.isna(fit["T"]):
        between = table["T"].between(table.ordered_below, table.disordered_above, "neither")
        table = table[between & (table.part == "curve")]
        table = table.assign(x=(table["T"] - T_C) * table.L, part="collapsed")
        quality = "" if pd.isna(fit.quality) else f": $S$ = {fit.quality:.2g}"
        lines = [r"exact $T_{\rm c}$ and $\nu$", f"(no fit{quality})"]
    else:
        lines = [
            rf"$T_{{\rm c}}$ = {value_with_error(fit['T'], fit.error)}",
            rf"$\nu$ = {value_with_error(fit.nu, fit.nu_error)}",
            rf"$S$ = {fit.quality:.2f}",
        ]
    t_c.draw_curves(ax, table, "network", "x", "collapsed", ls="none")
    ax.text(0.96, 0.94, "\n".join(lines), transform=ax.transAxes, ha="right", va="top")
    ax.set_xlabel(r"$(T-T_{\rm c})L^{1/\nu}$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """T_c where outputs fall through 1/2, of collapse and crossing; nu; and the baseline.

    The rules: T_c is Onsager's within 0.01, nu is 1 within 0.1 (`equals`), with errors that join
    chains and trainings; inconclusive if a network hardly tells its training data apart. The
    network is nearer to T_c than the magnetisation (`is_positive` for the difference of the
    deviations; ours).
    """
    return judge(table)
