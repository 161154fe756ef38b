"""Machines trained and tested on samples, against sums over all strings; their files."""

from dataclasses import replace

import numpy as np
import pytest

from spinlearn.arguments import InvalidArgumentError
from spinlearn.config import load as load_config
from spinlearn.datasets import images, patterns
from spinlearn.datasets.strings import Request, from_samples
from spinlearn.pipeline.errors import ConfigError, NotConvergedError
from spinlearn.sqrbm.long_strings import Annealing, Division, divided, learn, load, save
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.sampling import PersistentSettings
from spinlearn.sqrbm.training import Settings

SHORT = PersistentSettings(Settings(60, 0.05, "decaying"), chains=40, batch=30)
PRECISE = Annealing(chains=300, steps=60)
MACHINE = Machine(6, 2, "Z")


def samples(count=200):
    """Samples of bars and stripes, n = 6."""
    q = patterns.bars_and_stripes(Request(n=6))
    drawn = np.random.default_rng(1).choice(len(q.strings), size=count, p=q.probability[0])
    return from_samples(q.strings[drawn], "samples")


def fitted(data, machine, runs=(0, 1), annealing=PRECISE):
    return learn(machine, data, SHORT, annealing, seed=1, runs=runs, dataset="made_up")


def mean_log_p(machine, theta, strings, weights):
    """By the sum over all strings."""
    index = strings.astype(int) @ (1 << np.arange(machine.n - 1, -1, -1))
    return weights @ machine.log_probability(theta)[index]


def test_a_fifth_of_samples_is_held_out():
    strings = images.digits_pixels(Request(n=64))
    data = divided(strings, 1, "digits_pixels")
    assert (len(data.train), len(data.test)) == (1438, 359)
    both = np.concatenate([data.train, data.test])
    np.testing.assert_array_equal(np.sort(both, axis=0), np.sort(strings.strings, axis=0))
    assert (data.test != divided(strings, 2, "digits_pixels").test).any()
    assert np.isnan(data.best)


def test_a_distribution_is_tested_as_a_whole():
    """Bars and stripes: rows or columns, log 2, then 4 or 16 bits; two patterns are both."""
    data = divided(patterns.all_bars_and_stripes_4x16(Request(n=64)), 1, "any")
    assert data.is_exact
    assert data.best == pytest.approx(-11 * np.log(2), abs=2e-4)
    assert data.independent() == pytest.approx(-64 * np.log(2), abs=1e-9)


def test_independent_bits_never_give_probability_zero():
    """Of 160 strings learned, all with bit 0 set, the bit has the probability 161/162."""
    bits = np.random.default_rng(2).integers(2, size=(200, 6)).astype(np.uint8)
    bits[:, 0] = 1
    data = divided(from_samples(bits, "samples"), 1, "any")
    p = (data.train.sum(axis=0) + 1) / 162
    expected = np.log(np.where(data.test == 1, p, 1 - p)).sum(axis=1).mean()
    assert data.independent() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("machine", [Machine(6, 4, "Z"), Machine(6, 2, "XYZ")], ids=str)
def test_log_likelihoods_are_those_of_the_sums(machine):
    """Within five standard errors of log Z, which are below 0.05."""
    data = divided(samples(), 1, "any")
    found = fitted(data, machine)
    assert found.log_z_error.max() < 0.05
    for run, theta in enumerate(found.parameters):
        exact = mean_log_p(machine, theta, data.test, data.test_weights)
        trained = mean_log_p(machine, theta, data.train, data.train_weights)
        limit = 5 * found.log_z_error[run] + 1e-9
        assert abs(found.log_likelihood[run] - exact) < limit
        assert abs(found.train_log_likelihood[run] - trained) < limit
    gap = found.log_z_backward - found.log_z
    assert (abs(gap) < 5 * np.hypot(found.log_z_error, found.log_z_backward_error)).all()
    assert (gap != 0).all()
    means = found.string_log_likelihood.mean(axis=1)
    np.testing.assert_allclose(means, found.log_likelihood, atol=1e-9)


def test_training_raises_the_log_likelihood_above_independent_bits():
    data = divided(patterns.bars_and_stripes(Request(n=6)), 1, "any")
    found = fitted(data, Machine(6, 4, "XZ"))
    assert (found.log_likelihood > data.independent() + 0.1).all()
    assert (found.log_likelihood < data.best).all()


def test_machines_worse_than_guessing_are_refused():
    """They learn strings of ones, and are tested on strings of zeros."""
    ones, half = np.ones((2, 6), dtype=np.uint8), np.full(2, 0.5)
    data = Division(ones, half, 1 - ones, half, is_exact=False)
    few, many = (replace(SHORT, training=Settings(steps, 0.05)) for steps in (299, 300))
    about = {"seed": 1, "runs": [0], "dataset": "made_up"}
    assert learn(MACHINE, data, few, PRECISE, **about).log_likelihood < -20
    with pytest.raises(NotConvergedError, match=r"(?s)made_up, .* 1 of 1 runs .* has 4\.159"):
        learn(MACHINE, data, many, PRECISE, **about)


def test_a_run_does_not_depend_on_others():
    data, machine = divided(samples(), 1, "any"), Machine(6, 2, "XZ")
    both, one = fitted(data, machine), fitted(data, machine, runs=[1])
    np.testing.assert_array_equal(both.parameters[1], one.parameters[0])
    assert both.log_z[1] == one.log_z[0]


@pytest.mark.parametrize("is_exact", [True, False])
def test_files_hold_what_was_saved(tmp_path, is_exact):
    """Two blocks, joined by `load`; the parameters give the log-likelihood by sums."""
    strings = patterns.bars_and_stripes(Request(n=6)) if is_exact else samples()
    data, machine = divided(strings, 1, "any"), Machine(6, 2, "XYZ")
    results = [fitted(data, machine, runs=[run]) for run in (0, 1)]
    paths = [tmp_path / f"000{run}.h5" for run in (0, 1)]
    for path, result in zip(paths, results, strict=True):
        save(path, result, data, {"dataset": "made_up", "source": "here"})
    (found,) = load(paths)
    assert found["run"].tolist() == [0, 1]
    assert found.attributes["parameter_count"] == machine.size
    assert ("string_log_likelihood" in found) == (not is_exact)
    assert np.isfinite(found["best"]) == is_exact
    assert found["data"].shape[1] == 6
    assert set(np.unique(found["samples"])) <= {0, 1}
    np.testing.assert_array_equal(found["coupling"][1], machine.unpack(results[1].parameters[0])[2])
    expected = [result.log_likelihood[0] for result in results]
    np.testing.assert_array_equal(found["log_likelihood"], expected)


def test_what_cannot_be_divided_is_refused():
    with pytest.raises(InvalidArgumentError, match="data: has a draw per run"):
        divided(patterns.random(Request(n=6, seed=1, runs=range(2))), 1, "any")
    with pytest.raises(InvalidArgumentError, match="data: has 9 samples; at least 10"):
        divided(samples(9), 1, "any")


def test_what_cannot_be_learned_is_refused_by_the_configuration():
    with pytest.raises(ConfigError, match=r"sqrbm\.long\.datasets: random is drawn anew"):
        load_config({"sqrbm": {"long": {"datasets": ["random"], "n": [6]}}})
    with pytest.raises(ConfigError, match=r"sqrbm\.long\.tempered: 'bats' is no data set"):
        load_config({"sqrbm": {"long": {"tempered": ["bats"]}}})
    with pytest.raises(ConfigError, match=r"sqrbm\.long\.runs: must be a multiple"):
        load_config({"sqrbm": {"long": {"runs": 3, "block": 2}}})
