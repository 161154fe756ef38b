"""Compressed ground states against sums over all strings, and against the whole state."""

import numpy as np
import pytest

from spinlearn.spins import povm
from spinlearn.spins.compression import compress
from spinlearn.spins.mps import dense, site_expectations
from spinlearn.tfi.ground_states import ground_state, write_ground_state
from spinlearn.tfi.schemas import TRUNCATED
from spinlearn.tfi.stored_states import read_state
from spinlearn.tfi.truncated import truncated_state


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "hx0.90.h5"
    write_ground_state(path, ground_state(5, 0.9))
    return read_state(path)


@pytest.fixture(scope="module")
def table(state):
    return truncated_state(state, (1, 2, 4), 5000, seed=1)


def test_the_divergence_is_that_of_all_strings(state, table):
    """Independent route: the sum over all 4^5 strings of both mass functions; 5 errors."""
    exact = povm.outcome_distribution(dense(state.mps))
    for row in table[table.observable == "divergence"].itertuples():
        other = povm.outcome_distribution(dense(compress(state.mps, row.bond_dimension)))
        divergence = (exact * np.log(exact / other)).sum() / 5
        assert row.value == pytest.approx(divergence, abs=5 * row.error + 1e-12)


def test_a_product_state_has_the_observables_of_its_sites(state, table):
    product = table[table.bond_dimension == 1].set_index(["observable", "site"]).value
    spins = site_expectations(compress(state.mps, 1), "z")
    assert product["sigma_z"].to_numpy() == pytest.approx(spins, abs=1e-12)
    assert product["mu_z", 0] == pytest.approx(spins.mean(), abs=1e-12)
    assert product["zz_1", 3] == pytest.approx(spins[0] * spins[2], abs=1e-12)
    assert np.allclose(product["S_2"], 0, atol=1e-12)


def test_a_full_bond_dimension_loses_nothing(table):
    full = table[table.bond_dimension == 4]
    assert np.allclose(full.value, full.exact, atol=1e-9)


def test_the_table_is_written_and_read(table, tmp_path):
    path = tmp_path / "N5.csv"
    TRUNCATED.write(path, table)
    assert len(TRUNCATED.read(path)) == len(table)
    assert set(table.numbers[table.bond_dimension == 2]) == {4 + 8 + 8 + 8 + 4}
