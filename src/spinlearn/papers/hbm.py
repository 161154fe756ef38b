"""Figures of P1 about training: learned images, machines compared, disorder, parity."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from spinlearn.papers import style

CRITICAL = (3.5, 3.7)
"""Literature's range of the critical disorder strength, in spin-1/2 operators."""

MACHINES: dict[str, dict[str, Any]] = {
    "hidden": {"label": "hidden", "color": style.COLORS[0]},
    "driven": {"label": "randomly driven", "color": style.COLORS[1]},
    "basic": {"label": "basic", "color": style.COLORS[2]},
    "anderson": {"label": r"hidden, $J_{zz} = 0$", "color": style.COLORS[3]},
}
"""Name and colour of each machine."""

STATES = {
    "plus": r"$|{+}\rangle$",
    "neel": "the Néel state",
    "random_product": "random products",
}
"""Names of the initial states."""


def _rows(table: pd.DataFrame, **values: Any) -> pd.DataFrame:
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def _mean_and_band(ax: Axes, rows: pd.DataFrame, color: str, label: str) -> None:
    columns = (rows.quench.tolist(), rows["mean"].tolist(), rows["std"].fillna(0).tolist())
    style.mean_and_band(ax, *columns, color=color, label=label)


def _sizes(row: Any) -> str:
    runs = f"{row.runs} run" + ("s" if row.runs > 1 else "")
    return f"{row.candidates} candidates a quench, {runs}, from {STATES[row.initial_state]}"


def figure3(table: pd.DataFrame) -> Figure:
    """Target images above, learned images below, one column a digit (P1 figure 3).

    Args:
        table: as `spinlearn.hbm.tables.learned_images` gives it.
    """
    digits = sorted(table.digit.unique())
    columns = 1 if len(digits) <= 4 else 2
    width = style.COLUMN_WIDTHS[columns] - 0.35
    side = width / max(len(digits), 3)
    fig, axes = style.figure(columns, 2 * side + 0.62, 2, len(digits), squeeze=False)
    for column, digit in enumerate(digits):
        pair = _rows(table, digit=digit)
        largest = pair.probability.max()
        for row, kind in enumerate(("target", "learned")):
            ax = axes[row, column]
            part = _rows(pair, kind=kind)
            image = part.pivot(index="row", columns="column", values="probability")
            ax.imshow(image.to_numpy(), cmap="Greys", vmin=0, vmax=largest)
            ax.set(xticks=[], yticks=[])
            if column == 0:
                ax.set_ylabel(kind)
        shown = pair.iloc[0]
        axes[1, column].set_xlabel(f"$F$ = {shown.fidelity:.2f}", fontsize=7.5, labelpad=2)
    first = table.iloc[0]
    fig.supxlabel(
        f"class means of scikit-learn's digits (paper: MNIST); $h_d$ = {first.h:g}, "
        f"{first.quenches} quenches,\nrun of median loss out of {first.runs}; "
        f"a flat image has $F$ = {table.uniform_fidelity.min():.2f} to "
        f"{table.uniform_fidelity.max():.2f}",
        fontsize=7.5,
    )
    return fig


def figure4(table: pd.DataFrame) -> Figure:
    """log10 of the squared MMD against the number of quenches for each machine (P1 figure 4).

    Args:
        table: as `spinlearn.hbm.tables.loss_histories` gives it.
    """
    fig, ax = style.figure(1, 2.9)
    for name, machine in MACHINES.items():
        rows = _rows(table, model=name).sort_values("quench")
        if rows.empty:
            continue
        first = rows.iloc[0]
        label = machine["label"]
        if name == "driven":
            label += rf", $D$ = {first.drive_strength:g}, $\tau$ = {first.drive_time:g}"
        elif name == "hidden":
            label += f", {first.visible}+{first.hidden} spins"
        else:
            label += f", {first.visible} spins"
        _mean_and_band(ax, rows, machine["color"], label)
    first = table.iloc[0]
    ax.set_xlim(0, table.quench.max())
    ax.set_xlabel(r"quench $m$")
    ax.set_ylabel(r"$\log_{10}\,\mathcal{L}_{\rm MMD}$ (mean ± 1 s.d.)")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.24 * (high - low))
    ax.legend(loc="upper right", labelspacing=0.3)
    ax.set_title(f"{_title(first.task)}, $h_d$ = {first.h:g}\n{_sizes(first)}", fontsize=7.5)
    return fig


def _title(task: str) -> str:
    return f"digit {task.removeprefix('digits')}" if task.startswith("digits") else "even parity"


def _mark_transition(ax: Axes, *, label: bool = True) -> None:
    ax.axvspan(*CRITICAL, color="0.85", lw=0, zorder=0)
    if label:
        ax.annotate(
            r"$h_c$ (literature)",
            xy=(CRITICAL[1], 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=7,
            color="0.35",
        )


def _strength_axis(ax: Axes, strengths: list[float]) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(strengths))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel(r"disorder strength $h_d/J$")


def _spaced(strengths: list[float], least: float = 1.35) -> list[float]:
    """Strengths far enough apart on a logarithmic axis for their labels."""
    kept: list[float] = []
    for h in strengths:
        if not kept or h >= least * kept[-1]:
            kept.append(h)
    return kept


