"""Tidy tables of the stage `vae`: what its figures draw."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Complex, Float

from spinlearn.spins import povm
from spinlearn.storage.hdf5 import Contents

SHOWN_FIELDS = (0.0, 0.4, 0.8, 1.0, 1.2, 2.0)
"""Fields, in units of J, for which figures 5 to 7 draw a curve; the nearest ones are taken."""

COMPARED_FIELD = 0.9
"""The field of P4's figures 10 and 13, in units of J."""


def nearest_field(fields: Sequence[float], wanted: float) -> float:
    """The field nearest to the one wanted; of two at equal distance the smaller."""
    return min(sorted(fields), key=lambda hx: round(abs(hx - wanted), 9))


def shown_fields(fields: Sequence[float]) -> list[float]:
    """The fields nearest to `SHOWN_FIELDS`, each once, ascending."""
    return sorted({nearest_field(fields, wanted) for wanted in SHOWN_FIELDS})


def by_site(observables: pd.DataFrame, observable: str) -> pd.DataFrame:
    """One observable at every field and site (P4 figures 5 to 7).

    Args:
        observables: the `observables.csv` of one chain length, of both decoders.
        observable: `zz_1`, `xx_1`, `sigma_x` or `sigma_z`.

    Returns:
        The rows of the observable, with the column `shown`: whether a figure draws the field.
    """
    rows = observables[observables.observable == observable].sort_values(["hx", "site"])
    chosen = shown_fields(list(rows.hx.unique()))
    return rows.assign(shown=rows.hx.isin(chosen)).reset_index(drop=True)


def magnetisations(observables: pd.DataFrame) -> pd.DataFrame:
    """mu_x and mu_z against the field (P4 figure 8)."""
    rows = observables[observables.observable.isin(["mu_x", "mu_z"])]
    return rows.sort_values(["observable", "hx"]).reset_index(drop=True)


def coefficient_error(
    coefficient: Float[np.ndarray, "*fields"], draws: int, strings: int
) -> Float[np.ndarray, "*fields"]:
    """Upper limit of the error of a Bhattacharyya coefficient, sqrt((1-BC^2)/4n + (K-1)/32n^2).

    The model's p(a), over K strings, is the decoder's mean over n latent vectors. For n strings
    drawn from p instead, BC = sum_a sqrt(P p) has the variance (1/4n) [sum_a p (P/p) -
    (sum_a p sqrt(P/p))^2] to first order (delta method), which is the first term for p above zero;
    where p is close to P that vanishes, and -chi^2/8n with K - 1 degrees of freedom is left, the
    second term (if most strings are drawn more than once). A mean over latent vectors varies no
    more (Rao and Blackwell). What another training would give is not in it.
    """
    first = np.clip(1.0 - np.square(coefficient), 0.0, None) / (4 * draws)
    return np.sqrt(first + (strings - 1) / (32 * draws**2))


def _dual_expectations(vector: Complex[np.ndarray, " D"]) -> Float[np.ndarray, " strings"]:
    """<u|D_a|u> of a normalised vector u for the dual frame D of every outcome string a."""
    values = np.outer(vector, vector.conj())[None]
    while values.shape[1] > 1:
        count, half = len(values), values.shape[1] // 2
        split = values.reshape(count, 2, half, 2, half)
        values = np.einsum("aij,mjris->mars", povm.DUALS, split).reshape(-1, half, half)
    return values[:, 0, 0].real


def spectrum_with_errors(
    p: Float[np.ndarray, " strings"], draws: int
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]]:
    """Eigenvalues of rho = sum_a p(a) D_a, ascending, and upper limits of their standard errors.

    First-order perturbation theory: an eigenvalue with eigenvector u is the mean over p of
    d_a = <u|D_a|u>, and n strings drawn from p would give it the variance (E[d^2] - E[d]^2)/n. The
    decoder's mean over n latent vectors varies no more; see `coefficient_error`.
    """
    values, vectors = np.linalg.eigh(povm.density_matrix(p))
    second = [float(p @ _dual_expectations(column) ** 2) for column in vectors.T]
    return values, np.sqrt(np.clip(np.array(second) - values**2, 0.0, None) / draws)


