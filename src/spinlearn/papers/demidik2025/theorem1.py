"""A test of theorem 1 of Demidik 2025: families of machines fitted to one another."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers.demidik2025.common import LABELS, handles, look, machines, semi_quantum
from spinlearn.papers.style import figure
from spinlearn.papers.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Claim, claim
from spinlearn.sqrbm.schemas import CROSS_FIT

CAPTION = (
    "Divergence that remains when one family of machines is fitted to members of another. The "
    "families: one hidden qubit with |W| Paulis, and |W| classical hidden units. Filled: a family "
    "fitted to its own members."
)

SAME_FAMILY = 1e-9
"""KL (nats) below which the fit counts as equal to the target."""

FLOOR = 1e-17
"""Smallest divergence drawn; smaller values are drawn there."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All cross-fits, one row per (Pauli set, pair of families, target)."""
    return pd.concat([CROSS_FIT.read(path) for path in files.fits], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per Pauli set, one point per target: the lowest divergence of many starts.

    Shape and colour show the family that is fitted. Filled markers: targets of the same family.
    """
    names = semi_quantum(table)
    fig, axes = figure(2, 2.8, 1, len(names), sharey=True, squeeze=False)
    for ax, paulis in zip(axes[0], names, strict=True):
        _draw_panel(ax, table[table.paulis == paulis], paulis)
    entries = handles(machines(table.assign(paulis=table.fitted)))
    for entry in entries:
        entry.set(linestyle="", label=f"fitted by {entry.get_label()}")
    fig.legend(handles=entries, loc="outside upper center", ncols=3)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(FLOOR / 3, 3)
    axes[0, 0].set_ylabel("KL(target$\\,$||$\\,$best fit)  (nat)")
    equal = "the same distribution (at the edge: below $10^{-17}$)"
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    font = {"va": "top", "ha": "right", "fontsize": 7, "color": "0.35"}
    axes[0, -1].annotate(equal, (0.98, SAME_FAMILY), (0, -3), **place, **font)
    return fig


def _draw_panel(ax: Axes, part: pd.DataFrame, paulis: str) -> None:
    for place, source in enumerate((paulis, "Z")):
        for side, fitted in ((-1, paulis), (1, "Z")):
            fits = part[(part.source == source) & (part.fitted == fitted)]
            values = np.sort(fits.kl.clip(lower=FLOOR).to_numpy())
            x = place + 0.2 * side + np.linspace(-0.12, 0.12, len(values))
            ax.plot(x, values, ls="", ms=3.8, **look(fitted, hollow=source != fitted))
    dimensions = part.groupby("source").source_dimension.first()
    labels = [
        f"sqRBM, $m = 1$\n({dimensions[paulis]} dim.)",
        f"RBM, $m = {len(paulis)}$\n({dimensions['Z']} dim.)",
    ]
    ax.set_xticks([0, 1], labels)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, 1.6)
    ax.set_xlabel("target drawn from")
    ax.set_title(f"{LABELS[paulis]}, $n = {part.n.iloc[0]}$")
    ax.axhspan(FLOOR / 10, SAME_FAMILY, color="0.93", lw=0, zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Our test of theorem 1: a hidden qubit with |W| Paulis against |W| classical hidden units.

    Not reproduced if the families differ in dimension. If the dimensions are equal: inconclusive if
    a family does not fit its own members (KL below `SAME_FAMILY`); reproduced if each also fits the
    members of the other; otherwise not reproduced. Dimensions are integers without an error.
    """
    return [_equivalence(table[table.paulis == paulis], paulis) for paulis in semi_quantum(table)]


def _equivalence(part: pd.DataFrame, paulis: str) -> Claim:
    kl = {pair: group.kl for pair, group in part.groupby(["source", "fitted"])}
    dimensions = part.groupby("source").source_dimension.first()
    own = max(kl[paulis, paulis].max(), kl["Z", "Z"].max())
    crossed = max(kl[paulis, "Z"].max(), kl["Z", paulis].max())
    if dimensions[paulis] != dimensions["Z"]:
        verdict = NOT_REPRODUCED
    elif own >= SAME_FAMILY:
        verdict = INCONCLUSIVE
    else:
        verdict = REPRODUCED if crossed < SAME_FAMILY else NOT_REPRODUCED
    return claim(
        f"demidik2025.theorem1.equivalence_{paulis.lower()}",
        f"{LABELS[paulis]} with one hidden unit and an RBM with |W| hidden units "
        "represent the same distributions (largest KL when one is fitted to the other)",
        figure="theorem 1",
        published="equivalent by theorem 1; no test",
        measured=crossed,
        verdict=verdict,
        error_rate=0.0,
        scale=f"n = {part.n.iloc[0]}, {part.target.nunique()} random targets per family",
        origin="spinlearn",
        note=f"dimensions {dimensions[paulis]} and {dimensions['Z']}; median KL "
        f"{kl[paulis, 'Z'].median():.0e} (RBM fitted to sqRBM), "
        f"{kl['Z', paulis].median():.0e} (sqRBM fitted to RBM), at most {own:.0e} for a "
        "family fitted to its own members",
    )
