"""Luchnikov 2019, figure 7: magnetisation along x of every site."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import agreement, common
from spinlearn.papers.luchnikov2019.sites import draw_by_site, table_by_site
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Magnetisation along x, site by site: DMRG and the variational autoencoder (means of the "
    "decoder's Bloch vectors). Error bars join sampling and the spread of independent trainings."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """⟨σ^x_n⟩, one row per (run, field, site)."""
    return table_by_site(files.observables, "sigma_x")


def draw(table: pd.DataFrame) -> Figure:
    """⟨σ^x_n⟩ against n."""
    fig, ax = style.figure(1, 2.8)
    handles = draw_by_site(ax, table, r"$\langle\sigma^x_n\rangle$")
    beside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    ax.legend(handles=handles, title=r"$h_x/J$", labelspacing=0.35, **beside)
    ax.set_title(common.sizes_label(table), fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement with DMRG, and DMRG's own error; the rules are those of `common`."""
    return [
        agreement.agreement_claim(
            agreement.best_estimate(table), 7, "site_magnetisation", "<sigma^x_n>"
        ),
        agreement.dmrg_claim(table, 7, "<sigma^x_n>"),
    ]
