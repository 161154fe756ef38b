"""Averages over fresh disorder agree with averages of single predictions."""

import numpy as np
import pytest

from spinlearn.gru.data import Realisations
from spinlearn.gru.evaluation import feature_curves, phase_diagrams, predict
from spinlearn.gru.model import Architecture, GruNetworks, features
from spinlearn.gru.schemas import INDICATORS
from spinlearn.spins.disorder import random_fields


@pytest.fixture(scope="module")
def resolved():
    return GruNetworks(2, Architecture(INDICATORS, energy_offset=0.0)).initialise([1, 2])


def test_phase_diagram_is_the_average_of_single_predictions(resolved):
    """Each point equals the average of predictions for the same disorder vectors."""
    h, energies, samples, L = np.array([1.0, 3.0]), np.array([0.2, 0.7, 0.9]), 5, 6
    diagram = phase_diagrams(resolved, L, h, energies, samples, np.random.default_rng(4))[
        "spin_fraction"
    ]
    directions = np.random.default_rng(4).uniform(-1, 1, (samples, L))
    largest = -np.inf
    for i, strength in enumerate(h):
        rows = Realisations(
            strength * directions,
            np.full(samples, L),
            np.full(samples, strength),
            energies,
            np.zeros((samples, 3, 3)),
        )
        values = predict(resolved, rows).prediction[..., 2].reshape(2, samples, 3)
        assert np.allclose(diagram.mean[:, i], values.mean(axis=1), atol=1e-13)
        assert np.allclose(diagram.deviation[:, i], values.std(axis=1), atol=1e-13)
        largest = max(largest, values.max())
    assert diagram.largest == pytest.approx(largest, abs=1e-13)


def test_phase_diagram_at_one_h_does_not_depend_on_the_grid(resolved):
    grid = np.array([0.3, 0.6])
    whole = phase_diagrams(
        resolved, 8, np.array([1.0, 2.0, 5.0]), grid, 7, np.random.default_rng(1)
    )["spin_fraction"]
    alone = phase_diagrams(resolved, 8, np.array([5.0]), grid[1:], 7, np.random.default_rng(1))[
        "spin_fraction"
    ]
    assert np.allclose(whole.mean[:, 2:, 1:], alone.mean, atol=1e-13)


def test_feature_curves_are_within_the_range_of_a_hidden_state(resolved):
    curves = feature_curves(resolved, (4, 6), np.array([0.5, 5.0]), 50, np.random.default_rng(2))
    assert curves.mean.shape == (2, 2, 2, 2)
    assert np.abs(curves.mean).max() < 1
    assert (curves.error > 0).all()
    # At h = 0 every vector is the same, so there is nothing to average.
    still = feature_curves(resolved, (4,), np.array([0.0]), 50, np.random.default_rng(2))
    assert still.error.max() < 1e-15
    single = feature_curves(resolved, (4,), np.array([2.0]), 1, np.random.default_rng(2))
    assert np.isnan(single.error).all()


def test_a_longer_chain_does_not_change_the_other_curves(resolved):
    h = np.array([2.0, 4.0])
    alone = feature_curves(resolved, (6,), h, 20, np.random.default_rng(1))
    both = feature_curves(resolved, (6, 8), h, 20, np.random.default_rng(1))
    np.testing.assert_array_equal(alone.mean[:, 0], both.mean[:, 0])


@pytest.mark.parametrize("disorder", ["binary", "quasiperiodic"])
def test_fresh_vectors_have_the_disorder_of_the_chain(resolved, disorder):
    """Against predictions for vectors that are drawn here, with the sites along the right axis."""
    h, energy = np.array([2.0]), np.array([0.5])
    diagram = phase_diagrams(
        resolved, 6, h, energy, 9, np.random.default_rng(4), disorder=disorder
    )["spin_fraction"]
    vectors = random_fields(np.random.default_rng(4), 2.0, (9, 6), disorder)
    rows = Realisations(vectors, np.full(9, 6), np.full(9, 2.0), energy, np.zeros((9, 1, 3)))
    values = predict(resolved, rows).prediction[..., 2]
    assert np.allclose(diagram.mean[:, 0, 0], values.mean(axis=1), atol=1e-13)
    curves = feature_curves(resolved, (4, 6), h, 9, np.random.default_rng(4), disorder=disorder)
    vectors = random_fields(np.random.default_rng(4), 2.0, (6, 9), disorder, site_axis=0).T
    for i, L in enumerate((4, 6)):
        states = features(resolved, np.ascontiguousarray(vectors[:, :L]), np.full(9, L))
        assert np.allclose(curves.mean[:, i, 0], states.mean(axis=1), atol=1e-13)
