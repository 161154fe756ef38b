"""Maximum mean discrepancy of distributions over bit strings (Zhong 2022, eqs. 6 and C1)."""

from functools import lru_cache
from typing import get_args

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from spinlearn import arguments
from spinlearn.hbm.choices import Kernel, Loss
from spinlearn.hbm.kernels import walsh_transforms, weighted_squares

BANDWIDTHS = (0.1, 0.25, 4.0, 10.0)
"""sigma^2 of the four Gaussians of the mixture (Zhong 2022, appendix C.1)."""

SMALLEST = 1e-300
"""Probabilities below this count as this in logarithms and quotients."""

_DENSE_BITS = 12
"""Longest strings for which a 2^n x 2^n kernel is built."""


def walsh_hadamard(vectors: Float[np.ndarray, "*batch N"]) -> Float[np.ndarray, "*batch N"]:
    """sum_x (-1)^{s.x} v(x) for every string s, along the last axis, without normalisation.

    One butterfly per bit, n 2^n operations.

    Raises:
        ValueError: if the length is not a power of two.

    >>> walsh_hadamard(np.array([1.0, 0.0, 0.0, 0.0])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    size = vectors.shape[-1]
    if size & (size - 1) or not size:
        raise ValueError(f"a distribution over bit strings has 2^n entries, not {size}")
    rows = np.ascontiguousarray(vectors, dtype=float).reshape(-1, size)
    return walsh_transforms(rows).reshape(vectors.shape)


def hamming_spectrum(n: int, bandwidths: tuple[float, ...] = BANDWIDTHS) -> Float[np.ndarray, " N"]:
    """Eigenvalues of the mixture kernel on bit vectors, in the order of the Walsh functions.

    |x - y|^2 of bit vectors is their Hamming distance, so each Gaussian is a product over the bits
    of the matrix [[1, a], [a, 1]], a = exp(-1/(2 sigma^2)), and has the eigenvalue
    (1 + a)^(n - w) (1 - a)^w on the Walsh function s with w ones.

    Args:
        n: number of bits.
        bandwidths: sigma^2 of each Gaussian.
    """
    for width in bandwidths:
        arguments.positive("bandwidths", width)
    a = np.exp(-0.5 / np.asarray(bandwidths))[:, None]
    ones = np.bitwise_count(np.arange(2**n))
    return ((1 + a) ** (n - ones) * (1 - a) ** ones).mean(axis=0)


@lru_cache(maxsize=8)
def kernel_matrix(
    n: int, kernel: Kernel = "hamming", bandwidths: tuple[float, ...] = BANDWIDTHS
) -> Float[np.ndarray, "N N"]:
    """k(x, y) = mean over sigma of exp(-|x - y|^2 / (2 sigma^2)) for all pairs of strings (eq. C1).

    Args:
        n: number of bits.
        kernel: the vectors in |x - y|: "hamming" the bits of the strings, "integer" their indices,
            "pixel" the (row, column) coordinates in an image of side 2^(n/2).
        bandwidths: sigma^2 of each Gaussian.

    Raises:
        ValueError: if there is no such kernel, strings are too long, or n is odd for "pixel".
    """
    if n > _DENSE_BITS:
        raise ValueError(f"the kernel {kernel!r} is dense: at most {_DENSE_BITS} bits, got {n}")
    index = np.arange(2**n)
    if kernel == "hamming":
        points = (index[:, None] >> np.arange(n)) & 1
    elif kernel == "integer":
        points = index[:, None]
    elif kernel == "pixel":
        if n % 2:
            raise ValueError(f"{n} bits do not make a square image")
        points = np.stack(np.divmod(index, 2 ** (n // 2)), axis=1)
    else:
        raise ValueError(f"{kernel!r} is not one of {get_args(Kernel)}")
    squared = np.zeros((index.size, index.size))
    for column in points.T.astype(float):
        squared += (column[:, None] - column) ** 2
    matrix = np.mean([np.exp(-0.5 * squared / s) for s in bandwidths], axis=0)
    matrix.setflags(write=False)
    return matrix


class MaximumMeanDiscrepancy:
    """Squared MMD of distributions to one target: (p - q)^T K (p - q), exact (Zhong 2022, eq. C1).

    For kernel "hamming" K is diagonal in the Walsh basis, so the form is a weighted sum of squares
    of the Walsh transform of p - q, with one transform for all bandwidths. The other kernels are
    dense matrices.
    """

    def __init__(
        self,
        target: Float[np.ndarray, " N"],
        kernel: Kernel = "hamming",
        bandwidths: tuple[float, ...] = BANDWIDTHS,
    ) -> None:
        """Prepare the kernel for a target distribution q over 2^n strings.

        Raises:
            InvalidArgumentError: if the target is no distribution, or there is no such kernel.
            ValueError: if it does not have 2^n entries.
        """
        arguments.one_of("kernel", kernel, get_args(Kernel))
        self.target = arguments.distribution("target", target, (None,))
        self.kernel = kernel
        self.n = int(self.target.size).bit_length() - 1
        if 2**self.n != self.target.size:
            raise ValueError(
                f"a distribution over bit strings has 2^n entries, not {self.target.size}"
            )
        self._matrix = None if kernel == "hamming" else kernel_matrix(self.n, kernel, bandwidths)
        self._spectrum = hamming_spectrum(self.n, bandwidths) / self.target.size

    def __call__(self, p: Float[np.ndarray, "*batch N"]) -> Float[np.ndarray, "*batch"]:
        """The squared discrepancy of each distribution of a batch."""
        if self._matrix is None:
            rows = np.ascontiguousarray(p, dtype=float).reshape(-1, self.target.size)
            found = weighted_squares(rows, self.target, self._spectrum)
            return np.asarray(found.reshape(p.shape[:-1]))
        difference = p - self.target
        return np.asarray(((difference @ self._matrix) * difference).sum(axis=-1))

    def slope(self, p: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
        """The derivative with respect to each probability, 2 K (p - q)."""
        return 2 * kernel_matrix(self.n, self.kernel) @ (p - self.target)


class KullbackLeibler:
    """KL(q||p) of distributions p from one target q, in nats: the loss of maximum likelihood."""

    def __init__(self, target: Float[np.ndarray, " N"]) -> None:
        """Prepare for a target distribution q.

        Raises:
            InvalidArgumentError: if the target is no distribution.
        """
        self.target = arguments.distribution("target", target, (None,))
        self._negentropy = -float(entr(self.target).sum())

    def __call__(self, p: Float[np.ndarray, "*batch N"]) -> Float[np.ndarray, "*batch"]:
        """The divergence of each distribution of a batch."""
        return np.asarray(self._negentropy - np.log(np.maximum(p, SMALLEST)) @ self.target)

    def slope(self, p: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
        """The derivative with respect to each probability, -q/p."""
        return -self.target / np.maximum(p, SMALLEST)


Distance = MaximumMeanDiscrepancy | KullbackLeibler


def distance_to(
    target: Float[np.ndarray, " N"], loss: Loss = "mmd", kernel: Kernel = "hamming"
) -> Distance:
    """The loss of a training towards a target; the kernel is that of "mmd".

    Raises:
        InvalidArgumentError: if the target is no distribution, or there is no such loss or kernel.
    """
    arguments.one_of("loss", loss, get_args(Loss))
    return KullbackLeibler(target) if loss == "kl" else MaximumMeanDiscrepancy(target, kernel)
