"""Models of POVM outcomes from Python: fit, sample, log-probabilities, expectation values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from scipy.special import logsumexp

from spinlearn import arguments
from spinlearn.pipeline.errors import own_file
from spinlearn.spins import pauli_strings
from spinlearn.spins.pauli_strings import PauliString, Terms
from spinlearn.spins.povm import Estimate
from spinlearn.statistics.errors import error_over_runs
from spinlearn.streams import integer_seed, rng
from spinlearn.tfi import own_outcomes
from spinlearn.vae import marginal, results
from spinlearn.vae.config import Recipe, Vae
from spinlearn.vae.data import OutcomeData, number_of_batches
from spinlearn.vae.sampling import double_precision
from spinlearn.vae.training import Settings, train

UPDATES = 8000
"""Updates of `fit` by default, about those of a model in the default run of the pipeline."""

_ADVICE = (
    "Name a file that FittedModels.save wrote, or a results/vae/.../model.pt of the pipeline.",
    "Make room or change the permissions, or save the models to another file.",
)
"""What to do if a file cannot be read, or cannot be written."""

Conditions = Mapping[str, Any]
"""Values of the conditions by their names: a number for all strings, or one per string."""


@dataclass(frozen=True, eq=False)
class FittedModels:
    """The models of several runs; together the distribution that is their equal mixture.

    Attributes:
        runs: each run's model and how it was trained.
        history: losses by run and epoch, as `spinlearn.vae.training.TrainingResult`; empty if the
            models were read from a file.
    """

    runs: tuple[results.Trained, ...]
    history: pd.DataFrame

    @property
    def sites(self) -> int:
        """Chain length N."""
        return self.runs[0][0].architecture.sites

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return self.runs[0][0].architecture.conditions

    def sample(
        self, samples: int, conditions: Conditions, *, seed: int
    ) -> UInt8[np.ndarray, "samples N"]:
        """Strings of outcomes at one combination of conditions, equally many from every run.

        Args:
            samples: strings to draw.
            conditions: the value of each condition, such as {"hx": 0.5}.
            seed: root of the random streams.

        Raises:
            InvalidArgumentError: if the conditions are not those of the models.
        """
        arguments.integer("samples", samples, 1)
        runs = len(self.runs)
        counts = [(samples + place) // runs for place in range(runs)]
        drawn = [self._drawn(k, n, conditions, seed) for k, n in enumerate(counts)]
        return rng(seed, "vae", "mixture", N=self.sites).permutation(np.concatenate(drawn))

    def log_probability(
        self,
        outcomes: UInt8[np.ndarray, "strings N"],
        conditions: Conditions,
        *,
        draws: int = 64,
        seed: int = 0,
    ) -> Float[np.ndarray, " strings"]:
        """ln p of strings, in nats; of models with latent variables a lower bound in the mean.

        Args:
            outcomes: strings of outcomes, each 0..3.
            conditions: the value of each condition, one for all strings or one per string.
            draws: latent vectors per string, of which the bound takes more and gets better.
            seed: root of the stream of the latent vectors.

        Raises:
            InvalidArgumentError: if outcomes or conditions are not those of the models.
        """
        strings = arguments.whole("outcomes", outcomes, (None, self.sites), low=0, high=3)
        strings = strings.astype(np.uint8)
        values = _matrix(conditions, self.names, len(strings))
        found = np.empty((len(self.runs), len(strings)))
        for k, (model, _) in enumerate(self.runs):
            exact = double_precision(model)
            number = integer_seed(seed, "vae", "log-probabilities", N=self.sites, run=k)
            noise = torch.Generator().manual_seed(number)
            given = torch.from_numpy(strings), torch.from_numpy(values)
            found[k] = exact.log_probability(*given, draws, noise).numpy()
        return logsumexp(found, axis=0) - np.log(len(self.runs))

    def expectations(
        self,
        strings: Sequence[PauliString],
        conditions: Conditions,
        *,
        seed: int,
        samples: int = 20_000,
    ) -> Estimate:
        """<P> of Pauli strings such as "ZIIX" or {0: "z", 3: "x"}, from strings of the models.

        Args:
            strings: the K Pauli strings, see `spinlearn.spins.pauli_strings`.
            conditions: the value of each condition.
            seed: root of the random streams.
            samples: strings of outcomes to draw from each run.

        Returns:
            Means over the runs and their errors, of shape (K,). The errors join sampling and, with
            several runs, the spread of the trainings.

        Raises:
            InvalidArgumentError: if a string or the conditions do not fit the models.
        """
        arguments.integer("samples", samples, 2)
        return self._means(
            lambda drawn: pauli_strings.pauli_expectations(drawn, strings),
            conditions,
            samples,
            seed,
        )

    def energy(
        self, hamiltonian: Terms, conditions: Conditions, *, seed: int, samples: int = 20_000
    ) -> Estimate:
        """<H> of a Hamiltonian of Pauli strings such as [(-1.0, "ZZI"), (-0.5, {0: "x"})].

        Arguments, errors and what is raised as in `expectations`; covariances of the terms are
        contained.
        """
        arguments.integer("samples", samples, 2)
        return self._means(
            lambda drawn: pauli_strings.energy(drawn, hamiltonian), conditions, samples, seed
        )

    def save(self, path: str | Path) -> None:
        """Write the models to a file, which `load` reads.

        Raises:
            UnwritableError: if the file cannot be written.
        """
        with own_file(*_ADVICE):
            results.save(path, self.runs)

    def _drawn(
        self, place: int, samples: int, conditions: Conditions, seed: int
    ) -> UInt8[np.ndarray, "samples N"]:
        """Strings of one run."""
        model = self.runs[place][0]
        values = _matrix(conditions, self.names, samples)
        stream = rng(seed, "vae", "strings", N=self.sites, run=place)
        if not samples:
            return np.zeros((0, self.sites), dtype=np.uint8)
        return model.sample(torch.from_numpy(values).to(model.dtype), stream)

    def _means(
        self,
        estimate: Callable[[np.ndarray], Estimate],
        conditions: Conditions,
        samples: int,
        seed: int,
    ) -> Estimate:
        """Means over the runs; errors join sampling and the spread of the runs."""
        runs = len(self.runs)
        found = [estimate(self._drawn(k, samples, conditions, seed)) for k in range(runs)]
        means = np.stack([each.mean for each in found])
        error = error_over_runs(means, np.stack([each.error for each in found]))
        return Estimate(np.asarray(means.mean(axis=0)), np.asarray(error), runs * samples)


def outcome_data(outcomes: UInt8[np.ndarray, "samples N"], conditions: Conditions) -> OutcomeData:
    """Strings of outcomes with their conditions, to be fitted.

    Args:
        outcomes: strings, each outcome 0..3.
        conditions: for each condition its name and one value, or one value per string.

    Raises:
        InvalidArgumentError: if outcomes or conditions are not as described.

    >>> outcome_data(np.zeros((3, 2), dtype=np.uint8), {"hx": 0.5, "T": [1, 2, 2]}).conditions[1]
    array([0.5, 2. ])
    """
    strings = arguments.whole("outcomes", outcomes, (None, None), low=0, high=3).astype(np.uint8)
    names = tuple(conditions)
    if not names:
        raise arguments.InvalidArgumentError("conditions", 'must name one at least, as {"hx": 0.5}')
    return OutcomeData(strings, _matrix(conditions, names, len(strings)), names)


def read_outcomes(path: str | Path) -> OutcomeData:
    """Outcomes in a CSV or HDF5 file, as `spinlearn.tfi.own_outcomes` describes.

    Raises:
        UserFileError: if it holds none.
    """
    found = own_outcomes.read_outcomes(path)
    return OutcomeData(found.outcomes, found.conditions, found.names)


def fit(
    data: OutcomeData,
    *,
    seed: int,
    runs: int = 1,
    device: torch.device | str = "cpu",
    **changes: Any,
) -> FittedModels:
    """Fit models to strings of outcomes, by the recipe `efficient` unless settings are changed.

    Args:
        data: the strings with their conditions, from `outcome_data` or `read_outcomes`.
        seed: root of the random streams.
        runs: independent trainings.
        device: where torch computes; "auto" takes a GPU if there is one.
        changes: settings of `spinlearn.vae.training.Settings`, such as decoder="autoregressive",
            hidden=256 or epochs=5. Without `epochs` there are about 8000 updates, whatever the
            number of strings; a part of the strings is held out, and the weights that are best on
            it are kept.

    Raises:
        NotConvergedError: if a loss stays worse than that of guessing.
        InvalidArgumentError: if a setting is unknown or out of its range, or if torch cannot
            compute on the device.
    """
    arguments.integer("runs", runs, 1)
    settings = _settings(data, changes)
    found = train(data, settings, seed=seed, runs=range(runs), device=device)
    trainings = [results.Training.on(data, {}, run=run) for run in range(runs)]
    return FittedModels(tuple(zip(found.models, trainings, strict=True)), found.history)


def load(path: str | Path) -> FittedModels:
    """Read models that `FittedModels.save` or the pipeline (`results/vae/.../model.pt`) wrote.

    Raises:
        FileError: if the file is missing, damaged or of another kind.
    """
    with own_file(*_ADVICE):
        return FittedModels(tuple(results.load(path)), pd.DataFrame())


def _settings(data: OutcomeData, changes: dict[str, Any]) -> Settings:
    known = {field.name for field in fields(Settings)}
    for name in changes:
        arguments.one_of("settings", name, sorted(known))
    recipe = {name: value for name, value in Recipe().model_dump().items() if name in known}
    usual = Vae()
    start = Settings(hidden=usual.hidden, latent=usual.latent, harmonics=usual.harmonics, **recipe)
    settings = replace(start, **changes)
    if "epochs" in changes:
        return settings
    kept = round((1 - settings.held_out) * len(data.outcomes))
    batches = max(1, number_of_batches(kept, settings.batch_size))
    if settings.objective == "marginal":
        batches = marginal.UPDATES
    return replace(settings, epochs=-(-UPDATES // batches))


def _matrix(
    conditions: Conditions, names: Sequence[str], strings: int
) -> Float[np.ndarray, "strings C"]:
    """Values of the conditions, one row per string."""
    if set(conditions) != set(names):
        raise arguments.InvalidArgumentError(
            "conditions", f"must name {', '.join(names)}; it names {', '.join(conditions)}"
        )
    columns = [np.asarray(conditions[name]) for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.dtype.kind not in "biuf":
            raise arguments.InvalidArgumentError(
                "conditions", f"{name} must be a real number or real numbers, not {column.dtype}"
            )
        if column.shape not in ((), (strings,)):
            raise arguments.InvalidArgumentError(
                "conditions",
                f"{name} has shape {column.shape}; it must be one number or one for each of the "
                f"{strings} strings",
            )
    matrix = np.stack([np.broadcast_to(c, strings).astype(float) for c in columns], axis=1)
    return arguments.real("conditions", np.ascontiguousarray(matrix), (strings, len(names)))
