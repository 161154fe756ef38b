"""Tidy tables of the stage `vae`: what its figures draw."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinlearn.workflow.storage import Contents

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


def mass_functions(contents: Contents) -> pd.DataFrame:
    """Exact and learned probabilities at the field nearest to 0.9 J, by falling exact ones.

    Returns:
        A row a string (P4 figure 10): `N, hx, rank` (from 1), `string` (its index), `exact`, `vae`,
        `bhattacharyya` and `training_samples`.
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
            "training_samples": int(contents.attributes["training_samples"]),
        }
    )


def bhattacharyya_coefficients(contents: Sequence[Contents]) -> pd.DataFrame:
    """Bhattacharyya coefficients against the field (P4 figure 11).

    Args:
        contents: files of any chain lengths and decoders.

    Returns:
        A row for each chain length, field and kind: `N, hx, kind, bhattacharyya,
        training_samples`; `kind` is `factorised` or `autoregressive` (the models), `samples` (the
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
                "training_samples": int(item.attributes["training_samples"]),
            }
            tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values(["N", "kind", "hx"], kind="stable").reset_index(drop=True)


def spectra(contents: Contents) -> pd.DataFrame:
    """Eigenvalues of the density matrix at the field nearest to 0.9 J (P4 figure 13).

    Returns:
        A row an eigenvalue, descending: `N, hx, part` (`whole`, `last three`), `level` (from 1),
        `exact`, `vae`, `training_samples`.
    """
    hx = nearest_field(list(contents["hx"]), COMPARED_FIELD)
    k = int(np.flatnonzero(contents["hx"] == hx)[0])
    tables = []
    for part, name in (("whole", "spectrum"), ("last three", "reduced_spectrum")):
        exact, vae = contents[f"{name}_exact"][k][::-1], contents[f"{name}_vae"][k][::-1]
        tables.append(
            pd.DataFrame(
                {
                    "N": int(contents.attributes["N"]),
                    "hx": hx,
                    "part": part,
                    "level": np.arange(1, len(exact) + 1),
                    "exact": exact,
                    "vae": vae,
                    "training_samples": int(contents.attributes["training_samples"]),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def entropies(renyi: pd.DataFrame) -> pd.DataFrame:
    """S_2 of the first n spins, all fields; `shown` marks those that figure 12 draws."""
    chosen = {nearest_field(list(renyi.hx.unique()), wanted) for wanted in (0.4, 1.0, 1.6)}
    return renyi.assign(shown=renyi.hx.isin(chosen)).sort_values(["hx", "n"]).reset_index(drop=True)
