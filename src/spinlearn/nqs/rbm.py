"""Restricted Boltzmann machines as wave functions, on all configurations of N spins.

Psi(s) = exp(sum_k a_k s_k) prod_j 2 cosh(b_j + sum_k W_jk s_k), with complex parameters and
s_k = +-1 (Carleo and Troyer, Science 355, 602 (2017), eq. 3: the hidden spins are summed out).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float, Int
from scipy.special import entr

from spinlearn import arguments
from spinlearn.nqs.choices import MAX_SITES


@dataclass(frozen=True, eq=False)
class RBMState:
    """The parameters of a wave function.

    Attributes:
        visible_bias: a_k.
        hidden_bias: b_j.
        coupling: W_jk; a coupling that is 0 is no parameter.
    """

    visible_bias: Complex[np.ndarray, " N"]
    hidden_bias: Complex[np.ndarray, " M"]
    coupling: Complex[np.ndarray, "M N"]

    @property
    def couplings(self) -> int:
        """Number of couplings that are not 0."""
        return int(np.count_nonzero(self.coupling))

    @property
    def parameters(self) -> int:
        """Number of couplings and biases that are not 0."""
        return int(
            self.couplings
            + np.count_nonzero(self.visible_bias)
            + np.count_nonzero(self.hidden_bias)
        )


def without_biases(coupling: Complex[np.ndarray, "M N"]) -> RBMState:
    """The wave function with couplings alone."""
    M, N = coupling.shape
    return RBMState(np.zeros(N, complex), np.zeros(M, complex), coupling)


def spins(N: int) -> Int[np.ndarray, "D N"]:
    """All configurations s = +-1, one per row; site 0 is the most significant bit, first all up.

    >>> spins(2).tolist()
    [[1, 1], [1, -1], [-1, 1], [-1, -1]]

    Raises:
        InvalidArgumentError: if N is not between 1 and `MAX_SITES`.
    """
    arguments.integer("N", N, 1, MAX_SITES)
    bits = np.arange(2**N)[:, None] >> np.arange(N - 1, -1, -1) & 1
    return 1 - 2 * bits


def vector(state: RBMState) -> Complex[np.ndarray, " D"]:
    """The normalised amplitudes of all 2^N configurations, in the order of `spins`.

    With x = b_j + sum_k W_jk s_k, 2 cosh(x) e^(-|Re x|) is multiplied up and |Re x| added up, so
    that large parameters do not overflow.

    Raises:
        InvalidArgumentError: if there are more than `MAX_SITES` spins.
    """
    arguments.integer("N", state.visible_bias.size, 1, MAX_SITES)
    log_modulus, amplitudes = _exponent(state.visible_bias, 0j)
    for weights, bias in zip(state.coupling, state.hidden_bias, strict=True):
        real, phase = _exponent(weights, complex(bias))
        small = np.exp(-2 * abs(real))
        up, down = np.where(real > 0, 1.0, small), np.where(real > 0, small, 1.0)
        amplitudes *= up * phase + down * phase.conj()
        log_modulus += abs(real)
    amplitudes *= np.exp(log_modulus - log_modulus.max())
    squares = abs(amplitudes) ** 2
    return amplitudes / squares.sum() ** 0.5  # in pairs; `norm` adds them in turn, losing digits


def _exponent(
    weights: Complex[np.ndarray, " N"], bias: complex
) -> tuple[Float[np.ndarray, " D"], Complex[np.ndarray, " D"]]:
    """Re x and e^(i Im x) of x = bias + sum_k w_k s_k for all configurations, site by site."""
    real, phase = np.array([bias.real]), np.array([np.exp(1j * bias.imag)])
    for weight in weights:
        real = np.add.outer(real, weight.real * np.array([1, -1])).ravel()
        phase = np.outer(phase, np.exp(1j * weight.imag * np.array([1, -1]))).ravel()
    return real, phase


def block_entropies(
    amplitudes: Complex[np.ndarray, " D"], sizes: range
) -> Float[np.ndarray, " sizes"]:
    """S = -Tr rho ln rho (nats) of the first l sites, for each size l.

    Eigenvalues of rho are those of Psi Psi^+, where Psi has the block's configurations as rows.
    """
    matrices = (amplitudes.reshape(2**size, -1) for size in sizes)
    spectra = (np.linalg.eigvalsh(matrix @ matrix.conj().T) for matrix in matrices)
    return np.array([entr(np.maximum(p, 0.0)).sum() for p in spectra])  # rounding may be below 0
