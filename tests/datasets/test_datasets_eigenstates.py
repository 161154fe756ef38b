"""Measured eigenstates: against the dense Hamiltonian of the stored fields."""

from types import SimpleNamespace

import numpy as np
import pytest
from chains import about_chain
from reference import xxz_dense

from spinlearn.datasets.eigenstates import eigenstate
from spinlearn.datasets.strings import Request
from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.eigenstates import eigenstates_of_block
from spinlearn.mbl.schemas import EIGENSTATES
from spinlearn.pipeline.errors import UndefinedError
from spinlearn.spins.hamiltonians import xxz_chain


@pytest.mark.parametrize(
    ("chain", "disorder"),
    [
        ({}, "uniform"),
        ({"J_zz": 0.5, "J2": 0.2, "boundary": "open", "operators": "pauli"}, "quasiperiodic"),
    ],
)
def test_probabilities_are_those_of_the_nearest_eigenstate(tmp_path, chain, disorder):
    """By full diagonalisation in the whole space, the sector picked by its magnetisation."""
    n, numbers = 6, [20, 21, 22]
    fields = draw_fields(3, n, 2.0, "eigenstates", 1, 3, disorder)
    found = eigenstates_of_block(xxz_chain(n, **chain), fields, 0.4, np.random.default_rng)
    about = {**about_chain(**chain, disorder=disorder), "h": 2.0, "energy_density": 0.4}
    arrays = {"realisation": numbers, "fields": fields, **found}
    EIGENSTATES.write(tmp_path / "0001.h5", arrays, about)
    files = SimpleNamespace(eigenstates=str(tmp_path / "0001.h5"))
    data = eigenstate(Request(n=n, runs=numbers, files=files))
    assert data.runs == (20, 21, 22)
    assert set(data.strings.sum(axis=1)) == {3}
    sector = xxz_dense.sector_states(n)
    for run, realisation in zip(numbers, fields, strict=True):
        H = xxz_dense.hamiltonian(n, realisation, **chain)
        energies, vectors = np.linalg.eigh(H[np.ix_(sector, sector)])
        densities = (energies - energies[0]) / (energies[-1] - energies[0])
        expected = np.zeros(2**n)
        nearest = vectors[:, np.argmin(np.abs(densities - 0.4))]
        expected[sector] = nearest**2
        np.testing.assert_allclose(data.target(run), expected, atol=1e-9)
    system = "open chain, J_zz = 0.5, J2 = 0.2, quasiperiodic disorder, Pauli matrices"
    expected = f"eigenstates of a {system if chain else 'ring'}, h = 2, energy density 0.4"
    assert expected in data.source


def test_degenerate_levels_give_no_distribution(tmp_path):
    fields = np.concatenate([draw_fields(3, 8, 2.0, "eigenstates", 0, 1), np.zeros((1, 8))])
    found = eigenstates_of_block(xxz_chain(8), fields, 0.45, np.random.default_rng)
    about = {**about_chain(), "h": 2.0, "energy_density": 0.45}
    path = tmp_path / "0000.h5"
    EIGENSTATES.write(path, {"realisation": [4, 5], "fields": fields, **found}, about)
    files = SimpleNamespace(eigenstates=str(path))
    with pytest.raises(UndefinedError, match=r"in 1 of 2 realisations \(5 is the first\)"):
        eigenstate(Request(n=8, runs=[4, 5], files=files))
