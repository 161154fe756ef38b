"""The mobility edge: critical disorder strength at each energy density."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.realisations import defined, observables_in
from spinlearn.spins.choices import EntropyNormalisation, Operators
from spinlearn.spins.entanglement import entropy_normalisation
from spinlearn.statistics.bootstrap import Realisations, can_scale, with_errors
from spinlearn.statistics.collapse import collapse
from spinlearn.statistics.crossings import crossing
from spinlearn.storage.hdf5 import Contents

CROSSING_COLUMNS = [
    "L_small",
    "L_large",
    "h_crossing",
    "error",
    "low",
    "high",
    "fraction",
    "crossings",
    "wrong_side",
]
COLLAPSE_COLUMNS = [
    "h_c",
    "h_c_error",
    "nu",
    "nu_error",
    "quality",
    "at_bound",
    "fraction_at_bound",
]


def grid_values(
    files: Iterable[Contents],
    indicator: str,
    *,
    operators: Operators = "pauli",
    normalisation: EntropyNormalisation | None = None,
) -> dict[float, dict[tuple[int, float], Float[np.ndarray, " realisations"]]]:
    """An indicator of each realisation by energy density, then by size and disorder strength.

    Realisations for which it is undefined (NaN) are left out.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.INDICATORS`; blocks of the same
            (L, h) are joined.
        indicator: name of the dataset.
        operators: the convention of h in the result. Files in the other convention are converted
            by H_pauli(J, h) = 4 H_spin(J, h/2).
        normalisation: divides entropies (`entropy_normalisation`); None leaves them in nats.

    Returns:
        For each energy density a mapping (L, h) -> values, in ascending order.

    Raises:
        ValueError: if a normalisation is given for an indicator other than the entropy.
    """
    if normalisation is not None and indicator != "entanglement_entropy":
        raise ValueError(f"{indicator} is not an entropy; leave normalisation out")
    blocks: dict[float, dict[tuple[int, float], list[np.ndarray]]] = {}
    for contents in files:
        L = contents["fields"].shape[1]
        h = float(contents.attributes["h"])
        if contents.attributes["operators"] != operators:
            h *= 0.5 if operators == "spin" else 2.0
        scale = 1.0 if normalisation is None else entropy_normalisation(L, normalisation)
        for energy, column in zip(
            contents["energy_density"], contents[indicator].T / scale, strict=True
        ):
            cells = blocks.setdefault(round(float(energy), 12), {})
            cells.setdefault((L, h), []).append(column)
    return {
        energy: {cell: defined(np.concatenate(rows)) for cell, rows in sorted(cells.items())}
        for energy, cells in sorted(blocks.items())
    }


def mobility_edge(
    data: Mapping[float, Realisations], seed: int, *, resamples: int = 200
) -> pd.DataFrame:
    """Crossing of the two largest sizes, and collapse of all sizes, at each energy density.

    All energy densities use the same realisations and the same resamples, so neighbouring rows are
    correlated.

    Args:
        data: energy density -> the indicator of each realisation, as `grid_values` gives it.
        seed, resamples: as for `crossing` and `collapse`.

    Returns:
        One row per energy density: `energy_density, L_small, L_large, h_crossing, error, low, high,
        fraction, crossings, wrong_side` of the crossing, and `h_c, h_c_error, nu, nu_error,
        quality, at_bound, fraction_at_bound` of the collapse. Its parameters are NaN if the curves
        do not collapse, and its errors also if it lies at the edge of the search range.

    Raises:
        ValueError: if an energy density has fewer than two sizes or two strengths.
    """
    rows: list[dict] = []
    for energy, cells in sorted(data.items()):
        pair = sorted({L for L, _ in cells})[-2:]
        largest = {cell: values for cell, values in cells.items() if cell[0] in pair}
        crossed = crossing(largest, seed, resamples=resamples)
        collapsed = collapse(cells, seed, resamples=resamples)
        (first,) = crossed[CROSSING_COLUMNS].to_dict("records")
        (second,) = collapsed[COLLAPSE_COLUMNS].to_dict("records")
        rows.append({"energy_density": energy} | first | second)
    table = pd.DataFrame(rows)
    # The spread of the resamples is not a valid error there.
    unknown = table.at_bound.astype(bool)
    return table.assign(
        h_c_error=table.h_c_error.mask(unknown), nu_error=table.nu_error.mask(unknown)
    )


def has_edge(indicator: str) -> bool:
    """Whether curves of an indicator for several sizes can cross.

    Those can whose limits do not depend on the size, and the entanglement entropy when it is
    divided by its normalisation.
    """
    limits = OBSERVABLES[indicator].limits
    return indicator == "entanglement_entropy" or limits(4) == limits(6)


def mobility_edges(
    files: Sequence[Contents],
    seed: int,
    *,
    normalisation: EntropyNormalisation,
    resamples: int = 200,
) -> pd.DataFrame:
    """The mobility edge of each indicator in the files that has one; see `mobility_edge`.

    Energy densities at which the two largest sizes have values at too few strengths are left out.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.INDICATORS`.
        seed, resamples: as for `mobility_edge`.
        normalisation: what entropies are divided by.

    Returns:
        The rows of `mobility_edge` with a column `indicator`; no rows if the data are too few.
    """
    tables = [pd.DataFrame({"indicator": []})]
    largest = sorted({contents["fields"].shape[1] for contents in files})[-2:]
    for indicator in filter(has_edge, observables_in(files)):
        divided = normalisation if indicator == "entanglement_entropy" else None
        found = grid_values(files, indicator, normalisation=divided)
        known = {energy: with_errors(cells) for energy, cells in found.items()}
        data = {energy: cells for energy, cells in known.items() if _can_cross(cells, largest)}
        if data:
            edge = mobility_edge(data, seed, resamples=resamples)
            tables.append(edge.assign(indicator=indicator))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def _can_cross(cells: Realisations, sizes: Sequence[int]) -> bool:
    """Whether some sizes suffice for a crossing and a collapse."""
    return can_scale({cell: values for cell, values in cells.items() if cell[0] in sizes})
