"""Chains, log Z and training from samples, against sums over all strings."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chisquare

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request, bit_strings
from spinlearn.learning.distributions import total_variation
from spinlearn.sqrbm import heat_bath
from spinlearn.sqrbm.model import KullbackLeibler, Machine, signs
from spinlearn.sqrbm.sampling import (
    Line,
    PersistentSettings,
    log_partition,
    log_partition_backward,
    log_weight,
    mean_gradient,
    product_fields,
    signs_of,
    tempered_sweep,
    train_persistent,
)
from spinlearn.sqrbm.training import Settings, train

FAMILIES = [Machine(5, 3, "Z"), Machine(5, 2, "XZ"), Machine(5, 3, "XYZ")]


def random_of(machine, scale=0.7, seed=0):
    return np.random.default_rng(seed).uniform(-scale, scale, machine.size)


def line_of(machine, theta, base=None):
    return Line(machine, theta, np.zeros(machine.n) if base is None else base)


def sweeps_of(machine, theta):
    """The ways to draw anew all units of chains, as functions of signs and random numbers."""
    line = line_of(machine, theta)
    ways = [line.sweep] + [line.block_sweep] * (machine.paulis == "Z")
    return [lambda s, rng, way=way: way(s, np.ones(len(s)), rng) for way in ways]


def exact_draws(machine, theta, count, rng):
    p = machine.probability(theta)
    return signs(machine.n)[rng.choice(len(p), size=count, p=p / p.sum())]


def index_of(s):
    return ((s < 0) @ (1 << np.arange(s.shape[1] - 1, -1, -1))).astype(int)


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_weights_and_gradients_are_those_of_the_sums(machine):
    """log f - log Z is the closed form of all strings; both phases together are its gradient."""
    theta, s = random_of(machine, 2.0), signs(5)
    log_f = log_weight(machine, theta, s)
    log_p = machine.log_probability(theta)
    np.testing.assert_allclose(log_f - logsumexp(log_f), log_p, atol=1e-12)
    q = np.random.default_rng(1).dirichlet(np.ones(32))
    found = mean_gradient(machine, theta, s, np.exp(log_p)) - mean_gradient(machine, theta, s, q)
    expected = KullbackLeibler(machine, q, 1)(theta[None]).gradient[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_chains_follow_the_distribution(machine):
    """Chi-squared of 4000 chains that began at one string; block and single draws agree with p."""
    theta, rng = random_of(machine), np.random.default_rng(2)
    for sweep in sweeps_of(machine, theta):
        s = np.ones((4000, 5))
        for _ in range(25):
            s = sweep(s, rng)
        found = np.bincount(index_of(s), minlength=32)
        assert chisquare(found, 4000 * machine.probability(theta)).pvalue > 1e-3


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_one_sweep_leaves_the_distribution_as_it_is(machine):
    """Chains that begin in p stay in p, with strong fields too."""
    theta, rng = random_of(machine, 2.0, 3), np.random.default_rng(4)
    p = machine.probability(theta)
    s = signs(5)[rng.choice(32, size=20_000, p=p / p.sum())]
    often = 20_000 * p >= 5
    expected = np.array([*p[often], p[~often].sum()])
    kept = expected > 0
    for sweep in sweeps_of(machine, theta):
        found = np.bincount(index_of(sweep(s, rng)), minlength=32)
        observed = np.array([*found[often], found[~often].sum()])
        wanted = expected[kept] * observed[kept].sum() / expected[kept].sum()
        assert chisquare(observed[kept], wanted).pvalue > 1e-3


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_chains_at_any_temperature_follow_their_machine(machine):
    """Chains at two beta in one call, against sums over the machines with these parameters."""
    base, rng = np.linspace(-0.5, 0.5, 5), np.random.default_rng(11)
    line, betas = line_of(machine, random_of(machine), base), np.array([0.3, 1.0])
    s, beta = np.ones((8000, 5)), np.repeat(betas, 4000)
    sweeps = [line.sweep] + [line.block_sweep] * (machine.paulis == "Z")
    for sweep in sweeps:
        for _ in range(25):
            s = sweep(s, beta, rng)
        for part, theta in zip((s[:4000], s[4000:]), line.parameters(betas), strict=True):
            found = np.bincount(index_of(part), minlength=32)
            assert chisquare(found, 4000 * machine.probability(theta)).pvalue > 1e-3


@pytest.mark.parametrize("machine", [Machine(3, 1100, "Z"), Machine(3, 2100, "XZ")], ids=str)
def test_hidden_units_may_be_many(machine):
    """2^1100 is no finite number, and hidden units in no field give such a factor to every weight.

    They change nothing, so that the means are those of independent visible units.
    """
    theta, rng = np.zeros(machine.size), np.random.default_rng(12)
    theta[:3] = [0.3, -0.7, 0.0]
    line = line_of(machine, theta)
    s = line.sweep(np.ones((3000, 3)), np.ones(3000), rng)
    np.testing.assert_allclose(s.mean(axis=0), -np.tanh(theta[:3]), atol=5 / np.sqrt(3000))


def test_tempered_chains_reach_every_mode():
    """Two strings with all the weight, all bits apart: single flips stay at one, exchanges do not.

    The fields of one hidden unit: +-4 on each of 6 visible units, 2 cosh of their sum.
    """
    machine = Machine(6, 1, "XZ")
    theta = np.zeros(machine.size)
    theta[-6:] = 4.0
    p = machine.probability(theta)
    assert p[[0, -1]].sum() > 0.99
    line, betas = line_of(machine, theta), np.linspace(0.0, 1.0, 12)
    rng = np.random.default_rng(9)
    plain, tempered = np.ones((800, 6)), np.ones((12, 800, 6))
    for _ in range(60):
        plain = line.sweep(plain, np.ones(800), rng)
        tempered = tempered_sweep(line, betas, tempered, rng)
    assert (index_of(plain) == 0).mean() > 0.95
    for level in (-1, 4):
        found = np.bincount(index_of(tempered[level]), minlength=64)
        expected = machine.probability(line.parameters(betas)[level])
        assert total_variation(found / 800, expected) < 0.15


@pytest.mark.parametrize("machine", [Machine(14, 6, "Z"), Machine(14, 4, "XYZ")], ids=str)
def test_histograms_of_long_strings_are_as_far_as_those_of_exact_draws(machine):
    """n = 14: the distance of 3000 chains to p, beside those of 30 sets of 3000 draws from p."""
    theta, rng = random_of(machine, 0.5, 6), np.random.default_rng(7)
    p = machine.probability(theta)
    draws = rng.multinomial(3000, p / p.sum(), size=30) / 3000
    expected = total_variation(draws, p)
    for sweep in sweeps_of(machine, theta):
        s = np.ones((3000, 14))
        for _ in range(40):
            s = sweep(s, rng)
        found = total_variation(np.bincount(index_of(s), minlength=2**14) / 3000, p)
        assert abs(found - expected.mean()) < 4 * expected.std()


@pytest.mark.parametrize(
    "machine",
    [Machine(12, 6, "Z"), Machine(12, 4, "XYZ"), Machine(14, 6, "Z"), Machine(14, 4, "XZ")],
    ids=str,
)
def test_log_partition_is_the_sum_within_its_error(machine):
    """12 repetitions: the mean deviation over the error of the mean stays below 4."""
    theta = random_of(machine, 0.5, 5)
    exact = logsumexp(log_weight(machine, theta, signs(machine.n)))
    found = [
        log_partition(machine, theta, np.random.default_rng(seed), chains=60, steps=60)
        for seed in range(12)
    ]
    values, errors = (np.array([getattr(x, name) for x in found]) for name in ("value", "error"))
    assert abs(values.mean() - exact) < 4 * np.sqrt((errors**2).sum()) / 12
    assert 0.4 < values.std(ddof=1) / errors.mean() < 2.5  # the error is what it says
    assert errors.max() < 0.2


@pytest.mark.parametrize("machine", [Machine(12, 6, "Z"), Machine(12, 4, "XYZ")], ids=str)
def test_log_partition_backward_is_the_sum_within_its_error(machine):
    """12 repetitions from exact draws: the mean deviation over its error stays below 4."""
    theta = random_of(machine, 0.5, 5)
    exact = logsumexp(log_weight(machine, theta, signs(12)))
    found = []
    for seed in range(12):
        s = exact_draws(machine, theta, 60, np.random.default_rng(seed))
        rng = np.random.default_rng(100 + seed)
        found.append(log_partition_backward(machine, theta, s, rng, steps=60))
    values, errors = (np.array([getattr(x, name) for x in found]) for name in ("value", "error"))
    assert abs(values.mean() - exact) < 4 * np.sqrt((errors**2).sum()) / 12
    assert 0.4 < values.std(ddof=1) / errors.mean() < 2.5
    assert errors.max() < 0.2


def test_annealing_back_shows_strings_that_annealing_missed():
    """A hidden qubit couples 12 bits: all 0 or all 1, and the base prefers the other ones.

    No chain turns over, so that the estimate is too low by many of its errors, which do not show
    it; strings of the machine annealed back give a value that is too high.
    """
    machine = Machine(12, 1, "XZ")
    theta = np.zeros(machine.size)
    theta[:12], theta[-12:] = -0.6, 3.0
    base, rng = np.ones(12), np.random.default_rng(0)
    exact = logsumexp(log_weight(machine, theta, signs(12)))
    forward = log_partition(machine, theta, rng, chains=200, steps=200, base=base)
    assert forward.value < exact - 100 * forward.error
    s = exact_draws(machine, theta, 200, rng)
    back = log_partition_backward(machine, theta, s, rng, steps=200, base=base)
    assert back.value > exact
    assert back.value - forward.value > 10 * np.hypot(back.error, forward.error)


@pytest.mark.parametrize(("paulis", "m"), [("Z", 12), ("XYZ", 4)])
def test_log_partition_of_a_trained_machine(paulis, m):
    """Bars and stripes of 3 x 4 bits, once learned: patterns that no single flips connect.

    8 repetitions: the mean deviation over the error of the mean stays below 4.
    """
    q, machine = patterns.bars_and_stripes(Request(n=12)).target(0), Machine(12, m, paulis)
    settings = Settings(250, 0.1, "decaying")
    fit = train(machine, q[None], settings, seed=1, runs=[0], dataset="bars_and_stripes")
    assert fit.tvd[0] < 0.2
    theta, base = fit.parameters[0], product_fields(signs(12), q)
    exact = logsumexp(log_weight(machine, theta, signs(12)))
    rngs = map(np.random.default_rng, range(8))
    found = [log_partition(machine, theta, rng, chains=60, steps=300, base=base) for rng in rngs]
    values, errors = (np.array([getattr(x, name) for x in found]) for name in ("value", "error"))
    assert abs(values.mean() - exact) < 4 * np.sqrt((errors**2).sum()) / 8
    assert errors.max() < 0.2


def test_base_of_independent_units_is_exact():
    """Without hidden fields and couplings all weights are equal: log Z has no error."""
    machine = Machine(6, 2, "XZ")
    theta = np.zeros(machine.size)
    theta[:6] = random_of(machine)[:6]
    found = log_partition(
        machine, theta, np.random.default_rng(0), chains=5, steps=3, base=theta[:6]
    )
    exact = logsumexp(log_weight(machine, theta, signs(6)))
    assert found.value == pytest.approx(exact, abs=1e-12)
    assert found.error < 1e-12


@pytest.mark.parametrize(("paulis", "m"), [("Z", 4), ("XZ", 2)])
def test_training_from_samples_learns(paulis, m):
    """A target whose strings are no islands: the exact KL is a tenth of independent units'."""
    q = Machine(6, 2, "XYZ").probability(random_of(Machine(6, 2, "XYZ"), 0.8, 8))
    machine = Machine(6, m, paulis)
    settings = PersistentSettings(Settings(400, 0.05, "decaying"), chains=300)
    found = [
        train_persistent(machine, bit_strings(6), settings, seed=1, weights=q).parameters
        for settings in (settings, replace(settings, training=Settings(0, 0.05)))
    ]
    after, before = KullbackLeibler(machine, q, 2)(np.stack(found)).kl
    assert after < 0.1 * before


