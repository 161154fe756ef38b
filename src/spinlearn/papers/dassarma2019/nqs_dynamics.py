"""Machines after a quench, beside exact evolution."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.nqs.schemas import DYNAMICS
from spinlearn.papers import style
from spinlearn.papers.verdicts import NOT_REPRODUCED, REPRODUCED, Claim, claim

CAPTION = (
    "Rings after a quench of the transverse field (Ising, left) or of the z coupling (Heisenberg, "
    "right). Above: mean transverse magnetisation, and mean correlation of neighbours' x "
    "components; lines: exact evolution of the exact ground state, straight between the times of "
    "the markers; markers: restricted Boltzmann machines by the time-dependent variational "
    "principle, averages over all configurations. Below: 1 - fidelity of both states, which begins "
    "with that of the initial machine; values below 1e-12 are drawn there; dashed: fidelity 0.99."
)

NAMES = {
    "tfi": ("Ising", "h", "$\\langle\\sigma^x_i\\rangle$"),
    "heisenberg": ("Heisenberg", "J_z", "$\\langle\\sigma^x_i\\sigma^x_{i+1}\\rangle$"),
}

FAITHFUL = 0.99
"""Least fidelity at which the machine counts as following the evolution."""

FLOOR = 1e-12
"""Smallest infidelity drawn."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All quenches, one row per (quench, N, time)."""
    return pd.concat([DYNAMICS.read(path) for path in files.dynamics], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One column per quench: the observable above, the infidelity below."""
    fig, axes = style.figure(
        2, 3.9, 2, len(NAMES), sharex="col", squeeze=False, height_ratios=[1.3, 1]
    )
    style.label_panels(axes.ravel())
    for column, (name, (model, symbol, label)) in enumerate(NAMES.items()):
        rows = table[table.quench == name]
        _draw_quench(axes[0, column], axes[1, column], rows)
        before, after = rows.before.iloc[0], rows.after.iloc[0]
        axes[0, column].set_title(f"{model} ring, ${symbol}/J = {before:g} \\to {after:g}$")
        axes[0, column].set_ylabel(label)
        axes[1, column].set_xlabel("time $tJ$")
        axes[1, column].set_ylabel("$1 -$ fidelity")
    handles = axes[0, 0].get_legend_handles_labels()[0]
    columns = len(handles) if len(handles) <= 4 else len(handles) // 2  # one row, or two
    fig.legend(handles=handles, loc="outside lower center", ncols=columns)
    return fig


def _draw_quench(above: Axes, below: Axes, part: pd.DataFrame) -> None:
    """All lengths of one quench."""
    for place, (N, rows) in enumerate(part.groupby("N")):
        look = style.look(place)
        above.plot(rows.time, rows.exact, color=look["color"], label=f"exact, $N = {N}$")
        above.plot(rows.time, rows.machine, ls="", **look, label=f"machine, $N = {N}$")
        below.semilogy(rows.time, (1 - rows.fidelity).clip(lower=FLOOR), **look)
    below.axhline(1 - FAITHFUL, color="0.45", lw=0.8, ls="--", zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The machine captures the time evolution (Carleo and Troyer, cited by the review).

    Reproduced if the fidelity stays above `FAITHFUL` to the longest time, for every length. There
    is no sampling, and so no statistical error.
    """
    found = []
    for name, (model, _, _) in NAMES.items():
        rows = table[table.quench == name]
        worst = float(rows.fidelity.min())
        sizes = ", ".join(map(str, sorted(set(rows.N))))
        found.append(
            claim(
                f"dassarma2019.nqs_dynamics.{name}_quench",
                f"A restricted Boltzmann machine captures the evolution of the {model} ring after "
                f"a quench (least fidelity, above {FAITHFUL:g})",
                published="faithfully captured",
                measured=worst,
                verdict=REPRODUCED if worst > FAITHFUL else NOT_REPRODUCED,
                needs=[("N", int(rows.N.max()), 8), ("time", float(rows.time.max()), 1.0)],
                error_rate=0.0,
                scale=f"N = {sizes}, alpha = {rows.alpha.iloc[0]}, to t = {rows.time.max():g}/J",
                note="largest error of the observable "
                f"{(rows.machine - rows.exact).abs().max():.1e}",
            )
        )
    return found
