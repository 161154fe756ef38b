"""Entanglement spectra, and inputs of networks read from files."""

import numpy as np
import pytest
from reference.xxz_dense import hamiltonian, sector_states

from spinlearn.phases.data import read_source, spectrum_inputs
from spinlearn.phases.schemas import ISING, SPECTRA, Z_SAMPLES
from spinlearn.phases.spectra import spectra_of_fields
from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.tfi.schemas import POVM


def test_spectra_agree_with_a_dense_route():
    """Middle states of 6 sites: Kronecker products, NumPy's eigh, SVD of the whole 8 x 8 matrix."""
    chain = xxz_chain(6)
    fields = np.random.default_rng(1).uniform(-3, 3, (2, 6))
    found = spectra_of_fields(chain, fields, 3, np.random.default_rng)
    for h, spectra in zip(fields, found, strict=True):
        states = sector_states(6)
        energies, vectors = np.linalg.eigh(hamiltonian(6, h).real[np.ix_(states, states)])
        middle = 0.5 * (energies[0] + energies[-1])
        nearest = np.sort(np.argsort(np.abs(energies - middle))[:3])
        for state, spectrum in zip(vectors[:, nearest].T, spectra, strict=True):
            whole = np.zeros(64)
            whole[states] = state
            wanted = np.linalg.svd(whole.reshape(8, 8), compute_uv=False) ** 2
            assert spectrum == pytest.approx(wanted, abs=1e-10)


def test_inputs_of_spectra_are_finite_and_of_order_one():
    found = spectrum_inputs(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert found == pytest.approx(np.array([[0.0, 2.763], [0.0693, 0.0693]]), abs=1e-3)


def write_ising(folder, block, L=3):
    up = np.random.default_rng(block).integers(0, 2, (3, 2, 4, L * L), dtype=np.uint8)
    arrays = {"temperature": [1.0, 2.0, 3.0], "chain": [2 * block, 2 * block + 1]}
    path = folder / f"{L}_{block}.h5"
    ISING.write(path, {**arrays, "up": up, "energy": up[..., 0]}, {"L": L, "sweeps": 1})
    return path, up


def test_blocks_of_configurations_are_joined(tmp_path):
    (first, up), (second, more) = write_ising(tmp_path, 0), write_ising(tmp_path, 1)
    other, _ = write_ising(tmp_path, 0, L=4)
    values, inputs = read_source("ising", [second, other, first], 1)
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert set(inputs) == {3, 4}
    assert (inputs[3] == 2 * np.concatenate([up, more], axis=1).astype(int) - 1).all()
    _, mixed = read_source("shuffled", [first, second], 1)
    assert (mixed[3] != inputs[3]).any()
    chains = [{group.tobytes() for group in x.reshape(-1, 4, 9)} for x in (mixed[3], inputs[3])]
    assert chains[0] == chains[1]  # the same chains at other temperatures


def test_strings_are_flipped_as_a_whole_or_not(tmp_path):
    up = np.random.default_rng(1).integers(0, 2, (2, 200, 5), dtype=np.uint8)
    Z_SAMPLES.write(tmp_path / "z.h5", {"hx": [0.5, 1.0], "up": up}, {"N": 5})
    plain = read_source("z_unflipped", [tmp_path / "z.h5"], 1)[1][5][:, :, 0]
    flipped = read_source("z", [tmp_path / "z.h5"], 1)[1][5][:, :, 0]
    assert (plain == 2.0 * up - 1).all()
    signs = plain * flipped
    assert (signs == signs[..., :1]).all()
    assert abs(signs[..., 0].mean()) < 4 / 400**0.5  # fails once in 16,000


def test_outcomes_have_four_inputs_per_site(tmp_path):
    paths = []
    for hx in (1.0, 0.5):
        outcomes = np.array([[0, 3], [1, 2]], dtype=np.uint8)
        paths.append(tmp_path / f"{hx}.h5")
        arrays = {"outcomes": outcomes, "log_probability": np.zeros(2)}
        POVM.write(paths[-1], arrays, {"N": 2, "hx": hx, "block": 0})
    values, inputs = read_source("povm", paths, 1, samples=2)
    assert values.tolist() == [0.5, 1.0]
    assert inputs[2][0, 0, 0].tolist() == [1.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, 1.5]
    with pytest.raises(DatasetError, match="fewer than 3 POVM strings"):
        read_source("povm", paths, 1, samples=3)


def test_spectra_of_several_lengths_lie_side_by_side(tmp_path):
    about = {"chain": "ring", "J_xy": 1.0, "J_zz": 1.0, "J2": 0.0, "boundary": "ring"}
    about |= {"operators": "spin", "disorder": "uniform"}
    paths = []
    for L in (4, 6):
        spectrum = np.full((3, 2, 3, 2 ** (L // 2)), 2.0 ** -(L // 2))
        arrays = {"h": [1.0, 2.0, 3.0], "realisation": [0, 1], "spectrum": spectrum}
        paths.append(tmp_path / f"{L}.h5")
        SPECTRA.write(paths[-1], arrays, {**about, "L": L})
    values, inputs = read_source("spectra", paths, 1)
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert {L: x.shape for L, x in inputs.items()} == {4: (3, 2, 3, 4), 6: (3, 2, 3, 8)}
