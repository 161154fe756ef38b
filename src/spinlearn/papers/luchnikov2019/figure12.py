"""Luchnikov 2019, figure 12: Rényi entropies of the first spins."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import VAE, nearest_field, needs, scale, sizes_label
from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.statistics.errors import standard_error
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import ENTROPIES

CAPTION = (
    "Rényi entropy S_2 of the left part of a chain against the length of this part: exact and "
    "learned. The chain is the one whose length is nearest to the paper's 10."
)

SHOWN_FIELDS = (0.4, 1.0, 1.6)
"""Fields, in units of J, for which a curve is drawn; the nearest ones are taken."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """S_2 of the first n spins, one row per (field, n); `shown` marks the fields with a curve."""
    tables = [ENTROPIES.read(path) for path in files.entropies]
    rows = over_runs(pd.concat(tables, ignore_index=True), ("hx", "n"), ("vae",))
    chosen = {nearest_field(rows.hx.unique(), wanted) for wanted in SHOWN_FIELDS}
    return rows.assign(shown=rows.hx.isin(chosen)).sort_values(["hx", "n"]).reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """S_2 against n, one colour per field."""
    fig, ax = style.figure(1, 2.6)
    rows = table[table.shown]
    fields = sorted(rows.hx.unique())
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx]
        ax.plot(part.n, part.exact, color=color)
        points = {**style.look(index), "color": color, "ls": "none"}
        ax.errorbar(part.n, part.vae, part.vae_error, label=f"$h_x$ = {hx:g} $J$", **points)
    ax.plot([], [], color="0.3", label="exact (MPS)")
    ax.errorbar([], [], [], color="0.3", marker="o", ls="none", label=VAE)
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)
    ax.set_xlabel(r"subsystem size $n$")
    ax.set_ylabel(r"$S_2 = -\ln\,\mathrm{Tr}\,\rho_n^2$ (nat)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), labelspacing=0.4)
    ax.set_title(sizes_label(table), fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """The VAE overestimates S_2.

    The rule: the mean of S_2(VAE) − S_2(exact) over all n < N is positive on average over the
    fields (`is_positive`). Its error is the larger one of the propagated error and the scatter of
    the fields: the points of one field are fully correlated, different fields are independent. The
    whole chain, n = N, is left out: its exact S_2 is zero, so that every error is an overestimate.
    It needs 500,000 samples per field and a chain of 5, the shortest for which the paper claims it,
    and an S_2 that is defined (a VAE's purity may not be positive) at nine tenths of the points.
    """
    part = table[table.n < table.N]
    rows = part.dropna(subset=["vae"])
    excess = rows.vae - rows.exact
    by_field = excess.groupby(rows.hx).mean()
    propagated = float(rows.vae_error.mean() / np.sqrt(len(by_field)))
    scatter = float(standard_error(by_field.to_numpy()))
    found = (float(by_field.mean()), float(np.fmax(propagated, scatter)))
    defined = round(100 * len(rows) / max(len(part), 1))
    return [
        claim(
            "luchnikov2019.figure12.entropy_overestimated",
            "the VAE overestimates the Renyi entropy S_2 of a part of the chain (S_2 of the VAE "
            "minus exact S_2, mean over all n and fields, in nats)",
            published="overestimated (> 0)",
            measured=found,
            verdict=is_positive(*found, runs=len(by_field)),
            needs=[*needs(part, 5), ("% of points defined", defined, 90)],
            scale=scale(part, "paper: N = 10"),
            note=f"overestimated at {int((excess > 0).sum())} of {len(rows)} points; "
            f"{len(part) - len(rows)} more are undefined",
        )
    ]
