"""Maximal entanglement, and area and volume laws of random machines."""

import numpy as np
import pytest

from spinlearn.nqs import maximal_entanglement
from spinlearn.nqs.exact_states import cut_units, entropy_table, random_machine
from spinlearn.nqs.rbm import block_entropies, vector
from spinlearn.nqs.tensor_sizes import bonds, numbers
from spinlearn.streams import rng


@pytest.mark.parametrize("phase", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("N", [4, 8, 12, 16])
def test_every_block_is_maximally_entangled(N, phase):
    machine = maximal_entanglement.machine(N, phase)
    found = block_entropies(vector(machine), range(1, N // 2 + 1))
    expected = np.log(2) * np.arange(1, N // 2 + 1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    most = np.count_nonzero(machine.coupling, axis=0).max()
    assert most == (1 if phase == 0 else 2 if N == 4 else 3)


def test_phases_make_different_states():
    first, second = (vector(maximal_entanglement.machine(8, phase)) for phase in (0.5, 2.0))
    assert abs(np.vdot(first, second)) < 0.9


def test_matrix_product_state_needs_the_schmidt_ranks():
    """Independent route: singular values of the vector at every cut."""
    psi = vector(maximal_entanglement.machine(8, 1.0))
    ranks = [np.linalg.matrix_rank(psi.reshape(2**cut, -1)) for cut in range(1, 8)]
    assert ranks == bonds(8, 2**4)
    assert numbers(8, 2**4) > 2**8


def test_odd_chains_are_refused():
    with pytest.raises(ValueError, match="N = 5 is odd"):
        maximal_entanglement.machine(5)


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_entropy_is_at_most_ln_2_per_cut_unit(reach):
    machine = random_machine(
        10, reach, rng(1, "test", reach=reach), real_spread=0.5, imaginary_spread=1.0
    )
    assert cut_units(machine.coupling, 5) == 2 * (reach - 1)
    (entropy,) = block_entropies(vector(machine), range(5, 6))
    # Rounding of a density matrix with one eigenvalue 1: about 2^5 times 1e-16 ln 1e-16.
    assert entropy <= 2 * (reach - 1) * np.log(2) + 1e-11


def test_generic_machines_grow_and_short_range_ones_do_not():
    found = entropy_table(1, N=(6, 10), draws=12, reach=2, real_spread=0.3, imaginary_spread=1.0)
    half = found[2 * found.sites == found.N].groupby(["ensemble", "N"]).entropy.mean()
    # Standard errors are below 0.1; the expected differences are 1.1 and 0.0 (12 draws each).
    assert half["generic", 10] - half["generic", 6] > 0.7
    assert abs(half["short_range", 10] - half["short_range", 6]) < 0.4
    maximal = found[found.ensemble == "maximal"]
    assert maximal.missing.abs().max() < 1e-12
    assert maximal.groupby("N").draw.nunique().tolist() == [4, 4]


def test_machines_do_not_depend_on_their_number():
    """Streams are keyed by the draw: more draws leave the first ones as they are."""
    options = {"N": (6,), "reach": 2, "real_spread": 0.3, "imaginary_spread": 1.0}
    few, many = (entropy_table(1, draws=draws, **options) for draws in (2, 4))
    same = many[many.draw < 2].reset_index(drop=True)
    assert few.equals(same)
