"""Figures of P2: recurrent networks that learn localisation indicators."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.papers import style

POISSON_GAP_RATIO = 2 * np.log(2) - 1
GOE_GAP_RATIO = 0.5307

SYMBOLS = {
    "gap_ratio": "gap ratio $r$",
    "entanglement_entropy": r"entropy $S/S_\mathrm{norm}$",
    "spin_fraction": r"spin fraction $\mathcal{F}$",
}
VARIANTS = {"transfer": "transfer", "scratch": "from scratch", "multitask": "multitask"}
H_LABEL = "disorder $h$ ($J$, Pauli)"
R2_LABEL = r"$R^2_\mathrm{norm}$"


def _band(ax: Axes, h: pd.Series, mean: pd.Series, half: pd.Series, color: str) -> None:
    half = half.fillna(0.0)
    ax.fill_between(h, mean - half, mean + half, color=color, alpha=0.18, lw=0)


def figure3(table: pd.DataFrame) -> Figure:
    """Mean and standard deviation over realisations against h, exact and predicted (P2 figure 3).

    Args:
        table: columns indicator, L, h, energy_density, source, mean, std, held_out.
    """
    indicators = [name for name in SYMBOLS if name in set(table["indicator"])]
    fig, axes = style.figure(2, 2.5, 1, len(indicators), sharex=True, squeeze=False)
    exact_color, network_color = style.COLORS[7], style.COLORS[1]
    for ax, name, letter in zip(axes[0], indicators, "abc", strict=False):
        part = table[table["indicator"] == name].sort_values("h")
        exact, network = (part[part["source"] == source] for source in ("exact", "network"))
        shift = 0.012 * (part["h"].max() - part["h"].min())
        for curve, color, marker, offset in (
            (exact, exact_color, "o", -shift),
            (network, network_color, "s", shift),
        ):
            ax.errorbar(
                curve["h"] + offset,
                curve["mean"],
                curve["std"],
                color=color,
                marker=marker,
                ls="none",
                lw=0.9,
                mfc="white" if marker == "s" else color,
            )
        ax.plot(network["h"] + shift, network["mean"], color=network_color, lw=0.9, zorder=0)
        if name == "gap_ratio":
            style.reference_line(ax, GOE_GAP_RATIO, "GOE")
            style.reference_line(ax, POISSON_GAP_RATIO, "Poisson", x=0.015, above=False)
        else:
            ax.axhline(0.0, color="0.8", lw=0.6, zorder=0)
            ax.axhline(1.0, color="0.8", lw=0.6, zorder=0)
        ax.set_ylabel(SYMBOLS[name])
        ax.set_xlabel(H_LABEL)
        style.panel_label(ax, letter)
    L, held_out = int(table["L"].iloc[0]), bool(table["held_out"].iloc[0])
    handles = [
        Line2D([], [], color=exact_color, marker="o", ls="none"),
        Line2D([], [], color=network_color, marker="s", mfc="white", lw=0.9),
    ]
    axes[0][-1].legend(
        handles,
        ["exact", "network"],
        title=f"$L = {L}$" + (", not trained on" if held_out else ""),
        title_fontsize=7.5,
        loc="upper right",
    )
    fig.suptitle(
        rf"mean $\pm$ standard deviation over realisations, $\epsilon$ = "
        f"{table['energy_density'].iloc[0]:g}",
        fontsize=8.5,
    )
    return fig


def _scores(ax: Axes, part: pd.DataFrame, color: str, marker: str, *, band: str) -> None:
    """One curve of R^2_norm with its band; dashed where the chain length was held out."""
    part = part.sort_values("h")
    held_out = bool(part["held_out"].iloc[0])
    ax.plot(
        part["h"],
        part["r2_norm"],
        color=color,
        marker=marker,
        ls="--" if held_out else "-",
        mfc="white" if held_out else color,
    )
    _band(ax, part["h"], part["r2_norm"], part[band], color)


def _baseline(ax: Axes) -> None:
    ax.axhline(0.5, color="0.35", lw=0.9, ls=":", zorder=0)
    ax.set_ylim(0.0, 1.0)


def figure4(table: pd.DataFrame) -> Figure:
    """Normalised coefficient of determination of each indicator against h (P2 figure 4).

    Args:
        table: columns indicator, L, h, energy_density, r2_norm, network_spread, error, held_out.
    """
    indicators = [name for name in SYMBOLS if name in set(table["indicator"])]
    lengths = sorted(table["L"].unique())
    fig, axes = style.figure(2, 2.6, 1, len(indicators), sharex=True, sharey=True, squeeze=False)
    for ax, name, letter in zip(axes[0], indicators, "abc", strict=False):
        for i, L in enumerate(lengths):
            part = table[(table["indicator"] == name) & (table["L"] == L)]
            _scores(ax, part, style.COLORS[i % 8], style.MARKERS[i % 8], band="error")
        _baseline(ax)
        ax.set_xlabel(H_LABEL)
        ax.set_title(SYMBOLS[name])
        style.panel_label(ax, letter)
    axes[0][0].set_ylabel(R2_LABEL)
    held = {L: bool(table[table["L"] == L]["held_out"].iloc[0]) for L in lengths}
    handles = [
        Line2D(
            [],
            [],
            color=style.COLORS[i % 8],
            marker=style.MARKERS[i % 8],
            ls="--" if held[L] else "-",
            mfc="white" if held[L] else style.COLORS[i % 8],
        )
        for i, L in enumerate(lengths)
    ]
    labels = [f"$L = {L}$" + (" (not trained on)" if held[L] else "") for L in lengths]
    handles.append(Line2D([], [], color="0.35", lw=0.9, ls=":"))
    axes[0][0].legend(handles, [*labels, "constant predictor"], loc="lower right")
    fig.suptitle(
        f"$\\epsilon$ = {table['energy_density'].iloc[0]:g}; mean of "
        f"{int(table['networks'].iloc[0])} networks; bands: standard error "
        "(test realisations and networks)",
        fontsize=8,
    )
    return fig


def figure5(table: pd.DataFrame) -> Figure:
    """R^2_norm of the spin fraction for three ways of training (P2 figure 5).

    Args:
        table: columns variant, L, h, energy_density, r2_norm, error, held_out.
    """
    lengths = sorted(table["L"].unique())
    fig, axes = style.figure(2, 2.6, 1, len(lengths), sharex=True, sharey=True, squeeze=False)
    present = [name for name in VARIANTS if name in set(table["variant"])]
    for ax, L, letter in zip(axes[0], lengths, "abcdefgh", strict=False):
        for i, name in enumerate(present):
            part = table[(table["variant"] == name) & (table["L"] == L)]
            _scores(ax, part, style.COLORS[i], style.MARKERS[i], band="error")
        _baseline(ax)
        held_out = bool(table[table["L"] == L]["held_out"].iloc[0])
        ax.set_title(f"$L = {L}$" + (" (not trained on)" if held_out else ""))
        ax.set_xlabel(H_LABEL)
        style.panel_label(ax, letter)
    axes[0][0].set_ylabel(rf"{R2_LABEL} of $\mathcal{{F}}$")
    handles = [
        Line2D([], [], color=style.COLORS[i], marker=style.MARKERS[i]) for i in range(len(present))
    ]
    handles.append(Line2D([], [], color="0.35", lw=0.9, ls=":"))
    axes[0][0].legend(
        handles, [*(VARIANTS[name] for name in present), "constant predictor"], loc="lower right"
    )
    fig.suptitle(
        f"$\\epsilon$ = {table['energy_density'].iloc[0]:g}; mean of "
        f"{int(table['networks'].iloc[0])} networks; bands: standard error "
        "(test realisations and networks)",
        fontsize=8,
    )
    return fig


def _edges(centres: np.ndarray) -> np.ndarray:
    """Cell edges half way between centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate(
        [[centres[0] - (middle[0] - centres[0])], middle, [2 * centres[-1] - middle[-1]]]
    )


