"""Restricted Boltzmann machines for users' own data, in the manner of scikit-learn."""

import io
import json
import zipfile
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int8
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from spinlearn import arguments
from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets.strings import MAX_DENSE_BITS, bit_strings, index_of
from spinlearn.pipeline.errors import CorruptFileError, SchemaError, own_file
from spinlearn.sqrbm.choices import LARGEST_STEP, StepSchedule
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.training import Settings, descend, refuse_worse_than_uniform
from spinlearn.storage.files import existing_file, write_bytes

_KIND = "spinlearn SemiQuantumRBM 1"
"""Kind and version of saved machines."""

_ADVICE = (
    "Name a file that SemiQuantumRBM.save wrote, or fit the machine and save it again.",
    "Make room or change the permissions, or save the machine to another file.",
)
"""What to do if a file cannot be read, or cannot be written."""


class SemiQuantumRBM(DensityMixin, BaseEstimator):
    """Density of bit strings by a restricted Boltzmann machine with quantum hidden units.

    Exact: probabilities and gradients are sums over all 2^n strings, so n is at most 20. The model
    and its training are those of Demidik 2025 (see `spinlearn.sqrbm.model`).

    Args:
        n_hidden: hidden units.
        paulis: operators on the hidden units, distinct letters of "XYZ"; "Z" is the classical
            machine.
        max_iter: most gradient steps.
        learning_rate: step size of AMSGRAD, at most `LARGEST_STEP`.
        schedule: "decaying" or "constant"; see `spinlearn.sqrbm.training.Settings`.
        patience: training stops when the divergence has not fallen by `tol` in so many steps; 0
            never stops it.
        tol: fall of the divergence, in nats.
        n_init: random starting points; the machine with the lowest divergence is kept.
        binarize: numbers above it are ones, all others zeros; None takes only 0 and 1.
        random_state: seed of the starting points, as scikit-learn has it.

    Attributes:
        machine_: the family, `spinlearn.sqrbm.model.Machine`.
        parameters_: its flat parameters, (size,); `machine_.unpack` gives fields and couplings.
        kl_: KL(data||model) in nats, lowest of all starting points.
        kl_history_: KL before each step, (max_iter,), for the starting point that was kept.
        n_iter_: gradient steps made from it.
        n_features_in_: bits per string.

    >>> X = np.array([[0, 0], [1, 1]] * 5)
    >>> model = SemiQuantumRBM(n_hidden=1, max_iter=300, random_state=0).fit(X)
    >>> np.exp(model.score_samples([[0, 0], [0, 1]])).round(2).tolist()
    [0.5, 0.0]
    """

    def __init__(
        self,
        n_hidden: int = 4,
        paulis: str = "XYZ",
        *,
        max_iter: int = 1000,
        learning_rate: float = 0.1,
        schedule: StepSchedule = "decaying",
        patience: int = 100,
        tol: float = 1e-6,
        n_init: int = 1,
        binarize: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_hidden = n_hidden
        self.paulis = paulis
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.patience = patience
        self.tol = tol
        self.n_init = n_init
        self.binarize = binarize
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> "SemiQuantumRBM":
        """Minimise the divergence from the data, which maximises the likelihood.

        Args:
            X: strings, (samples, n), of 0 and 1 (of any numbers if `binarize` is set).
            y: ignored.
            sample_weight: weight of each string, (samples,), not negative: a distribution over
                the strings if they differ. None weights all alike.

        Raises:
            InvalidArgumentError: names the parameter or argument with a wrong value or shape.
            ValueError: as scikit-learn's checks of `X`.
            NotConvergedError: if the best machine is worse than the uniform distribution, after
                `spinlearn.sqrbm.training.WARM_UP_STEPS` steps or more.
        """
        settings = self._settings()
        strings = self._strings(X, reset=True)
        machine = Machine(strings.shape[1], self.n_hidden, self.paulis)
        weights = _weights(sample_weight, len(strings))
        q = np.bincount(index_of(strings), weights, minlength=2**machine.n)
        stream = _stream(self.random_state)
        initial = stream.uniform(-1.0, 1.0, (self.n_init, machine.size))
        q = q / q.sum()
        result = descend(machine, q, initial, settings)
        best = int(result.kl_best.argmin())
        lowest = result.kl_best[best : best + 1]
        refuse_worse_than_uniform(lowest, q[None], settings, "SemiQuantumRBM")
        self.machine_ = machine
        self.parameters_ = result.parameters[best]
        self.kl_, self.kl_history_ = float(result.kl_best[best]), result.kl_history[best]
        self.n_iter_ = int(result.steps[best])
        return self

    def score_samples(self, X: Any) -> Float[np.ndarray, " samples"]:
        """log p(v) of strings, (samples, n), in nats."""
        check_is_fitted(self)
        strings = self._strings(X, reset=False)
        return self.machine_.log_probability(self.parameters_)[index_of(strings)]

    def score(self, X: Any, y: Any = None) -> float:
        """Mean of log p(v) over strings, in nats."""
        return float(self.score_samples(X).mean())

    def probability(self) -> Float[np.ndarray, " states"]:
        """p(v) of all 2^n strings; bit 0 is the most significant digit of the index."""
        check_is_fitted(self)
        return self.machine_.probability(self.parameters_)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Int8[np.ndarray, "samples n"]:
        """Independent strings of 0 and 1, drawn from p.

        Args:
            n_samples: their number.
            random_state: seed, as scikit-learn has it.
        """
        arguments.integer("n_samples", n_samples, 1)
        p = self.probability()
        drawn = _stream(random_state).choice(len(p), size=n_samples, p=p / p.sum())
        return bit_strings(self.machine_.n)[drawn]

    def save(self, path: str | Path) -> None:
        """Write the trained machine to a file, whole or not at all: a NumPy archive, no pickle.

        A `random_state` that is not a whole number is not kept.

        Raises:
            NotFittedError: if it is not trained.
            UnwritableError: if the file cannot be written.
        """
        check_is_fitted(self)
        parameters = self.get_params()
        if not isinstance(parameters["random_state"], Integral):
            parameters["random_state"] = None
        about = {
            "kind": _KIND,
            "params": parameters,
            "machine": [self.machine_.n, self.machine_.m, self.machine_.paulis],
            "columns": list(getattr(self, "feature_names_in_", ())),
            "kl": self.kl_,
            "n_iter": self.n_iter_,
        }
        content = io.BytesIO()
        np.savez(
            content,
            about=np.array(json.dumps(about, default=np.generic.item)),
            parameters=self.parameters_,
            kl_history=self.kl_history_,
        )
        with own_file(*_ADVICE):
            write_bytes(path, content.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> "SemiQuantumRBM":
        """Read a machine that `save` wrote.

        Raises:
            MissingFileError: if there is no such file.
            CorruptFileError: if it is damaged.
            SchemaError: if it holds something else.
        """
        with own_file(*_ADVICE):
            return cls._read(existing_file(path))

    @classmethod
    def _read(cls, path: Path) -> "SemiQuantumRBM":
        """The machine in a file; raises as `load`."""
        try:
            content = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
            arrays = {} if isinstance(content, np.ndarray) else dict(content)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise CorruptFileError(path, f"not a readable NumPy archive ({error})") from None
        about = _description(arrays)
        if about.get("kind") != _KIND:
            raise SchemaError(path, f"not a file of kind '{_KIND}'")
        try:
            return cls._of_file(about, arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaError(path, f"lacks or adds something of kind '{_KIND}': {error}") from None

    @classmethod
    def _of_file(
        cls, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> "SemiQuantumRBM":
        """The machine that `save` described; `params` may have been set after its training."""
        model = cls(**about["params"])
        model.machine_ = Machine(*about["machine"])
        model.parameters_ = arguments.real(
            "parameters", arrays["parameters"], (model.machine_.size,)
        )
        model.kl_, model.n_iter_ = about["kl"], about["n_iter"]
        model.kl_history_, model.n_features_in_ = arrays["kl_history"], model.machine_.n
        if about["columns"]:
            model.feature_names_in_ = np.array(about["columns"], dtype=object)
        return model

    def _settings(self) -> Settings:
        """The settings of the training; a wrong one is refused under the name it has here."""
        arguments.integer("n_hidden", self.n_hidden, 1)
        arguments.integer("max_iter", self.max_iter, 1)
        arguments.integer("n_init", self.n_init, 1)
        arguments.number("tol", self.tol, 0)
        arguments.number("learning_rate", self.learning_rate, high=LARGEST_STEP)
        return Settings(
            self.max_iter, self.learning_rate, self.schedule, self.patience, float(self.tol)
        )

    def _strings(self, X: Any, *, reset: bool) -> np.ndarray:
        """Strings of bits from what a user gives."""
        X = validate_data(self, X, reset=reset, dtype="numeric")
        if X.shape[1] > MAX_DENSE_BITS:
            text = f"has {X.shape[1]} columns; strings have at most {MAX_DENSE_BITS} bits here"
            raise InvalidArgumentError("X", text)
        if self.binarize is not None:
            return (arguments.number("binarize", self.binarize) < X).astype(np.uint8)
        wrong = (X != 0) & (X != 1)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            text = f"holds {X[row, column]} at index ({row}, {column}); bits are 0 or 1, or set "
            raise InvalidArgumentError("X", text + "binarize to a threshold")
        return X.astype(np.uint8)


def _description(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What `save` wrote about a machine; empty if the archive is not from it."""
    try:
        about = json.loads(str(arrays["about"]))
    except (KeyError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def _stream(random_state: Any) -> np.random.RandomState:
    """The stream that a seed names, as scikit-learn has it."""
    try:
        return check_random_state(random_state)
    except ValueError as error:
        text = "must be a whole number from 0 to 2^32 - 1, a RandomState or None, not "
        raise InvalidArgumentError("random_state", f"{text}{random_state!r}") from error


def _weights(sample_weight: Any, samples: int) -> Float[np.ndarray, " samples"]:
    """The weight of each string."""
    if sample_weight is None:
        return np.ones(samples)
    weights = arguments.real("sample_weight", sample_weight, (samples,))
    if weights.min() < 0 or weights.max() == 0:
        raise InvalidArgumentError("sample_weight", "must not be negative, nor all be zero")
    return weights / weights.max()  # of very large ones the sum would be infinite
