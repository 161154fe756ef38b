"""Machines of maximal entanglement, with one to three couplings per spin.

One hidden unit on each pair (k, k + N/2) gives cosh(w_1 s_k + w_2 s_(k + N/2)). With
cosh(w_1 + w_2) = i cosh(w_1 - w_2) its four values are a unitary matrix, up to a factor, and the
pair is maximally entangled: S = (N/2) ln 2 for half of the spins, and l ln 2 for l <= N/2 of them.
Hidden units on neighbours k, k + 1 in the same half with cosh(w_1 + w_2) = e^(i phi)
cosh(w_1 - w_2) are a controlled phase, a unitary in this half, and leave S as it is. So there is a
family of such states (figure 2 of Das Sarma, Deng and Duan, Physics Today 72(3), 48 (2019), from
Phys. Rev. X 7, 021021), with at most three couplings per spin.
"""

import numpy as np
from jaxtyping import Complex

from spinlearn import arguments
from spinlearn.nqs.rbm import RBMState, without_biases


def pair_coupling(phase: float) -> complex:
    """w with cosh(2 w) = e^(i phase) cosh(0): both couplings of a pair.

    With t = tanh(w)^2 the ratio of the hyperbolic cosines is (1 + t) / (1 - t), so that
    t = i tan(phase / 2).

    >>> w = pair_coupling(np.pi / 2)
    >>> bool(abs(np.cosh(2 * w) - 1j) < 1e-15)
    True
    """
    return complex(np.arctanh(np.sqrt(1j * np.tan(arguments.number("phase", phase) / 2))))


def machine(N: int, phase: float = 0.0) -> RBMState:
    """A state of N spins with S = (N/2) ln 2.

    Args:
        N: number of spins, even.
        phase: phi of neighbours in the same half; with 0 they have no hidden unit.

    Raises:
        ValueError: if N is odd: there are no pairs.
    """
    if arguments.integer("N", N, 2) % 2:
        raise ValueError(f"N = {N} is odd, and spins cannot be paired: take an even number")
    half = N // 2
    pairs = [_on(N, k, k + half, np.pi / 2) for k in range(half)]
    if phase:
        pairs += [_on(N, k, k + 1, phase) for k in range(N - 1) if k != half - 1]
    return without_biases(np.array(pairs))


def _on(N: int, first: int, second: int, phase: float) -> Complex[np.ndarray, " N"]:
    """The couplings of a hidden unit on two spins."""
    weights = np.zeros(N, complex)
    weights[[first, second]] = pair_coupling(phase)
    return weights