def _range(values: pd.Series) -> tuple[float, float]:
    """Smallest and largest value, set apart if they are the same."""
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def figure6(table: pd.DataFrame) -> Figure:
    """Spin fraction over h and energy density, exact and predicted (P2 figure 6).

    Args:
        table: columns source ("exact", "network"), L, h, energy_density, spin_fraction,
            test_realisations, held_out.
    """
    fig, axes = style.figure(2, 2.7, 1, 2, sharex=True, sharey=True)
    exact = table[table["source"] == "exact"]
    L, held_out = int(exact["L"].iloc[0]), bool(exact["held_out"].iloc[0])
    titles = {
        "exact": f"exact, {int(exact['test_realisations'].iloc[0])} realisations a point",
        "network": "networks, fresh disorder" + (f", $L = {L}$ not trained on" if held_out else ""),
    }
    for ax, (source, title), letter in zip(axes, titles.items(), "ab", strict=True):
        grid = table[table["source"] == source].pivot(
            index="energy_density", columns="h", values="spin_fraction"
        )
        h, energy = grid.columns.to_numpy(float), grid.index.to_numpy(float)
        mesh = ax.pcolormesh(
            _edges(h),
            _edges(energy),
            grid.to_numpy(),
            vmin=0.0,
            vmax=1.0,
            cmap="viridis",
            rasterized=True,
        )
        if min(grid.shape) > 1 and grid.to_numpy().min() < 0.5 < grid.to_numpy().max():
            ax.contour(h, energy, grid.to_numpy(), levels=[0.5], colors="white", linewidths=0.9)
        ax.set_xlabel(H_LABEL)
        ax.set_title(title)
        style.panel_label(ax, letter)
    axes[0].set_xlim(*_range(exact["h"]))
    axes[0].set_ylim(*_range(exact["energy_density"]))
    axes[0].set_ylabel(r"energy density $\epsilon$")
    fig.colorbar(
        mesh,
        ax=list(axes),
        extend="both",
        pad=0.01,
        label=rf"mean spin fraction $\mathcal{{F}}$, $L = {L}$ (line: 1/2)",
    )
    return fig


