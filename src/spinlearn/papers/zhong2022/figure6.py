"""Zhong 2022, figure 6: patterns retrieved from corrupted ones."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.hbm.schemas import RETRIEVALS
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.retrieval_claims import judge
from spinlearn.papers.zhong2022.retrieval_table import (
    BOTH,
    FIRST,
    IMAGE_CASES,
    SECOND,
    retrieval_table,
)

CAPTION = (
    "Pattern retrieval. (a) Digits, what a machine has learned (0, or 0 and 1 superposed), the "
    "digit without its lower half, and what the learned quenches from m* on make of it, with zero "
    "phases and hidden spins in |+>, or with the phases and the hidden part of psi_m*; last, what "
    "a machine makes of it that has learned the other digit alone. Each image has its own grey "
    "scale and its fidelity F with the digit; the run is that of median F with zero phases. (b) F "
    "with the digit 0, after a machine has learned it. (c) F with the own digit less F with the "
    "other one, after both have been learned superposed, mean over both digits. Pixels: 25 % of "
    "them replaced; noise: up to half of the largest value added. |+>: this state, under the same "
    "quenches. The paper states neither the phases nor the hidden part nor any number, and prints "
    "argmax for m*, where argmin is meant. The map is unitary: the overlap of the corrupted state "
    "with psi_m* is that of the retrieved state with psi_M. It bounds from below the fidelity of "
    "the retrieved with the learned distribution, not with the digit. "
    f"{common.CHOICE_OF_STRENGTH}"
)

LEARNED = {FIRST: "learned: 0", BOTH: "learned: 0 + 1"}
IMAGES = {
    "pattern": "digit",
    "learned": "learned",
    "corrupted": "corrupted",
    "zero_phases": "retrieved,\nzero phases",
    "closest_state": "retrieved,\n" + r"as $\psi_{m^*}$",
    "other_machine": "by a machine that\nlearned the other",
}
CORRUPTIONS = {
    "lower_half": "lower half",
    "right_half": "right half",
    "pixels": "pixels",
    "noise": "noise",
}
ENCODINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "zero_phases": ("zero phases", {"color": style.COLORS[0], "marker": "o"}),
    "random_phases": ("random phases", {"color": style.COLORS[5], "marker": "^"}),
    "closest_state": (r"as $\psi_{m^*}$", {"color": style.COLORS[2], "marker": "s"}),
    "plus": (r"$|{+}\rangle$", {"color": style.COLORS[7], "marker": "X"}),
}
OTHER = {"color": style.COLORS[1], "marker": "D", "mfc": "white"}
INPUT = {"color": "black", "marker": "o", "mfc": "white"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Fidelities of retrieved patterns, and images.

    Args:
        files: `retrievals`, one file per machine and strength.
        settings: none.

    Returns:
        Rows with `part` "fidelity", one per `machine, h, learned, pattern, corruption, encoding`;
        pattern "both" is the mean over patterns and corruption "half" that over the two halves, in
        each run. Means over runs, each with its `_error`: `own`, F of the retrieved with the own
        pattern; `input_own`, of the corrupted; `gain`, their difference; `above_flat`, own less F
        of the flat image; `above_other_machine`, own less F of what a machine makes of the same
        input that has learned the other digit alone; `above_plus`, own less F of |+> under the
        same quenches; `selectivity`, F with the own less F with the other pattern;
        `input_selectivity`, of the corrupted; `added_selectivity`, their difference; `overlap`,
        which the quenches conserve; `closest`, m*. Rows with `part` "image", one per pixel of
        `image`, with `row, column, probability, run` and `own`. And the sizes.
    """
    tables = [retrieval_table(RETRIEVALS.read(path)) for path in files.retrievals]
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Images above, fidelities and selectivities below; of the first machine and strength."""
    first = table.iloc[0]
    table = common.rows_with(table, machine=first.machine, h=first.h)
    fig, whole = style.figure(2, 6.4)
    whole.remove()
    top, bottom = fig.subfigures(2, 1, squeeze=False, height_ratios=[1.45, 1]).flat
    images = top.subplots(len(IMAGE_CASES), len(IMAGES))
    _draw_images(images, common.rows_with(table, part="image"))
    left, right = bottom.subplots(1, 2)
    cases = common.rows_with(table, part="fidelity")
    _draw_cases(left, cases, "own", FIRST, FIRST)
    _draw_cases(right, cases, "selectivity", BOTH, "both")
    flat = common.rows_with(cases, learned=FIRST, pattern=FIRST).iloc[0]
    style.reference_line(left, flat.own - flat.above_flat, "flat image")
    style.reference_line(right, 0.0, "")
    left.set_ylabel("$F$ with the digit 0")
    right.set_ylabel(r"$F_\mathrm{own} - F_\mathrm{other}$")
    style.label_panels([images[0, 0], left, right])
    left.set_title(LEARNED[FIRST], fontsize=8.5)
    right.set_title(LEARNED[BOTH], fontsize=8.5)
    bottom.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=6)
    bottom.supxlabel(
        f"{first.source}; $h_d$ = {first.h:g}, {first.quenches} quenches,\n"
        f"{common.training_label(first)}; error bars: standard error{common.chain_label(first)}",
        fontsize=7.5,
    )
    return fig


def _draw_images(axes: np.ndarray, pixels: pd.DataFrame) -> None:
    for line, (learned, pattern) in zip(axes, IMAGE_CASES, strict=True):
        case = common.rows_with(pixels, learned=learned, pattern=pattern)
        for ax, (image, label) in zip(line, IMAGES.items(), strict=True):
            shown = common.rows_with(case, image=image)
            values = shown.pivot(index="row", columns="column", values="probability")
            ax.imshow(values.to_numpy(), cmap="Greys", vmin=0)
            ax.set(xticks=[], yticks=[])
            ax.set_xlabel(f"$F$ = {shown.own.iloc[0]:.2f}", fontsize=7.5, labelpad=2)
            if ax in axes[0]:
                ax.set_title(label, fontsize=7.5)
        line[0].set_ylabel(LEARNED[learned], fontsize=8)


def _draw_cases(ax: Axes, cases: pd.DataFrame, name: str, learned: str, pattern: str) -> None:
    """A column of points per corruption: the corrupted pattern, and what is retrieved."""
    at = np.arange(len(CORRUPTIONS))

    def points(shift: float, quantity: str, label: str, look: dict[str, Any], **case: str) -> None:
        rows = common.rows_with(cases, pattern=pattern, **case).set_index("corruption")
        rows = rows.loc[list(CORRUPTIONS)]
        errors = rows[f"{quantity}_error"]
        ax.errorbar(at + shift, rows[quantity], errors, ls="", label=label, **look)

    plain = {"learned": learned, "encoding": "zero_phases"}
    points(-0.3, f"input_{name}", "corrupted", INPUT, **plain)
    for shift, (encoding, (label, look)) in zip(
        (-0.18, -0.06, 0.06, 0.3), ENCODINGS.items(), strict=True
    ):
        points(shift, name, label, look, learned=learned, encoding=encoding)
    if learned == FIRST:
        points(0.18, name, "learned the other", OTHER, learned=SECOND, encoding="zero_phases")
    ax.set_xticks(at, list(CORRUPTIONS.values()))
    ax.tick_params(axis="x", bottom=False, top=False)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Retrieval, selective retrieval and controls; the rules are those of `judge`."""
    return judge(table)
