"""Ground states reconstructed from measurements, against the number of samples."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.nqs.schemas import TOMOGRAPHY
from spinlearn.papers import style
from spinlearn.papers.dassarma2019 import tomography_claims
from spinlearn.papers.dassarma2019.tomography_claims import FAITHFUL, near_transition
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Ground states of the transverse-field Ising chain, reconstructed from equal numbers of "
    "samples: the shortest chain (left) and the longest. Above: 1 - fidelity with the exact state. "
    "Below: error of the energy per site. Filled: restricted Boltzmann machines by maximum "
    "likelihood, stopped early by a share of the samples. Positive amplitudes need samples along z "
    "alone; a phase needs other axes, here drawn at random for every site and sample. Hollow: "
    "without a model, the square roots of the frequencies along z, and the density matrix nearest "
    "to the linear inversion of outcomes of the tetrahedral POVM. Dotted: the statistical error of "
    "the linear inversion itself, one standard deviation; its averages are right, but it is not "
    "positive, so that it is no state. Means over runs with standard errors."
)

LABELS = {
    "positive_z": "positive machine, samples along z",
    "positive_local": "positive machine, random axes",
    "complex_local": "complex machine, random axes",
    "frequencies": "no model, frequencies along z",
    "projected": "no model, POVM: nearest state",
}
"""Methods that give a state, in the order of the legend."""

MACHINES = 3
"""The first ones of `LABELS` are machines."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All reconstructions, one per row."""
    return pd.concat([TOMOGRAPHY.read(path) for path in files.tomography], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One column per chain length, the shortest and the longest; infidelity above, energy below."""
    part = near_transition(table)
    lengths = sorted({part.N.min(), part.N.max()})
    fig, axes = style.figure(2, 4.6, 2, len(lengths), sharex=True, sharey="row", squeeze=False)
    style.label_panels(axes.ravel())
    for column, N in enumerate(lengths):
        rows = part[part.N == N].assign(infidelity=1 - part.fidelity, error=part.excess.abs())
        _draw_methods(axes[0, column], rows, "infidelity", "fidelity_error")
        _draw_methods(axes[1, column], rows, "error", "excess_error")
        style.reference_line(axes[0, column], 1 - FAITHFUL, f"fidelity {FAITHFUL:g}", x=0.015)
        axes[0, column].set_title(f"$N = {N}$, $h_x = {rows.hx.iloc[0]:g}J$")
        axes[1, column].set_xlabel("samples")
    axes[0, 0].set_ylabel("$1 -$ fidelity")
    axes[1, 0].set_ylabel("energy error per site ($J$)")
    axes[0, 0].set_ylim(top=1.5)
    dotted, *others = axes[0, 0].get_legend_handles_labels()[0]
    fig.legend(handles=[*others, dotted], loc="outside lower center", ncols=2)
    return fig


def _draw_methods(ax: Axes, rows: pd.DataFrame, value: str, spread: str) -> None:
    """All methods of one chain; of linear inversion the standard error."""
    for place, (method, label) in enumerate(LABELS.items()):
        found = rows[rows.method == method].groupby("samples")[value].agg(["mean", "sem"])
        look = style.look(place, hollow=place >= MACHINES)
        line = "-" if place < MACHINES else "--"
        ax.errorbar(found.index, found["mean"], found["sem"], **look, ls=line, label=label)
    errors = rows[rows.method == "linear"].groupby("samples")[spread].mean()
    ax.plot(
        errors.index, errors, ":", color="0.35", label="no model, POVM: error of linear inversion"
    )
    ax.set(xscale="log", yscale="log")


def claims(table: pd.DataFrame) -> list[Claim]:
    """See `tomography_claims`."""
    return tomography_claims.claims(table)
