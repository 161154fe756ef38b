"""Measured states after a quench: against matrix exponentials, limits, draws keyed by run."""

from functools import reduce

import numpy as np
import pytest
from reference import xxz_dense
from scipy.linalg import expm

from spinlearn.datasets.config import QUENCHES, Quench
from spinlearn.datasets.quenches import quench
from spinlearn.datasets.strings import Request
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.product_states import product_state
from spinlearn.streams import rng

SETTINGS = Quench(h=3.0, time=2.5, initial_state="neel", J_zz=0.7).model_dump()


def made(n=4, runs=range(3), seed=5, **changes):
    return quench(Request(n=n, seed=seed, runs=runs, settings={**SETTINGS, **changes}))


def fields_of(run, n=4, seed=5, h=3.0, disorder="uniform"):
    """The fields of a run: its own stream."""
    stream = rng(seed, "datasets", "quench", n=n, h=f"{h:.2f}", run=run)
    return random_fields(stream, h, (n,), disorder)


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize("initial_state", ["plus", "neel", "random_product"])
@pytest.mark.parametrize(
    ("couplings", "disorder"),
    [
        ({}, "uniform"),
        ({"J_zz": 0.0}, "gaussian"),
        ({"J_xy": 0.6, "J2": 0.3, "h_x": 0.4}, "quasiperiodic"),
        ({"J2": -0.3, "h_x": 0.2, "operators": "pauli"}, "binary"),
    ],
)
def test_probabilities_are_those_of_the_matrix_exponential(
    boundary, initial_state, couplings, disorder
):
    chain = {**couplings, "boundary": boundary}
    data = made(initial_state=initial_state, disorder=disorder, **chain)
    for run in range(3):
        start = rng(5, "datasets", "start", n=4, h="3.00", run=run)
        psi = reduce(np.kron, product_state(initial_state, 4, start))
        fields = fields_of(run, disorder=disorder)
        H = xxz_dense.hamiltonian(4, fields, **{"J_zz": 0.7, **chain})
        expected = np.abs(expm(-2.5j * H) @ psi) ** 2
        np.testing.assert_allclose(data.target(run), expected, atol=1e-12)


def test_no_time_measures_the_initial_state():
    found = made(time=0.0).target(0)
    assert np.flatnonzero(found).tolist() == [0b0101]
    np.testing.assert_allclose(made(time=0.0, initial_state="plus").target(2), 1 / 16, rtol=1e-14)


def test_magnetisation_is_conserved():
    data = made(n=6)
    assert set(data.strings.sum(axis=1)) == {3}
    assert len(data.strings) == 20


def test_every_run_has_its_own_fields():
    data = made(runs=range(4))
    assert data.runs == (0, 1, 2, 3)
    assert len({data.target(run).tobytes() for run in range(4)}) == 4


def test_a_run_is_the_same_in_any_block():
    whole = made(n=6, runs=range(6), initial_state="random_product")
    part = made(n=6, runs=range(4, 6), initial_state="random_product")
    for run in (4, 5):
        np.testing.assert_array_equal(whole.target(run), part.target(run))


def test_streams_are_keyed_by_seed_size_and_strength():
    """Another duration or coupling keeps the fields; another strength or seed does not."""
    other = made(seed=6)
    assert np.abs(made().target(0) - other.target(0)).max() > 1e-3
    first, second = fields_of(0) / 3.0, fields_of(0, h=4.0) / 4.0
    assert np.abs(first - second).min() > 1e-6
    assert "fields drawn for each run" in other.source
    assert other.source.startswith("quench (ring, J_zz = 0.7), h = 3, T = 2.5, from neel; ")
    source = made(J_zz=1.0, h_x=0.2, operators="pauli").source
    assert source.startswith("quench (ring, h_x = 0.2, Pauli matrices), h = 3")


def test_named_quenches_share_their_fields():
    """The same strength from two states: one set of fields, by the matrix exponential."""
    for name in ("localised_neel", "localised_plus"):
        chosen = QUENCHES[name].model_dump()
        found = quench(Request(n=4, name=name, seed=5, settings=chosen)).target(0)
        psi = reduce(np.kron, product_state(chosen["initial_state"], 4))
        H = xxz_dense.hamiltonian(4, fields_of(0, h=3.9))
        np.testing.assert_allclose(found, np.abs(expm(-10j * H) @ psi) ** 2, atol=1e-12)
