"""Half-chain entropy against chain length: volume law and area law (Zhong 2022, figure 11)."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.mbl.entanglement_laws import entanglement_laws
from spinlearn.mbl.realisations import certified_share, window_values
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim, Measured, claim, equals, is_below
from spinlearn.spins.chain_text import chain_text, is_of_papers
from spinlearn.statistics.bootstrap import mean_curves

CAPTION = (
    "Half-chain entropy against chain length, in nats, with the law preferred by a least-squares "
    "fit: a volume law (solid) or an area law (dashed). (a) S, (b) S per site, as in the paper, "
    "(c) slope dS/dL divided by the slope of a random state. The scorecard gives the share of "
    "windows that are certified to miss no level."
)

H_LABEL = r"$h/J$ (spin-1/2)"

SLOPE_TOLERANCE = 0.25
"""Largest deviation of dS/dL, relative to a random state's, from 0 (area law) or 1 (volume law)."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean entropy for each chain length and disorder strength, with the laws fitted to it.

    Returns:
        One row per (L, h): `L, h, mean, error, realisations, system, energy_density, certified`
        and the columns of `spinlearn.mbl.entanglement_laws.entanglement_laws`, equal for all L and
        NaN where no law could be fitted. h is in spin-1/2 operators, the entropy in nats.
    """
    names = ("fields", "entanglement_entropy", "certified")
    windows = [WINDOWS.read(path, *names) for path in files.windows]
    curves = mean_curves(window_values(windows, "entanglement_entropy"))
    shown = curves.assign(
        system=chain_text(windows[0].attributes),
        energy_density=settings["energy_density"],
        certified=certified_share(windows),
    )
    return shown.merge(entanglement_laws(curves), on="h", how="left")


def draw(table: pd.DataFrame) -> Figure:
    """Entropy against L with the preferred law, S/L, and the slope divided by the thermal one."""
    fig, axes = style.figure(2, 2.9, 1, 3)
    first, second, third = axes
    strengths = sorted(table.h.unique())
    sizes = np.array(sorted(table.L.unique()), dtype=float)
    colors = style.sequential(len(strengths))
    for index, (h, color) in enumerate(zip(strengths, colors, strict=True)):
        rows = table[table.h == h].sort_values("L")
        points = {**style.look(index), "color": color, "ls": "none"}
        first.errorbar(rows.L, rows["mean"], rows.error, label=f"{h:g}", **points)
        second.errorbar(rows.L, rows["mean"] / rows.L, rows.error / rows.L, **points)
        if np.isfinite(rows.slope_ratio.iloc[0]):
            _draw_law(axes, rows.iloc[0], sizes, points)
    first.plot([], [], color="0.3", ls="-", lw=1, label="volume law")
    first.plot([], [], color="0.3", ls="--", lw=1, label="area law")
    for ax in (first, second):
        ax.set_xticks(sizes)
        ax.set_xlabel(r"chain length $L$")
        ax.set_ylim(bottom=0)
    energy = rf"\varepsilon = {table.energy_density.iloc[0]:g}"
    first.set_ylabel(rf"entropy $S$ at ${energy}$ (nat)")
    second.set_ylabel(r"$S/L$ (nat)")
    third.set_xlabel(H_LABEL)
    style.name_chain(fig, table.system.iloc[0])
    third.set_ylabel(r"$dS/dL$ (thermal value)")
    style.reference_line(third, 1.0, "thermal", above=False)
    style.reference_line(third, 0.0, "area law", x=0.015, above=False)
    style.label_panels(axes)
    _draw_legend(fig, first)
    return fig


def _draw_law(axes: np.ndarray, law: pd.Series, sizes: np.ndarray, points: dict[str, Any]) -> None:
    """The preferred law at one disorder strength, as a line in S and S/L, and its slope."""
    first, second, third = axes
    volume = law.preferred == "volume"
    L = np.linspace(sizes[0] - 0.4, sizes[-1] + 0.4, 50)
    S = law.intercept + law.slope * L if volume else np.full(50, law.area_entropy)
    line = {"color": points["color"], "ls": "-" if volume else "--", "lw": 1}
    first.plot(L, S, **line)
    second.plot(L, S / L, **line)
    face = points["color"] if volume else "white"
    third.errorbar(law.h, law.slope_ratio, law.slope_ratio_error, **points, mfc=face)


def _draw_legend(fig: Figure, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    layout = {"ncols": min(len(labels), 10), "columnspacing": 1.1, "handletextpad": 0.4}
    fig.legend(handles, labels, title=f"{H_LABEL}:", loc="outside lower center", **layout)


def claims(table: pd.DataFrame) -> list[Claim]:
    """A volume law at weak disorder, an area law at strong disorder.

    The rules use the slope dS/dL of a least-squares line, divided by the slope of a random state of
    the sector at the same sizes. At the weakest disorder it is 1 within 1/4 (`equals`); at the
    strongest it is below 1/4 (`is_below`). S/L is not used, since it increases even for random
    states, whose entropy is L ln(2)/2 minus a constant.

    Returns:
        No claim for a single chain length, nor for a chain that is not the paper's.
    """
    judged = table[table.slope_ratio.notna() & table.system.map(is_of_papers)]
    if judged.empty:
        return []
    weak, strong = (judged[judged.h == h] for h in (judged.h.min(), judged.h.max()))
    of_weak, of_strong = _slope_ratio(weak), _slope_ratio(strong)
    return [
        claim(
            "zhong2022.figure11.volume_law",
            "volume law: S grows with L at weak disorder (dS/dL divided by that of a random state)",
            published="S/L constant (here: slope 1 within 1/4)",
            measured=of_weak,
            verdict=equals(*of_weak, 1.0, SLOPE_TOLERANCE),
            **_details(weak),
        ),
        claim(
            "zhong2022.figure11.area_law",
            "area law: S does not grow with L at strong disorder (dS/dL divided by that of a "
            "random state)",
            published="S/L decreasing (here: slope below 1/4)",
            measured=of_strong,
            verdict=is_below(*of_strong, SLOPE_TOLERANCE),
            **_details(strong),
        ),
    ]


def _slope_ratio(rows: pd.DataFrame) -> Measured:
    return float(rows.slope_ratio.iloc[0]), float(rows.slope_ratio_error.iloc[0])


def _details(rows: pd.DataFrame) -> dict[str, str]:
    """Sizes and note of a claim on one disorder strength."""
    row = rows.iloc[0]
    lengths = f"L = {rows.L.min()} to {rows.L.max()}"
    return {
        "scale": f"{lengths}, {int(row.realisations)} realisations, h = {row.h:g} (spin-1/2)",
        "note": f"{row.preferred} law preferred; {row.certified:.0%} of the windows certified",
    }
