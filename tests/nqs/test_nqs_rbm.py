"""Wave functions against the sum over hidden spins, and entropies against known states."""

from itertools import product

import numpy as np
import pytest

from spinlearn.arguments import InvalidArgumentError
from spinlearn.nqs.rbm import RBMState, block_entropies, spins, vector, without_biases
from spinlearn.streams import rng


def random_state(N, M, size=1.0):
    generator = rng(1, "test", N=N, M=M)

    def draw(*shape):
        return size * (generator.normal(size=shape) + 1j * generator.normal(size=shape))

    return RBMState(draw(N), draw(M), draw(M, N))


def test_amplitudes_are_sums_over_hidden_spins():
    """Independent route: exp(a s + b h + h W s), summed over h, one configuration at a time."""
    state = random_state(4, 3)
    expected = np.zeros(16, complex)
    for place, s in enumerate(product([1, -1], repeat=4)):
        for h in product([1, -1], repeat=3):
            exponent = state.visible_bias @ s + state.hidden_bias @ h + h @ state.coupling @ s
            expected[place] += np.exp(exponent)
    expected /= np.linalg.norm(expected)
    overlap = np.vdot(expected, vector(state))
    assert abs(overlap) == pytest.approx(1.0, abs=1e-13)


def test_large_parameters_do_not_overflow():
    """With parameters of thousands one configuration has all the weight: that of the largest sum.

    The sum over hidden spins is its largest term, prod e^|Re x|.
    """
    state = random_state(6, 5, size=5000.0)
    s = spins(6)
    exponents = (s @ state.visible_bias).real
    exponents += abs((state.hidden_bias + s @ state.coupling.T).real).sum(axis=1)
    assert abs(vector(state)[exponents.argmax()]) == pytest.approx(1.0)


def test_too_many_spins_are_refused():
    with pytest.raises(InvalidArgumentError, match="N"):
        spins(21)
    with pytest.raises(InvalidArgumentError, match="N"):
        vector(without_biases(np.zeros((1, 21), complex)))


def test_entropy_of_a_product_and_of_a_random_state():
    """A product state has none; that of a random state by singular values, another route."""
    product_state = RBMState(
        np.full(4, 0.3 + 0.2j), np.zeros(1, complex), np.zeros((1, 4), complex)
    )
    assert block_entropies(vector(product_state), range(1, 3)) == pytest.approx(0, abs=1e-12)
    psi = vector(random_state(6, 6, 0.5))
    for size, found in zip(range(1, 4), block_entropies(psi, range(1, 4)), strict=True):
        p = np.linalg.svd(psi.reshape(2**size, -1), compute_uv=False) ** 2
        assert found == pytest.approx(-(p * np.log(p)).sum(), abs=1e-10)
