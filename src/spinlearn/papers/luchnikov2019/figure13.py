"""Luchnikov 2019, figure 13: spectra of density matrices, exact and learned."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.mass_functions import compared_index, spectrum_with_errors
from spinlearn.papers.verdicts import Claim, claim, is_below, lies_between
from spinlearn.spins import povm
from spinlearn.storage.blocks import load_blocks
from spinlearn.vae.schemas import MASS_FUNCTION

CAPTION = (
    "Spectra of the reduced density matrix of the last three spins and of the density matrix of "
    "all spins: exact, and reconstructed from the learned distribution. Negative eigenvalues show "
    "that the reconstructed matrix is not a quantum state."
)

MIN_LARGEST_EIGENVALUE = 0.5
"""A state is slightly mixed if one eigenvalue is larger than the sum of all others."""

PARTS = {"last three": "last three spins", "whole": "all spins"}
"""The parts of the chain, and their names on the figure."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Eigenvalues of the density matrix at the field nearest to 0.9 J, descending.

    Returns:
        One row per eigenvalue: `N, hx, part` (`whole`, `last three`), `level` (from 1), `exact`,
        `vae`, `vae_error` (upper limit), `training_samples`.
    """
    (contents,) = load_blocks(MASS_FUNCTION, files.mass_function, along="run")
    k = compared_index(contents)
    N, learned = int(contents.attributes["N"]), contents["vae"][0, k]
    tables = []
    for part, name, p in (
        ("whole", "spectrum", learned),
        ("last three", "reduced_spectrum", povm.marginal(learned, range(max(N - 3, 0), N))),
    ):
        exact, vae = contents[f"{name}_exact"][k][::-1], contents[f"{name}_vae"][0, k][::-1]
        _, error = spectrum_with_errors(p, int(contents.attributes["prior_samples"]))
        columns = {
            "N": N,
            "hx": contents["hx"][k],
            "part": part,
            "level": np.arange(1, len(exact) + 1),
            "exact": exact,
            "vae": vae,
            "vae_error": error[::-1],
            "training_samples": int(contents.attributes["training_samples"]),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Eigenvalues by size, one panel per part of the chain."""
    fig, axes = style.figure(2, 2.8, 1, 2)
    for ax, (part, title) in zip(axes, PARTS.items(), strict=True):
        rows = table[table.part == part]
        ax.axhline(0, color="0.7", lw=0.7, zorder=0)
        ax.bar(rows.level - 0.2, rows.exact, 0.4, color=style.COLORS[0], label="exact")
        ax.bar(rows.level + 0.2, rows.vae, 0.4, color=style.COLORS[1], label=common.VAE)
        ax.set_xlabel("eigenvalue, by size")
        ax.set_ylabel(r"eigenvalue of $\rho$")
        ax.set_title(title, fontsize=8)
        ax.set_xlim(0.2, min(len(rows), 32) + 0.8)
        ax.legend(loc="upper right", title=f"smallest: {rows.vae.min():.4f} (VAE)")
    style.label_panels(axes)
    fig.suptitle(common.sizes_label(table) + f", $h_x$ = {table.hx.iloc[0]:g} $J$", fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """A slightly mixed state, with negative eigenvalues; all need N = 5 and 500,000 samples.

    The rules: the largest eigenvalue of ρ of the whole chain lies between `MIN_LARGEST_EIGENVALUE`
    and 1 (`lies_between`). The smallest eigenvalue of ρ of the whole chain, and of the last three
    spins, is negative (`is_below`). Errors are the upper limits of `spectrum_with_errors`. There is
    no claim on the last three spins if they are the whole chain.
    """
    whole, reduced = (table[table.part == part] for part in ("whole", "last three"))
    about = partial(
        claim,
        needs=common.needs(whole, 5),
        scale=common.scale(whole, common.SHORT_CHAIN),
        note=f"hx = {table.hx.iloc[0]:g}",
    )
    largest = common.value_and_error(whole.loc[whole.vae.idxmax()], "vae")
    smallest = common.value_and_error(whole.loc[whole.vae.idxmin()], "vae")
    found = [
        about(
            "luchnikov2019.figure13.slightly_mixed",
            "the VAE approximates the pure state by a slightly mixed one (largest eigenvalue)",
            published=f"slightly below 1 (no number; here: above {MIN_LARGEST_EIGENVALUE:g})",
            measured=largest,
            note=f"hx = {table.hx.iloc[0]:g}; limit chosen after looking at the default run",
            verdict=lies_between(*largest, MIN_LARGEST_EIGENVALUE, 1.0),
        ),
        about(
            "luchnikov2019.figure13.negative_eigenvalues",
            "negative eigenvalues appear in the VAE's density matrix (smallest eigenvalue)",
            published="< 0",
            measured=smallest,
            verdict=is_below(*smallest, 0.0),
        ),
    ]
    if len(reduced) < len(whole):
        smallest = common.value_and_error(reduced.loc[reduced.vae.idxmin()], "vae")
        found.append(
            about(
                "luchnikov2019.figure13.negative_reduced_eigenvalues",
                "negative eigenvalues appear in the reduced density matrix of the last three spins "
                "too (smallest eigenvalue)",
                published="< 0",
                measured=smallest,
                verdict=is_below(*smallest, 0.0),
            )
        )
    return found
