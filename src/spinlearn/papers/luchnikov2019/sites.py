"""Observables at every site: table and curves of figures 5 to 7."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.agreement import best_estimate
from spinlearn.papers.luchnikov2019.common import (
    DMRG,
    nearest_field,
    shown_model,
    vae_name,
)
from spinlearn.tfi.exact import free_fermions
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import OBSERVABLES

SHOWN_FIELDS = (0.0, 0.4, 0.8, 1.0, 1.2, 2.0)
"""Fields, in units of J, for which a curve is drawn; the nearest ones are taken."""


def table_by_site(paths: Iterable[Path], observable: str) -> pd.DataFrame:
    """One observable at every field and site, of every run.

    Args:
        paths: the `observables.csv` of one chain length, of one or several models.
        observable: `zz_1`, `xx_1` or `sigma_x`.

    Returns:
        The rows of the observable, with the columns `shown`, whether the field has a curve, and
        `free_fermions`, the exact value without the tie-breaking field.
    """
    rows = pd.concat([OBSERVABLES.read(path) for path in paths], ignore_index=True)
    rows = rows[rows.observable == observable].sort_values(["model", "run", "hx", "site"])
    fields = rows.hx.unique()
    chosen = {nearest_field(fields, wanted) for wanted in SHOWN_FIELDS}
    states = {hx: free_fermions(int(rows.N.iloc[0]), hx) for hx in fields}
    return rows.assign(
        shown=rows.hx.isin(chosen),
        free_fermions=[
            _by_site(states[hx], observable)[int(site) - 1]
            for hx, site in zip(rows.hx, rows.site, strict=True)
        ],
    ).reset_index(drop=True)


def _by_site(state: Any, observable: str) -> np.ndarray:
    """An observable of free fermions at every site."""
    if observable == "sigma_x":
        return state.sigma_x
    return getattr(state, observable.removesuffix("_1"))[0]


def draw_by_site(ax: Axes, table: pd.DataFrame, ylabel: str) -> list[Any]:
    """Markers with error bars (VAE) and lines (DMRG) against the site, one colour per field.

    Returns:
        The handles of a legend.
    """
    rows = shown_model(table[table.shown])
    rows = over_runs(best_estimate(rows), ["hx", "site"], ["estimate"])
    fields = sorted(rows.hx.unique())
    points: dict[str, Any] = {"ms": 3.2, "ls": "none"}
    handles: list[Any] = []
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx]
        ax.plot(part.site, part.exact, color=color, lw=1.1, zorder=1)
        look = {**style.look(index), "color": color, "label": f"{hx:g}", "zorder": 2}
        bars = ax.errorbar(
            part.site, part.estimate, part.estimate_error, elinewidth=0.8, **points, **look
        )
        handles.append(bars)
    (line,) = ax.plot([], [], color="0.3", label=DMRG)
    marker = ax.errorbar([], [], [], color="0.3", marker="o", label=vae_name(table), **points)
    ax.set_xlabel(r"site $n$")
    ax.set_ylabel(ylabel)
    sites = int(table.site.max())
    ax.set_xlim(0.3, sites + 0.7)
    ax.set_xticks(np.unique(np.linspace(1, sites, min(sites, 6)).round().astype(int)))
    return [*handles, marker, line]
