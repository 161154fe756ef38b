"""Ways to train a Born machine, compared at equal numbers of quenches."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.hbm.optimised_results import load as load_optimised
from spinlearn.hbm.results import load
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers import style
from spinlearn.papers.spinlearn.optimiser_claims import judge
from spinlearn.papers.spinlearn.sector_bounds import least_discrepancy, sector_weights
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.common import data_label, spread
from spinlearn.spins.chain_text import chain_text_with_operators
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Loss and fidelity of the hidden Born machine against the number of quenches of single states, "
    "for three ways to find its fields, all within [-h, h]: the greedy search of Zhong 2022, one "
    "quench after another out of random candidates; L-BFGS-B with exact gradients, and CMA-ES, for "
    "all fields of a shorter sequence at once. A gradient counts twice the quenches of the "
    "sequence. Best so far; mean and one standard deviation over runs. Dashed: the flat "
    "distribution, and the least loss that the conserved S^z of the initial state allows. The "
    "numbers of quenches and the starts of the optimisers were chosen after scans, of the gradient "
    "on both data sets, of CMA-ES on parity."
)

LABELS = {"greedy": "greedy search", "gradient": "gradient", "cma_es": "CMA-ES"}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """log10 of the squared MMD and fidelity against the quenches spent, best so far.

    Returns:
        One row per (data set, machine, h, optimiser, `spent`): `log_loss` and `fidelity`, the mean
        over runs, each with `_std` and `_error`; the `flat_` fidelity; `least_log_loss` of any
        fields, if S^z is conserved and runs share their target and initial state, else NaN;
        `quenches` of a sequence; what was learned, by what, and `runs`.
    """
    greedy = [_greedy(found) for found in load(files.runs)]
    optimised = [_optimised(found) for found in load_optimised(files.optimised)]
    return pd.concat([*greedy, *optimised], ignore_index=True)


def _greedy(found: Contents) -> pd.DataFrame:
    """The rows of a greedy search: the lowest loss so far, and the fidelity there."""
    loss, fidelity = found["loss"], found["fidelity"]
    lowest = np.minimum.accumulate(loss, axis=1)
    since = np.maximum.accumulate(np.where(loss == lowest, np.arange(loss.shape[1]), 0), axis=1)
    candidates = int(found.attributes["candidates"])
    spent = candidates * np.arange(1, loss.shape[1] + 1)
    best = np.take_along_axis(fidelity, since, axis=1)
    return _rows(found, "greedy", spent, lowest, best)


def _optimised(found: Contents) -> pd.DataFrame:
    method = found.attributes["optimiser"]
    return _rows(found, method, found["spent"][0], found["loss"], found["fidelity"])


def _rows(
    found: Contents, method: str, spent: np.ndarray, loss: np.ndarray, fidelity: np.ndarray
) -> pd.DataFrame:
    attributes = found.attributes
    single = "target_distribution" in found
    q = found["target_distribution"][None] if single else found["target_distributions"]
    flat = classical_fidelity(np.full(q.shape, 1.0 / q.shape[1]), q)
    columns = {}
    for name, values in (("log_loss", np.log10(loss)), ("fidelity", fidelity)):
        for part, column in spread(values).items():
            columns[name if part == "mean" else f"{name}_{part}"] = column
    return pd.DataFrame(
        {
            **{name: attributes[name] for name in ("dataset", "source", "machine", "h")},
            **{name: int(attributes[name]) for name in ("visible", "hidden")},
            "method": method,
            "spent": spent,
            **columns,
            "flat_fidelity": float(flat.mean()),
            "least_log_loss": _least_log_loss(found) if single else np.nan,
            "quenches": found["fields"].shape[1],
            "runs": len(loss),
            "system": chain_text_with_operators(attributes),
        }
    )


def _least_log_loss(found: Contents) -> float:
    starts, attributes = found["initial_state"], found.attributes
    if attributes["h_x"] or attributes["kernel"] != "hamming" or np.ptp(starts, axis=0).any():
        return np.nan
    bound = least_discrepancy(found["target_distribution"], sector_weights(starts[0]))
    return float(np.log10(bound))


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
            style.reference_line(loss, rows.least_log_loss.iloc[0], "least for this $S^z$")
        style.reference_line(fidelity, rows.flat_fidelity.iloc[0], "flat distribution")
        loss.set_title(data_label(rows.iloc[0]))
        fidelity.set(xlabel="quenches of single states", xscale="log")
        fidelity.set_ylim(min(first.flat_fidelity.min(), first.fidelity.min()) - 0.06, 1.0)
        if column == 0:
            loss.set_ylabel(r"$\log_{10}\,\mathcal{L}_{\rm MMD}$")
            fidelity.set_ylabel("fidelity $F$")
            loss.legend(loc="center left")
    one = first.iloc[0]
    size = f"{one.visible}+{one.hidden} spins, $h$ = {one.h:g}, {one.system}"
    fig.supxlabel(size, fontsize=7.5)
    return fig


def _curve(ax: Axes, rows: pd.DataFrame, name: str, number: int, label: str) -> None:
    columns = rows.spent, rows[name], rows[f"{name}_std"].fillna(0)
    style.mean_and_band(ax, *columns, color=style.COLORS[number], label=label)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Gradients below the greedy search and CMA-ES, and fidelities above 0.95.

    The losses are compared at the largest number of quenches that all have spent, in log10
    (`is_positive`); the fidelity is that after the whole budget (`is_above`). For parity and for
    the first digit, of the first machine at its largest field.
    """
    return judge(table)
