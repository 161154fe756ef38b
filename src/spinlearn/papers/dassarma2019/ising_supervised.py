"""Supervised learning of the Ising model's phases, far from the transition."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.dassarma2019 import transition_temperature as t_c
from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.phases.extrapolation import half
from spinlearn.phases.onsager import T_C
from spinlearn.phases.schemas import ISING, SUPERVISED
from spinlearn.statistics.rounding import pm, value_with_error

CAPTION = (
    "Networks that learned the phases of the square-lattice Ising model far from the transition "
    "label the temperatures between (white); shaded: temperatures of the training data. "
    "(a) Probability of the ordered phase; grey: share of the configurations whose |m| exceeds a "
    "threshold, the baseline. Errors are of independent Markov chains. (b) The network's curves "
    "between the training data, collapsed; T_c and nu fitted. (c) Where the curves fall through "
    "1/2, extrapolated in 1/L; dashed: Onsager's T_c. In an infinite lattice a network with the threshold m falls through "
    "1/2 where Yang's magnetisation is m: at 2.269 for m = 0.5, at 2.242 for m = 0.7."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """`transition_table` of the network (mean over its runs) and of the magnetisation.

    And `collapse_table` of both, at the temperatures between the training data.

    With `configurations` per (L, T), `runs`, and the limits of the training data.
    """
    found = SUPERVISED.read(files.labels[0])
    about = {name: found.attributes[name] for name in ("ordered_below", "disordered_above")}
    sizes, temperatures = found["size"], found["temperature"]
    curves = {"network": found["output"].mean(axis=0), "magnetisation": found["baseline"]}
    numbers = settings["seed"], settings["resamples"]
    parts = []
    for method, values in curves.items():
        cells = t_c.by_cell(values, sizes, temperatures)
        parts.append(t_c.transition_table(cells, method, half, *numbers))
        low, high = about.values()
        rest = {cell: each for cell, each in cells.items() if low < cell[1] < high}
        parts.append(t_c.collapse_table(rest, method, *numbers))
    samples = ISING.read(files.ising[0], "up")["up"].shape[2]
    count = samples * found["baseline"].shape[2]
    runs = found["output"].shape[0]
    return pd.concat(parts, ignore_index=True).assign(configurations=count, runs=runs, **about)


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
    grey = {"color": "0.7", "lw": 0.8, "ms": 0, "label": None}
    t_c.draw_curves(ax, table, "magnetisation", **grey)
    t_c.draw_curves(ax, table, "network")
    t_c.mark_transition(ax)
    ax.set(xlabel=r"$T/J$", ylabel="probability of order", xlim=(low, high))
    ax.legend(title=r"$L$", loc="upper right")


def _draw_collapse(ax: Axes, table: pd.DataFrame) -> None:
    fit = t_c.row_of(table, "network", "collapse")
    if pd.isna(fit["T"]):
        ax.set_xticks([])
        ax.text(
            0.5, 0.5, f"no collapse\n($S$ = {fit.quality:.2g})", transform=ax.transAxes, ha="center"
        )
        return
    t_c.draw_curves(ax, table, "network", "x", "collapsed", ls="none")
    lines = [
        rf"$T_{{\rm c}}$ = {value_with_error(fit['T'], fit.error)}",
        rf"$\nu$ = {value_with_error(fit.nu, fit.nu_error)}",
        rf"$S$ = {fit.quality:.2f}",
    ]
    ax.text(0.96, 0.94, "\n".join(lines), transform=ax.transAxes, ha="right", va="top")
    ax.set_xlabel(r"$(T-T_{\rm c})L^{1/\nu}$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """T_c where the outputs fall through 1/2, T_c and nu of the collapse, and the baseline.

    The rules: T_c is Onsager's within 0.01, nu is 1 within 0.1 (`equals`). The network is nearer
    to T_c than the magnetisation (`is_positive` for the difference of the deviations; ours).
    """
    network, plain = (t_c.row_of(table, name, "limit") for name in ("network", "magnetisation"))
    fit = t_c.row_of(table, "network", "collapse")
    one = table.iloc[0]
    scale = (
        f"{t_c.sizes_text(table)}, {one.configurations:.0f} configurations per (L, T), trained at "
        f"T <= {one.ordered_below:g} and T >= {one.disordered_above:g}, {one.runs:.0f} networks"
    )
    about: dict[str, Any] = {"scale": scale, "needs": t_c.needs(table)}
    gain = abs(plain["T"] - T_C) - abs(network["T"] - T_C)
    gain_error = float((plain.error**2 + network.error**2) ** 0.5)
    exact = f"{T_C:.4f} is exact; Carrasquilla and Melko 2017: 2.266(2)"
    key = "dassarma2019.ising_supervised"
    return [
        claim(
            f"{key}.critical_temperature",
            "networks trained on labelled configurations locate T_c of the Ising model",
            published=f"yes ({exact}; here: within {t_c.TOLERANCE:g})",
            note=f"the magnetisation above a threshold gives {pm(plain['T'], plain.error)}",
            **t_c.judge_T_c(network),
            **about,
        ),
        claim(
            f"{key}.collapse",
            "the networks' outputs collapse at T_c",
            published=f"yes ({exact}; here: within {t_c.TOLERANCE:g})",
            note=f"quality S = {fit.quality:.2g}",
            **t_c.judge_T_c(fit),
            **about,
        ),
        claim(
            f"{key}.exponent",
            "the networks' outputs collapse with the critical exponent nu = 1",
            published=f"found the critical exponents (exact: 1; here: within {t_c.NU_TOLERANCE:g})",
            note=f"quality S = {fit.quality:.2g}",
            **t_c.judge_nu(fit),
            **about,
        ),
        claim(
            f"{key}.baseline",
            "networks come nearer to T_c than the magnetisation above a threshold",
            published="no claim",
            origin="spinlearn",
            measured=(gain, gain_error),
            verdict=is_positive(gain, gain_error),
            **about,
        ),
    ]
