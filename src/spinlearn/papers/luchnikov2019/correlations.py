"""Correlations of the first spin with the others: drawing and claims of figures 5 and 6."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.common import DMRG, LONG_CHAIN, TOLERANCE, VAE
from spinlearn.papers.luchnikov2019.sites import draw_by_site
from spinlearn.papers.verdicts import Claim, Measured, claim, equals, is_positive
from spinlearn.statistics.rounding import pm

DECODERS = {
    "factorised": f"{VAE}, factorised (paper)",
    "autoregressive": f"{VAE}, autoregressive",
}
"""Name of each decoder in the legend."""


def draw_correlations(table: pd.DataFrame, axis: str, legend: str) -> Figure:
    """Correlations with the first site against the site, and of nearest neighbours by field.

    Args:
        table: as `sites.table_by_site` gives it.
        axis: "x" or "z".
        legend: place of the legend of the second panel.
    """
    fig, (ax, near) = style.figure(2, 2.9, 1, 2, gridspec_kw={"width_ratios": [1.15, 1]})
    draw_by_site(ax, table, rf"$\langle\sigma^{axis}_1\sigma^{axis}_n\rangle$")
    _draw_nearest_neighbours(near, table[table.site == 2].sort_values("hx"))
    near.set_ylabel(rf"$\langle\sigma^{axis}_1\sigma^{axis}_2\rangle$")
    near.legend(loc=legend, labelspacing=0.3)
    style.label_panels((ax, near))
    return fig


def _draw_nearest_neighbours(ax: Axes, rows: pd.DataFrame) -> None:
    exact = rows[rows.decoder == "factorised"]
    common.draw_ground_states(ax, exact.hx, exact.exact, "0.3", DMRG)
    for index, (decoder, label) in enumerate(DECODERS.items()):
        part = rows[rows.decoder == decoder]
        if part.empty:
            continue
        look = style.look(index, hollow=True)
        ax.errorbar(part.hx, part.vae, part.vae_error, ls="none", label=label, **look)
    ax.set_xlabel(r"transverse field $h_x/J$")
    ax.set_title("nearest neighbours", fontsize=7.5)


def correlation_claims(table: pd.DataFrame, figure: int, axis: str) -> list[Claim]:
    """Claims on ⟨σ_1 σ_n⟩ along one axis.

    The rules. Agreement with DMRG for n ≥ 2: see `common.agreement_claim`. Claims of our own: for
    nearest neighbours, the mean deviation over the fields hx ≥ J/2 is zero within 0.05 (`equals`);
    with an autoregressive decoder, which the paper does not have, it is smaller (`is_positive`).

    Args:
        table: as `sites.table_by_site` gives it.
        figure: number of the figure.
        axis: "x" or "z".
    """
    rows = table[table.site > 1]
    paper = rows[rows.decoder == "factorised"]
    what = f"<sigma^{axis}_1 sigma^{axis}_n>"
    pair = f"<sigma^{axis}_1 sigma^{axis}_2>"
    claims = [common.agreement_claim(paper, figure, "correlation", what)]
    nearest = rows[(rows.site == 2) & (rows.hx >= 0.5)]
    factorised, autoregressive = (nearest[nearest.decoder == name] for name in DECODERS)
    if not factorised.empty:
        claims.append(_nearest_neighbour_claim(factorised, figure, pair))
        if not autoregressive.empty:
            claims.append(_autoregressive_claim(factorised, autoregressive, figure, pair))
    return claims


def _nearest_neighbour_claim(rows: pd.DataFrame, figure: int, pair: str) -> Claim:
    bias = _mean_deviation(rows, "decoder_mean")
    return claim(
        f"luchnikov2019.figure{figure}.nearest_neighbours",
        f"the nearest-neighbour correlation {pair} agrees with DMRG too (mean deviation for "
        "hx >= J/2)",
        published="no separate claim",
        measured=bias,
        verdict=equals(*bias, 0.0, TOLERANCE),
        scale=common.scale(rows, LONG_CHAIN),
        origin="spinlearn",
    )


def _autoregressive_claim(
    factorised: pd.DataFrame, autoregressive: pd.DataFrame, figure: int, pair: str
) -> Claim:
    bias, bias_error = _mean_deviation(factorised, "decoder_mean")
    rest, rest_error = _mean_deviation(autoregressive, "vae")
    gain = (abs(bias) - abs(rest), math.hypot(bias_error, rest_error))
    return claim(
        f"luchnikov2019.figure{figure}.autoregressive_nearer",
        f"an autoregressive decoder is nearer to DMRG in {pair} (decrease of the mean deviation)",
        published="no claim",
        measured=gain,
        verdict=is_positive(*gain),
        scale=common.scale(autoregressive, LONG_CHAIN),
        origin="spinlearn",
        note=f"mean deviation of the autoregressive decoder: {pm(rest, rest_error)}",
    )


def _mean_deviation(table: pd.DataFrame, column: str) -> Measured:
    """Mean deviation from the exact values, and its standard error."""
    errors = table[f"{column}_error"]
    error = float(np.sqrt((errors**2).sum(skipna=False)) / len(table))
    return float((table[column] - table.exact).mean()), error
