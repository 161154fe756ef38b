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
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.law_claims import judge
from spinlearn.spins.chain_text import chain_text
from spinlearn.statistics.bootstrap import mean_curves

CAPTION = (
    "Half-chain entropy against chain length, in nats, with the law preferred by a least-squares "
    "fit: a volume law (solid) or an area law (dashed). (a) S, (b) S per site, as in the paper, "
    "(c) slope dS/dL divided by the slope of a random state. The scorecard gives the share of "
    "windows that are certified to miss no level."
)

H_LABEL = r"$h/J$ (spin-1/2)"


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
    """A volume law and an area law; the rules are those of `law_claims.judge`."""
    return judge(table)
