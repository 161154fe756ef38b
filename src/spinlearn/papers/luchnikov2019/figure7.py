"""Luchnikov 2019, figure 7: magnetisation along x of every site."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import agreement_claim
from spinlearn.papers.luchnikov2019.sites import draw_by_site, table_by_site
from spinlearn.papers.verdicts import Claim

CAPTION = "Magnetisation along x, site by site: DMRG and the variational autoencoder."


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """⟨σ^x_n⟩, one row per (field, site)."""
    return table_by_site(files.observables, "sigma_x")


def draw(table: pd.DataFrame) -> Figure:
    """⟨σ^x_n⟩ against n."""
    fig, ax = style.figure(1, 2.8)
    draw_by_site(ax, table, r"$\langle\sigma^x_n\rangle$")
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement with DMRG; the rule is that of `agreement_claim`."""
    return [agreement_claim(table, 7, "site_magnetisation", "<sigma^x_n>")]
