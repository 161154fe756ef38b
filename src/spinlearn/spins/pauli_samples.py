"""Measurements of Pauli matrices, one per site, on matrix product states.

An outcome is 0 for the eigenvalue +1 and 1 for -1. The basis of a site is the axis of its Pauli
matrix, 0, 1, 2 for x, y, z as in `spinlearn.spins.povm.AXES`.
"""

import numpy as np
import scipy.sparse as sp
from jaxtyping import Complex, UInt8

from spinlearn import arguments
from spinlearn.spins.mps import BATCH, MPS
from spinlearn.spins.povm import AXES

BRAS: Complex[np.ndarray, "3 2 2"] = np.array(
    [
        [[np.sqrt(0.5), np.sqrt(0.5)], [np.sqrt(0.5), -np.sqrt(0.5)]],
        [[np.sqrt(0.5), -1j * np.sqrt(0.5)], [np.sqrt(0.5), 1j * np.sqrt(0.5)]],
        [[1.0, 0.0], [0.0, 1.0]],
    ]
)
"""Conjugated eigenvectors <axis, outcome| in the basis (up, down)."""


def random_axes(samples: int, sites: int, rng: np.random.Generator) -> UInt8[np.ndarray, "M N"]:
    """An axis for every sample and site, x, y or z with equal probability."""
    return rng.integers(len(AXES), size=(samples, sites), dtype=np.uint8)


def sample_paulis(
    mps: MPS, axes: UInt8[np.ndarray, "M N"], rng: np.random.Generator, *, batch: int = BATCH
) -> UInt8[np.ndarray, "M N"]:
    """Outcomes of one Pauli matrix on every site, for each row of axes, by the chain rule.

    In right-canonical form the probability of an outcome, given those before it, is the squared
    norm of the vector that the site's tensor makes of the vector of the earlier outcomes.

    Args:
        mps: the state, right-canonical and normalised.
        axes: the axis of each site, 0, 1, 2 for x, y, z, one row per sample.
        rng: source of uniform numbers, one per (sample, site), sample after sample. So the outcomes
            do not depend on `batch`, and the first rows of axes have the same outcomes without the
            others.
        batch: number of samples per matrix product.

    Raises:
        InvalidArgumentError: if the axes are not of the state's length, or not in 0..2.
    """
    axes = arguments.whole("axes", axes, (None, mps.sites), low=0, high=len(AXES) - 1)
    arguments.integer("batch", batch, 1)
    outcomes = np.empty(axes.shape, dtype=np.uint8)
    for start in range(0, len(axes), batch):
        part = outcomes[start : start + batch]
        uniforms = rng.random(part.shape)
        vectors = np.ones((len(part), 1))
        for site, tensor in enumerate(mps.tensors):
            bras = BRAS[axes[start : start + batch, site]]
            candidates = bras @ np.tensordot(vectors, tensor, axes=(1, 0))
            weights = (np.abs(candidates) ** 2).sum(axis=2)
            is_one = uniforms[:, site] * weights.sum(axis=1) >= weights[:, 0]
            part[:, site] = is_one
            vectors = candidates[np.arange(len(part)), is_one.astype(int)]
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return outcomes


def sample_z(
    mps: MPS, samples: int, rng: np.random.Generator, *, batch: int = BATCH
) -> UInt8[np.ndarray, "M N"]:
    """Outcomes of sigma^z on every site, 0 for up; otherwise as `sample_paulis`."""
    arguments.integer("samples", samples, 1)
    axes = np.full((samples, mps.sites), AXES["z"], dtype=np.uint8)
    return sample_paulis(mps, axes, rng, batch=batch)


def outcome_bras(
    axes: UInt8[np.ndarray, "M N"], outcomes: UInt8[np.ndarray, "M N"]
) -> sp.csr_matrix:
    """The product bras of measured outcomes, as rows of a sparse matrix of 2^N columns.

    Row m times a dense state (index sum_i s_i 2^(N-1-i), s = 0 for up) is the amplitude whose
    squared modulus is the probability of outcome m. Only sites measured along x or y need both
    spins, so that a row has 2^k entries for k such sites, (5/3)^N on average over random axes.

    Raises:
        InvalidArgumentError: if the shapes differ, or an axis or outcome does not exist.
    """
    axes = arguments.whole("axes", axes, (None, None), low=0, high=len(AXES) - 1)
    outcomes = arguments.whole("outcomes", outcomes, axes.shape, low=0, high=1)
    samples, sites = axes.shape
    row, column = np.arange(samples), np.zeros(samples, dtype=np.int64)
    value = np.ones(samples, dtype=complex)
    for site in range(sites):
        factors = BRAS[axes[row, site], outcomes[row, site]]
        kept, spin = np.nonzero(factors)
        row, column = row[kept], 2 * column[kept] + spin
        value = value[kept] * factors[kept, spin]
    return sp.csr_matrix((value, (row, column)), shape=(samples, 2**sites))
