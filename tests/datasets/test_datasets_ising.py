"""Measured ground states of the Ising chain, against exact diagonalisation."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2

from spinlearn.datasets.ising import tfi, tfi_samples
from spinlearn.datasets.strings import Request, index_of
from spinlearn.spins.mps import from_dense, pack
from spinlearn.tfi.exact import exact_diagonalisation, ground_vector
from spinlearn.tfi.schemas import GROUND_STATE


def stored(path, N, hx, field):
    """A file of a ground state, made from the exact one."""
    exact = exact_diagonalisation(N, hx, field)
    entries, bonds = pack(from_dense(ground_vector(N, hx, field)))
    numbers = dict.fromkeys(("energy", "energy_variance", "energy_exact"), exact.energy)
    observables = {name: getattr(exact, name) for name in ("sigma_x", "sigma_z", "xx", "zz")}
    about = dict.fromkeys(GROUND_STATE.attributes, "any") | {"hx": hx, "N": N}
    arrays = {**numbers, **observables, "mps_entries": entries, "mps_bonds": bonds}
    GROUND_STATE.write(path, arrays, about)
    return SimpleNamespace(ground_state=str(path))


@pytest.mark.parametrize(("N", "hx", "field"), [(6, 0.4, 0.3), (7, 1.0, 0.0), (5, 0.8, -0.2)])
def test_distribution_is_that_of_the_exact_ground_state(tmp_path, N, hx, field):
    """There the index has 0 for up, here 1: all bits are flipped."""
    data = tfi(Request(n=N, files=stored(tmp_path / "a.h5", N, hx, field)))
    psi = ground_vector(N, hx, field)
    expected = np.array([psi[index ^ (2**N - 1)] ** 2 for index in range(2**N)])
    np.testing.assert_allclose(data.target(0), expected, atol=1e-13)
    assert f"hx = {hx:g} J" in data.source


def test_a_set_bit_is_an_up_spin(tmp_path):
    """A longitudinal field breaks the symmetry: -lambda sigma^z makes spins point up."""
    files = stored(tmp_path / "a.h5", 6, 0.5, 0.4)
    data = tfi(Request(n=6, files=files))
    up = data.probability[0] @ data.strings
    sigma_z = exact_diagonalisation(6, 0.5, 0.4).sigma_z
    assert sigma_z.min() > 0.5
    np.testing.assert_allclose(2 * up - 1, sigma_z, atol=1e-12)
    samples = tfi_samples(Request(n=6, settings={"samples": 2000}, files=files))
    assert samples.strings.mean() > 0.75


def test_site_0_is_bit_0(tmp_path):
    """A state without mirror symmetry: the first spin alone is down, for certain."""
    psi = np.zeros(16)
    psi[0b1000] = 1.0
    files = stored(tmp_path / "a.h5", 4, 1.0, 0.1)
    contents = GROUND_STATE.read(files.ground_state)
    entries, bonds = pack(from_dense(psi))
    arrays = {**contents.arrays, "mps_entries": entries, "mps_bonds": bonds}
    GROUND_STATE.write(tmp_path / "b.h5", arrays, contents.attributes)
    files = SimpleNamespace(ground_state=str(tmp_path / "b.h5"))
    assert tfi(Request(n=4, files=files)).strings.tolist() == [[0, 1, 1, 1]]
    samples = tfi_samples(Request(n=4, settings={"samples": 3}, files=files))
    assert samples.strings.tolist() == [[0, 1, 1, 1]] * 3


def test_samples_follow_the_exact_distribution(tmp_path):
    """Chi-square over 32 strings, 20000 samples; false alarm 1e-6, and the seed is fixed."""
    files = stored(tmp_path / "a.h5", 5, 0.7, 0.1)
    data = tfi_samples(Request(n=5, seed=2, settings={"samples": 20000}, files=files))
    assert (data.form, data.strings.shape) == ("samples", (20000, 5))
    expected = 20000 * tfi(Request(n=5, files=files)).target(0)
    assert expected.min() > 5
    counts = np.bincount(index_of(data.strings), minlength=32)
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert chi2.sf(statistic, 31) > 1e-6


def test_samples_are_keyed_and_more_of_them_begin_alike(tmp_path):
    files = stored(tmp_path / "a.h5", 5, 0.7, 0.1)

    def made(seed, samples):
        request = Request(n=5, seed=seed, settings={"samples": samples}, files=files)
        return tfi_samples(request).strings

    np.testing.assert_array_equal(made(1, 300), made(1, 700)[:300])
    assert not np.array_equal(made(1, 300), made(2, 300))
