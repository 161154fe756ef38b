"""Figures of the stage `mbl`: level statistics, entanglement scaling, indicator maps."""

from math import comb

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style

NORMALISED_ENTROPIES = {
    "page": r"$S/S_{\rm Page}$",
    "page_sz0": r"$S/S_{\rm Page}^{S^z=0}$",
    "gresch2022_code": r"$S/S_{\rm P2's\ code}$",
}
"""What an entropy is divided by, for a label."""


def _poisson(r: np.ndarray) -> np.ndarray:
    return 2 / (1 + r) ** 2


def _goe(r: np.ndarray) -> np.ndarray:
    return 27 / 4 * (r + r**2) / (1 + r + r**2) ** 2.5


def figure10(table: pd.DataFrame) -> Figure:
    """P(r) of each disorder strength, one panel a boundary condition (P1 figure 10).

    Args:
        table: as `spinlearn.mbl.tables.level_statistics` gives it; the largest L is drawn.
    """
    boundaries = [name for name in ("ring", "open") if name in set(table.boundary)]
    fig, axes = style.figure(2, 2.9, 1, len(boundaries), sharey=True, squeeze=False)
    grid = np.linspace(0, 1, 200)
    L = table.L.max()
    strengths = sorted(table.h.unique())
    for panel, (ax, boundary) in enumerate(zip(axes[0], boundaries, strict=True)):
        ax.plot(grid, _poisson(grid), color="0.25", ls="--", lw=1, label="Poisson")
        ax.plot(grid, _goe(grid), color="0.25", ls="-", lw=1, label="GOE (3×3 surmise)")
        for index, h in enumerate(strengths):
            rows = table[(table.boundary == boundary) & (table.h == h) & (table.L == L)]
            if rows.empty:
                continue
            first = rows.iloc[0]
            ax.errorbar(
                rows.r,
                rows.density,
                rows.density_error,
                color=style.COLORS[index],
                marker=style.MARKERS[index],
                ls="none",
                label=rf"$h_d$ = {h:g}:  $\langle r\rangle$ = {first.mean_gap_ratio:.3f}"
                rf" ± {first.mean_gap_ratio_error:.3f}",
            )
        ax.set_xlabel(r"gap ratio $r$")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 2.7)
        ax.legend(loc="upper right", labelspacing=0.3)
        style.panel_label(ax, "ab"[panel])
        realisations = int(table[table.boundary == boundary].realisations.iloc[0])
        name = {"ring": "ring", "open": "open chain"}[boundary]
        ax.set_title(rf"{name}, $L$ = {L}, {realisations} realisations", pad=4)
    axes[0, 0].set_ylabel(r"$P(r)$")
    return fig


def indicator_maps(table: pd.DataFrame) -> Figure:
    """Each indicator over (h, energy density), one column an L: the mobility-edge picture.

    Titles name how many of the sector's states a window holds.

    Args:
        table: as `spinlearn.mbl.tables.indicator_map` gives it, with the columns
            `entropy_normalisation` and `states_per_window`.
    """
    names = {
        "gap_ratio": r"$\langle r\rangle$",
        "entanglement_entropy": NORMALISED_ENTROPIES[table.entropy_normalisation.iloc[0]],
        "number_entropy": r"$S_{\rm n}$ (nat)",
        "spin_fraction": r"$f$",
    }
    sizes = sorted(table.L.unique())
    window = int(table.states_per_window.iloc[0])
    fig, axes = style.figure(
        2, 1.6 * len(names) + 0.45, len(names), len(sizes), sharex=True, sharey=True, squeeze=False
    )
    for row, (indicator, label) in enumerate(names.items()):
        part = table[table.indicator == indicator]
        low, high = {
            "gap_ratio": (0.386, 0.531),
            "number_entropy": (0.0, part["mean"].max()),
        }.get(indicator, (0.0, 1.0))
        for column, L in enumerate(sizes):
            ax = axes[row, column]
            grid = part[part.L == L].pivot(index="energy_density", columns="h", values="mean")
            mesh = ax.pcolormesh(
                grid.columns,
                grid.index,
                grid.to_numpy(),
                vmin=low,
                vmax=high,
                cmap="viridis",
                shading="nearest",
                rasterized=True,
            )
            ax.tick_params(top=False, right=False, direction="out")
            if row == 0:
                sector = comb(int(L), int(L) // 2)
                ax.set_title(f"$L$ = {L}\n{min(window, sector)} of {sector} states")
            if row == len(names) - 1:
                ax.set_xlabel(r"$h/J$ (Pauli)")
            if column == 0:
                ax.set_ylabel(r"energy density $\varepsilon$")
        fig.colorbar(mesh, ax=axes[row, :], label=label, pad=0.01)
    return fig
