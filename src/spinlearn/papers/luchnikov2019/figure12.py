"""Luchnikov 2019, figure 12: Rényi entropies of the first spins."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import entropy_claims, entropy_costs
from spinlearn.papers.luchnikov2019.common import VAE, nearest_field, sizes_label
from spinlearn.papers.verdicts import Claim
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import ENTROPIES

CAPTION = (
    "Left: Rényi entropy S_2 of the left part of a chain against the length of this part, exact "
    "and learned. The chain is the one whose length is nearest to the paper's 10. Right: variance "
    "of the purity, relative to its square, for equal numbers of draws, averaged over the fields: "
    "estimated from pairs of sampled strings, as in the paper, and from pairs of the decoder's "
    "Bloch vectors, which the left panel shows. Error bars join sampling and the spread of "
    "independent trainings."
)

SHOWN_FIELDS = (0.4, 1.0, 1.6)
"""Fields, in units of J, for which a curve is drawn; the nearest ones are taken."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """S_2 of the first n spins, one row per (run, field, n); `shown` marks fields with a curve."""
    rows = pd.concat([ENTROPIES.read(path) for path in files.entropies], ignore_index=True)
    chosen = {nearest_field(rows.hx.unique(), wanted) for wanted in SHOWN_FIELDS}
    rows = rows.assign(shown=rows.hx.isin(chosen))
    return rows.sort_values(["run", "hx", "n"]).reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """S_2 against n, one colour per field; the variance of its estimates against n."""
    fig, (ax, variance) = style.figure(2, 2.8, 1, 2)
    rows = over_runs(table[table.shown], ["hx", "n"], ["vae"])
    fields = sorted(rows.hx.unique())
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx]
        ax.plot(part.n, part.exact, color=color)
        points = {**style.look(index), "color": color, "ls": "none"}
        ax.errorbar(part.n, part.vae, part.vae_error, label=f"$h_x$ = {hx:g} $J$", **points)
    ax.plot([], [], color="0.3", label="exact (MPS)")
    ax.errorbar([], [], [], color="0.3", marker="o", ls="none", label=VAE)
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)
    ax.set_ylabel(r"$S_2 = -\ln\,\mathrm{Tr}\,\rho_n^2$ (nat)")
    ax.legend(labelspacing=0.3, ncols=2)
    ax.set_ylim(top=1.35 * ax.get_ylim()[1])
    _draw_variance(variance, table)
    for panel in (ax, variance):
        panel.set_xlabel(r"subsystem size $n$")
    style.label_panels((ax, variance))
    fig.suptitle(sizes_label(table), fontsize=7.5)
    return fig


def _draw_variance(ax: Axes, table: pd.DataFrame) -> None:
    routes = {"sampled": "sampled strings (paper)", "bloch": "decoder's Bloch vectors"}
    for index, (route, label) in enumerate(routes.items()):
        variance = entropy_costs.relative_variance(table, route)
        mean = np.exp(np.log(variance).groupby(table.n).mean().dropna())
        ax.plot(mean.index, mean, label=label, **style.look(index, hollow=True))
    ax.set_yscale("log")
    ax.set_ylabel(r"variance of $\mathrm{Tr}\,\rho_n^2$ / square")
    ax.legend()


def claims(table: pd.DataFrame) -> list[Claim]:
    """S_2 is overestimated, that of a part exceeds that of the whole; variance; memory.

    The rules are those of `entropy_claims` and `entropy_costs`.
    """
    return [
        entropy_claims.overestimated(table),
        entropy_claims.part_above_whole(table),
        entropy_costs.variance_grows(table),
        entropy_costs.memory(table),
    ]