def mass_functions(contents: Contents) -> pd.DataFrame:
    """Exact and learned probabilities at the field nearest to 0.9 J, by falling exact ones.

    Returns:
        A row a string (P4 figure 10): `N, hx, rank` (from 1), `string` (its index), `exact`, `vae`,
        `bhattacharyya`, `bhattacharyya_error` (upper limit) and `training_samples`.
    """
    hx = nearest_field(list(contents["hx"]), COMPARED_FIELD)
    k = int(np.flatnonzero(contents["hx"] == hx)[0])
    exact, vae = contents["exact"][k], contents["vae"][k]
    order = np.argsort(-exact, kind="stable")
    return pd.DataFrame(
        {
            "N": int(contents.attributes["N"]),
            "hx": hx,
            "rank": np.arange(1, len(order) + 1),
            "string": order,
            "exact": exact[order],
            "vae": vae[order],
            "bhattacharyya": contents["bhattacharyya"][k],
            "bhattacharyya_error": coefficient_error(
                contents["bhattacharyya"][k], int(contents.attributes["prior_samples"]), len(order)
            ),
            "training_samples": int(contents.attributes["training_samples"]),
        }
    )


def bhattacharyya_coefficients(contents: Sequence[Contents]) -> pd.DataFrame:
    """Bhattacharyya coefficients against the field (P4 figure 11).

    Args:
        contents: files of any chain lengths and decoders.

    Returns:
        A row for each chain length, field and kind: `N, hx, kind, bhattacharyya,
        bhattacharyya_error, training_samples`; the error is an upper limit for the models and NaN
        for the others; `kind` is `factorised` or `autoregressive` (the models), `samples` (the
        bare histogram of the training samples) or `product` (of the exact one-site functions).
    """
    tables = []
    for item in contents:
        decoder = item.attributes["decoder"]
        kinds = {decoder: item["bhattacharyya"]}
        if decoder == "factorised":
            kinds |= {
                "samples": item["bhattacharyya_samples"],
                "product": item["bhattacharyya_product"],
            }
        for kind, values in kinds.items():
            columns = {
                "N": int(item.attributes["N"]),
                "hx": item["hx"],
                "kind": kind,
                "bhattacharyya": values,
                "bhattacharyya_error": coefficient_error(
                    values, int(item.attributes["prior_samples"]), item["vae"].shape[1]
                )
                if kind == decoder
                else np.nan,
                "training_samples": int(item.attributes["training_samples"]),
            }
            tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values(["N", "kind", "hx"], kind="stable").reset_index(drop=True)


def spectra(contents: Contents) -> pd.DataFrame:
    """Eigenvalues of the density matrix at the field nearest to 0.9 J (P4 figure 13).

    Returns:
        A row an eigenvalue, descending: `N, hx, part` (`whole`, `last three`), `level` (from 1),
        `exact`, `vae`, `vae_error` (upper limit), `training_samples`.
    """
    hx = nearest_field(list(contents["hx"]), COMPARED_FIELD)
    k = int(np.flatnonzero(contents["hx"] == hx)[0])
    N, learned = int(contents.attributes["N"]), contents["vae"][k]
    tables = []
    for part, name, p in (
        ("whole", "spectrum", learned),
        ("last three", "reduced_spectrum", povm.marginal(learned, range(max(N - 3, 0), N))),
    ):
        exact, vae = contents[f"{name}_exact"][k][::-1], contents[f"{name}_vae"][k][::-1]
        _, error = spectrum_with_errors(p, int(contents.attributes["prior_samples"]))
        tables.append(
            pd.DataFrame(
                {
                    "N": N,
                    "hx": hx,
                    "part": part,
                    "level": np.arange(1, len(exact) + 1),
                    "exact": exact,
                    "vae": vae,
                    "vae_error": error[::-1],
                    "training_samples": int(contents.attributes["training_samples"]),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def entropies(renyi: pd.DataFrame) -> pd.DataFrame:
    """S_2 of the first n spins, all fields; `shown` marks those that figure 12 draws."""
    chosen = {nearest_field(list(renyi.hx.unique()), wanted) for wanted in (0.4, 1.0, 1.6)}
    return renyi.assign(shown=renyi.hx.isin(chosen)).sort_values(["hx", "n"]).reset_index(drop=True)
