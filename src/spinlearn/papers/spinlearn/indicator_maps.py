"""Indicators over disorder and energy density, with the mobility edges that they show."""

from math import comb
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.mobility_edges import mobility_edges
from spinlearn.mbl.narrow_windows import leave_out_wide_windows
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.papers import style
from spinlearn.papers.spinlearn.map_values import map_values
from spinlearn.papers.spinlearn.scaling_panels import draw_mobility_edge
from spinlearn.papers.verdicts import Claim
from spinlearn.spins.chain_text import chain_text

CAPTION = (
    "Observables of eigenstates (setting mbl.observables) from exact diagonalisation, over "
    "disorder and energy density. Each value is an average over the eigenstates nearest to its "
    "energy density; titles give their number, at most a fixed fraction of the sector (setting "
    "mbl.narrow_windows), and the number of states of the sector. Hatched: left out, since these "
    "eigenstates lie too far from their energy density on average, or span too wide a range; "
    "undefined (at h = 0 levels are degenerate); or the standard error exceeds a tenth of the "
    "colour scale, or is unknown (one realisation). "
    "Points: crossing of the curves of the two longest chains; hollow if they cross more than "
    "once, or in fewer than nine tenths of the resamples. Dashed: h_c of a collapse of all "
    "lengths, where they collapse (quality S at most 3), its error is below 1 J, and at most a "
    "tenth of the resamples lie at the edge of the search. Crossings and collapses use all values "
    "but those of wide or shifted windows, so also values with large errors, which are hatched."
)

NORMALISED_ENTROPIES = {
    "page": r"$S/S_{\rm Page}$",
    "page_sz0": r"$S/S_{\rm Page}^{S^z=0}$",
    "gresch2022_code": r"$S/S_{\rm Gresch\ 2022's\ code}$",
}
"""Label of the entropy for each normalisation."""

LARGEST_ERROR = 0.1
"""Largest standard error of a cell that is shown, in units of the colour scale; NaN is larger."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """The maps, followed by the mobility edge of each indicator.

    Returns:
        One row per (L, h, energy density, indicator) as `map_values`, NaN where windows are wide,
        with `system`, the chain in words, and `entropy_normalisation`; then, with `L` empty, one
        row per (indicator, energy density) as `spinlearn.mbl.mobility_edges.mobility_edges`.
    """
    limits = {name: settings[name] for name in ("largest_shift", "largest_width")}
    read = [INDICATORS.read(path) for path in files.indicators]
    indicators = leave_out_wide_windows(read, **limits)
    normalisation = settings["entropy_normalisation"]
    maps = map_values(indicators, normalisation).assign(
        system=chain_text(indicators[0].attributes),
        entropy_normalisation=normalisation,
    )
    edges = mobility_edges(
        indicators,
        settings["seed"],
        normalisation=normalisation,
        resamples=settings["resamples"],
    )
    return pd.concat([maps, edges], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Each indicator over (h, energy density), one column per L, with its mobility edge.

    Titles give the number of states in a window and in the sector. An edge is drawn on the maps of
    the two sizes whose curves cross.
    """
    maps, edges = table[table.L.notna()], table[table.L.isna()]
    shown = [name for name in OBSERVABLES if name in set(maps.indicator)]
    sizes = sorted(int(L) for L in maps.L.unique())
    height = 1.6 * len(shown) + 0.45
    panels: dict[str, Any] = {"nrows": len(shown), "ncols": len(sizes), "squeeze": False}
    fig, axes = style.figure(2, height, sharex=True, sharey=True, **panels)
    for row, indicator in enumerate(shown):
        part, edge = maps[maps.indicator == indicator], edges[edges.indicator == indicator]
        for ax, L in zip(axes[row], sizes, strict=True):
            mesh = _draw_map(ax, part[part.L == L], _range(part, indicator))
            if not edge.empty and L in (edge.L_small.iloc[0], edge.L_large.iloc[0]):
                draw_mobility_edge(ax, edge)
        axes[row, 0].set_ylabel(r"energy density $\varepsilon$")
        label = _label(indicator, maps.entropy_normalisation.iloc[0])
        fig.colorbar(mesh, ax=axes[row, :], label=label, pad=0.01)
    states = maps.groupby("L").states_per_window.first()
    for top, bottom, L in zip(axes[0], axes[-1], sizes, strict=True):
        top.set_title(f"$L$ = {L}\n{states[L]:.0f} of {comb(L, L // 2)} states")
        bottom.set_xlabel(r"$h/J$ (Pauli)")
    style.name_chain(fig, maps.system.iloc[0])
    return fig


def _label(indicator: str, normalisation: str) -> str:
    """Symbol and unit of an indicator."""
    if indicator == "entanglement_entropy":
        return NORMALISED_ENTROPIES[normalisation]
    known = OBSERVABLES[indicator]
    return f"${known.symbol}$" + ("" if known.unit == "1" else f" ({known.unit})")


def _range(part: pd.DataFrame, indicator: str) -> tuple[float, float]:
    """Limits of the colour scale: Poisson to GOE for the gap ratio, otherwise 0 to 1 or largest.

    It ends at 1 if 1 is the upper limit, and some value is above 1/2.
    """
    if indicator == "gap_ratio":
        return 0.386, 0.531
    upper, largest = OBSERVABLES[indicator].limits(int(part.L.max()))[1], part["mean"].max()
    if indicator == "entanglement_entropy":  # normalised
        upper = 1.0
    if (upper == 1.0 and largest > 0.5) or not largest > 0.0:
        return 0.0, 1.0
    return 0.0, largest


def _draw_map(ax: Axes, part: pd.DataFrame, limits: tuple[float, float]) -> QuadMesh:
    is_precise = part.error <= LARGEST_ERROR * (limits[1] - limits[0])
    shown = part.assign(shown=part["mean"].where(is_precise))
    grid = shown.pivot(index="energy_density", columns="h", values="shown")
    ax.tick_params(top=False, right=False, direction="out")
    ax.patch.set(facecolor="white", edgecolor="0.75", hatch="////", linewidth=0)
    colors: dict[str, Any] = {"vmin": limits[0], "vmax": limits[1], "cmap": "viridis"}
    h, energy = grid.columns.to_numpy(float), grid.index.to_numpy(float)
    cells = (style.cell_edges(h), style.cell_edges(energy), grid.to_numpy())
    return ax.pcolormesh(*cells, rasterized=True, **colors)


def claims(table: pd.DataFrame) -> list[Claim]:
    """No claim: no paper shows this figure."""
    return []
