"""Zhong 2022, appendix A: the two propositions on what the machines can express, numerically."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.hbm.propositions import decoupling_distances, pulsed_ising_errors
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.common import rows_with
from spinlearn.papers.zhong2022.proposition_claims import judge
from spinlearn.streams import rng

CAPTION = (
    "The propositions of appendix A at sizes that are solved exactly; the paper proves them and "
    "has no numbers. Each point is the largest of four draws of the fields. (a) Proposition 1: "
    "distance (total variation) between the open basic machine and the hidden machine on a ring "
    "against the fields on the hidden spins, which begin up or in |+>. Hidden spins that are up "
    "shift the fields of their neighbours, which is corrected. (b) Proposition 2: operator norm "
    "between the evolution of the XXZ model with pi pulses on one sublattice and that of the Ising "
    "model, against the number of pulses in a fixed time; dashed: without pulses."
)

DRAWS = 4
VISIBLE, HIDDEN, QUENCHES, QUENCH_TIME = 4, 2, 2, 3.0
LATTICE, TIME = (2, 3), 2.0
HIDDEN_FIELDS = 100.0 * 2.0 ** np.arange(7)
PULSES = np.array([0, *(2 ** np.arange(4, 11))])

CASES: dict[str, dict[str, Any]] = {
    "up": {"hidden_state": "up", "J_zz": 1.0},
    "plus": {"hidden_state": "plus", "J_zz": 1.0},
    "plus_exchange": {"hidden_state": "plus", "J_zz": 0.0},
}
"""Hidden spins of each curve of panel (a)."""

LABELS = {
    "up": r"hidden spins up, $J_{zz} = 1$",
    "plus": r"hidden spins in $|{+}\rangle$, $J_{zz} = 1$",
    "plus_exchange": r"hidden spins in $|{+}\rangle$, $J_{zz} = 0$",
    "pulses": r"$n$ pulses",
}

INVERSE = {"up": "$1/h$", "pulses": "$1/n$"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Distances of propositions 1 and 2, the largest over draws of the fields.

    Args:
        files: none; everything is computed here.
        settings: `seed`, of the fields: uniform in [-4, 4] for proposition 1, [-1, 1] for 2.

    Returns:
        One row per (`case`, `x`) with the largest `distance` of the `draws`, and the `system` in
        words. The cases are those of `CASES`, where x is the field on the hidden spins in units of
        J, and "pulses", where x is their number.
    """
    streams = [rng(settings["seed"], "zhong2022", "appendix_a", draw=draw) for draw in range(DRAWS)]
    fields = [stream.uniform(-4, 4, (QUENCHES, VISIBLE)) for stream in streams]
    sizes: dict[str, Any] = {"hidden": HIDDEN, "quench_time": QUENCH_TIME}
    machines = f"{VISIBLE}+{HIDDEN} spins, {QUENCHES} quenches of T = {QUENCH_TIME:g}/J"
    parts = []
    for name, case in CASES.items():
        found = [decoupling_distances(h, HIDDEN_FIELDS, **case, **sizes) for h in fields]
        parts.append(_curve(name, HIDDEN_FIELDS, found, machines))
    lattice = f"{LATTICE[0]} x {LATTICE[1]} spins, t = {TIME:g}/J"
    fields = [stream.uniform(-1, 1, LATTICE) for stream in streams]
    errors = [pulsed_ising_errors(B, PULSES, time=TIME) for B in fields]
    parts.append(_curve("pulses", PULSES.astype(float), errors, lattice))
    return pd.concat(parts, ignore_index=True)


def _curve(
    name: str,
    x: Float[np.ndarray, " points"],
    found: list[Float[np.ndarray, " points"]],
    system: str,
) -> pd.DataFrame:
    columns = {"case": name, "x": x, "distance": np.max(found, axis=0)}
    return pd.DataFrame({**columns, "draws": len(found), "system": system})


def draw(table: pd.DataFrame) -> Figure:
    """Distance against the hidden field, and error against the number of pulses."""
    fig, axes = style.figure(2, 2.7, 1, 2)
    style.label_panels(axes)
    for index, name in enumerate(CASES):
        _draw_curve(axes[0], table, name, index)
    _draw_curve(axes[1], table, "pulses", 0)
    unpulsed = rows_with(table, case="pulses", x=0.0).distance.iloc[0]
    style.reference_line(axes[1], unpulsed, "without pulses", above=False)
    axes[0].set_xlabel(r"field on the hidden spins $h/J$")
    axes[0].set_ylabel("total variation")
    axes[1].set_xlabel("number of pulses $n$")
    axes[1].set_ylabel("operator norm")
    for ax, case in zip(axes, ("up", "pulses"), strict=True):
        rows = rows_with(table, case=case).query("x > 0")
        below = 0.4 * rows.distance.iloc[0] * rows.x.iloc[0] / rows.x
        ax.loglog(rows.x, below, ":", color="0.45", label=f"proportional to {INVERSE[case]}")
        ax.set_title(rows.system.iloc[0], fontsize=7.5)
    axes[0].legend(loc="center left", bbox_to_anchor=(0.0, 0.74))
    axes[1].legend(loc="lower left")
    return fig


def _draw_curve(ax: Axes, table: pd.DataFrame, name: str, index: int) -> None:
    rows = rows_with(table, case=name).query("x > 0")
    ax.loglog(rows.x, rows.distance, label=LABELS[name], **style.look(index))


def claims(table: pd.DataFrame) -> list[Claim]:
    """Both propositions, and what the first needs; the rule is that of `proposition_claims`."""
    return judge(table)
