"""Variance of the gradients of random machines."""

import numpy as np
import pytest

from spinlearn import arguments, streams
from spinlearn.sqrbm.gradients import PAULIS, WIDTHS, gradient_variances, gradients, variance
from spinlearn.sqrbm.model import Machine, relative_entropy
from spinlearn.sqrbm.schemas import GRADIENT_VARIANCE


def parity(n):
    even = 1 - np.bitwise_count(np.arange(2**n)) % 2
    return even / even.sum()


@pytest.mark.parametrize("paulis", PAULIS)
def test_gradients_are_those_of_finite_differences(paulis):
    machine = Machine(4, 2, paulis)
    theta = np.random.default_rng(1).uniform(-1, 1, (300, machine.size))
    found = gradients(machine, parity(4), theta)
    assert found.shape == theta.shape
    steps = 1e-5 * np.eye(machine.size)
    for run in (0, 299):  # of the first and of the last group
        high, low = (machine.log_probability(theta[run] + sign * steps) for sign in (1, -1))
        slopes = [
            (relative_entropy(parity(4), up) - relative_entropy(parity(4), down)) / 2e-5
            for up, down in zip(high, low, strict=True)
        ]
        np.testing.assert_allclose(found[run], slopes, atol=1e-8)


def test_variance_is_that_of_numpy_with_an_error_that_covers_it():
    """Normal numbers of variance 4: over 200 samples the error is the spread of what is found."""
    rng = np.random.default_rng(2)
    values = rng.normal(scale=2.0, size=(200, 50, 3))
    found = np.array([variance(sample) for sample in values])
    np.testing.assert_allclose(found[0, 0], values[0].var(axis=0, ddof=1).mean())
    assert found[:, 0].mean() == pytest.approx(4.0, abs=0.1)  # three errors
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.15)  # three errors


def brute_force(n, paulis, theta):
    """Part of the coupling derivatives that depends on parity, from two sums over all strings.

    f = d log 2cosh|Phi_j| / d w = s_i Phi tanh|Phi| / |Phi|; <f>_u - <f>_q over strings one by one.
    """
    m = n // 2
    units = theta[n:].reshape(len(paulis), m, n + 1)
    total = np.zeros((len(paulis), m, n))
    for v in range(2**n):
        s = np.array([1 - 2 * ((v >> (n - 1 - i)) & 1) for i in range(n)])
        phi = units[..., 0] + units[..., 1:] @ s
        radius = np.sqrt((phi**2).sum(axis=0))
        f = (phi * np.tanh(radius) / radius)[..., None] * s
        total += (2.0**-n - parity(n)[v]) * f
    return total


@pytest.mark.parametrize("paulis", PAULIS)
def test_the_targets_part_is_a_difference_of_two_means(paulis):
    n, runs, seed = 4, 7, 3
    found = gradient_variances("parity", [parity(n)], seed=seed, runs=runs)
    machine = Machine(n, 2, paulis)
    key = {"initialisation": "published_code", **machine.stream_key}
    draws = streams.rng(seed, "sqrbm", "gradient variance", **key)
    theta = 10 * draws.uniform(-1, 1, (runs, machine.size))
    parts = np.array([brute_force(n, paulis, each).ravel() for each in theta])
    row = found.query(
        "paulis == @paulis and initialisation == 'published_code' and component == 'coupling'"
    )
    np.testing.assert_allclose(row.target_variance, parts.var(axis=0, ddof=1).mean(), rtol=1e-9)


def test_fields_of_visible_units_learn_nothing_of_the_target_from_the_machine():
    """d log p' / d a_i = -s_i, whatever the machine: its mean over the target does not vary."""
    found = gradient_variances("parity", [parity(4), parity(6)], seed=1, runs=20)
    assert (found[found.component == "visible_field"].target_variance < 1e-28).all()
    assert (found[found.component == "coupling"].target_variance > 1e-12).all()


def test_whole_gradients_stay_and_the_parity_in_them_fades():
    """From n = 4 to 8 the variance grows; that of the part with the parity falls 30-fold at least.

    At +-1 all couplings but those of order n cancel between parity and the uniform distribution.
    """
    found = gradient_variances("parity", [parity(4), parity(8)], seed=1, runs=200)
    found = found.query("component == 'coupling' and initialisation == 'training'")
    for _, pair in found.groupby("paulis"):
        small, large = pair.sort_values("n").itertuples()
        assert large.variance > small.variance
        assert large.target_variance < small.target_variance / 30


def test_table_is_of_its_kind(tmp_path):
    found = gradient_variances("parity", [parity(4), parity(5)], seed=1, runs=3)
    GRADIENT_VARIANCE.write(tmp_path / "found.csv", found)
    again = GRADIENT_VARIANCE.read(tmp_path / "found.csv")
    assert len(again) == 2 * len(PAULIS) * len(WIDTHS) * 3
    assert set(again.m) == {2}
    assert again.runs.unique().tolist() == [3]


def test_wrong_arguments_are_named():
    with pytest.raises(arguments.InvalidArgumentError, match="runs"):
        gradient_variances("parity", [parity(4)], seed=1, runs=2)
    with pytest.raises(arguments.InvalidArgumentError, match="target"):
        gradient_variances("parity", [2 * parity(4)], seed=1, runs=3)
