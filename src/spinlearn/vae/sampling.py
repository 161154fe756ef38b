"""Strings drawn from a trained VAE, and the Bloch vectors of the decoder.

Given z the sites are independent, so ⟨σ^α_i⟩ = E_z[r^α_i] and ⟨σ^α_i σ^β_j⟩ = E_z[r^α_i r^β_j] for
i ≠ j, with the decoder's Bloch vectors r_i(z) = 3 Σ_a π_i(a | z) v_a. These means have no noise
from drawing outcomes, unlike the sampled estimates of Luchnikov 2019.
"""

import copy
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Float, UInt8

from spinlearn import arguments
from spinlearn.spins import povm
from spinlearn.streams import integer_seed, rng
from spinlearn.tfi.truncated import state_observables
from spinlearn.vae.matrix_product import MatrixProductModel
from spinlearn.vae.model import (
    LATENT_BATCH,
    ConditionalVAE,
    decoder_probabilities,
    draw_outcomes,
)
from spinlearn.vae.models import OutcomeModel

Model = TypeVar("Model", bound=OutcomeModel)


def double_precision(model: Model) -> Model:
    """A copy of a model in float64, for evaluation."""
    return copy.deepcopy(model).double().eval()


def latent_seed(seed: int, sites: int, hx: float, run: int = 0) -> int:
    """Seed of the latent vectors with which one run is evaluated at one field."""
    return integer_seed(seed, "vae", "latent", N=sites, hx=f"{hx:.2f}", run=run)


def bloch_vectors(
    probabilities: Float[np.ndarray, "draws 4 N"],
) -> Float[np.ndarray, "draws N 3"]:
    """r_i = 3 Σ_a π_i(a) v_a, the mean of the dual frame at each site (Luchnikov 2019, eq. 9)."""
    return 3 * np.tensordot(probabilities, povm.VECTORS, axes=(1, 0))


class Moments:
    """Mean and standard error of rows that arrive in batches."""

    def __init__(self) -> None:
        self.count, self.total, self.square = 0, np.zeros(()), np.zeros(())

    def add(self, rows: np.ndarray) -> None:
        """Add more rows."""
        self.count += len(rows)
        self.total = self.total + rows.sum(axis=0)
        self.square = self.square + (rows**2).sum(axis=0)

    def estimate(self) -> povm.Estimate:
        """Mean and standard error of all rows so far."""
        mean = self.total / self.count
        variance = np.clip(self.square / self.count - mean**2, 0.0, None)
        degrees = self.count - 1 or np.nan  # the error of a single row is unknown
        return povm.Estimate(mean, np.sqrt(variance / degrees), self.count)


@dataclass(frozen=True, eq=False)
class Samples:
    """Strings drawn from a model at one field, and means of the decoder's Bloch vectors.

    Attributes:
        outcomes: the strings, in batches.
        moments: mean and error, over the latent vectors, of `sigma_x`, `sigma_z`, `xx_1`, `zz_1`
            (each of N sites) and of `mu_x`, `mu_z`, if the decoder is factorised; of a matrix
            product the exact values; empty for others.
    """

    outcomes: list[UInt8[np.ndarray, "_ N"]]
    moments: dict[str, povm.Estimate]


def draw(
    model: OutcomeModel, hx: float, samples: int, seed: int, purpose: str, run: int = 0
) -> Samples:
    """Draw strings from a model, each from its own latent vector (Luchnikov 2019, figure 4).

    Args:
        model: the trained model.
        hx: transverse field, in units of J.
        samples: strings to draw.
        seed: root of the streams.
        purpose: purpose of the strings, part of their stream's key.
        run: number of the model's run, part of the key too.
    """
    arguments.integer("samples", samples, 1)
    hx = arguments.number("hx", hx)
    key: dict[str, Any] = {"N": model.architecture.sites, "hx": f"{hx:.2f}", "run": run}
    stream = rng(seed, "vae", "outcomes", purpose, **key)
    latent = integer_seed(seed, "vae", "latent", purpose, **key)
    outcomes: list[UInt8[np.ndarray, "_ N"]] = []
    if not (isinstance(model, ConditionalVAE) and model.is_factorised):
        fields = torch.full((samples, 1), hx, dtype=model.dtype)
        outcomes = [model.sample(part, stream) for part in fields.split(LATENT_BATCH)]
        return Samples(outcomes, _state_moments(model, hx, samples))
    moments: dict[str, Moments] = {}
    for probabilities in decoder_probabilities(model, hx, samples, latent):
        outcomes.append(draw_outcomes(probabilities, stream))
        bloch = bloch_vectors(probabilities)
        for name in "xz":
            spin = bloch[:, :, povm.AXES[name]]
            pair = spin[:, :1] * spin
            pair[:, 0] = 1.0
            moments.setdefault(f"sigma_{name}", Moments()).add(spin)
            moments.setdefault(f"{name}{name}_1", Moments()).add(pair)
            moments.setdefault(f"mu_{name}", Moments()).add(spin.mean(axis=1, keepdims=True))
    return Samples(outcomes, {name: moment.estimate() for name, moment in moments.items()})


def _state_moments(model: OutcomeModel, hx: float, samples: int) -> dict[str, povm.Estimate]:
    """The exact values of a matrix product; nothing for other models."""
    if not isinstance(model, MatrixProductModel):
        return {}
    return {
        name: povm.Estimate(values, np.zeros(len(values)), samples)
        for name, values in state_observables(model.state(hx))
        if name != "S_2"
    }
