"""Ground states and POVM samples in files: what is written comes back, streams keep apart."""

import h5py
import numpy as np
import pytest

from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins import povm
from spinlearn.spins.mps import overlap, povm_log_probability
from spinlearn.tfi.exact import exact_energy
from spinlearn.tfi.ground_states import ground_state, write_ground_state
from spinlearn.tfi.povm_samples import draw_block, read_outcomes, write_block
from spinlearn.tfi.schemas import GROUND_STATE, POVM
from spinlearn.tfi.stored_states import read_state, read_states


@pytest.fixture(scope="module")
def state():
    return ground_state(6, 0.7)


@pytest.fixture
def stored(state, tmp_path):
    path = tmp_path / "hx0.70.h5"
    write_ground_state(path, state, {"parameters": {"bond_dimension": 25}})
    return path


def test_a_ground_state_comes_back(state, stored):
    back = read_state(stored)
    assert back.hx == 0.7
    for read, kept in zip(back.mps.tensors, state.mps.tensors, strict=True):
        np.testing.assert_array_equal(read, kept)
    assert overlap(back.mps, state.mps) == pytest.approx(1, abs=1e-12)
    for name in ("sigma_x", "sigma_z", "xx", "zz"):
        np.testing.assert_array_equal(getattr(back, name), getattr(state, name))


def test_states_are_read_in_the_order_of_their_fields(stored, tmp_path):
    other = tmp_path / "hx0.20.h5"
    write_ground_state(other, ground_state(6, 0.2))
    assert [state.hx for state in read_states([stored, other])] == [0.2, 0.7]


def test_a_ground_state_file_holds_its_observables(state, stored):
    contents = GROUND_STATE.read(stored)
    for name in ("sigma_x", "sigma_z", "xx", "zz"):
        np.testing.assert_array_equal(contents[name], getattr(state, name))
    assert contents["energy"] == state.energy
    assert contents["energy_exact"] == exact_energy(6, 0.7)
    # The tie-breaking field lowers the energy, by no more than lambda N.
    assert -6.1e-5 < contents["energy"] - contents["energy_exact"] < 1e-12
    assert contents.attributes["hx"] == 0.7
    assert contents.attributes["longitudinal_field"] == 1e-5
    assert "sigma^x" in contents.attributes["hamiltonian"]
    assert contents.attributes["parameters"] == {"bond_dimension": 25}


def test_tensors_that_do_not_fit_are_named(stored):
    contents = GROUND_STATE.read(stored)
    contents["mps_bonds"][2] += 1
    GROUND_STATE.write(stored, contents.arrays, contents.attributes)
    with pytest.raises(DatasetError, match="mps_entries"):
        read_state(stored)


def test_a_block_comes_back_and_knows_its_probabilities(state, tmp_path):
    path = tmp_path / "0003.h5"
    outcomes, log_probability = draw_block(state.mps, 7, 0.7, 3, 150)
    write_block(path, outcomes, log_probability, 0.7, 3)
    contents = POVM.read(path)
    assert contents["outcomes"].dtype == np.uint8
    np.testing.assert_array_equal(contents["outcomes"], outcomes)
    np.testing.assert_allclose(
        povm_log_probability(state.mps, contents["outcomes"]),
        contents["log_probability"],
        atol=1e-11,
    )
    assert contents.attributes["block"] == 3
    with h5py.File(path) as file:
        assert file["outcomes"].compression == "gzip"


def test_streams_are_keyed_by_meaning(state):
    """A block depends on the seed, N, hx and its own number, not on its size or on other blocks."""
    reference, _ = draw_block(state.mps, 7, 0.7, 0, 100)
    same, _ = draw_block(state.mps, 7, 0.70000000001, 0, 60)
    np.testing.assert_array_equal(same, reference[:60])
    for changed in (
        draw_block(state.mps, 8, 0.7, 0, 100),
        draw_block(state.mps, 7, 0.8, 0, 100),
        draw_block(state.mps, 7, 0.7, 1, 100),
    ):
        # Independent strings agree site by site with probability of about 0.3.
        assert np.mean(changed[0] == reference) < 0.5


def test_blocks_are_read_one_at_a_time(state, tmp_path):
    paths = []
    for block in range(3):
        outcomes, log_probability = draw_block(state.mps, 7, 0.7, block, 80)
        paths.append(tmp_path / f"{block:04d}.h5")
        write_block(paths[-1], outcomes, log_probability, 0.7, block)
    whole = np.concatenate(list(read_outcomes(paths)))
    assert whole.shape == (240, 6)
    found = povm.magnetisation(read_outcomes(paths))
    np.testing.assert_allclose(found.mean, povm.magnetisation(whole).mean, atol=1e-12)
    assert found.samples == 240


def test_noise_of_a_block_replaces_outcomes_and_has_exact_probabilities(state):
    """The strings without noise are those of before; ln P is that of the noisy ones."""
    clean, _ = draw_block(state.mps, 7, 0.7, 0, 200)
    noisy, log_probability = draw_block(state.mps, 7, 0.7, 0, 200, noise=0.1)
    assert 0 < (noisy != clean).mean() < 0.15
    expected = povm_log_probability(state.mps, noisy, noise=0.1)
    np.testing.assert_array_equal(log_probability, expected)
    # Gibbs' inequality: the strings fit their own distribution better, on average.
    assert log_probability.mean() > povm_log_probability(state.mps, noisy).mean()
