"""Zhong 2022, figure 7: measured states after a quench, learned by Born machines."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.quantum_claims import FIDELITY, LITTLE, judge
from spinlearn.papers.zhong2022.quantum_table import TARGETS, quantum_table

CAPTION = (
    "Quantum data: distributions of a chain's strings after one quench, of the localised or the "
    "thermal phase, with new fields for each run, learned by hidden Born machines of either phase. "
    "Machine and target start in the same state, |+> or the Neel state; the paper states neither. "
    "(a), (b) Targets of disorder strength h, and what is learned, for the run of median fidelity. "
    "(c) Fidelity, with that of the flat distribution and that of another target of the same "
    "ensemble. (d) Share of the flat distribution's infidelity that is removed, (F - F_flat)/"
    f"(1 - F_flat), as a ratio of means over runs; a machine fails below {LITTLE:g}, a limit "
    "chosen after looking. "
    f"{common.CHOICE_OF_STRENGTH}"
)

LOOKS: dict[str, dict[str, Any]] = {
    "localised": {"color": style.COLORS[0], "marker": "o"},
    "thermal": {"color": style.COLORS[1], "marker": "s"},
}
REFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "flat": ("flat distribution", {"color": "0.35", "marker": "_", "ms": 9}),
    "independent": ("another target", {"color": style.COLORS[3], "marker": "D", "mfc": "white"}),
}

STATES = {
    "plus": r"$|{+}\rangle$",
    "neel": "Néel",
    "random_product": "product",
    "target_sectors": "sectors",
}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Fidelities with targets of one quench, and distributions of one run.

    Args:
        files: `runs` on data sets of quenches, of which each run has a draw of its own.
        settings: `localised_h`, the strength of the localised machine; the least one found is that
            of the thermal machine. `target_h`, the strength of each data set's quench by its name.

    Returns:
        Rows with `part` "fidelity", one per data set, machine and h: `target` ("localised",
        "thermal": how the data set's name begins, or its name), `target_h` (NaN if unknown),
        `phase` of the machine ("localised", "thermal" or ""), and means over runs, each with its
        `_error`: `fidelity`, `flat`, `independent` (of another run's target), `excess` (fidelity -
        flat), `removed` (excess/(1 - flat), a ratio of means), `above_another` (fidelity -
        independent), `above_thermal` (less the thermal machine's fidelity with the same targets,
        run by run). Rows with `part` "distribution", one per string: `string, target_probability,
        probability`, of the run of median `fidelity`. And the sizes.
    """
    targets = ("target_distribution", "target_distributions")
    runs = load(files.runs, "loss", "fidelity", "last_distribution", *targets)
    found = quantum_table(runs, settings["localised_h"])
    return found.assign(target_h=found.dataset.map(settings["target_h"]).astype(float))


def draw(table: pd.DataFrame) -> Figure:
    """Distributions above, fidelities and shares of the infidelity below."""
    fig, axes = style.figure(2, 5.0, 2, 2, height_ratios=[1, 1.25])
    cases = common.rows_with(table, part="fidelity")
    groups = cases.drop_duplicates("dataset")
    for ax, target in zip(axes[0], TARGETS, strict=True):
        _draw_distributions(ax, table, target)
    labels = [f"{row.target}\n{STATES[row.initial_state]}" for row in groups.itertuples()]
    for ax, name in zip(axes[1], ("fidelity", "removed"), strict=True):
        _draw_cases(ax, cases, list(groups.dataset), name)
        ax.set_xticks(range(len(labels)), labels)
        ax.set(xlabel="target and initial state", xlim=(-0.5, len(labels) - 0.5))
        ax.tick_params(axis="x", bottom=False, top=False)
    style.reference_line(axes[1, 0], FIDELITY, f"{FIDELITY:g} (paper)")
    style.reference_line(axes[1, 1], 0.0, "flat distribution", above=False)
    axes[1, 0].set_ylabel("fidelity $F(p, q)$")
    axes[1, 1].set_ylabel(r"$(F - F_\mathrm{flat})/(1 - F_\mathrm{flat})$")
    axes[1, 0].set_ylim(0, 1.12)
    style.label_panels(axes.flat)
    fig.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
    first = cases.iloc[0]
    fig.supxlabel(
        f"{first.visible}+{first.hidden} spins, {first.quenches} quenches, {first.candidates} "
        f"candidates per quench, {first.runs} runs; error bars: standard error"
        f"{common.chain_label(first)}",
        fontsize=7.5,
    )
    return fig


def _draw_distributions(ax: Axes, table: pd.DataFrame, target: str) -> None:
    """The target and what the localised machine learns, of the first data set of a phase."""
    rows = common.rows_with(table, part="distribution", target=target, phase="localised")
    if rows.empty:
        return
    rows = common.rows_with(rows, dataset=rows.dataset.iloc[0]).sort_values("string")
    ax.bar(rows.string, rows.target_probability, width=1.0, color="0.78", label="target")
    look = {**LOOKS["localised"], "ms": 2.2, "lw": 0.7}
    ax.plot(rows.string, rows.probability, label="learned", **look)
    top = 1.3 * float(rows[["target_probability", "probability"]].to_numpy().max())
    ax.set(xlim=(-1, len(rows)), ylim=(0, top), xlabel="string", ylabel="probability")
    strength = rows.target_h.iloc[0]
    h = f", $h = {strength:g}$" if np.isfinite(strength) else ""
    ax.set_title(f"{target} target{h}, from {STATES[rows.initial_state.iloc[0]]}", fontsize=8.5)
    ax.legend(loc="upper left", ncols=2)
    ax.annotate(
        f"$F$ = {rows.fidelity.iloc[0]:.2f}",
        (0.97, 0.93),
        xycoords="axes fraction",
        ha="right",
        va="top",
    )


def _draw_cases(ax: Axes, cases: pd.DataFrame, datasets: list[str], name: str) -> None:
    """A column of points per data set: each machine, and in terms of F the references."""
    strengths = sorted(cases.h.unique(), reverse=True)
    others = REFERENCES if name == "fidelity" else {}
    count = len(strengths) + len(others)
    shifts = iter(0.2 * (np.arange(count) - (count - 1) / 2))
    at = np.arange(len(datasets))
    for index, h in enumerate(strengths):
        rows = common.rows_with(cases, h=h).set_index("dataset").reindex(datasets)
        phase = rows.phase.dropna().iloc[0]
        look = LOOKS.get(phase, {**style.look(index + 3), "mfc": "white"})
        label = f"{phase} machine, $h_d$ = {h:g}" if phase else f"$h_d$ = {h:g}"
        ax.errorbar(
            at + next(shifts), rows[name], rows[f"{name}_error"], ls="", label=label, **look
        )
    for quantity, (label, look) in others.items():
        rows = cases.drop_duplicates("dataset").set_index("dataset").loc[datasets]
        errors = rows[f"{quantity}_error"]
        ax.errorbar(at + next(shifts), rows[quantity], errors, ls="", label=label, **look)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Fidelities of both machines; the rules are those of `quantum_claims.judge`."""
    return judge(table)
