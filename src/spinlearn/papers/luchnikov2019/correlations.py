"""Correlations of the first spin with the others: drawing of figures 5 and 6."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import agreement, common
from spinlearn.papers.luchnikov2019.agreement import FAR, FAR_TOLERANCE, TOLERANCE
from spinlearn.papers.luchnikov2019.common import AUTOREGRESSIVE, DMRG, VAE
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.luchnikov2019.sites import draw_by_site
from spinlearn.papers.verdicts import Measured
from spinlearn.vae.runs import over_runs

CAPTION = (
    "Correlation of the first spin along {axis} with the others: DMRG and the variational "
    "autoencoder, with the decoder that the legend names (factorised, as in Luchnikov 2019, or "
    "tied, with a linear part that the encoder shares), beside the name of the model if that says "
    "more, and with an autoregressive one if it is trained. Means of the decoder's Bloch vectors "
    "where the model has them, otherwise estimates from sampled outcomes. Error bars join sampling "
    "and the spread of independent trainings. The right panel shows the root mean square deviation "
    "from DMRG, without sampling noise; "
    f"the dashed line is the largest deviation that counts as agreement ({TOLERANCE:g}; "
    f"from n = {FAR} on {FAR_TOLERANCE:g})."
)


def draw_correlations(table: pd.DataFrame, axis: str) -> Figure:
    """Correlations with the first site: by site, of nearest neighbours by field, and their errors.

    Args:
        table: as `sites.table_by_site` gives it.
        axis: "x" or "z".
    """
    fig, axes = style.figure(2, 2.9, 1, 3, gridspec_kw={"width_ratios": [1.25, 1, 1]})
    by_site, near, errors = axes
    handles = draw_by_site(by_site, table, rf"$\langle\sigma^{axis}_1\sigma^{axis}_n\rangle$")
    _draw_nearest_neighbours(near, table[table.site == 2])
    near.set_ylabel(rf"$\langle\sigma^{axis}_1\sigma^{axis}_2\rangle$")
    near.set_ylim(top=1.3 * near.get_ylim()[1])
    near.legend(loc="upper right", labelspacing=0.3, fontsize=6.5)
    _draw_errors(errors, table[table.site > 1])
    style.label_panels(axes)
    fig.legend(
        handles,
        [handle.get_label() for handle in handles],
        title=r"$h_x/J$ in (a)",
        loc="outside lower center",
        ncols=len(handles),
        columnspacing=1.2,
        handletextpad=0.3,
    )
    fig.suptitle(common.sizes_label(table), fontsize=7.5)
    return fig


def _models(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The models with their names in legends: the VAE, and the autoregressive one if trained."""
    other = table[table.model == AUTOREGRESSIVE]
    found = [(common.vae_name(table), common.shown_model(table))]
    return found if other.empty else [*found, (f"{VAE} (autoregressive)", other)]


def _draw_nearest_neighbours(ax: Axes, rows: pd.DataFrame) -> None:
    rows = agreement.best_estimate(rows)
    for index, (label, part) in enumerate(_models(rows)):
        part = over_runs(part, ["hx"], ["estimate"])
        if not index:
            common.draw_ground_states(ax, part.hx, part.exact, "0.3", DMRG)
        look = style.look(index, hollow=True)
        ax.errorbar(part.hx, part.estimate, part.estimate_error, ls="none", label=label, **look)
    ax.set_xlabel(r"transverse field $h_x/J$")


def _draw_errors(ax: Axes, rows: pd.DataFrame) -> None:
    """Root mean square deviation over the fields against the site, without sampling noise."""
    rows = agreement.best_estimate(rows)
    for index, (_, part) in enumerate(_models(rows)):
        sites = sorted(part.site.unique())
        found = [mean_of_runs(part[part.site == n], _rms_deviation).measured for n in sites]
        values, errors = np.array(found).T
        ax.errorbar(sites, values, errors, lw=0.8, **style.look(index, hollow=True))
    limits = [TOLERANCE, TOLERANCE, FAR_TOLERANCE, FAR_TOLERANCE]
    ax.plot([1.5, FAR - 0.5, FAR - 0.5, sites[-1]], limits, color="0.45", lw=0.8, ls="--", zorder=0)
    ax.set_ylim(bottom=0)
    ax.set_xticks(np.unique(np.linspace(2, sites[-1], min(len(sites), 5)).round().astype(int)))
    ax.set_xlabel(r"site $n$")
    ax.set_ylabel("rms deviation over fields")


def _rms_deviation(rows: pd.DataFrame) -> Measured:
    """Root of the mean square deviation, less the mean square sampling error; its error."""
    squares = rows.deviation**2 - rows.estimate_error**2
    rms = float(np.sqrt(max(squares.mean(), 0.0)))
    noise = float(np.sqrt((rows.estimate_error**2).mean() / len(rows)))
    return rms, noise
