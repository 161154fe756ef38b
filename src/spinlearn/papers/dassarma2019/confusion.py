"""Learning by confusion: accuracy against the trial value, for several systems."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.dassarma2019.confusion_claims import judge, maxima
from spinlearn.papers.verdicts import Claim
from spinlearn.phases.choices import SOURCES
from spinlearn.phases.onsager import T_C
from spinlearn.phases.schemas import CONFUSION
from spinlearn.statistics.rounding import value_with_error

CAPTION = (
    "Learning by confusion: held-out accuracy of networks that learn a division of the data at a "
    "trial value. Mean and standard error over trainings; dashed: guessing the more frequent label "
    "(a V); bars below: the middle maximum with its error over trainings, if nine of ten "
    "have one; lengths of square lattices (a, b) and of chains. Grey lines and bands: the "
    "transition (Onsager's T_c; the literature's 3.5 to 3.7 for the random-field Heisenberg chain "
    "in spin-1/2 operators; h_x = J). (b) Null test: Ising configurations at random temperatures. "
    "If the configuration has such chains: (d) Strings of "
    "sigma^z outcomes of transverse-field Ising chains, each flipped as a whole with probability "
    "1/2; (e) not flipped, a control: a weak field breaks the tie of the two ordered states, and "
    "the magnetisation that it selects collapses before the transition. (f) POVM outcomes of the "
    "same chains, which show that magnetisation too."
)

PANELS: dict[str, tuple[str, str, tuple[float, float]]] = {
    "ising": ("Ising", r"$T/J$", (T_C, T_C)),
    "shuffled": ("Ising, shuffled $T$", r"$T/J$", (np.nan, np.nan)),
    "spectra": ("entanglement spectra", r"$h/J$", (3.5, 3.7)),
    "z": (r"$\sigma^z$, flipped at random", r"$h_x/J$", (1.0, 1.0)),
    "z_unflipped": (r"$\sigma^z$, not flipped", r"$h_x/J$", (1.0, 1.0)),
    "povm": ("POVM outcomes", r"$h_x/J$", (1.0, 1.0)),
}
"""Title, horizontal axis and transition of each kind of data."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean accuracies, then one row per (source, size) with the middle maximum.

    `part` is "accuracy" (`source, size, division, accuracy, error, guess`) or "maximum" (`source,
    size, runs, samples`, and those of `maxima`).
    """
    parts = []
    for path in files.accuracies:
        for size, rows in CONFUSION.read(path).groupby("size"):
            about = {"source": path.stem, "size": size}
            means = rows.groupby("division", as_index=False).agg(
                accuracy=("accuracy", "mean"), error=("accuracy", "sem"), guess=("guess", "mean")
            )
            parts.append(means.assign(part="accuracy", **about))
            counts = {"runs": rows.run.nunique(), "samples": rows.samples.iloc[0]}
            parts.append(pd.DataFrame([{"part": "maximum", **about, **counts, **maxima(rows)}]))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per kind of data, three in a row."""
    sources = [source for source in SOURCES if source in set(table.source)]
    rows = len(sources) // 3
    fig, axes = style.figure(2, 2.5 * rows, rows, 3, sharey=True, squeeze=False)
    style.label_panels(axes.flat)
    for ax, source in zip(axes.flat, sources, strict=True):
        title, label, (low, high) = PANELS[source]
        _draw_panel(ax, table[table.source == source])
        ax.set_title(title, pad=4, loc="right")
        ax.set_xlabel(label)
        if low == high:
            ax.axvline(low, color="0.55", lw=0.8, zorder=0)
        elif np.isfinite(low):
            ax.axvspan(low, high, color="0.88", lw=0, zorder=0)
    for ax in axes[:, 0]:
        ax.set_ylabel("held-out accuracy")
    most = table.groupby("source")["size"].nunique().max()  # lines of the longest legend
    axes[0, 0].set(ylim=(0.35 - 0.085 * max(most, 2), 1.0), yticks=np.linspace(0.5, 1.0, 6))
    return fig


def _draw_panel(ax: Axes, table: pd.DataFrame) -> None:
    """Accuracies of all sizes, their V, and the middle maxima below."""
    curves, best = table[table.part == "accuracy"], table[table.part == "maximum"]
    sizes = sorted(curves["size"].unique())
    for index, size in enumerate(sizes):
        rows = curves[curves["size"] == size].sort_values("division")
        if index == 0:
            ax.plot(rows.division, rows.guess, color="0.4", lw=0.9, ls="--")
        peak = best[best["size"] == size].iloc[0]
        label = f"{size:.0f}"
        if np.isfinite(peak.place):
            label += f": {value_with_error(peak.place, peak.place_error)}"
        look = style.look(index)
        ax.errorbar(rows.division, rows.accuracy, rows.error.fillna(0.0), label=label, **look)
        if np.isfinite(peak.place):
            marks: dict[str, Any] = {"color": look["color"], "marker": "|", "ms": 7, "capsize": 2}
            height = 0.47 - 0.03 * index
            error = peak.place_error if np.isfinite(peak.place_error) else 0.0
            ax.errorbar(peak.place, height, xerr=error, **marks)
    ax.legend(loc="lower center", title="length: middle maximum", labelspacing=0.25)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The middle maximum of each system at its largest size, the null test, and the control.

    The rules: the mean place over trainings is the transition's within 0.1 (`equals`), or within
    3.2 to 4.0 for the spectra (`lies_between`); inconclusive unless nine of ten trainings have a
    maximum of height 0.02, and learn no division worse than by guessing by more than 0.05. Without
    a transition guessing is exceeded by less than 0.02 on average (`is_below`). The maximum of
    strings that are not flipped lies below that of flipped ones (`is_positive`). The last four are
    ours. Kinds of data that the configuration does not have are not judged.
    """
    return judge(table)