def figure8(table: pd.DataFrame) -> Figure:
    """The features of one network against h for each L (P2 figure 8).

    The first network is drawn; thin grey lines are the others' curves at the longest chain, to show
    how features and crossings change from training to training.

    Args:
        table: columns network, feature, L, h, mean, error, samples.
    """
    features = sorted(table["feature"].unique())
    lengths = sorted(table["L"].unique())
    first, *others = sorted(table["network"].unique())
    fig, axes = style.figure(2, 2.6, 1, len(features), sharex=True, squeeze=False)
    for ax, feature, letter in zip(axes[0], features, "abcdefgh", strict=False):
        part = table[table["feature"] == feature]
        for network in others:
            other = part[(part["network"] == network) & (part["L"] == lengths[-1])].sort_values("h")
            ax.plot(other["h"], other["mean"], color="0.8", lw=0.7, zorder=0)
        for i, L in enumerate(lengths):
            curve = part[(part["network"] == first) & (part["L"] == L)].sort_values("h")
            ax.plot(curve["h"], curve["mean"], color=style.COLORS[i % 8], label=f"$L = {L}$")
            _band(ax, curve["h"], curve["mean"], curve["error"], style.COLORS[i % 8])
        ax.set_xlabel(H_LABEL)
        ax.set_ylabel(f"mean of feature {feature}")
        ax.set_ylim(-1.05, 1.05)
        style.panel_label(ax, letter)
    handles, labels = axes[0][0].get_legend_handles_labels()
    if others:
        handles.append(Line2D([], [], color="0.8", lw=0.7))
        labels.append(f"other trainings, $L = {lengths[-1]}$")
    fig.legend(
        handles,
        labels,
        loc="outside upper center",
        ncols=len(handles),
        title=f"one training; averages over {int(table['samples'].iloc[0])} disorder vectors",
        title_fontsize=8,
    )
    return fig
