"""Tidy tables of the stage `mbl`: what its figures draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.spins.entanglement import Normalisation, entropy_normalisation
from spinlearn.workflow.storage import Contents


@dataclass(frozen=True)
class Ensemble:
    """Gap ratios of one ensemble: a boundary condition, a size and a disorder strength."""

    boundary: str
    L: int
    h: float
    gap_ratio: Float[np.ndarray, "realisations levels"]


def gather_ensembles(files: Iterable[Contents]) -> list[Ensemble]:
    """Join the blocks of each ensemble, in the order of boundary, L and h."""
    blocks: dict[tuple[str, int, float], list[np.ndarray]] = {}
    for contents in files:
        attributes = contents.attributes
        key = (attributes["boundary"], int(attributes["wildcards"]["L"]), float(attributes["h"]))
        blocks.setdefault(key, []).append(contents["gap_ratio"])
    return [
        Ensemble(boundary, L, h, np.concatenate(rows))
        for (boundary, L, h), rows in sorted(blocks.items())
    ]


def level_statistics(ensembles: Sequence[Ensemble], bins: int) -> pd.DataFrame:
    """Histogram P(r) and mean gap ratio of each ensemble (P1 figure 10).

    Errors are standard errors over realisations, since levels of one spectrum are correlated.

    Returns:
        One row a bin: `boundary, L, h, realisations, r, density, density_error, mean_gap_ratio,
        mean_gap_ratio_error`.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    tables = []
    for ensemble in ensembles:
        counts = np.array([np.histogram(row, bins=edges)[0] for row in ensemble.gap_ratio])
        densities = counts * bins / ensemble.gap_ratio.shape[1]
        means = ensemble.gap_ratio.mean(axis=1)
        tables.append(
            pd.DataFrame(
                {
                    "boundary": ensemble.boundary,
                    "L": ensemble.L,
                    "h": ensemble.h,
                    "realisations": len(means),
                    "r": 0.5 * (edges[1:] + edges[:-1]),
                    "density": densities.mean(axis=0),
                    "density_error": _standard_error(densities),
                    "mean_gap_ratio": means.mean(),
                    "mean_gap_ratio_error": _standard_error(means[:, None])[0],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _standard_error(rows: Float[np.ndarray, "samples columns"]) -> Float[np.ndarray, " columns"]:
    if len(rows) < 2:
        return np.full(rows.shape[1], np.nan)
    return rows.std(axis=0, ddof=1) / np.sqrt(len(rows))


def entanglement_scaling(files: Iterable[Contents], energy_density: float) -> pd.DataFrame:
    """Half-chain entropy per site against size, from the indicators (P1 figure 11).

    P2's Pauli convention is turned into P1's spin-1/2 one: H_pauli(J, h) = 4 H_spin(J, h/2) has
    the same eigenvectors, so only h is halved.

    Returns:
        One row for each L and h: `L, h_spin, realisations, entropy_per_site,
        entropy_per_site_error, entropy`, in nats; errors are standard errors over realisations.
    """
    rows: Mapping[tuple[int, float], list[np.ndarray]] = {}
    for contents in files:
        column = int(np.argmin(np.abs(contents["energy_density"] - energy_density)))
        L = contents["fields"].shape[1]
        scale = {"pauli": 0.5, "spin": 1.0}[contents.attributes["operators"]]
        key = (L, scale * float(contents.attributes["h"]))
        rows.setdefault(key, []).append(contents["entanglement_entropy"][:, column])  # type: ignore[attr-defined]
    table = []
    for (L, h), blocks in sorted(rows.items()):
        entropy = np.concatenate(blocks)
        table.append(
            {
                "L": L,
                "h_spin": h,
                "realisations": entropy.size,
                "entropy": entropy.mean(),
                "entropy_per_site": entropy.mean() / L,
                "entropy_per_site_error": _standard_error(entropy[:, None])[0] / L,
            }
        )
    return pd.DataFrame(table)


def indicator_map(files: Iterable[Contents], normalisation: Normalisation = "page") -> pd.DataFrame:
    """Each indicator averaged over realisations, for every L, h and energy density.

    Returns:
        Long format: `L, h, energy_density, indicator, mean, error, std, realisations`; the entropy
        is divided by the normalisation named.
    """
    parts: dict[tuple[int, float], list[Contents]] = {}
    for contents in files:
        key = (contents["fields"].shape[1], float(contents.attributes["h"]))
        parts.setdefault(key, []).append(contents)
    tables = []
    for (L, h), blocks in sorted(parts.items()):
        scale = {"entanglement_entropy": entropy_normalisation(L, normalisation)}
        for indicator in ("gap_ratio", "entanglement_entropy", "spin_fraction"):
            values = np.concatenate([block[indicator] for block in blocks])
            values = values / scale.get(indicator, 1.0)
            tables.append(
                pd.DataFrame(
                    {
                        "L": L,
                        "h": h,
                        "energy_density": blocks[0]["energy_density"],
                        "indicator": indicator,
                        "mean": values.mean(axis=0),
                        "error": _standard_error(values),
                        "std": values.std(axis=0),
                        "realisations": len(values),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)
