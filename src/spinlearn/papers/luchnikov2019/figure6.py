"""Luchnikov 2019, figure 6: correlations of the first spin along x."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers.luchnikov2019.correlations import correlation_claims, draw_correlations
from spinlearn.papers.luchnikov2019.sites import table_by_site
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Correlation of the first spin along x with the others: DMRG and the variational autoencoder, "
    "with the factorised decoder of Luchnikov 2019 and with an autoregressive one."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """⟨σ^x_1 σ^x_n⟩ of both decoders, one row per (decoder, field, site)."""
    return table_by_site(files.observables, "xx_1")


def draw(table: pd.DataFrame) -> Figure:
    """⟨σ^x_1 σ^x_n⟩ against n, and of nearest neighbours for both decoders."""
    return draw_correlations(table, "x", legend="upper left")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement with DMRG; the rules are those of `correlation_claims`."""
    return correlation_claims(table, figure=6, axis="x")
