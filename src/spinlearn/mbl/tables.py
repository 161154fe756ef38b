"""Tidy tables of the stage `mbl`: what its figures draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.mbl.indicators import gap_ratios
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.spins.entanglement import entropy_normalisation
from spinlearn.storage.hdf5 import Contents


@dataclass(frozen=True)
class Ensemble:
    """Gap ratios of one ensemble: a boundary condition, a size and a disorder strength."""

    boundary: str
    L: int
    h: float
    gap_ratio: Float[np.ndarray, "realisations levels"]


def gather_ensembles(files: Iterable[Contents]) -> list[Ensemble]:
    """Gap ratios of single levels, in the order of boundary, L and h; blocks are joined.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.WINDOWS`.
    """
    blocks: dict[tuple[str, int, float], list[np.ndarray]] = {}
    for contents in files:
        attributes = contents.attributes
        key = (attributes["boundary"], contents["fields"].shape[1], float(attributes["h"]))
        blocks.setdefault(key, []).append(gap_ratios(contents["energies"]))
    return [
        Ensemble(boundary, L, h, np.concatenate(rows))
        for (boundary, L, h), rows in sorted(blocks.items())
    ]


def certified_share(files: Iterable[Contents]) -> float:
    """Share of windows in which it is proved that no level is missing."""
    return float(np.concatenate([contents["certified"] for contents in files]).mean())


def window_values(
    files: Iterable[Contents], indicator: str
) -> dict[tuple[int, float], Float[np.ndarray, " realisations"]]:
    """An indicator of each realisation by (L, h), ascending; blocks are joined.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.WINDOWS`, of one energy density
            and boundary.
        indicator: name of the dataset.
    """
    blocks: dict[tuple[int, float], list[np.ndarray]] = {}
    for contents in files:
        key = (contents["fields"].shape[1], float(contents.attributes["h"]))
        blocks.setdefault(key, []).append(contents[indicator])
    return {key: np.concatenate(rows) for key, rows in sorted(blocks.items())}


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


def indicator_map(
    files: Iterable[Contents], normalisation: EntropyNormalisation = "page"
) -> pd.DataFrame:
    """Each indicator averaged over realisations, for every L, h and energy density.

    Returns:
        Long format: `L, h, energy_density, indicator, mean, error, std, realisations`; the
        entanglement entropy is divided by the normalisation named, the number entropy is in nats.
    """
    parts: dict[tuple[int, float], list[Contents]] = {}
    for contents in files:
        key = (contents["fields"].shape[1], float(contents.attributes["h"]))
        parts.setdefault(key, []).append(contents)
    tables = []
    for (L, h), blocks in sorted(parts.items()):
        scale = {"entanglement_entropy": entropy_normalisation(L, normalisation)}
        for indicator in ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction"):
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
