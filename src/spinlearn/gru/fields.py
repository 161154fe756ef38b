"""Indicators of disorder vectors from a file of trained networks, with uncertainties."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.gru import ensembles, results
from spinlearn.gru.choices import LARGE_CLUSTER
from spinlearn.gru.data import Realisations
from spinlearn.gru.ensembles import EnsembleTraining
from spinlearn.gru.evaluation import predict as predict_all
from spinlearn.gru.extrapolation import PAULI_FIELD
from spinlearn.gru.results import Training
from spinlearn.gru.symmetric import predict_distribution
from spinlearn.mbl.own_fields import LARGEST_FIELD
from spinlearn.spins.choices import EntropyNormalisation, Operators
from spinlearn.storage.weights import stored_kind

BOUNDED = ("uniform", "binary", "quasiperiodic")
"""Kinds of disorder whose fields are at most h."""

ROUNDING = 1e-9
"""A field may exceed h by so much, relative to h."""


class OutsideTrainingWarning(UserWarning):
    """Indicators are predicted for a length or a disorder that networks were not trained on."""


@dataclass(frozen=True)
class FieldPrediction:
    """Predicted indicators, one row per disorder vector.

    Attributes:
        indicators: their names, in the order of the columns.
        mean: half-chain entropies over `entropy_normalisation`; others over their upper limit if it
            is finite.
        deviation: standard deviation. Of a symmetric ensemble: that of the exact value from the
            mean. Of the paper's networks: the spread over runs, which does not contain the error
            that all runs share; NaN for a single run.
        entropy_normalisation: what entropies are divided by
            (`spinlearn.spins.entanglement.entropy_normalisation`); None if none are predicted.
        energy_density: energy density of the eigenstates.
        train_L: chain lengths of the training data.
    """

    indicators: tuple[str, ...]
    mean: Float[np.ndarray, "R indicators"]
    deviation: Float[np.ndarray, "R indicators"]
    entropy_normalisation: EntropyNormalisation | None
    energy_density: float
    train_L: tuple[int, ...]

    def __getitem__(self, indicator: str) -> Float[np.ndarray, " R"]:
        """The means of one indicator.

        Raises:
            InvalidArgumentError: if it is not predicted.
        """
        return self.mean[:, self._column(indicator)]

    def deviation_of(self, indicator: str) -> Float[np.ndarray, " R"]:
        """The standard deviations of one indicator.

        Raises:
            InvalidArgumentError: if it is not predicted.
        """
        return self.deviation[:, self._column(indicator)]

    def _column(self, indicator: str) -> int:
        arguments.one_of("indicator", indicator, self.indicators)
        return self.indicators.index(indicator)


def predict(
    path: str | Path | Sequence[str | Path],
    fields: Float[np.ndarray, "R L"],
    *,
    operators: Operators,
    h: float | None = None,
    energy_density: float | None = None,
) -> FieldPrediction:
    """Predict indicators of rings with given fields.

    Args:
        path: a file `model.pt` of stage `gru`: of a symmetric ensemble, or of the paper's networks,
            of which several blocks may be given, each once.
        fields: one disorder vector of any even length per row, in units of J; none may be larger
            than `spinlearn.mbl.own_fields.LARGEST_FIELD`.
        operators: what the fields multiply: "pauli" (H = J sum sigma.sigma + sum h sigma^z) or
            "spin" (the same with S = sigma/2). A field of 1 J in Pauli matrices is one of 0.5 J in
            spin operators.
        h: disorder strength of the vectors in the same operators, if it is known; used for the
            warning, and to check the fields: if the training had a disorder whose fields are at
            most h (`BOUNDED`), a larger one is refused.
        energy_density: energy density, for networks that have it as an input; by default the one
            at which they learned their features.

    Warns:
        OutsideTrainingWarning: if the length, h, or the standard deviation of a vector is beyond
            those of the training data.

    Raises:
        FileError: if a file is missing, damaged or of another kind, or has a run of another one.
        InvalidArgumentError: if an argument is wrong; for a field that is not finite the message
            has the index of its row and site.
    """
    arguments.one_of("operators", operators, get_args(Operators))
    paths = _as_paths(path)
    rings = PAULI_FIELD[operators] * _small_fields(fields)
    L = rings.shape[1]
    if L % 2:
        what = f"has {L} columns; indicators are those of S^z = 0, so L must be even"
        raise arguments.InvalidArgumentError("fields", what)
    if energy_density is not None:
        arguments.number("energy_density", energy_density, 0, 1)
    is_ensemble = len(paths) == 1 and stored_kind(paths[0]).startswith(ensembles.NAME)
    predictor = _by_ensemble if is_ensemble else _by_networks
    found, training = predictor(paths, rings, energy_density)
    strength = None
    if h is not None:
        strength = PAULI_FIELD[operators] * arguments.number("h", h, 0)
        if training.disorder in BOUNDED:
            _refuse_beyond(h, rings / PAULI_FIELD[operators], training.disorder)
    for what in _outside(rings, strength, training):
        warnings.warn(f"{what}: an extrapolation", OutsideTrainingWarning, stacklevel=2)
    return found


def _as_paths(path: Any) -> list[str | Path]:
    """One or several paths as a list."""
    paths = [path] if isinstance(path, str | Path) or not isinstance(path, Iterable) else list(path)
    wrong = [one for one in paths if not isinstance(one, str | Path)]
    if wrong or not paths:
        what = f"must be the path of a file, or a list of them, not {wrong[0] if wrong else paths}"
        raise arguments.InvalidArgumentError("path", what)
    return paths


def _small_fields(fields: Any) -> Float[np.ndarray, "R L"]:
    """The fields, checked."""
    rows = arguments.real("fields", fields, (None, None))
    large = np.argwhere(np.abs(rows) > LARGEST_FIELD)
    if large.size:
        row, site = large[0].tolist()
        what = f"{rows[row, site]:g} in row {row} at site {site}; at most {LARGEST_FIELD:g} J"
        raise arguments.InvalidArgumentError("fields", f"{what} is allowed")
    return rows


def _refuse_beyond(h: float, rows: Float[np.ndarray, "R L"], disorder: str) -> None:
    """Refuse fields that are larger than the disorder strength stated."""
    beyond = np.argwhere(np.abs(rows) > h * (1 + ROUNDING))
    if beyond.size:
        row, site = beyond[0].tolist()
        what = (
            f"{rows[row, site]:g} J in row {row} at site {site} is beyond h = {h:g} J, the largest "
            f"field of {disorder} disorder; state h in the operators of the fields (h in Pauli "
            "matrices is twice h in spin operators), or leave it out"
        )
        raise arguments.InvalidArgumentError("fields", what)


def _by_ensemble(
    paths: list[str | Path], rings: Float[np.ndarray, "R L"], energy_density: float | None
) -> tuple[FieldPrediction, EnsembleTraining]:
    R, L = rings.shape
    if L < LARGE_CLUSTER:
        what = f"has {L} columns; symmetric ensembles need rings of at least {LARGE_CLUSTER} sites"
        raise arguments.InvalidArgumentError("fields", what)
    ensemble, training = ensembles.load(paths[0])
    _refuse_other_energy(energy_density, training.energy_density)
    found = predict_distribution(ensemble, rings, np.full(R, L), training.entropy_normalisation)
    about = (training.entropy_normalisation, training.energy_density, training.L)
    names = ensemble.shape.indicators
    return FieldPrediction(names, found.mean, found.deviation, *about), training


def _by_networks(
    paths: list[str | Path], rings: Float[np.ndarray, "R L"], energy_density: float | None
) -> tuple[FieldPrediction, Training]:
    networks, training = results.load(paths)
    if not networks.architecture.resolved:
        _refuse_other_energy(energy_density, training.energy_density)
    chosen = training.energy_density if energy_density is None else energy_density
    names = networks.architecture.indicators
    R, L = rings.shape
    unknown = np.full((R, 1, len(names)), np.nan)
    lengths, strengths = np.full(R, L), np.full(R, np.nan)
    data = Realisations(rings, lengths, strengths, np.array([chosen]), unknown, names)
    values = predict_all(networks, data).prediction
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full_like(values[0], np.nan)
    about = (training.entropy_normalisation, float(chosen), training.L)
    return FieldPrediction(names, values.mean(axis=0), spread, *about), training


def _refuse_other_energy(wanted: float | None, learned: float) -> None:
    if wanted is not None and abs(wanted - learned) > 1e-9:
        what = f"is {wanted}, but the networks know {learned} only"
        raise arguments.InvalidArgumentError("energy_density", what)


def _outside(rings: Float[np.ndarray, "R L"], h: float | None, training: Any) -> Iterable[str]:
    """What of the fields is beyond the training data, in words."""
    L = rings.shape[1]
    if L not in training.L:
        yield f"L = {L} was not in the training, L = {', '.join(map(str, training.L))} were"
    if h is not None and training.h and not min(training.h) <= h <= max(training.h):
        yield (
            f"h = {h:g} J (Pauli) is outside of the training, "
            f"{min(training.h):g} to {max(training.h):g} J"
        )
    if training.deviation:
        low, high = training.deviation
        found = rings.std(axis=1)
        rows = np.flatnonzero((found < low) | (found > high))
        if rows.size:
            yield (
                f"{rows.size} of {len(rings)} vectors, the first in row {rows[0]}, have a standard "
                f"deviation outside of the training, {low:.3g} to {high:.3g} J (Pauli)"
            )
