"""Gresch 2022, appendix C: quality of predictions over disorder and energy density."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, quality
from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.statistics.rounding import pm

CAPTION = (
    "R^2_norm of single realisations of the longest chain over disorder and energy density: the "
    "energy-resolved networks, and at each energy density a ridge regression on symmetric "
    "statistics of the fields. White: 1/2, a constant predictor; blue is better, red worse. "
    "Towards the ends of the spectrum the windows of eigenstates are wide, and at weak disorder "
    "the variance of the targets vanishes."
)

PREDICTORS = {"energy": "networks", "regression": "regression"}
"""Predictors, one row of panels each, and their names."""

TEXTS = {
    "middle": "in the middle of the spectrum, above that towards its ends (h >= 3)",
    "transition": "around the transition, above that at other h >= 3 (middle of the spectrum)",
}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Maps and contrasts of R^2_norm of each predictor; see `quality.tabulate`.

    Args:
        files: `predictions` of the energy-resolved networks, and `regression`, those of the
            regression at all energy densities.
        settings: `seed`.
    """
    read = (read_predictions(paths) for paths in (files.predictions, files.regression))
    tables = [quality.tabulate(predictions, settings["seed"]) for predictions in read]
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One row of maps per predictor, one column per indicator."""
    maps = table[table["part"] == "map"]
    shown = common.shown_indicators(maps)
    present = [name for name in PREDICTORS if name in set(maps["predictor"])]
    panels: dict[str, Any] = {"nrows": len(present), "ncols": len(shown), "squeeze": False}
    height = 0.5 + 2.0 * len(present)
    fig, axes = style.figure(2, height, sharex=True, sharey=True, **panels)
    style.label_panels(axes.flat)
    colors: dict[str, Any] = {"vmin": 0.0, "vmax": 1.0, "cmap": "RdBu", "rasterized": True}
    for row, name in zip(axes, present, strict=True):
        for ax, indicator in zip(row, shown, strict=True):
            part = maps[(maps["predictor"] == name) & (maps["indicator"] == indicator)]
            grid = part.pivot(index="energy_density", columns="h", values="value")
            h, energy = grid.columns.to_numpy(float), grid.index.to_numpy(float)
            cells = style.cell_edges(h), style.cell_edges(energy), grid.to_numpy()
            mesh = ax.pcolormesh(*cells, **colors)
        row[0].set_ylabel(f"{PREDICTORS[name]}\nenergy density $\\epsilon$")
    for ax, indicator in zip(axes[0], shown, strict=True):
        ax.set_title(common.label(indicator))
    for ax in axes[-1]:
        ax.set_xlabel(common.H_LABEL)
    label = rf"$R^2_\mathrm{{norm}}$, $L = {maps['L'].iloc[0]}$ (1/2: constant)"
    fig.colorbar(mesh, ax=axes, pad=0.01, label=label)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """R^2_norm of S and f is best in the middle of the spectrum, and around the transition.

    The rule for each: the difference of R^2_norm of networks that `quality.contrasts` defines is
    positive (`is_positive`; the error is that over realisations and runs). The note has the same
    difference of the regression: if it is as large, it is a property of the data, not of networks.
    The regions are ours; the paper gives none.
    """
    if not common.is_of_paper(table):
        return []
    network = table[table["predictor"] == "energy"]
    energies = network["energy_density"].nunique()
    needs = [*common.needs(network), ("energy densities", energies, 19)]
    found = []
    for part, text in TEXTS.items():
        for indicator in ("entanglement_entropy", "spin_fraction"):
            value = partial(quality.contrast, table, part, indicator=indicator)
            measured, symbol = value("energy"), common.SYMBOLS[indicator]
            found.append(
                claim(
                    f"gresch2022.appendix_c.{common.KEYS[indicator]}_{part}",
                    f"R^2_norm of {symbol} {text}",
                    published="higher quality there",
                    measured=measured,
                    verdict=is_positive(*measured, runs=common.run_count(network)),
                    needs=needs,
                    scale=common.scale(network, "L = 10, 12, 14; 30 h; 1000 + 100; 19 energies"),
                    figure="C, text",
                    note=f"regression: {pm(*value('regression'))}",
                )
            )
    return found
