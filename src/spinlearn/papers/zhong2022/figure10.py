"""Distribution of the gap ratio against the Poisson and GOE laws (Zhong 2022, figure 10)."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO, gap_ratios
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim, claim, equals
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Distribution of the gap ratio, compared with the Poisson and GOE distributions. The paper's "
    "thermal point h_d = 0.1 is close to integrability and not thermal at small L. If h_d = 0.5 is "
    "among the disorder strengths, the scorecard has a verdict on it too. The paper's text swaps "
    "the two mean values."
)

BOUNDARIES = {"ring": "ring", "open": "open chain"}
"""Boundary conditions in the order of the panels, and their names in titles."""

TOLERANCE = 0.01
"""Largest deviation of a mean gap ratio that counts as agreement."""

CASES = (
    (
        "poisson",
        "<r> has the Poisson value in the localised phase",
        3.9,
        POISSON_GAP_RATIO,
        "0.386 (printed: 0.529)",
        "paper",
    ),
    (
        "goe",
        "<r> has the GOE value in the thermal phase",
        0.1,
        GOE_GAP_RATIO,
        "0.531 (printed: 0.391)",
        "paper",
    ),
    (
        "own_thermal",
        "<r> has the GOE value at our own thermal point, away from integrability",
        0.5,
        GOE_GAP_RATIO,
        "no claim (GOE: 0.531)",
        "spinlearn",
    ),
)
"""Name and text of each claim, disorder strength, expected value, published value, origin."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Histogram P(r) and mean gap ratio of each ensemble, one row per bin.

    Errors are standard errors over realisations, since levels of one spectrum are correlated.

    Returns:
        `boundary, L, h, realisations, r, density, density_error, mean_gap_ratio,
        mean_gap_ratio_error`.
    """
    windows = (WINDOWS.read(path, "fields", "energies") for path in files.windows)
    tables = [
        _histogram(ratios, settings["bins"]).assign(boundary=boundary, L=L, h=h)
        for (boundary, L, h), ratios in gather_gap_ratios(windows).items()
    ]
    joined = pd.concat(tables, ignore_index=True)
    first = ["boundary", "L", "h"]
    return joined[[*first, *joined.columns.difference(first, sort=False)]]


def gather_gap_ratios(
    windows: Iterable[Contents],
) -> dict[tuple[str, int, float], Float[np.ndarray, "realisations levels"]]:
    """Gap ratios of single levels by (boundary, L, h), ascending; blocks are joined."""
    blocks: dict[tuple[str, int, float], list[np.ndarray]] = {}
    for contents in windows:
        attributes = contents.attributes
        key = (attributes["boundary"], contents["fields"].shape[1], float(attributes["h"]))
        blocks.setdefault(key, []).append(gap_ratios(contents["energies"]))
    return {key: np.concatenate(rows) for key, rows in sorted(blocks.items())}


def _histogram(ratios: Float[np.ndarray, "realisations levels"], bins: int) -> pd.DataFrame:
    edges = np.linspace(0.0, 1.0, bins + 1)
    counts = np.array([np.histogram(row, bins=edges)[0] for row in ratios])
    densities = counts * bins / ratios.shape[1]
    means = ratios.mean(axis=1)
    return pd.DataFrame(
        {
            "realisations": len(means),
            "r": 0.5 * (edges[1:] + edges[:-1]),
            "density": densities.mean(axis=0),
            "density_error": standard_error(densities),
            "mean_gap_ratio": means.mean(),
            "mean_gap_ratio_error": float(standard_error(means)),
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """P(r) of each disorder strength, one panel per boundary condition, for the largest L."""
    boundaries = [name for name in BOUNDARIES if name in set(table.boundary)]
    fig, axes = style.figure(2, 2.9, 1, len(boundaries), sharey=True, squeeze=False)
    largest = table[table.L.max() == table.L]
    strengths = sorted(table.h.unique())
    for panel, (ax, boundary) in enumerate(zip(axes[0], boundaries, strict=True)):
        _draw_laws(ax)
        rows = largest[largest.boundary == boundary]
        for index, h in enumerate(strengths):
            _draw_histogram(ax, rows[rows.h == h], index)
        ax.set_xlabel(r"gap ratio $r$")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 2.7)
        ax.legend(loc="upper right", labelspacing=0.3)
        style.panel_label(ax, "ab"[panel])
        realisations = int(table[table.boundary == boundary].realisations.iloc[0])
        title = rf"{BOUNDARIES[boundary]}, $L$ = {table.L.max()}, {realisations} realisations"
        ax.set_title(title, pad=4)
    axes[0, 0].set_ylabel(r"$P(r)$")
    return fig


def _draw_laws(ax: Axes) -> None:
    r = np.linspace(0, 1, 200)
    goe = 27 / 4 * (r + r**2) / (1 + r + r**2) ** 2.5
    ax.plot(r, 2 / (1 + r) ** 2, color="0.25", ls="--", lw=1, label="Poisson")
    ax.plot(r, goe, color="0.25", ls="-", lw=1, label="GOE (3×3 surmise)")


def _draw_histogram(ax: Axes, rows: pd.DataFrame, index: int) -> None:
    """Points of one ensemble, if there is one."""
    if rows.empty:
        return
    first = rows.iloc[0]
    ax.errorbar(
        rows.r,
        rows.density,
        rows.density_error,
        color=style.COLORS[index],
        marker=style.MARKERS[index],
        ls="none",
        label=rf"$h_d$ = {first.h:g}:  $\langle r\rangle$ = {first.mean_gap_ratio:.3f}"
        rf" ± {first.mean_gap_ratio_error:.3f}",
    )


def claims(table: pd.DataFrame) -> list[Claim]:
    """Mean gap ratios against the Poisson and GOE values.

    The rule: the mean equals the claimed value within 0.01 (`equals`), for the longest chain of
    each boundary condition. The paper swaps its two means; we judge the correct assignment.
    """
    found = []
    for name, text, h, limit, published, origin in CASES:
        for boundary in BOUNDARIES:
            rows = table[(table.boundary == boundary) & (abs(table.h - h) < 1e-9)]
            if rows.empty:
                continue
            row = rows.sort_values("L").iloc[-1]
            mean, error = float(row.mean_gap_ratio), float(row.mean_gap_ratio_error)
            found.append(
                claim(
                    f"zhong2022.figure10.{name}_{boundary}",
                    f"{text} ({boundary} chain)",
                    paper="zhong2022",
                    figure=10,
                    published=f"{published}; here: within {TOLERANCE:g}",
                    measured=mean,
                    error=error,
                    verdict=equals(mean, error, limit, TOLERANCE),
                    scale=f"L = {int(row.L)}, {int(row.realisations)} realisations, h_d = {h:g} "
                    "(paper: L = 16, 1000)",
                    origin=origin,
                )
            )
    return found
