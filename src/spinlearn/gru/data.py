"""Disorder vectors and their exact indicators, gathered from the files of stage `mbl`."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb, isfinite, log
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from spinlearn.gru.schemas import INDICATORS
from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.schemas import CHAIN
from spinlearn.mbl.schemas import INDICATORS as INDICATOR_FILE
from spinlearn.pipeline.errors import DatasetError, SchemaError, UndefinedError
from spinlearn.spins.chain_text import chain_text
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.spins.entanglement import entropy_normalisation

_log = logging.getLogger("spinlearn.gru")


@dataclass(frozen=True)
class Realisations:
    """Disorder realisations with their exact indicators, one row per realisation.

    Attributes:
        fields: disorder vectors, in units of J, padded with NaN beyond each chain's length.
        L: number of sites.
        h: disorder parameter, in units of J; NaN if unknown.
        energy_density: energy densities at which the indicators are known.
        targets: the indicators; the half-chain entropy divided by its normalisation, and others by
            their upper limit, or ln of the sector's dimension if it is infinite.
        indicators: their names, in the order of the last axis.
        disorder: distribution of the fields, see `spinlearn.spins.disorder.random_fields`; "own"
            for the user's own.
        system: the chain in words.
    """

    fields: Float[np.ndarray, "R T"]
    L: Int[np.ndarray, " R"]
    h: Float[np.ndarray, " R"]
    energy_density: Float[np.ndarray, " E"]
    targets: Float[np.ndarray, "R E indicators"]
    indicators: tuple[str, ...] = INDICATORS
    disorder: str = "uniform"
    system: str = "ring"

    def __len__(self) -> int:
        return len(self.L)

    def where(self, mask: Bool[np.ndarray, " R"]) -> "Realisations":
        """The realisations that a mask selects."""
        kept = {name: getattr(self, name)[mask] for name in ("fields", "L", "h", "targets")}
        return replace(self, **kept)

    def at(self, energy_density: float) -> "Realisations":
        """The same realisations at one energy density of the grid.

        Raises:
            ValueError: if it is not on the grid.
        """
        column = np.flatnonzero(np.isclose(self.energy_density, energy_density, atol=1e-9, rtol=0))
        if column.size != 1:
            raise ValueError(
                f"energy density {energy_density} is not one of {self.energy_density.tolist()}"
            )
        return replace(
            self, energy_density=self.energy_density[column], targets=self.targets[:, column]
        )

    @property
    def extent(self) -> dict[str, Any]:
        """What networks that learn from the realisations know.

        `L`, chain lengths; `h`, known disorder parameters, in units of J; `deviation`, the smallest
        and the largest standard deviation of a disorder vector; `disorder`, their distribution.
        """
        known = np.unique(self.h[~np.isnan(self.h)])
        spread = np.nanstd(self.fields, axis=1)
        return {
            "L": tuple(np.unique(self.L).tolist()),
            "h": tuple(known.tolist()),
            "deviation": (float(spread.min()), float(spread.max())),
            "disorder": self.disorder,
        }

    @property
    def per_ensemble(self) -> int:
        """Realisations of the smallest ensemble (L, h)."""
        return int(np.bincount(self._ensembles()).min())

    @property
    def numbers(self) -> Int[np.ndarray, " R"]:
        """Number of each realisation within its ensemble (L, h), in the order of the rows."""
        ensemble = self._ensembles()
        order = np.argsort(ensemble, kind="stable")
        starts = np.cumsum(np.bincount(ensemble)) - np.bincount(ensemble)
        numbers = np.empty(len(self), dtype=np.int64)
        numbers[order] = np.arange(len(self)) - starts[ensemble[order]]
        return numbers

    def first(self, realisations: int) -> "Realisations":
        """The first realisations of each ensemble (L, h); all of them for 0."""
        return self.where(self.numbers < realisations) if realisations else self

    def _ensembles(self) -> Int[np.ndarray, " R"]:
        """A number for each ensemble (L, h); an unknown h is one value."""
        pairs = np.stack([self.L, np.nan_to_num(self.h, nan=-1.0)])
        return np.unique(pairs, axis=1, return_inverse=True)[1].reshape(-1)


HELD_OUT = 5
"""Every fifth of the user's own disorder vectors is kept for the test; and of the realisations of
each ensemble of the train split, for the validation."""


def split_validation(data: Realisations) -> tuple[Realisations, Realisations]:
    """The realisations to train on, and those of the validation split: numbers 4, 9, 14, ...

    Realisations are numbered within their ensemble (L, h), in the order of the files. All choices
    of ours (epochs, step sizes, sizes of networks, penalties of regressions) are made by the
    validation split; the test split has no part in them. The validation split is empty if no
    ensemble has `HELD_OUT` realisations.
    """
    kept = data.numbers % HELD_OUT == HELD_OUT - 1
    return data.where(~kept), data.where(kept)


def defined_splits(data: Realisations, first: int = 0) -> tuple[Realisations, Realisations]:
    """Both parts of `split_validation`, without the realisations whose targets are undefined.

    They are left out after the split. So an undefined realisation moves no other one from one part
    to the other, and all that learn from the same files have the same parts.

    Args:
        data: realisations of the train split, at the energy densities that are used.
        first: number of realisations of each ensemble (L, h) to train on, the undefined ones
            included; all of them for 0.

    Raises:
        UndefinedError: if a part has realisations, but none whose targets are defined.
    """
    train, validation = split_validation(data)
    train = leave_out_undefined(train.first(first))
    return train, leave_out_undefined(validation) if len(validation) else validation


def split_own(data: Realisations) -> tuple[Realisations, Realisations]:
    """The user's own realisations for the training, and those that are kept for the test.

    Raises:
        ValueError: if there are fewer than `HELD_OUT`, so that none is kept.
    """
    if len(data) < HELD_OUT:
        raise ValueError(f"{len(data)} disorder vectors; at least {HELD_OUT} are needed")
    kept = np.arange(len(data)) % HELD_OUT == HELD_OUT - 1
    return data.where(~kept), data.where(kept)


def leave_out_undefined(data: Realisations) -> Realisations:
    """The realisations whose targets are all defined; the log gives the number of the others.

    Raises:
        UndefinedError: if there is none.
    """
    undefined = np.isnan(data.targets)
    known = ~undefined.any(axis=(1, 2))
    if not known.any():
        names = [name for i, name in enumerate(data.indicators) if undefined[..., i].any()]
        raise UndefinedError(
            f"none of the {len(data)} realisations has defined indicators: {', '.join(names)} is "
            "NaN. The logs of the jobs mbl_indicators say why"
        )
    if not known.all():
        text = "left out %d of %d realisations, of which an indicator is undefined (NaN)"
        _log.warning(text, len(data) - known.sum(), len(data))
    return data.where(known)


def pad(rows: Sequence[Float[np.ndarray, "_ _"]]) -> Float[np.ndarray, "R T"]:
    """Stack disorder vectors of several lengths, padded with NaN to the longest."""
    width = max(block.shape[1] for block in rows)
    return np.concatenate(
        [np.pad(b, ((0, 0), (0, width - b.shape[1])), constant_values=np.nan) for b in rows]
    )


def load_realisations(
    paths: Iterable[str | Path],
    normalisation: EntropyNormalisation | None = "page",
    further: Iterable[str] = (),
) -> Realisations:
    """Gather blocks of indicators of any L and h.

    Args:
        paths: files of kind `mbl/indicators`, in any order.
        normalisation: divides the half-chain entropy; see `entropy_normalisation`. None leaves it
            in nats.
        further: indicators to read beside `INDICATORS`. They are divided by their upper limit if it
            is finite (`spinlearn.mbl.choices.OBSERVABLES`).

    Raises:
        FileError: if a file is missing, damaged or of another kind, or lacks an indicator.
        SchemaError: if a file is not in the Pauli convention of Gresch 2022.
        DatasetError: if files have different grids of energy density, or different chains.
        ValueError: if there is no file.
    """
    fields, sizes, strengths, targets = [], [], [], []
    names = (*INDICATORS, *further)
    grid: np.ndarray | None = None
    disorder = system = ""
    first: Mapping[str, Any] = {}
    for path in sorted(str(path) for path in paths):
        block = INDICATOR_FILE.read(path)
        if block.attributes["operators"] != "pauli":
            raise SchemaError(
                path, f"fields multiply {block.attributes['operators']} operators, not Pauli ones"
            )
        if grid is None:
            grid, disorder = block["energy_density"], block.attributes["disorder"]
            first, system = block.attributes, chain_text(block.attributes)
        elif not np.array_equal(grid, block["energy_density"]):
            raise DatasetError(path, "'energy_density' differs from that of the other files")
        elif any(block.attributes[name] != first[name] for name in CHAIN):
            raise DatasetError(path, f"its chain is not the {system} of the other files")
        R, L = block["fields"].shape
        scale = np.array([1.0 / unit(name, L, normalisation) for name in names])
        fields.append(block["fields"])
        sizes.append(np.full(R, L))
        known = np.full(R, float(block.attributes["h"]))
        strengths.append(block.arrays.get("h", known))
        targets.append(np.stack([block[name] for name in names], axis=-1) * scale)
    if grid is None:
        raise ValueError("no file of indicators was given")
    return Realisations(
        fields=pad(fields),
        L=np.concatenate(sizes),
        h=np.concatenate(strengths),
        energy_density=grid,
        targets=np.concatenate(targets),
        indicators=names,
        disorder=disorder,
        system=system,
    )


def unit(name: str, L: int, normalisation: EntropyNormalisation | None) -> float:
    """What an indicator is divided by, as a target of networks."""
    if name == "entanglement_entropy":
        return 1.0 if normalisation is None else entropy_normalisation(L, normalisation)
    _, upper = OBSERVABLES[name].limits(L)
    return upper if isfinite(upper) else log(comb(L, L // 2))


def row_arrays(data: Realisations) -> dict[str, np.ndarray]:
    """The arrays of a predictions file that do not depend on who predicts.

    One row per (realisation, energy density), the energy density changing fastest.
    """
    E = len(data.energy_density)
    rows = np.repeat(np.arange(len(data)), E)
    return {
        "fields": data.fields[rows],
        "realisation": rows,
        "L": data.L[rows],
        "h": data.h[rows],
        "energy_density": np.tile(data.energy_density, len(data)),
        "target": data.targets.reshape(-1, len(data.indicators)),
    }


def about_test(data: Realisations, normalisation: EntropyNormalisation | None) -> dict[str, Any]:
    """The attributes of a predictions file that say what was predicted."""
    return {
        "indicators": list(data.indicators),
        "system": data.system,
        "disorder": data.disorder,
        "entropy_normalisation": normalisation,
    }


def about_training(
    L: Iterable[int], realisations: int, provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """The attributes of a predictions file that say what the predictor learned from.

    Args:
        L: chain lengths of the training data.
        realisations: their realisations per (L, h).
        provenance: of the job that trained it, on whose settings the predictions depend; see
            `spinlearn.pipeline.job.Job.provenance`.
    """
    return {
        "train_L": list(L),
        "train_realisations": realisations,
        "training_code_digest": provenance["code_digest"],
        **{name: provenance[name] for name in ("parameters", "seed") if name in provenance},
    }
