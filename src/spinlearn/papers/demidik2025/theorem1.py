"""A test of theorems 1 and 2 of Demidik 2025: families of machines fitted to one another."""

from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.papers.demidik2025.common import LABELS, handles, look, machines, semi_quantum
from spinlearn.papers.style import figure
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    all_of,
    claim,
    unjudged,
)
from spinlearn.sqrbm.schemas import CROSS_FIT

CAPTION = (
    "Divergence that remains when one family of machines is fitted to members of another. The "
    "families: m hidden qubits with |W| Paulis, and m |W| classical hidden units. In each case "
    "targets on the left are sqRBMs, those on the right RBMs. Filled: a family fitted to its own "
    "members. Below: dimensions of sqRBM and RBM, and the number of parameters of either."
)

SAME_FAMILY = 1e-9
"""KL (nats) below which the fit counts as equal to the target."""

FLOOR = 1e-17
"""Smallest divergence drawn; smaller values are drawn there."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All cross-fits, one row per (n, m, Pauli set, pair of families, target)."""
    return pd.concat([CROSS_FIT.read(path) for path in files.fits], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per Pauli set, one point per target: the lowest divergence of many starts.

    Shape and colour show the family that is fitted. Filled markers: targets of the same family.
    """
    names = semi_quantum(table)
    fig, axes = figure(2, 2.1 * len(names) + 0.8, len(names), 1, sharey=True, squeeze=False)
    for ax, paulis in zip(axes[:, 0], names, strict=True):
        _draw_panel(ax, table[table.paulis == paulis], paulis)
        ax.set_ylabel("KL(target$\\,$||$\\,$best fit)  (nat)")
    fitted = machines(table.assign(paulis=table.fitted))
    entries = _legend_entries(fitted)
    fig.legend(handles=entries, loc="outside upper center", ncols=len(fitted))
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(FLOOR / 3, 10)
    equal = "the same distribution (at the edge: below $10^{-17}$)"
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    font = {"va": "top", "ha": "right", "fontsize": 7, "color": "0.35"}
    axes[0, 0].annotate(equal, (0.99, SAME_FAMILY), (0, -3), **place, **font)
    return fig


def _legend_entries(fitted: list[str]) -> list[Line2D]:
    """One entry per family that is fitted, above those of the two kinds of targets."""
    families = handles(fitted)
    for entry in families:
        entry.set(linestyle="", label=f"fitted by {entry.get_label()}")
    marks: dict[str, Any] = {"color": "0.4", "marker": "o", "ms": 4, "ls": ""}
    targets = [
        Line2D([], [], label="target of the same family", **marks),
        Line2D([], [], label="target of the other family", mfc="white", **marks),
    ]
    pairs = zip_longest(families, targets)
    return [entry for pair in pairs for entry in pair if entry is not None]


def _draw_panel(ax: Axes, part: pd.DataFrame, paulis: str) -> None:
    labels = {}
    for (m, n), case in part.groupby(["m", "n"]):
        first, second = _dimensions(case, paulis)
        count = case.parameters.iloc[0]
        labels[m, n] = f"$n = {n}$, $m = {m}$\ndim. {first}, {second}\n({count} parameters)"
    places = {case: place for place, case in enumerate(labels)}
    for (m, n, source, fitted), fits in part.groupby(["m", "n", "source", "fitted"]):
        values = np.sort(fits.kl.clip(lower=FLOOR).to_numpy())
        shift = (-0.21 if source == paulis else 0.21) + (-0.09 if fitted == paulis else 0.09)
        x = places[m, n] + shift + np.linspace(-0.06, 0.06, len(values))
        ax.plot(x, values, ls="", ms=3.2, **look(fitted, hollow=source != fitted))
    ax.set_xticks(range(len(labels)), list(labels.values()))
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(labels) - 0.4)
    ax.set_title(LABELS[paulis])
    ax.axhspan(FLOOR / 10, SAME_FAMILY, color="0.93", lw=0, zorder=0)


def _dimensions(case: pd.DataFrame, paulis: str) -> tuple[int, int]:
    """Dimensions of the semi-quantum and of the classical family of one (n, m)."""
    found = case.groupby("source").source_dimension.first()
    return int(found[paulis]), int(found["Z"])


def claims(table: pd.DataFrame) -> list[Claim]:
    """Our test of theorems 1 and 2: m hidden qubits with |W| Paulis, and m |W| classical units.

    Not reproduced if the families differ in dimension. If the dimensions are equal: inconclusive if
    a family does not fit its own members (KL below `SAME_FAMILY`); reproduced if each also fits the
    members of the other; otherwise not reproduced. Theorem 1 is m = 1; theorem 2 must hold for all
    cases with more. Dimensions are integers without an error. The number given is the largest
    divergence for theorem 1, and the median for theorem 2, where searches may end far from a fit.
    """
    names = semi_quantum(table)
    units = {"equivalence": "one hidden unit and an RBM with |W|"}
    units["several"] = "m > 1 hidden units and an RBM with m |W|"
    number = {"equivalence": "largest", "several": "median"}
    return [
        claim(
            f"demidik2025.theorem1.{name}_{paulis.lower()}",
            f"{LABELS[paulis]} with {units[name]} hidden units represent the same distributions "
            f"({number[name]} KL when one is fitted to the other)",
            figure=f"theorem {theorem}",
            published=f"equivalent by theorem {theorem}; no test",
            error_rate=0.0,
            origin="spinlearn",
            **_found(part[part.paulis == paulis], paulis, number[name]),
        )
        for theorem, name, part in (
            (1, "equivalence", table[table.m == 1]),
            (2, "several", table[table.m > 1]),
        )
        for paulis in names
    ]


def _found(part: pd.DataFrame, paulis: str, number: str) -> dict[str, Any]:
    """What is found for the cases of one theorem and one Pauli set."""
    cases = {f"n = {n}, m = {m}": case for (m, n), case in part.groupby(["m", "n"])}
    if not cases:
        return {**unjudged("no such case"), "scale": "none"}
    own, crossed = part[part.source == part.fitted].kl, part[part.source != part.fitted]
    median = crossed.groupby("source").kl.median()
    dimensions = [" and ".join(map(str, _dimensions(case, paulis))) for case in cases.values()]
    return {
        "measured": crossed.kl.max() if number == "largest" else crossed.kl.median(),
        "verdict": all_of(*(_verdict(case, paulis) for case in cases.values())),
        "scale": f"{'; '.join(cases)}; {part.target.nunique()} random targets per family",
        "note": f"dimensions {', '.join(dimensions)}; median KL {median[paulis]:.0e} (RBM fitted "
        f"to sqRBM), {median['Z']:.0e} (sqRBM fitted to RBM); {(own < SAME_FAMILY).sum()} of "
        f"{len(own)} own members are found",
    }


def _verdict(case: pd.DataFrame, paulis: str) -> str:
    first, second = _dimensions(case, paulis)
    is_own = case.source == case.fitted
    if first != second:
        return NOT_REPRODUCED
    if case.kl[is_own].max() >= SAME_FAMILY:
        return INCONCLUSIVE
    return REPRODUCED if case.kl[~is_own].max() < SAME_FAMILY else NOT_REPRODUCED
