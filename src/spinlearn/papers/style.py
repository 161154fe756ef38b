"""The house style of all figures: sizes of a journal column, colours, small helpers."""

from collections.abc import Iterable
from string import ascii_lowercase
from typing import Any

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F4F9E", "#5A5A5A")
"""Okabe and Ito's colours, in an order that also separates in grey."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

COLUMN_WIDTHS = {1: 3.4, 2: 7.0}
"""Widths of a single and of a double journal column, in inches."""

RC: Any = {
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 9,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.8,
    "errorbar.capsize": 1.5,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "spinlearn",
}


def figure(
    columns: int = 1,
    height: float = 2.6,
    nrows: int = 1,
    ncols: int = 1,
    **subplots: Any,
) -> tuple[Figure, Any]:
    """A figure of journal width with constrained layout, not registered in pyplot.

    Args:
        columns: 1 or 2 journal columns wide.
        height: height in inches.
        nrows, ncols: panels.
        subplots: passed on to `Figure.subplots`.

    Returns:
        The figure, and its axes as `Figure.subplots` gives them.
    """
    mpl.rcdefaults()  # whatever a matplotlibrc of the user's says
    mpl.rcParams.update(RC)
    fig = Figure(figsize=(COLUMN_WIDTHS[columns], height), layout="constrained")
    return fig, fig.subplots(nrows, ncols, **subplots)


def look(index: int, *, hollow: bool = False) -> dict[str, Any]:
    """Colour and marker of the curve with this index; the marker is white inside if `hollow`."""
    marks = {"color": COLORS[index % len(COLORS)], "marker": MARKERS[index % len(MARKERS)]}
    return {**marks, "mfc": "white"} if hollow else marks


def sequential(n: int) -> list[tuple[float, float, float, float]]:
    """`n` colours from dark to light for an ordered quantity."""
    return [mpl.colormaps["viridis"](x) for x in np.linspace(0.0, 0.88, max(n, 1))]


def reference_line(ax: Axes, y: float, label: str, *, x: float = 0.985, above: bool = True) -> None:
    """A thin dashed horizontal line with its name at the horizontal axes fraction `x`."""
    ax.axhline(y, color="0.45", lw=0.8, ls="--", zorder=0)
    ax.annotate(
        label,
        xy=(x, y),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2 if above else -2),
        textcoords="offset points",
        ha="right" if x > 0.5 else "left",
        va="bottom" if above else "top",
        color="0.35",
        fontsize=7,
    )


def cell_edges(centres: Float[np.ndarray, " n"]) -> Float[np.ndarray, " edges"]:
    """Edges of a map's cells, half way between their centres; a lone cell is one wide.

    >>> cell_edges(np.array([1.0, 2.0, 4.0])).tolist(), cell_edges(np.array([3.0])).tolist()
    ([0.5, 1.5, 3.0, 5.0], [2.5, 3.5])
    """
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    extended = np.pad(centres, 1, mode="reflect", reflect_type="odd")
    return 0.5 * (extended[1:] + extended[:-1])


def label_panels(axes: Iterable[Axes]) -> None:
    """Bold letters above the left ends of panels, from (a) on; call it before panels get titles."""
    for ax, letter in zip(axes, ascii_lowercase, strict=False):
        ax.set_title(f"({letter})", loc="left", fontweight="bold", pad=4)


def mean_and_band(
    ax: Axes,
    x: ArrayLike,
    mean: ArrayLike,
    spread: ArrayLike,
    *,
    color: str,
    label: str | None = None,
    **line: Any,
) -> None:
    """A line with a band from mean - spread to mean + spread."""
    center, half = np.asarray(mean, dtype=float), np.asarray(spread, dtype=float)
    ax.plot(x, center, color=color, label=label, **line)
    ax.fill_between(x, center - half, center + half, color=color, alpha=0.18, lw=0)


def name_chain(figure: Figure, system: str) -> None:
    """Name the chain below a figure, unless it is the papers' ring.

    Args:
        figure: the figure.
        system: the chain in words, see `spinlearn.spins.chain_text`.
    """
    if system != "ring":
        figure.supxlabel(system, fontsize=8)