def test_tempering_trains_separate_strings():
    """Bars, n = 6: five strings that no chain of single flips connects once they are learned."""
    q = patterns.bars(Request(n=6)).target(0)
    machine = Machine(6, 5, "Z")
    plain = PersistentSettings(Settings(250, 0.05, "decaying"), chains=60)
    distances = [
        total_variation(machine.probability(result.parameters), q)
        for result in (
            train_persistent(machine, bit_strings(6), settings, seed=1, weights=q)
            for settings in (plain, replace(plain, levels=6))
        )
    ]
    assert distances[0] > 0.5
    assert distances[1] < 0.3


def test_batches_follow_the_weights_of_strings():
    """Batches of 5 of 64 strings: the mean gradient is that of all, so training learns as well."""
    q = Machine(6, 2, "XYZ").probability(random_of(Machine(6, 2, "XYZ"), 0.8, 8))
    machine = Machine(6, 2, "XZ")
    settings = PersistentSettings(Settings(600, 0.03, "decaying"), chains=100, batch=5)
    found = train_persistent(machine, bit_strings(6), settings, seed=1, weights=q).parameters
    start = train_persistent(
        machine, bit_strings(6), replace(settings, training=Settings(0, 0.05)), seed=1, weights=q
    ).parameters
    after, before = KullbackLeibler(machine, q, 2)(np.stack([found, start])).kl
    assert after < 0.25 * before


