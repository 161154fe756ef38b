"""Luchnikov 2019, figure 6: correlations of the first spin along x."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers.luchnikov2019 import correlation_claims, correlations
from spinlearn.papers.luchnikov2019.sites import table_by_site
from spinlearn.papers.verdicts import Claim

CAPTION = correlations.CAPTION.format(axis="x")


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """⟨σ^x_1 σ^x_n⟩, one row per (model, run, field, site)."""
    return table_by_site(files.observables, "xx_1")


def draw(table: pd.DataFrame) -> Figure:
    """⟨σ^x_1 σ^x_n⟩ against n, that of nearest neighbours, and deviations by distance."""
    return correlations.draw_correlations(table, "x")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement with DMRG; the rules are those of `correlation_claims.claims`."""
    return correlation_claims.claims(table, figure=6, axis="x")
