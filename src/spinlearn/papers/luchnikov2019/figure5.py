"""Luchnikov 2019, figure 5: correlations of the first spin along z."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers.luchnikov2019.correlations import correlation_claims, draw_correlations
from spinlearn.papers.luchnikov2019.sites import table_by_site
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Correlation of the first spin along z with the others: DMRG and the variational autoencoder, "
    "with the factorised decoder of Luchnikov 2019 and with an autoregressive one."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """⟨σ^z_1 σ^z_n⟩ of both decoders, one row per (decoder, field, site)."""
    return table_by_site(files.observables, "zz_1")


def draw(table: pd.DataFrame) -> Figure:
    """⟨σ^z_1 σ^z_n⟩ against n, and of nearest neighbours for both decoders."""
    return draw_correlations(table, "z", legend="upper right")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement with DMRG; the rules are those of `correlation_claims`."""
    return correlation_claims(table, figure=5, axis="z")
