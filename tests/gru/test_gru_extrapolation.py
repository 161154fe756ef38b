"""Windows of longer rings in the units of the training data."""

import numpy as np
import pytest

from spinlearn.gru.extrapolation import load_windows
from spinlearn.gru.schemas import INDICATORS
from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.windows import windows_of_block
from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins.entanglement import entropy_normalisation
from spinlearn.spins.hamiltonians import xxz_chain

L, STATES = 8, 10
ABOUT = {
    "chain": "ring",
    "J_xy": 1.0,
    "J_zz": 1.0,
    "J2": 0.0,
    "boundary": "ring",
    "operators": "spin",
    "disorder": "uniform",
    "h": 2.0,
    "energy_density": 0.5,
}


@pytest.fixture(scope="module")
def fields():
    return np.random.default_rng(5).uniform(-2, 2, (3, L))


@pytest.fixture(scope="module")
def windows(fields):
    chain = xxz_chain(L, operators="spin")
    found = windows_of_block(chain, fields, 0.5, STATES, np.random.default_rng, solver="dense")
    return {"fields": fields, **found}


def test_spin_windows_are_those_of_pauli_rings_with_twice_the_fields(fields, windows, tmp_path):
    """Against a full diagonalisation of the ring in Pauli matrices."""
    WINDOWS.write(tmp_path / "0000.h5", windows, ABOUT)
    found, left_out = load_windows([tmp_path / "0000.h5"], "page")
    pauli = indicators_of_block(
        xxz_chain(L, operators="pauli"), 2 * fields, np.array([0.5]), STATES
    )
    assert left_out == 0
    assert (found.fields == 2 * fields).all()
    assert found.h.tolist() == [4.0] * 3
    assert found.L.tolist() == [L] * 3
    for column, name in enumerate(INDICATORS):
        unit = entropy_normalisation(L, "page") if name == "entanglement_entropy" else 1.0
        np.testing.assert_allclose(found.targets[..., column] * unit, pauli[name], atol=1e-9)


def test_windows_without_certificate_are_left_out_and_counted(windows, tmp_path):
    certified = np.array([True, False, True])
    WINDOWS.write(tmp_path / "0000.h5", {**windows, "certified": certified}, ABOUT)
    found, left_out = load_windows([tmp_path / "0000.h5"], "page")
    assert left_out == 1
    assert (found.fields == 2 * windows["fields"][certified]).all()


def test_windows_of_two_kinds_are_refused(windows, tmp_path):
    WINDOWS.write(tmp_path / "0000.h5", windows, ABOUT)
    WINDOWS.write(tmp_path / "0001.h5", windows, {**ABOUT, "energy_density": 0.4})
    with pytest.raises(DatasetError, match="not alike"):
        load_windows([tmp_path / "0000.h5", tmp_path / "0001.h5"], "page")
    with pytest.raises(ValueError, match="no file"):
        load_windows([], "page")