def figure5(table: pd.DataFrame, localised_h: float) -> Figure:
    """Terminal loss against disorder; Hamming distance and entropy along training (P1 figure 5).

    Thin lines: the first run; thick lines and bands: mean and one standard deviation over runs.

    Args:
        table: as `spinlearn.hbm.tables.disorder_sweep` gives it.
        localised_h: the strength at which the machines are compared; drawn in panels b and c
            beside the weakest and the strongest.
    """
    fig, axes = style.figure(2, 2.75, 1, 3)
    strengths = sorted(table.h.unique())
    drawn = [h for h in strengths if h in (strengths[0], localised_h, strengths[-1])]
    ax = axes[0]
    loss = _rows(table, quantity="log10_loss").sort_values("h")
    positive = loss[loss.h > 0]
    mean, std = positive["mean"], positive["std"].fillna(0)
    ax.fill_between(
        positive.h, 10 ** (mean - std), 10 ** (mean + std), color=style.COLORS[0], alpha=0.18, lw=0
    )
    ax.plot(positive.h, 10**mean, color=style.COLORS[0], marker="o")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(lambda value, _: f"{1e3 * value:g}")
    _strength_axis(ax, _spaced(list(positive.h)))
    _mark_transition(ax)
    ax.set_ylabel(r"terminal loss $10^3\,\mathcal{L}_{\rm MMD}$")
    colors = {h: style.COLORS[i] for h, i in zip(drawn, (1, 0, 2)[: len(drawn)], strict=False)}
    if len(drawn) == 2:
        colors = {drawn[0]: style.COLORS[1], drawn[1]: style.COLORS[0]}
    for ax, quantity in zip(axes[1:], ("hamming", "entropy_per_site"), strict=True):
        for h in drawn:
            rows = _rows(table, quantity=quantity, h=h).sort_values("quench")
            _mean_and_band(ax, rows, colors[h], f"{h:g}")
            ax.plot(rows.quench, rows.one_run, color=colors[h], lw=0.5, alpha=0.9)
        ax.set_xlabel(r"quench $m$")
        ax.set_xlim(0, table.quench.max())
        ax.set_ylim(bottom=0)
    first = table.iloc[0]
    axes[1].set_ylabel("Hamming distance $D_m(T)$")
    axes[2].set_ylabel(r"entropy per site $S_{L/2}/L$ (nat)")
    axes[1].axhline(0.33, color="0.45", lw=0.9, ls="--", zorder=0, label="0.33, paper")
    for ax, quantity in ((axes[1], "hamming"), (axes[2], "entropy_per_site")):
        scrambled = _rows(table, quantity=quantity).thermal.iloc[0]
        if np.isfinite(scrambled):
            ax.axhline(scrambled, color="0.45", lw=0.9, ls=":", zorder=0, label="scrambled")
        ax.set_ylim(0, max(ax.get_ylim()[1], 1.05 * np.nan_to_num(scrambled)))
    axes[1].legend(title=r"$h_d/J$", loc="lower right", ncols=2, columnspacing=1.0)
    lines = [line for line in axes[2].lines if line.get_label() == "scrambled"]
    axes[2].legend(lines, ["random state (Page)"][: len(lines)], loc="lower right")
    for ax, letter in zip(axes, "abc", strict=True):
        style.panel_label(ax, letter)
    fig.supxlabel(
        f"hidden machine, {first.visible}+{first.hidden} spins, {_title(first.task)}; "
        f"{first.quenches} quenches, {_sizes(first)}\n"
        "lines and bands: mean ± 1 s.d. over runs; thin lines: one run",
        fontsize=7.5,
    )
    return fig


def figure8(table: pd.DataFrame) -> Figure:
    """Fidelity on the parity data: bars for three phases, and the sweep behind (P1 figure 8).

    Args:
        table: as `spinlearn.hbm.tables.parity_fidelities` gives it.
    """
    fig, axes = style.figure(2, 2.7, 1, 2, sharey=True, width_ratios=[1, 1.35])
    uniform = table.uniform_fidelity.iloc[0]
    ax = axes[0]
    found = [(name, _rows(table, bar=name)) for name in ("MBL", "thermal", "Anderson")]
    bars = [(name, rows.iloc[0]) for name, rows in found if not rows.empty]
    colors = {"MBL": style.COLORS[0], "thermal": style.COLORS[1], "Anderson": style.COLORS[3]}
    for x, (name, row) in enumerate(bars):
        ax.bar(
            x, row["mean"], width=0.62, yerr=row["error"], color=colors[name],
            error_kw={"lw": 1, "capsize": 2.5},
        )  # fmt: skip
    ax.set_xticks(range(len(bars)), [f"{name}\n$h_d$ = {row.h:g}" for name, row in bars])
    ax.tick_params(axis="x", top=False, bottom=False)
    ax.set_xlim(-0.6, len(bars) - 0.4)
    ax.set_ylabel("classical fidelity $F(p, q)$")
    style.panel_label(ax, "a")
    ax = axes[1]
    for model in ("hidden", "anderson"):
        rows = _rows(table, model=model).sort_values("h")
        rows = rows[rows.h > 0]
        if rows.empty:
            continue
        label = r"$J_{zz} = 1$" if model == "hidden" else r"$J_{zz} = 0$ (Anderson)"
        ax.errorbar(
            rows.h, rows["mean"], rows["error"], color=MACHINES[model]["color"], label=label,
            marker="o" if model == "hidden" else "s",
        )  # fmt: skip
    _strength_axis(ax, _spaced(sorted(h for h in table.h.unique() if h > 0)))
    _mark_transition(ax)
    ax.legend(loc="lower left")
    style.panel_label(ax, "b")
    top = max(0.8, float((table["mean"] + table["error"].fillna(0)).max()))
    ax.set_ylim(0, 1.12 * top)
    for ax, label in zip(axes, ("", "uniform distribution"), strict=True):
        style.reference_line(ax, uniform, label, above=False)
        style.reference_line(ax, 0.75, "0.75 (paper, MBL)" if label else "")
    first = table.iloc[0]
    fig.supxlabel(
        f"hidden machine, {first.visible}+{first.hidden} spins; {first.quenches} quenches, "
        f"{_sizes(first)}; error bars: standard error",
        fontsize=7.5,
    )
    return fig
