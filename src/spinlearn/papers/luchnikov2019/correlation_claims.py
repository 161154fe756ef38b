"""Claims of figures 5 and 6 on correlations of the first spin with the others."""

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019 import agreement, common
from spinlearn.papers.luchnikov2019.agreement import FAR, FAR_TOLERANCE, TOLERANCE
from spinlearn.papers.luchnikov2019.common import AUTOREGRESSIVE, LONG_CHAIN
from spinlearn.papers.luchnikov2019.runs import OverRuns, difference, mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, equals, is_positive
from spinlearn.statistics.rounding import pm


def claims(table: pd.DataFrame, figure: int, axis: str) -> list[Claim]:
    """Claims on ⟨σ_1 σ_n⟩ along one axis.

    The rules. Agreement with DMRG for n ≥ 2, within `TOLERANCE`: see `agreement_claim`. Claims of
    our own: the same for n ≥ `FAR`, within `FAR_TOLERANCE`; for nearest neighbours, the mean
    deviation over the fields hx ≥ J/2 is zero within `TOLERANCE` (`equals`); with an autoregressive
    decoder, which the paper does not have, it is smaller (`is_positive`). DMRG's own error: see
    `dmrg_claim`. Values are means over the runs.

    Args:
        table: as `sites.table_by_site` gives it.
        figure: number of the figure.
        axis: "x" or "z".
    """
    rows = agreement.best_estimate(table[table.site > 1])
    shown = common.shown_model(rows)
    what = f"<sigma^{axis}_1 sigma^{axis}_n>"
    pair = f"<sigma^{axis}_1 sigma^{axis}_2>"
    found = [agreement.agreement_claim(shown, figure, "correlation", what)]
    far = shown[shown.site >= FAR]
    if not far.empty:
        text = f"{what} of the VAE agrees with DMRG for n >= {FAR}"
        found.append(
            agreement.close_agreement_claim(far, figure, "far_correlation", text, FAR_TOLERANCE)
        )
    nearest = rows[(rows.site == 2) & (rows.hx >= 0.5)]
    one = common.shown_model(nearest)
    autoregressive = nearest[nearest.model == AUTOREGRESSIVE]
    if not one.empty:
        found.append(_nearest_neighbour_claim(one, figure, pair))
        if not autoregressive.empty:
            found.append(_autoregressive_claim(one, autoregressive, figure, pair))
    return [*found, agreement.dmrg_claim(shown, figure, what)]


def _nearest_neighbour_claim(rows: pd.DataFrame, figure: int, pair: str) -> Claim:
    bias, runs = mean_of_runs(rows, _mean_deviation)
    return claim(
        f"luchnikov2019.figure{figure}.nearest_neighbours",
        f"the nearest-neighbour correlation {pair} agrees with DMRG too (mean deviation for "
        "hx >= J/2)",
        published="no separate claim",
        measured=bias,
        verdict=equals(*bias, 0.0, TOLERANCE, runs=runs),
        scale=common.long_scale(rows),
        origin="spinlearn",
    )


def _autoregressive_claim(
    shown: pd.DataFrame, autoregressive: pd.DataFrame, figure: int, pair: str
) -> Claim:
    one, other = (mean_of_runs(rows, _mean_deviation) for rows in (shown, autoregressive))
    sizes = (
        OverRuns((abs(found.measured[0]), found.measured[1]), found.runs) for found in (one, other)
    )
    gain, runs = difference(*sizes)
    return claim(
        f"luchnikov2019.figure{figure}.autoregressive_nearer",
        f"an autoregressive decoder is nearer to DMRG in {pair} (decrease of the mean deviation)",
        published="no claim",
        measured=gain,
        verdict=is_positive(*gain, runs=runs),
        scale=common.scale(autoregressive, LONG_CHAIN),
        origin="spinlearn",
        note=f"mean deviation of the autoregressive decoder: {pm(*other.measured)}",
    )


def _mean_deviation(rows: pd.DataFrame) -> Measured:
    """Mean deviation of one run from the exact values, and its sampling error."""
    error = float(np.sqrt((rows.estimate_error**2).sum(skipna=False)) / len(rows))
    return float(rows.deviation.mean()), error
