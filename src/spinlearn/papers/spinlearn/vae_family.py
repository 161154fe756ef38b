"""Fields left out of a VAE's training: predicted, and compared with exact values."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.agreement import best_estimate
from spinlearn.papers.luchnikov2019.common import sizes_label
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.spinlearn import family_claims
from spinlearn.papers.spinlearn.family_claims import LEFT_OUT, TRAINED, magnetisation, rms
from spinlearn.papers.verdicts import Claim
from spinlearn.vae.schemas import DIVERGENCE, OBSERVABLES

CAPTION = (
    "What a VAE predicts at transverse fields (shaded) that were left out of its training, beside "
    "the same VAE trained on all fields: deviation of mu_x from the ground state, root mean square "
    "deviation of the correlations <sigma^z_1 sigma^z_n> over n > 1, and Kullback-Leibler "
    "divergence per site. Crosses: linear interpolation of the exact values between the "
    "neighbouring fields in training, the plain baseline. Error bars join sampling and the spread "
    "of independent trainings."
)

LABELS = {TRAINED: "VAE, trained on all fields", LEFT_OUT: "VAE, without the shaded fields"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """mu_x, mu_z, correlations and divergences of both models.

    Returns:
        One row per (model, run, observable, field, site): `estimate`, `estimate_error`, `exact`,
        `deviation`, `left_out` (whether the field was left out of the training of one model),
        `interpolated` (the exact value by linear interpolation between the nearest fields that
        were not left out; NaN elsewhere), `N`, `training_samples`. For the observable `divergence`
        the estimate is KL(P || p) per site, in nats.
    """
    parts = []
    for model in (TRAINED, LEFT_OUT):
        rows = pd.concat(
            [OBSERVABLES.read(path) for path in getattr(files, f"{model}_observables")]
        )
        rows = rows[rows.observable.isin(["mu_x", "mu_z", "zz_1", "xx_1"])]
        kl = pd.concat([DIVERGENCE.read(path) for path in getattr(files, f"{model}_divergence")])
        kl = kl.rename(columns={"divergence": "estimate", "divergence_error": "estimate_error"})
        kl = kl.assign(observable="divergence", site=0, exact=0.0, deviation=kl.estimate)
        parts.append(pd.concat([best_estimate(rows), kl]).assign(model=model))
    columns = ["model", "run", "observable", "hx", "site", "estimate", "estimate_error", "exact",
               "deviation", "N", "training_samples"]  # fmt: skip
    joined = pd.concat(parts)[columns].reset_index(drop=True)
    joined = joined.assign(left_out=joined.hx.isin(settings["left_out_hx"]))
    return joined.assign(interpolated=_interpolated(joined))


def _interpolated(table: pd.DataFrame) -> pd.Series:
    """Exact values at fields left out, interpolated between the nearest fields in training."""
    found = pd.Series(np.nan, index=table.index)
    for _, rows in table.groupby(["model", "run", "observable", "site"]):
        known, missing = rows[~rows.left_out].sort_values("hx"), rows[rows.left_out]
        inside = missing[missing.hx.between(known.hx.min(), known.hx.max())]
        found[inside.index] = np.interp(inside.hx, known.hx, known.exact)
    return found.where(table.observable != "divergence")


def draw(table: pd.DataFrame) -> Figure:
    """Deviations of mu_x, of correlations along z, and divergences, against the field."""
    fig, axes = style.figure(2, 2.9, 1, 3)
    panels = {
        "mu_x": r"$\mu_x$, deviation from exact",
        "zz_1": r"$\langle\sigma^z_1\sigma^z_n\rangle$, rms deviation",
        "divergence": "KL divergence per site (nat)",
    }
    for ax, (observable, label) in zip(axes, panels.items(), strict=True):
        rows = table[(table.observable == observable) & ((table.site != 1) | (table.N < 2))]
        for hx in rows.hx[rows.left_out].unique():
            ax.axvspan(hx - 0.04, hx + 0.04, color="0.9", lw=0, zorder=0)
        _draw_models(ax, rows)
        _draw_interpolation(ax, rows)
        ax.set_xlabel(r"transverse field $h_x/J$")
        ax.set_ylabel(label)
        if observable == "mu_x":
            ax.axhline(0, color="0.7", lw=0.7, zorder=0)
        else:
            ax.set_ylim(bottom=0)
    style.label_panels(axes)
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    fig.suptitle(sizes_label(table), fontsize=7.5)
    return fig


def _statistic(rows: pd.DataFrame) -> Any:
    """The statistic of one run at one field: a root mean square where there are many sites."""
    return rms if len(rows.site.unique()) > 1 else magnetisation


def _draw_models(ax: Axes, table: pd.DataFrame) -> None:
    for index, (model, label) in enumerate(LABELS.items()):
        rows = table[table.model == model]
        fields = sorted(rows.hx.unique())
        statistic = _statistic(rows)
        found = [mean_of_runs(rows[rows.hx == hx], statistic).measured for hx in fields]
        values, errors = np.array(found).T
        ax.errorbar(fields, values, errors, label=label, lw=0.8, **style.look(index, hollow=True))


def _draw_interpolation(ax: Axes, table: pd.DataFrame) -> None:
    rows = table[(table.model == TRAINED) & table.interpolated.notna()]
    rows = rows[rows.run == rows.run.min()]
    deviation = rows.interpolated - rows.exact
    by_field = deviation.groupby(rows.hx)
    many = len(rows.site.unique()) > 1
    values = np.sqrt((deviation**2).groupby(rows.hx).mean()) if many else by_field.mean()
    look: dict[str, Any] = {"color": style.COLORS[2], "marker": "x", "ls": "none", "ms": 6}
    ax.plot(values.index, values, label="interpolation of exact values", zorder=3, **look)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Predictions at fields left out of training; the rules are those of `family_claims`."""
    return family_claims.claims(table)
