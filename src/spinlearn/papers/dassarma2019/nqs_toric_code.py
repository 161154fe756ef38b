"""The toric code as a restricted Boltzmann machine: its stabilisers."""

from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from spinlearn.nqs.schemas import TORIC_CODE
from spinlearn.papers import style
from spinlearn.papers.verdicts import NOT_REPRODUCED, REPRODUCED, Claim, claim

CAPTION = (
    "The toric code as a restricted Boltzmann machine with one hidden unit per face, coupled by "
    "i pi/4 to the qubits on its four edges (dots). Squares: <B_f> of the faces; circles: <A_v> of "
    "the vertices; opposite sides of the torus are joined. (a) Ground state. (b) An excited state: "
    "hidden biases on two faces, and a visible bias on one edge (thick), set stabilisers to -1. "
    "(c) Largest deviation of a stabiliser from the value that the construction is meant to have; "
    "none at all is drawn as 1e-17."
)

ROUNDING = 1e-12
"""Largest deviation that counts as rounding of the exact vectors."""

FLOOR = 1e-17
"""Smallest deviation drawn."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All stabilisers, one per row."""
    return pd.concat([TORIC_CODE.read(path) for path in files.stabilisers], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Both states on the largest torus, and the deviations on every torus."""
    fig, axes = style.figure(2, 2.6, 1, 3, width_ratios=[1, 1, 0.8])
    style.label_panels(axes)
    largest = table[table.qubits == table.qubits.max()]
    for ax, state in zip(axes, ("ground", "excited"), strict=False):
        _draw_lattice(ax, largest[largest.state == state])
        ax.set_title(f"{state} state")
    _draw_deviations(axes[2], table)
    scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(-1, 1), "coolwarm_r")
    fig.colorbar(scale, ax=axes[:2], shrink=0.8, ticks=[-1, 0, 1], label="expectation value")
    return fig


def _draw_lattice(ax: Axes, part: pd.DataFrame) -> None:
    """Faces as squares, vertices as circles, qubits as dots on the edges."""
    colors = mpl.colormaps["coolwarm_r"]
    for row in part.itertuples():
        x, y = row.number % row.Lx, row.number // row.Lx
        color = colors((row.value + 1) / 2)
        if row.kind == "face":
            ax.add_patch(Rectangle((x, y), 1, 1, fc=color, ec="0.4", lw=0.8, alpha=0.75))
        else:
            ax.plot(x, y, "o", ms=13, mfc=color, mec="0.2", mew=0.6, clip_on=False, zorder=3)
            ax.plot([x + 0.5, x], [y, y + 0.5], "o", ms=3, color="0.1", zorder=3)
    if part.state.iloc[0] == "excited":
        ax.plot([0, 1], [0, 0], color="0.1", lw=3, zorder=2)
    ax.set(xlim=(-0.35, part.Lx.iloc[0] + 0.1), ylim=(-0.35, part.Ly.iloc[0] + 0.1), aspect="equal")
    ax.axis("off")


def _draw_deviations(ax: Axes, table: pd.DataFrame) -> None:
    """The largest deviation on each torus, both states."""
    found = table.assign(deviation=table.deviation.abs().clip(lower=FLOOR))
    largest = found.groupby(["qubits", "Lx", "Ly", "state"]).deviation.max().reset_index()
    for place, (state, rows) in enumerate(largest.groupby("state", sort=False)):
        marks = {**style.look(place), "ms": 4}
        if state == "ground":
            marks |= {"ms": 8, "mfc": "none"}  # both states may lie at one point
        ax.semilogy(rows.qubits, rows.deviation, ls="", **marks, label=f"{state} state")
    names = largest.groupby("qubits").first()
    ax.set_xticks(names.index, [f"{row.Lx}×{row.Ly}" for row in names.itertuples()])
    ax.set_xlim(names.index.min() - 2, names.index.max() + 2)
    ax.set_ylim(FLOOR / 3, 1e-8)
    style.reference_line(ax, ROUNDING, "rounding of the vectors")
    ax.set_xlabel("torus")
    ax.set_ylabel("largest deviation")
    ax.legend(loc="upper left")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Two claims of the review, and the number of couplings.

    Reproduced if every stabiliser of every torus is within `ROUNDING` of the value expected, and if
    a machine has at most four couplings per qubit. No random number is involved.
    """
    sizes = ", ".join(f"{Lx}×{Ly}" for Lx, Ly in table[["Lx", "Ly"]].drop_duplicates().to_numpy())
    found = [
        claim(
            f"dassarma2019.nqs_toric_code.{state}_state",
            text,
            published="exact, with a machine whose hidden units have four couplings",
            measured=float(deviation),
            verdict=REPRODUCED if deviation < ROUNDING else NOT_REPRODUCED,
            error_rate=0.0,
            scale=f"tori of {sizes} vertices; exact vectors",
            note="measured: the largest deviation of a stabiliser",
        )
        for state, text, deviation in (
            (name, text, _deviation(table[table.state == name])) for name, text in TEXTS.items()
        )
    ]
    ratio = float((table.couplings / table.qubits).max())
    return [*found, _couplings(ratio, sizes)]


TEXTS = {
    "ground": "A restricted Boltzmann machine is the ground state of the toric code",
    "excited": "Such a machine is also an excited state, with stabilisers -1 where they are meant",
}


def _deviation(part: pd.DataFrame) -> float:
    return float(part.deviation.abs().max())


def _couplings(ratio: float, sizes: str) -> Claim:
    return claim(
        "dassarma2019.nqs_toric_code.couplings",
        "The machine of the toric code has no more parameters than the roughly four per qubit that "
        "the review counts",
        published="roughly 4 per qubit, linear in their number",
        measured=ratio,
        verdict=REPRODUCED if ratio <= 4 else NOT_REPRODUCED,
        error_rate=0.0,
        scale=f"tori of {sizes} vertices",
        note="couplings per qubit; hidden units on vertices, which the review has too, change "
        "nothing",
    )
