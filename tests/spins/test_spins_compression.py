"""Compressed matrix product states against TeNPy's, and purities against dense states."""

import numpy as np
import pytest
from reference.canonical_form import canonical_error
from tenpy.networks.mps import MPS as TenpyMPS
from tenpy.networks.site import SpinHalfSite

from spinlearn.spins import mps as mp
from spinlearn.spins.compression import compress, purities
from spinlearn.tfi.exact import ground_vector

ROUNDING = 1e-12


def random_mps(sites=8, bond=9, *, is_complex=False):
    rng = np.random.default_rng(5)
    bonds = [1, *[bond] * (sites - 1), 1]
    tensors = [rng.normal(size=(bonds[i], 2, bonds[i + 1])) for i in range(sites)]
    if is_complex:
        tensors = [tensor + 1j * rng.normal(size=tensor.shape) for tensor in tensors]
    return mp.right_canonical(tensors)[0]


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("bond_dimension", [1, 3])
def test_compression_agrees_with_tenpy(bond_dimension, is_complex):
    """Independent route: TeNPy's sweep runs from the right, so it gets the mirror image."""
    state = random_mps(is_complex=is_complex)
    other = TenpyMPS.from_Bflat(
        [SpinHalfSite(conserve=None)] * state.sites,
        [tensor.transpose(1, 2, 0) for tensor in reversed(state.tensors)],
        bc="finite",
        form="A",
        unit_cell_width=state.sites,
    )
    original = other.copy()
    other.compress_svd({"chi_max": bond_dimension})
    other.norm = 1.0
    found = compress(state, bond_dimension)
    assert max(found.bond_dimensions) == bond_dimension
    assert canonical_error(found) < ROUNDING
    kept = abs(mp.overlap(found, state)) ** 2
    assert kept == pytest.approx(abs(original.overlap(other)) ** 2, abs=1e-10)


def test_two_sites_have_the_best_approximation():
    """Eckart and Young: the squared overlap is the largest Schmidt weight."""
    rng = np.random.default_rng(1)
    vector = rng.normal(size=4)
    vector /= np.linalg.norm(vector)
    weights = np.linalg.svd(vector.reshape(2, 2), compute_uv=False) ** 2
    state = mp.from_dense(vector)
    assert mp.overlap(compress(state, 1), state).real ** 2 == pytest.approx(weights[0], abs=1e-14)


def test_enough_bond_dimension_changes_nothing():
    state = random_mps(sites=6, bond=4)
    assert mp.overlap(compress(state, 8), state) == pytest.approx(1, abs=ROUNDING)
    assert np.allclose(mp.dense(compress(state, 8)), mp.dense(state), atol=ROUNDING)


def test_a_ground_state_loses_little():
    """Far from the critical field four states per bond are almost exact."""
    state = mp.from_dense(ground_vector(8, 1.6, 1e-5))
    lost = [1 - mp.overlap(compress(state, bond), state).real ** 2 for bond in (1, 2, 4)]
    assert lost[0] > lost[1] > lost[2] > 0
    assert lost[2] < 1e-4


def test_compress_refuses_no_states():
    with pytest.raises(ValueError, match="bond_dimension"):
        compress(random_mps(), 0)


def test_purities_are_those_of_the_dense_state():
    """Independent route: singular values of the dense state, cut after each site."""
    vector = ground_vector(6, 0.9, 1e-5)
    expected = [
        (np.linalg.svd(vector.reshape(2**n, -1), compute_uv=False) ** 4).sum() for n in range(1, 7)
    ]
    assert np.allclose(purities(mp.from_dense(vector)), expected, atol=ROUNDING)
