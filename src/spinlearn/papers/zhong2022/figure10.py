"""Distribution of the gap ratio against the Poisson and GOE laws (Zhong 2022, figure 10)."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.mbl.realisations import by_size_and_strength
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.level_claims import judge
from spinlearn.spins.chain_text import chain_text, is_of_papers
from spinlearn.statistics.errors import defined_moments
from spinlearn.statistics.rounding import listed
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Distribution of the gap ratio, compared with the Poisson and GOE distributions. The paper's "
    "thermal point h_d = 0.1 is close to integrability and not thermal at small L. If h_d = 0.5 is "
    "among the disorder strengths, the scorecard has a verdict on it too. The paper's text swaps "
    "the two mean values."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Histogram P(r) and mean gap ratio of each ensemble, one row per bin.

    Errors are standard errors over realisations, since levels of one spectrum are correlated.
    Realisations with degenerate levels do not count, since their gap ratios are undefined.

    Returns:
        `system, L, h, realisations, r, density, density_error, mean_gap_ratio,
        mean_gap_ratio_error`; `system` is the chain in words, see `chain_text`.
    """
    windows = [
        WINDOWS.read(path, "fields", "energies", "extremal_energies") for path in files.windows
    ]
    tables = []
    systems = [chain_text(contents.attributes) for contents in windows]
    for system in dict.fromkeys(systems):
        chosen = [c for c, name in zip(windows, systems, strict=True) if name == system]
        for (L, h), blocks in by_size_and_strength(chosen).items():
            ratios = np.concatenate([_ratios(block) for block in blocks])
            columns = {"system": system, "L": L, "h": h}
            tables.append(pd.DataFrame({**columns, **_histogram(ratios, settings["bins"])}))
    return pd.concat(tables, ignore_index=True)


def _ratios(block: Contents) -> Float[np.ndarray, "realisations levels"]:
    """Gap ratios of each realisation, NaN at degenerate levels."""
    return gap_ratios(block["energies"], np.ptp(block["extremal_energies"], axis=1))


def _histogram(ratios: Float[np.ndarray, "realisations levels"], bins: int) -> dict[str, Any]:
    """The other columns of the table for one ensemble."""
    ratios = ratios[~np.isnan(ratios).any(axis=1)]
    edges = np.linspace(0.0, 1.0, bins + 1)
    counts = np.array([np.histogram(row, bins=edges)[0] for row in ratios]).reshape(-1, bins)
    density = defined_moments(counts * bins / ratios.shape[1])
    mean = defined_moments(ratios.mean(axis=1))
    return {
        "realisations": len(ratios),
        "r": 0.5 * (edges[1:] + edges[:-1]),
        "density": density.mean,
        "density_error": density.error,
        "mean_gap_ratio": float(mean.mean),
        "mean_gap_ratio_error": float(mean.error),
    }


def draw(table: pd.DataFrame) -> Figure:
    """P(r) of each disorder strength, one panel per chain, for the largest L."""
    systems = list(dict.fromkeys(table.system))
    fig, (axes,) = style.figure(2, 2.9, 1, len(systems), sharey=True, squeeze=False)
    style.label_panels(axes)
    largest = table[table.L.max() == table.L]
    strengths = sorted(table.h.unique())
    for ax, system in zip(axes, systems, strict=True):
        _draw_laws(ax)
        for h, rows in largest[largest.system == system].groupby("h"):
            _draw_histogram(ax, rows, strengths.index(h))
        ax.set_xlabel(r"gap ratio $r$")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 2.7)
        ax.legend(loc="upper right", labelspacing=0.3)
        counts = listed(largest[largest.system == system].realisations)
        separator = ", " if is_of_papers(system) else "\n"
        title = rf"{system}{separator}$L$ = {table.L.max()}, {counts} realisations"
        ax.set_title(title, pad=4)
    axes[0].set_ylabel(r"$P(r)$")
    return fig


def _draw_laws(ax: Axes) -> None:
    r = np.linspace(0, 1, 200)
    goe = 27 / 4 * (r + r**2) / (1 + r + r**2) ** 2.5
    ax.plot(r, 2 / (1 + r) ** 2, color="0.25", ls="--", lw=1, label="Poisson")
    ax.plot(r, goe, color="0.25", ls="-", lw=1, label="GOE (3×3 surmise)")


def _draw_histogram(ax: Axes, rows: pd.DataFrame, index: int) -> None:
    """Points of one ensemble."""
    first, look = rows.iloc[0], style.look(index)
    mean = f"{first.mean_gap_ratio:.3f} ± {first.mean_gap_ratio_error:.3f}"
    label = rf"$h_d$ = {first.h:g}:  $\langle r\rangle$ = {mean}"
    ax.errorbar(rows.r, rows.density, rows.density_error, ls="none", label=label, **look)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Mean gap ratios of both phases; the rules are those of `level_claims.judge`."""
    return judge(table)
