"""Luchnikov 2019, figure 13: spectra of density matrices, exact and learned."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Complex, Float
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import SHORT_CHAIN, VAE, claim, scale, sizes_label
from spinlearn.papers.luchnikov2019.mass_functions import compared_index
from spinlearn.papers.verdicts import Claim, is_below, lies_between
from spinlearn.spins import povm
from spinlearn.vae.schemas import MASS_FUNCTION

CAPTION = (
    "Spectra of the reduced density matrix of the last three spins and of the density matrix of "
    "all spins: exact, and reconstructed from the learned distribution. Negative eigenvalues show "
    "that the reconstructed matrix is not a quantum state."
)

MIN_LARGEST_EIGENVALUE = 0.9
"""A state counts as slightly mixed if its largest eigenvalue is above this; our choice."""

PARTS = {"last three": "last three spins", "whole": "all spins"}
"""The parts of the chain, and their names on the figure."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Eigenvalues of the density matrix at the field nearest to 0.9 J, descending.

    Returns:
        One row per eigenvalue: `N, hx, part` (`whole`, `last three`), `level` (from 1), `exact`,
        `vae`, `vae_error` (upper limit), `training_samples`.
    """
    (path,) = files.mass_function
    contents = MASS_FUNCTION.read(path)
    k = compared_index(contents)
    N, learned = int(contents.attributes["N"]), contents["vae"][k]
    tables = []
    for part, name, p in (
        ("whole", "spectrum", learned),
        ("last three", "reduced_spectrum", povm.marginal(learned, range(max(N - 3, 0), N))),
    ):
        exact, vae = contents[f"{name}_exact"][k][::-1], contents[f"{name}_vae"][k][::-1]
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


def spectrum_with_errors(
    p: Float[np.ndarray, " strings"], draws: int
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]]:
    """Eigenvalues of rho = sum_a p(a) D_a, ascending, and upper limits of their standard errors.

    First-order perturbation theory: an eigenvalue with eigenvector u is the mean over p of
    d_a = <u|D_a|u>. Estimated from n strings drawn from p, it would have the variance
    (E[d^2] - E[d]^2)/n. The variance of the decoder's mean over n latent vectors is not larger (Rao
    and Blackwell).
    """
    values, vectors = np.linalg.eigh(povm.density_matrix(p))
    second = [float(p @ _dual_expectations(column) ** 2) for column in vectors.T]
    return values, np.sqrt(np.clip(np.array(second) - values**2, 0.0, None) / draws)


def _dual_expectations(vector: Complex[np.ndarray, " D"]) -> Float[np.ndarray, " strings"]:
    """<u|D_a|u> of a normalised vector u for the dual frame D of every outcome string a."""
    values = np.outer(vector, vector.conj())[None]
    while values.shape[1] > 1:
        count, half = len(values), values.shape[1] // 2
        split = values.reshape(count, 2, half, 2, half)
        values = np.einsum("aij,mjris->mars", povm.DUALS, split).reshape(-1, half, half)
    return values[:, 0, 0].real


def draw(table: pd.DataFrame) -> Figure:
    """Eigenvalues by size, one panel per part of the chain."""
    fig, axes = style.figure(2, 2.8, 1, 2)
    for panel, (ax, (part, title)) in enumerate(zip(axes, PARTS.items(), strict=True)):
        rows = table[table.part == part]
        ax.axhline(0, color="0.7", lw=0.7, zorder=0)
        ax.bar(rows.level - 0.2, rows.exact, 0.4, color=style.COLORS[0], label="exact")
        ax.bar(rows.level + 0.2, rows.vae, 0.4, color=style.COLORS[1], label=VAE)
        ax.set_xlabel("eigenvalue, by size")
        ax.set_ylabel(r"eigenvalue of $\rho$")
        ax.set_title(title, fontsize=8)
        ax.set_xlim(0.2, min(len(rows), 32) + 0.8)
        ax.legend(loc="upper right", title=f"smallest: {rows.vae.min():.4f} (VAE)")
        style.panel_label(ax, "ab"[panel])
    fig.suptitle(sizes_label(table) + f", $h_x$ = {table.hx.iloc[0]:g} $J$", fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """A slightly mixed state, with negative eigenvalues.

    The rules: the largest eigenvalue of ρ of the whole chain lies between `MIN_LARGEST_EIGENVALUE`
    and 1 (`lies_between`). The smallest eigenvalue of ρ of the whole chain, and of the last three
    spins, is negative (`is_below`). Errors are the upper limits of `spectrum_with_errors`. There is
    no claim on the last three spins if they are the whole chain.
    """
    whole, reduced = (table[table.part == part] for part in ("whole", "last three"))
    largest, error = _value_and_error(whole, whole.vae.idxmax())
    cases = [
        (
            "slightly_mixed",
            "the VAE approximates the pure state by a slightly mixed one (largest eigenvalue)",
            f"slightly below 1 (no number; here: from {MIN_LARGEST_EIGENVALUE:g})",
            (largest, error),
            lies_between(largest, error, MIN_LARGEST_EIGENVALUE, 1.0),
        ),
        _negative(
            "negative_eigenvalues",
            "negative eigenvalues appear in the VAE's density matrix (smallest eigenvalue)",
            whole,
        ),
    ]
    if len(reduced) < len(whole):
        text = "negative eigenvalues appear in the reduced density matrix of the last three spins "
        cases.append(
            _negative("negative_reduced_eigenvalues", f"{text}too (smallest eigenvalue)", reduced)
        )
    return [
        claim(
            f"luchnikov2019.figure13.{name}",
            text,
            figure=13,
            published=published,
            measured=value,
            error=error,
            verdict=verdict,
            scale=scale(whole, SHORT_CHAIN),
            note=f"hx = {table.hx.iloc[0]:g}",
        )
        for name, text, published, (value, error), verdict in cases
    ]


def _negative(
    name: str, text: str, rows: pd.DataFrame
) -> tuple[str, str, str, tuple[float, float], str]:
    """A claim on a smallest eigenvalue: name, text, published value, value and error, verdict."""
    smallest, error = _value_and_error(rows, rows.vae.idxmin())
    return name, text, "< 0", (smallest, error), is_below(smallest, error, 0.0)


def _value_and_error(rows: pd.DataFrame, index: Any) -> tuple[float, float]:
    return float(rows.vae[index]), float(rows.vae_error[index])