def test_exponentials_of_the_kernel_are_exact_to_rounding():
    """Against NumPy's: eight squarings multiply the rounding, 1e-16, by 256.

    Below e^-40 nothing is left that a sum with 1 could notice.
    """
    x = np.concatenate([np.linspace(0.0, 40.0, 500), [60.0, 1e3, 1e300]])
    found = np.array([heat_bath._decay(value) for value in x])
    np.testing.assert_allclose(1.0 + found, 1.0 + np.exp(-x), rtol=0, atol=1e-13)
    np.testing.assert_allclose(found[:500], np.exp(-x[:500]), rtol=1e-12)


def test_training_from_samples_takes_long_strings():
    """n = 40, beyond any sum over strings: pairs of equal bits are more probable than others."""
    half = np.random.default_rng(6).integers(2, size=(200, 20))
    machine = Machine(40, 6, "XZ")
    settings = PersistentSettings(Settings(25, 0.05), chains=20)
    results = [
        train_persistent(machine, np.hstack([half, half]), settings, seed=1, run=run)
        for run in (0, 0, 1)
    ]
    np.testing.assert_array_equal(results[0].parameters, results[1].parameters)
    assert (results[0].parameters != results[2].parameters).all()
    s = signs_of(np.hstack([half, half]))
    other = signs_of(np.hstack([half, 1 - half]))
    theta = results[0].parameters
    assert log_weight(machine, theta, s).mean() > log_weight(machine, theta, other).mean()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda m, t, r: log_partition(m, t[1:], r), "theta: has the shape"),
        (lambda m, t, r: log_partition(m, t, r, chains=1), "chains: must be"),
        (lambda m, t, r: log_partition(m, t, r, steps=0), "steps: must be"),
        (lambda m, t, r: log_partition(m, t, r, base=np.ones(4)), "base: has the shape"),
        (lambda m, t, r: log_partition_backward(m, t, np.ones((3, 4)), r), "s: has the shape"),
        (lambda m, t, r: log_partition_backward(m, t, np.ones((1, 5)), r), "samples: must be"),
        (lambda m, t, r: PersistentSettings(Settings(1, 0.1), sweeps=0), "sweeps: must be"),
        (lambda m, t, r: PersistentSettings(Settings(1, 0.1), levels=0), "levels: must be"),
        (lambda m, t, r: PersistentSettings(Settings(1, 0.1), batch=-1), "batch: must be"),
        (lambda m, t, r: signs_of(np.array([[0, 2]])), "strings: holds 2"),
    ],
)
def test_wrong_arguments_are_named(make, words):
    machine = FAMILIES[1]
    with pytest.raises(InvalidArgumentError, match=words):
        make(machine, random_of(machine), np.random.default_rng(0))
