"""Predicted indicators of longer rings than those of the training: networks and our own model."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from spinlearn.gru.predictions import read_all_predictions
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, comparisons, scores
from spinlearn.papers.spinlearn import extrapolation_claims
from spinlearn.papers.verdicts import Claim
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Normalised coefficient of determination and bias (mean prediction minus mean exact value) for "
    "rings longer than all of the training: networks of Gresch 2022 (mean over runs), ridge "
    "regression, and our symmetric ensemble, all from the same training data. Exact values are "
    "from certified windows in spin-1/2 operators: h in Pauli matrices is twice theirs. They may "
    "have another number of eigenstates than the windows of the training. Bands: standard errors "
    "over the realisations. A constant predictor has 1/2."
)

PREDICTORS = {"multitask": "network", "regression": "regression", "symmetric": "symmetric ensemble"}
"""Predictors, in the order of their looks, and their names."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Scores, bias and calibration, one row per (part, variant, L, h, indicator).

    Args:
        files: `test`, predictions of the test split by the variants in `PREDICTORS`; `windows`,
            those of longer rings.
        settings: `energy_density` and `seed`.

    Returns:
        Columns of `scores.tabulate`; `part`, test or windows; `bias` and `bias_error`;
        `gain_over_multitask`, `gain_over_regression` and their errors
        (`comparisons.differences`), NaN for these two themselves; `averaged_r2_norm`, that of the
        predictions averaged over runs; `log_likelihood` (nats per realisation, mean over runs) of
        normal distributions around the predictions, with the ensemble's deviations, and for other
        variants with one per indicator: their root mean square error in the test split, for the
        lengths that they learned from; of the ensemble also `within_one` and `within_two`, shares
        of exact values within that many standard deviations.
    """
    chosen = {name: settings[name] for name in ("energy_density", "seed")}
    read = {part: read_all_predictions(getattr(files, part)) for part in ("test", "windows")}
    spreads = {
        str(file.attributes["variant"]): _spreads(file, chosen["energy_density"])
        for file in read["test"]
    }
    parts = [_tabulate(found, spreads, **chosen).assign(part=part) for part, found in read.items()]
    return pd.concat(parts, ignore_index=True)


def _spreads(file: Contents, energy_density: float) -> dict[str, float]:
    """Root mean square error of each indicator for the lengths of the training."""
    learned = np.isin(file["L"], file.attributes["train_L"])
    rows = np.flatnonzero(common.at_energy(file, energy_density) & learned)
    found = {}
    for indicator, column in common.predicted_columns(file).items():
        exact, predicted = common.exact_and_predicted(file, rows, column)
        found[indicator] = float(np.sqrt(((predicted - exact) ** 2).mean()))
    return found


def _tabulate(
    files: list[Contents], spreads: dict[str, dict[str, float]], energy_density: float, seed: int
) -> pd.DataFrame:
    resampled = {
        str(file.attributes["variant"]): comparisons.resample(file, energy_density, seed)
        for file in files
    }
    tables = []
    for file, (name, own) in zip(files, resampled.items(), strict=True):
        rows = scores.tabulate(file, energy_density, seed)
        rows = rows.merge(
            _describe(file, energy_density, spreads[name]), on=["L", "h", "indicator"]
        )
        for other in ("multitask", "regression"):
            if other == name:
                continue
            found = comparisons.differences(own, resampled[other], f"{name} and {other}")
            rows = comparisons.with_gain(rows, other, found)
        tables.append(rows)
    return pd.concat(tables, ignore_index=True)


def _describe(file: Contents, energy_density: float, spreads: dict[str, float]) -> pd.DataFrame:
    """Bias, likelihood, and calibration if the file has deviations, per (L, h, indicator)."""
    rows = []
    for L, h, index in common.ensembles(file, common.at_energy(file, energy_density)):
        for indicator, column in common.predicted_columns(file).items():
            exact, predicted = common.exact_and_predicted(file, index, column)
            error = (predicted - exact).mean(axis=0)
            averaged = normalised(r_squared(exact[0], predicted.mean(axis=0)))
            row = {"bias": error.mean(), "bias_error": error.std(ddof=1) / np.sqrt(error.size)}
            row |= {"L": L, "h": h, "indicator": indicator, "averaged_r2_norm": float(averaged)}
            deviation = np.full_like(predicted, spreads[indicator])
            if "deviation" in file:
                deviation = file["deviation"][:, index, column]
                distance = np.abs(predicted - exact) / deviation
                row |= {"within_one": (distance < 1).mean(), "within_two": (distance < 2).mean()}
            row["log_likelihood"] = norm.logpdf(exact, predicted, deviation).mean()
            rows.append(row)
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> Figure:
    """One column per (indicator, length); above R^2_norm, below the bias."""
    rows = table[(table["part"] == "windows") & (table["indicator"] != "gap_ratio")]
    panels = list(rows.groupby(["indicator", "L"]))
    fig, axes = style.figure(2, 3.6, 2, len(panels), sharex=True, sharey="row", squeeze=False)
    for (above, below), ((indicator, L), part) in zip(axes.T, panels, strict=True):
        above.set_title(f"{common.SYMBOLS[indicator]}, $L = {L}$")
        _draw_curves(above, part, "r2_norm", "error")
        _draw_curves(below, part, "bias", "bias_error")
        scores.draw_baseline(above)
        below.axhline(0.0, zorder=0, **scores.BASELINE_LOOK)
        below.set_xlabel(common.H_LABEL if len(panels) < 4 else "$h$ ($J$, Pauli)")
    style.label_panels(axes.ravel())
    axes[0, 0].set_ylabel(scores.R2_LABEL)
    axes[1, 0].set_ylabel("bias")
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=len(names))
    fig.suptitle(f"trained on $L = $ {rows['train_L'].iloc[0]}", fontsize=8.5)
    style.name_chain(fig, rows["system"].iloc[0])
    return fig


def _draw_curves(ax: Axes, part: pd.DataFrame, column: str, error: str) -> None:
    for i, (name, label) in enumerate(PREDICTORS.items()):
        curve = part[part["variant"] == name].sort_values("h")
        about = {**style.look(i), "label": label}
        style.mean_and_band(ax, curve["h"], curve[column], curve[error].fillna(0.0), **about)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ensemble against networks and regression, its deviations, and networks on longer rings."""
    return extrapolation_claims.judge(table)
