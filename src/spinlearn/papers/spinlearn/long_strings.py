"""Restricted Boltzmann machines, classical and semi-quantum, on strings of 64 bits."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.demidik2025.common import LABELS, LOOKS
from spinlearn.papers.spinlearn.long_claims import judge
from spinlearn.papers.spinlearn.long_values import (
    COMPARED,
    comparisons,
    fit_of,
    likelihood_row,
    picture_rows,
)
from spinlearn.papers.verdicts import Claim
from spinlearn.sqrbm.choices import PAULIS
from spinlearn.sqrbm.long_strings import load
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Log-likelihood against hidden units and against parameters, of machines trained by persistent "
    "contrastive divergence on strings too long for sums over all of them; log Z by annealed "
    "importance sampling. Of samples a fifth is held out, and the mean is over these (dotted: over "
    "the others, which are learned); of a distribution the mean is exact but for log Z. Bars: "
    "spread of independent runs and error of log Z. The number of held-out strings adds an error "
    "that is common to all machines; comparisons use differences per string. Dashed: the best "
    "possible value where it is known. Right: strings of the data, and of the Markov chains after "
    "the last step."
)

SHOWN, COLUMNS, GREY = 12, (1, 2, 3, 4, 6), 0.75
"""Strings in a picture, per machine; the columns that they may fill, and the grey between."""

TITLES = {
    "digits_pixels": "digits, 8 x 8",
    "bars_and_stripes_4x16": "bars and stripes, 4 x 16",
    "all_bars_and_stripes_4x16": "bars and stripes, 4 x 16",
}
"""Names of data sets."""

SHAPES = {"digits_pixels": (8, 8)} | dict.fromkeys(list(TITLES)[1:], (4, 16))
"""Rows and columns of the pictures of a data set; others are lines."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Rows of four kinds, by `part`, of each data set and n; see module `long_values`.

    "likelihood": one machine, `mean` and `error` over `runs`, in nats. "gain": a semi-quantum
    machine against an RBM. "ratio": classical hidden units per hidden qubit. "picture": a string.
    The columns of gains and ratios are there even if no two machines can be compared.
    """
    rows = []
    contents = load(files.fits)
    for name, n in dict.fromkeys(map(_strings_of, contents)):
        part = [one for one in contents if _strings_of(one) == (name, n)]
        fits = [fit_of(one) for one in part]
        found = [likelihood_row(*pair) for pair in zip(part, fits, strict=True)]
        trained = [fit_of(one, "train_log_likelihood") for one in part]
        found += comparisons(fits, trained) + picture_rows(part, SHOWN)
        rows += [{"dataset": name, "n": n, **row} for row in found]
    found = pd.DataFrame(rows)
    return found.reindex(columns=list(dict.fromkeys([*found.columns, *COMPARED])))


def _strings_of(contents: Contents) -> tuple[str, int]:
    """Data set and number of bits of a machine."""
    return str(contents.attributes["dataset"]), int(contents.attributes["n"])


def draw(table: pd.DataFrame) -> Figure:
    """One row per data set and n: against hidden units, against parameters, and a picture."""
    groups = list(table.groupby(["dataset", "n"], sort=False))
    fig, axes = style.figure(
        2, 0.6 + 2.2 * len(groups), len(groups), 3, squeeze=False, width_ratios=(1, 1, 1)
    )
    for ((name, n), rows), (by_units, by_parameters, picture) in zip(groups, axes, strict=True):
        curves = rows[rows.part == "likelihood"]
        for ax, column, label in (
            (by_units, "m", "hidden units $m$"),
            (by_parameters, "parameters", "parameters"),
        ):
            _draw_curves(ax, curves, column)
            ax.set_xlabel(label)
        title = f"{TITLES.get(name, name)}, $n = {n}$"
        by_units.set(ylabel="log-likelihood (nat)", title=title)
        _draw_strings(picture, rows[rows.part == "picture"], SHAPES.get(name, (1, n)))
    fig.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside upper center", ncols=6)
    return fig


def _draw_curves(ax: Axes, curves: pd.DataFrame, column: str) -> None:
    for paulis in (name for name in PAULIS if name in set(curves.paulis)):
        curve = curves[curves.paulis == paulis].sort_values("m")
        style_of = {**LOOKS[paulis], "label": LABELS[paulis]}
        ax.errorbar(curve[column], curve["mean"], curve.error, ms=3.5, **style_of)
        if (curve.held_out > 0).all():
            ax.plot(curve[column], curve.train, ls=":", lw=0.9, color=LOOKS[paulis]["color"])
    best, independent = curves.best.iloc[0], curves.independent.iloc[0]
    if np.isfinite(best):
        style.reference_line(ax, best, "best possible")
    words = f"independent bits: {independent:.1f}"
    ax.text(0.97, 0.03, words, transform=ax.transAxes, ha="right", color="0.35", fontsize=7)
    low, high = curves["mean"].min(), np.nanmax([curves["mean"].max(), curves.train.max(), best])
    ax.set_ylim(low - 0.2 * (high - low) - 0.1, high + 0.12 * (high - low) + 0.1)
    ax.set_xscale("log")
    ticks = sorted(curves[column].unique())
    ax.set_xticks(ticks[:: max(1, len(ticks) // 5)], minor=False)
    ax.set_xticks([], minor=True)
    ax.xaxis.set_major_formatter("{x:.0f}")


def _draw_strings(ax: Axes, rows: pd.DataFrame, shape: tuple[int, int]) -> None:
    """One block of pictures per machine, the data first, in a nearly square grid."""
    names = list(rows.paulis.unique())
    height, width = shape[0] + 1, shape[1] + 1
    across = min(COLUMNS, key=lambda count: abs(count**2 * width / height - len(names) * SHOWN))
    tall = SHOWN // across * height + 1
    canvas = np.full((len(names) * tall - 2, across * width - 1), GREY)
    for place, name in enumerate(names):
        for number, string in enumerate(rows[rows.paulis == name].string):
            top = place * tall + number // across * height
            left = number % across * width
            bits = np.array([int(bit) for bit in string.removeprefix("b")]).reshape(shape)
            canvas[top : top + shape[0], left : left + shape[1]] = 1 - bits
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    middles = [(place + 0.5) * tall - 1.5 for place in range(len(names))]
    words = [LABELS.get(name, name) for name in names]
    ax.set_yticks(middles, words, rotation=90, va="center", fontsize=6)
    ax.tick_params(length=0)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Semi-quantum machines against RBMs: at equal parameters, and hidden units per hidden qubit.

    See `spinlearn.papers.spinlearn.long_claims`.
    """
    return judge(table)
