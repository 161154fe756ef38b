"""Observables at every site: table and curves of figures 5 to 7."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import (
    DMRG,
    VAE,
    nearest_field,
    observables_over_runs,
    sizes_label,
)

SHOWN_FIELDS = (0.0, 0.4, 0.8, 1.0, 1.2, 2.0)
"""Fields, in units of J, for which a curve is drawn; the nearest ones are taken."""


def table_by_site(paths: Iterable[Path], observable: str) -> pd.DataFrame:
    """One observable at every field and site.

    Args:
        paths: the `observables.csv` of one chain length, of one or both decoders.
        observable: `zz_1`, `xx_1`, `sigma_x` or `sigma_z`.

    Returns:
        The rows of the observable, with the column `shown`: whether the field has a curve.
    """
    rows = observables_over_runs(paths, [observable]).sort_values(["hx", "site"])
    fields = rows.hx.unique()
    chosen = {nearest_field(fields, wanted) for wanted in SHOWN_FIELDS}
    return rows.assign(shown=rows.hx.isin(chosen)).reset_index(drop=True)


def draw_by_site(ax: Axes, table: pd.DataFrame, ylabel: str) -> None:
    """Markers with error bars (VAE) and lines (DMRG) against the site, one colour per field."""
    rows = table[table.shown & (table.decoder == "factorised")]
    fields = sorted(rows.hx.unique())
    points: dict[str, Any] = {"ms": 3.2, "ls": "none"}
    handles: list[Any] = []
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx].sort_values("site")
        ax.plot(part.site, part.exact, color=color, lw=1.1, zorder=1)
        look = {**style.look(index), "color": color, "label": f"{hx:g}", "zorder": 2}
        bars = ax.errorbar(part.site, part.vae, part.vae_error, elinewidth=0.8, **points, **look)
        handles.append(bars)
    (line,) = ax.plot([], [], color="0.3", label=DMRG)
    marker = ax.errorbar([], [], [], color="0.3", marker="o", label=VAE, **points)
    beside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    ax.legend(handles=[*handles, marker, line], title=r"$h_x/J$", labelspacing=0.35, **beside)
    ax.set_xlabel(r"site $n$")
    ax.set_ylabel(ylabel)
    ax.set_title(sizes_label(table), fontsize=7.5)
    sites = int(table.site.max())
    ax.set_xlim(0.3, sites + 0.7)
    ax.set_xticks(np.unique(np.linspace(1, sites, min(sites, 6)).round().astype(int)))
