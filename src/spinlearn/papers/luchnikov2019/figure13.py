"""Luchnikov 2019, figure 13: spectra of density matrices, exact and learned."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common, learned, mass_functions, spectrum_claims
from spinlearn.papers.luchnikov2019.learned import MODELS, TRAININGS, Learned
from spinlearn.papers.luchnikov2019.spectrum_claims import STRINGS
from spinlearn.papers.verdicts import Claim
from spinlearn.spins import povm
from spinlearn.vae.runs import over_runs

CAPTION = (
    "Spectra of the reduced density matrix of the last three spins and of the density matrix of "
    "all spins: exact, and reconstructed from learned distributions, whose decoder is trained by "
    "its evidence lower bound (ELBO), as in the paper, or by the likelihood. Error bars join "
    "sampling and the spread of independent trainings. Negative eigenvalues show that a "
    "reconstructed matrix is not a quantum state; but so does the histogram of as many strings, "
    "drawn from the exact pure state, as the VAE was trained on (line; mean of repeated draws): "
    "this is the noise level."
)

PARTS = {"last three": "last three spins", "whole": "all spins"}
"""The parts of the chain, and their names on the figure."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Eigenvalues of the density matrix at the field nearest to 0.9 J, descending.

    Returns:
        One row per (model, run, part, eigenvalue): `N, hx, part` (`whole`, `last three`), `level`
        (from 1), `exact`, `vae`, `vae_error` (upper limit), `training_samples`. Rows of the model
        `strings` have the eigenvalues of histograms of strings of the exact state: `run` numbers
        the draws.
    """
    runs = learned.read(files.mass_functions, TRAININGS)
    tables = []
    for part in PARTS:
        sites = range(max(runs[0].N - 3, 0) if part == "last three" else 0, runs[0].N)
        for found in runs:
            k = found.compared_index
            p = povm.marginal(found.vae[k], sites)
            _, errors = mass_functions.spectrum_with_errors(p, found.latent_vectors)
            values = found.spectra[part][k]
            tables.append(_rows(found, part, values, errors, model=found.model, run=found.run))
        for run, p in enumerate(learned.histograms(runs[0], settings["seed"])):
            values = np.linalg.eigvalsh(povm.density_matrix(povm.marginal(p, sites)))
            errors = np.full(len(values), np.nan)
            tables.append(_rows(runs[0], part, values, errors, model=STRINGS, run=run))
    return pd.concat(tables, ignore_index=True)


def _rows(
    about: Learned,
    part: str,
    values: Float[np.ndarray, " levels"],
    errors: Float[np.ndarray, " levels"],
    **columns: str | int,
) -> pd.DataFrame:
    """One spectrum beside the exact one, descending."""
    return pd.DataFrame(
        {
            **columns,
            "N": about.N,
            "hx": about.hx[about.compared_index],
            "part": part,
            "level": np.arange(1, len(values) + 1),
            "exact": about.exact_spectra[part][about.compared_index][::-1],
            "vae": values[::-1],
            "vae_error": errors[::-1],
            "training_samples": about.training_samples,
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """Eigenvalues by size, one panel per part of the chain."""
    fig, axes = style.figure(2, 3.1, 1, 2)
    for ax, (part, title) in zip(axes, PARTS.items(), strict=True):
        _draw_part(ax, table[table.part == part])
        ax.set_title(title, fontsize=8)
    style.label_panels(axes)
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4)
    fig.suptitle(common.sizes_label(table) + f", $h_x$ = {table.hx.iloc[0]:g} $J$", fontsize=7.5)
    return fig


def _draw_part(ax: Axes, table: pd.DataFrame) -> None:
    exact = table.drop_duplicates("level").sort_values("level")
    ax.axhline(0, color="0.7", lw=0.7, zorder=0)
    ax.bar(exact.level, exact.exact, 0.8, color="0.82", label="exact")
    strings = table[table.model == STRINGS]
    mean = strings.groupby("level").vae.mean()
    ax.plot(mean.index, mean, color="0.2", lw=1.0, label="strings of the exact state")
    for index, model in enumerate(TRAININGS):
        rows = table[table.model == model]
        if rows.empty:
            continue
        rows = over_runs(rows, ["level"], ["vae"])
        look: dict[str, Any] = {**style.look(index, hollow=True), "ls": "none", "ms": 3.4}
        look["color"] = style.COLORS[index]
        ax.errorbar(rows.level, rows.vae, rows.vae_error, label=MODELS[model], lw=0.8, **look)
    ax.set_xlabel("eigenvalue, by size")
    ax.set_ylabel(r"eigenvalue of $\rho$")
    ax.set_xlim(0.2, min(len(exact), 32) + 0.8)


def claims(table: pd.DataFrame) -> list[Claim]:
    """A slightly mixed state, negative eigenvalues, and whether they exceed the noise level.

    The rules are those of `spectrum_claims`.
    """
    return spectrum_claims.claims(table)
