"""Figures of the stage `vae`: ground states learned from POVM samples (P4 figures 5 to 13)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style

VAE, DMRG = "VAE", "DMRG"


def _setting(table: pd.DataFrame) -> str:
    """Size of the chain and of the training set, for a title."""
    samples = f"{int(table.training_samples.iloc[0]):,}".replace(",", "\u2009")
    return f"$N$ = {int(table.N.max())}, {samples} training samples a field"


def _tie_breaking(table: pd.DataFrame) -> str:
    """The longitudinal field, for a title."""
    return rf"tie-breaking field $\lambda$ = {table.longitudinal_field.iloc[0]:g} $J$"


def _ground_states(ax: Axes, x: pd.Series, y: pd.Series, color: str, label: str) -> None:
    """Points of the ground states at the fields that there are, joined by a dotted line."""
    ax.plot(x, y, color=color, label=label, lw=0.9, ls=":", marker="_", ms=7, mew=1.5, zorder=1)


def _curves_by_site(ax: Axes, table: pd.DataFrame, ylabel: str) -> None:
    """Markers with error bars (VAE) and lines (DMRG) against the site, a colour a field."""
    rows = table[table.shown & (table.decoder == "factorised")]
    fields = sorted(rows.hx.unique())
    handles: list[Any] = []
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx].sort_values("site")
        ax.plot(part.site, part.exact, color=color, lw=1.1, zorder=1)
        handles.append(
            ax.errorbar(
                part.site,
                part.vae,
                part.vae_error,
                color=color,
                marker=style.MARKERS[index % len(style.MARKERS)],
                ms=3.2,
                ls="none",
                elinewidth=0.8,
                label=f"{hx:g}",
                zorder=2,
            )
        )
    (line,) = ax.plot([], [], color="0.3", label=DMRG)
    marker = ax.errorbar([], [], [], color="0.3", marker="o", ms=3.2, ls="none", label=VAE)
    ax.legend(
        handles=[*handles, marker, line],
        title=r"$h_x/J$",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        labelspacing=0.35,
    )
    ax.set_xlabel(r"site $n$")
    ax.set_ylabel(ylabel)
    ax.set_title(_setting(table), fontsize=7.5)
    sites = int(table.site.max())
    ax.set_xlim(0.3, sites + 0.7)
    ax.set_xticks(np.unique(np.linspace(1, sites, min(sites, 6)).round().astype(int)))


def _correlations(table: pd.DataFrame, axis: str, legend: str) -> Figure:
    """Correlations with the first site against the site, and of nearest neighbours by field."""
    fig, (ax, near) = style.figure(2, 2.9, 1, 2, gridspec_kw={"width_ratios": [1.15, 1]})
    _curves_by_site(ax, table, rf"$\langle\sigma^{axis}_1\sigma^{axis}_n\rangle$")
    rows = table[table.site == 2].sort_values("hx")
    exact = rows[rows.decoder == "factorised"]
    _ground_states(near, exact.hx, exact.exact, "0.3", DMRG)
    decoders = (
        ("factorised", f"{VAE}, factorised (paper)"),
        ("autoregressive", f"{VAE}, autoregressive"),
    )
    for index, (decoder, label) in enumerate(decoders):
        part = rows[rows.decoder == decoder]
        if part.empty:
            continue
        near.errorbar(
            part.hx,
            part.vae,
            part.vae_error,
            color=style.COLORS[index],
            marker=style.MARKERS[index],
            mfc="white",
            ls="none",
            label=label,
        )
    near.set_xlabel(r"transverse field $h_x/J$")
    near.set_ylabel(rf"$\langle\sigma^{axis}_1\sigma^{axis}_2\rangle$")
    near.set_title("nearest neighbours", fontsize=7.5)
    near.legend(loc=legend, labelspacing=0.3)
    style.panel_label(ax, "a")
    style.panel_label(near, "b")
    return fig


def figure5(table: pd.DataFrame) -> Figure:
    """⟨σ^z_1 σ^z_n⟩ against n (P4 figure 5), and of nearest neighbours for both decoders.

    Args:
        table: as `spinlearn.vae.tables.by_site` gives it.
    """
    return _correlations(table, "z", "upper right")


def figure6(table: pd.DataFrame) -> Figure:
    """⟨σ^x_1 σ^x_n⟩ against n (P4 figure 6), and of nearest neighbours for both decoders."""
    return _correlations(table, "x", "upper left")


def figure7(table: pd.DataFrame) -> Figure:
    """⟨σ^x_n⟩ at every site (P4 figure 7)."""
    fig, ax = style.figure(1, 2.8)
    _curves_by_site(ax, table, r"$\langle\sigma^x_n\rangle$")
    return fig


def figure8(table: pd.DataFrame) -> Figure:
    """mu_x and mu_z against the transverse field (P4 figure 8).

    Args:
        table: as `spinlearn.vae.tables.magnetisations` gives it, with the column
            `longitudinal_field`.
    """
    fig, ax = style.figure(1, 2.8)
    names = (("mu_x", r"$\mu_x$"), ("mu_z", r"$\mu_z$"))
    for color, marker, (name, label) in zip(style.COLORS, style.MARKERS, names, strict=False):
        rows = table[table.observable == name].sort_values("hx")
        _ground_states(ax, rows.hx, rows.exact, color, f"{label}, {DMRG}")
        ax.errorbar(
            rows.hx,
            rows.vae,
            rows.vae_error,
            color=color,
            marker=marker,
            mfc="white",
            ls="none",
            label=f"{label}, {VAE}",
        )
    ax.axvline(1.0, color="0.6", lw=0.8, ls=":", zorder=0)
    ax.annotate(
        r"$h_x = J$",
        xy=(1.0, 0.98),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        color="0.4",
        fontsize=7,
    )
    ax.set_xlabel(r"transverse field $h_x/J$")
    ax.set_ylabel("magnetisation per site")
    ax.legend(loc="center right", labelspacing=0.3)
    ax.set_title(f"{_setting(table)}\n{_tie_breaking(table)}", fontsize=7.5)
    return fig


def figure9(table: pd.DataFrame) -> Figure:
    """χ_xx and χ_zx: derivatives through the network, central differences, ground states.

    P4 figure 9. The derivative is that of the decoder's mean; Gumbel-softmax, which P4 uses, is
    beside it.
    """
    fig, axes = style.figure(2, 3.1, 1, 2)
    labels = {"chi_xx": r"$\chi_{xx}$", "chi_zx": r"$\chi_{zx}$"}
    routes = (
        ("autograd", "VAE, exact derivative", "o", style.COLORS[0]),
        ("gumbel_softmax", "VAE, Gumbel-softmax", "s", style.COLORS[4]),
        ("central_difference", "VAE, central difference of samples", "^", style.COLORS[1]),
    )
    for panel, (ax, (name, label)) in enumerate(zip(axes, labels.items(), strict=True)):
        rows = table[table.observable == name].sort_values("hx")
        if rows.exact.notna().all():
            _ground_states(ax, rows.hx, rows.exact, "0.3", "ground states, free fermions")
        else:
            slopes = rows.dropna(subset=["midpoint"])
            _ground_states(
                ax,
                slopes.midpoint,
                slopes.exact_difference,
                style.COLORS[6],
                "ground states, slope between fields",
            )
        for column, text, marker, color in routes:
            ax.errorbar(
                rows.hx,
                rows[column],
                rows[f"{column}_error"],
                color=color,
                marker=marker,
                mfc="white",
                ms=3.6,
                ls="none",
                elinewidth=0.8,
                label=text,
            )
        ax.set_xlabel(r"transverse field $h_x/J$")
        ax.set_ylabel(f"{label} " + r"$(1/J)$")
        style.panel_label(ax, "ab"[panel])
        ax.set_title(_setting(table), fontsize=7.5)
    handles: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    fig.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3)
    return fig


def figure10(table: pd.DataFrame) -> Figure:
    """Probabilities of all strings by falling exact probability (P4 figure 10)."""
    fig, (ax, ratio) = style.figure(
        1, 3.4, 2, 1, sharex=True, gridspec_kw={"height_ratios": [2.4, 1]}
    )
    first = table.iloc[0]
    ax.plot(table["rank"], table.vae, ".", color=style.COLORS[1], ms=2, alpha=0.6, label=VAE)
    ax.plot(table["rank"], table.exact, color=style.COLORS[0], lw=1.4, label="exact")
    ax.set_yscale("log")
    ax.set_ylim(bottom=max(float(table[["exact", "vae"]].min().min()), 1e-8) / 1.5)
    ax.set_ylabel(r"$P(\alpha)$")
    ax.legend(loc="upper right", title=f"BC = {first.bhattacharyya:.4f}")
    ax.set_title(_setting(table) + f", $h_x$ = {first.hx:g} $J$", fontsize=7.5)
    positive = table[table.exact > 0]
    ratio.axhline(1.0, color=style.COLORS[0], lw=1.2)
    ratio.plot(
        positive["rank"], positive.vae / positive.exact, ".", color=style.COLORS[1], ms=2, alpha=0.6
    )
    ratio.set_yscale("log")
    ratio.set_ylabel("VAE / exact")
    ratio.set_xlabel("outcome string, by falling exact $P$")
    return fig


def figure11(table: pd.DataFrame) -> Figure:
    """Bhattacharyya coefficient against the field, with what samples alone give (P4 figure 11).

    Args:
        table: as `spinlearn.vae.tables.bhattacharyya_coefficients` gives it, with the column
            `longitudinal_field`.
    """
    lengths = sorted(table.N.unique())
    fig, axes = style.figure(2 if len(lengths) > 1 else 1, 3.0, 1, len(lengths), squeeze=False)
    kinds = (
        ("factorised", "VAE, factorised decoder (paper)"),
        ("autoregressive", "VAE, autoregressive decoder"),
        ("samples", "histogram of the training samples"),
        ("product", "product of exact one-site functions"),
    )
    for panel, (ax, N) in enumerate(zip(axes[0], lengths, strict=True)):
        whole = table[table.N == N]
        for index, (kind, label) in enumerate(kinds):
            rows = whole[whole.kind == kind].sort_values("hx")
            if rows.empty:
                continue
            ax.plot(
                rows.hx,
                rows.bhattacharyya,
                color=style.COLORS[index],
                marker=style.MARKERS[index],
                mfc="white" if index > 1 else style.COLORS[index],
                lw=1.2 if index < 2 else 0.8,
                ls="-" if index < 2 else ":",
                label=label,
            )
        ax.axhline(0.99, color="0.45", lw=0.8, ls="--", zorder=0)
        ax.text(
            1.015,
            0.99,
            "0.99",
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=7,
            color="0.35",
        )
        ax.set_xlabel(r"transverse field $h_x/J$")
        ax.set_ylabel("Bhattacharyya coefficient")
        smallest = whole.bhattacharyya.min()
        ax.set_ylim(smallest - 0.6 * (1.0 - smallest), 1.0 + 0.04 * (1.0 - smallest))
        ax.legend(loc="lower right", labelspacing=0.3)
        ax.set_title(f"{_setting(whole)}\n{_tie_breaking(whole)}", fontsize=7.5)
        if len(lengths) > 1:
            style.panel_label(ax, "abcdefgh"[panel])
    return fig


def figure12(table: pd.DataFrame) -> Figure:
    """Rényi entropy S_2 of the first n spins (P4 figure 12)."""
    fig, ax = style.figure(1, 2.6)
    rows = table[table.shown]
    fields: Sequence[float] = sorted(rows.hx.unique())
    for index, (color, hx) in enumerate(zip(style.sequential(len(fields)), fields, strict=True)):
        part = rows[rows.hx == hx]
        ax.plot(part.n, part.exact, color=color)
        ax.errorbar(
            part.n,
            part.vae,
            part.vae_error,
            color=color,
            marker=style.MARKERS[index],
            ls="none",
            label=f"$h_x$ = {hx:g} $J$",
        )
    ax.plot([], [], color="0.3", label="exact (MPS)")
    ax.errorbar([], [], [], color="0.3", marker="o", ls="none", label=VAE)
    ax.axhline(0, color="0.8", lw=0.6, zorder=0)
    ax.set_xlabel(r"spins in the block, $n$")
    ax.set_ylabel(r"$S_2 = -\ln\,\mathrm{Tr}\,\rho_n^2$ (nat)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), labelspacing=0.4)
    ax.set_title(_setting(table), fontsize=7.5)
    return fig


def figure13(table: pd.DataFrame) -> Figure:
    """Eigenvalues of the density matrix, whole and of the last three spins (P4 figure 13)."""
    fig, axes = style.figure(2, 2.8, 1, 2)
    titles = {"last three": "last three spins", "whole": "all spins"}
    for panel, (ax, (part, title)) in enumerate(zip(axes, titles.items(), strict=True)):
        rows = table[table.part == part]
        ax.axhline(0, color="0.7", lw=0.7, zorder=0)
        ax.bar(rows.level - 0.2, rows.exact, 0.4, color=style.COLORS[0], label="exact")
        ax.bar(rows.level + 0.2, rows.vae, 0.4, color=style.COLORS[1], label=VAE)
        ax.set_xlabel("eigenvalue, by size")
        ax.set_ylabel(r"eigenvalue of $\rho$")
        ax.set_title(title, fontsize=8)
        ax.set_xlim(0.2, min(len(rows), 32) + 0.8)
        smallest = rows.vae.min()
        ax.legend(loc="upper right", title=f"smallest: {smallest:.4f} (VAE)")
        style.panel_label(ax, "ab"[panel])
    fig.suptitle(_setting(table) + f", $h_x$ = {table.hx.iloc[0]:g} $J$", fontsize=7.5)
    return fig
