"""Ways to train a Born machine, compared at equal numbers of quenches."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.spinlearn.optimiser_claims import judge
from spinlearn.papers.spinlearn.optimiser_table import optimiser_rows
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.common import STATES, data_label

CAPTION = (
    "Loss and fidelity of the hidden Born machine against the number of quenches of single "
    "states, for three ways to find its fields, all within [-h, h]: the greedy search of Zhong "
    "2022, one quench after another out of random candidates; L-BFGS-B with exact gradients, and "
    "CMA-ES, for all fields of a shorter sequence at once. A gradient counts twice the quenches "
    "of the sequence; its way back computes the forward series again. Per counted quench a "
    "gradient takes about ten times as long as the greedy search with its batches (400 against 41 "
    "microseconds on one core), so that equal numbers are not equal times. Best so far, the "
    "initial state included; mean and one standard deviation over runs. Dashed: the flat "
    "distribution, and the least loss that the conserved S^z of the initial state allows. The "
    "numbers of quenches and the starts of the optimisers were chosen after scans, of the "
    "gradient on both data sets, of CMA-ES on parity."
)

LABELS = {"greedy": "greedy search", "gradient": "gradient", "cma_es": "CMA-ES"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """log10 of the squared MMD and fidelity against the quenches spent, best so far.

    Returns:
        One row per (data set, machine, h, optimiser, `spent`), 0 being the initial state:
        `log_loss` and `fidelity`, the mean over runs, each with `_std` and `_error`; the `flat_`
        fidelity; `least_log_loss` of any fields, if S^z is conserved and runs share their target
        and initial state, else NaN; `quenches` of a sequence; `candidates` of the greedy search,
        else NaN; what was learned, by what, and `runs`.
    """
    return optimiser_rows(files.runs, files.optimised)


def draw(table: pd.DataFrame) -> Figure:
    """Loss above, fidelity below; one column per data set, one curve per optimiser.

    Only the first machine and its largest field are drawn; the table has all.
    """
    first = table[table.machine == table.machine.iloc[0]]
    first = first[first.h == first.h.max()]
    names = list(first.dataset.unique())
    fig, panels = style.figure(
        min(2, len(names)), 4.4, 2, len(names), sharex="col", sharey="row", squeeze=False
    )
    style.label_panels(panels.flat)
    for column, (name, (loss, fidelity)) in enumerate(zip(names, panels.T, strict=True)):
        rows = first[first.dataset == name]
        for number, (method, label) in enumerate(LABELS.items()):
            curve = rows[rows.method == method]
            if not curve.empty:
                _curve(loss, curve, "log_loss", number, f"{label}, $M$ = {curve.quenches.iloc[0]}")
                _curve(fidelity, curve, "fidelity", number, "")
        if np.isfinite(rows.least_log_loss.iloc[0]):
            least = rows.least_log_loss.iloc[0]
            style.reference_line(loss, least, "least for this $S^z$", x=0.015)
        style.reference_line(fidelity, rows.flat_fidelity.iloc[0], "flat distribution")
        loss.set_title(data_label(rows.iloc[0]))
        fidelity.set(xlabel="quenches of single states", xscale="log")
        fidelity.set_ylim(min(first.flat_fidelity.min(), first.fidelity.min()) - 0.06, 1.0)
        if column == 0:
            loss.set_ylabel(r"$\log_{10}\,\mathcal{L}_{\rm MMD}$")
            fidelity.set_ylabel("fidelity $F$")
            fidelity.legend(*loss.get_legend_handles_labels(), loc="upper left")
    fig.supxlabel(_sizes_label(first), fontsize=7.5)
    return fig


def _sizes_label(first: pd.DataFrame) -> str:
    """Spins, initial state and fields, and the runs of each method, for below the figure."""
    one = first.iloc[0]
    machine = f"{one.visible}+{one.hidden} spins from {STATES[one.initial_state][0]}"
    methods = first.drop_duplicates("method").set_index("method")
    each = "; ".join(
        f"{label}: "
        + (f"$N$ = {methods.candidates[name]:g} candidates per quench, " * (name == "greedy"))
        + f"{methods.runs[name]} runs"
        for name, label in LABELS.items()
        if name in methods.index
    )
    return rf"{machine}, $|h_i| \leq$ {one.h:g}, {one.system}" + f"\n{each}"


def _curve(ax: Axes, rows: pd.DataFrame, name: str, number: int, label: str) -> None:
    rows = rows[rows.spent > 0]  # a logarithmic axis
    columns = rows.spent, rows[name], rows[f"{name}_std"].fillna(0)
    style.mean_and_band(ax, *columns, color=style.COLORS[number], label=label)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Gradients below the greedy search and CMA-ES, and fidelities above 0.95.

    The losses are compared at the largest number of quenches that all have spent, in log10
    (`is_positive`); the fidelity is that after the whole budget (`is_above`). For parity and for
    the first digit, of the first machine at its largest field.
    """
    return judge(table)
