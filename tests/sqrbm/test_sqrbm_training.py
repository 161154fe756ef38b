"""Training: the optimiser against torch, streams keyed by run, and learning itself."""

import logging

import numpy as np
import pytest

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.learning.distributions import total_variation
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.sqrbm.amsgrad import Amsgrad
from spinlearn.sqrbm.choices import DATASETS
from spinlearn.sqrbm.model import KullbackLeibler, Machine
from spinlearn.sqrbm.training import Settings, descend, initial_parameters, train
from spinlearn.storage.checkpoints import Checkpoint

ROOT = 20261120


def target_of(dataset, n):
    return getattr(patterns, dataset)(Request(n=n)).target(0)


def trained_on(dataset, machine, settings, runs=range(4), checkpoint=None):
    data = getattr(patterns, dataset)(Request(n=machine.n, seed=ROOT, runs=runs))
    target = np.stack([data.target(run) for run in ([0] if data.runs is None else runs)])
    return train(
        machine, target, settings, seed=ROOT, runs=runs, checkpoint=checkpoint, dataset=dataset
    )


def initial_of(machine, dataset="bars", seed=ROOT, runs=range(3)):
    return initial_parameters(machine, seed, runs, dataset=dataset)


@pytest.mark.parametrize("learning_rate", [0.1, 1e-3])
def test_amsgrad_follows_torch(learning_rate):
    """Independent route: torch.optim.Adam(amsgrad=True) in float64 on the same gradients."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 7))
    # gradients that shrink, so that the running maximum differs from the running mean
    gradients = rng.normal(size=(200, 3, 7)) * np.exp(-np.arange(200) / 40)[:, None, None]
    theirs = torch.nn.Parameter(torch.tensor(start))
    optimiser = torch.optim.Adam([theirs], lr=learning_rate, amsgrad=True)
    ours, mine = start.copy(), Amsgrad(start.shape, learning_rate)
    plain = torch.nn.Parameter(torch.tensor(start))
    without = torch.optim.Adam([plain], lr=learning_rate)
    for gradient in gradients:
        for parameter, stepper in ((theirs, optimiser), (plain, without)):
            parameter.grad = torch.tensor(gradient)
            stepper.step()
        mine.step(ours, gradient)
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-14)
    assert np.abs(ours - plain.detach().numpy()).max() > 1e-2 * learning_rate  # the maximum bites


def test_runs_no_better_than_guessing_are_named_and_kept(caplog):
    """Parity without learning: KL(q||uniform) = ln 2, since q is uniform on half of the strings."""
    machine = Machine(4, 1, "Z")
    with caplog.at_level(logging.WARNING, "spinlearn.sqrbm"):
        result = trained_on("parity", machine, Settings(1, 1e-12))
        learned = trained_on("bars", Machine(4, 8, "XZ"), Settings(200, 0.05))
    count = int((result.kl > 0.99 * np.log(2)).sum())
    assert count > 0
    assert len(result.run) == 4
    assert learned.kl.max() < 0.5
    assert caplog.messages == [
        f"parity, n = 4, Z, m = 1: {count} of 4 runs end no better than guessing (uniform "
        "distribution). Try other starts, more iterations or another learning rate."
    ]


def test_machines_worse_than_guessing_are_left_out(caplog):
    """The uniform distribution as target, of which guessing knows all, with steps of order 100."""
    machine, q = Machine(4, 2, "XZ"), np.full((1, 16), 1 / 16)
    about = {"seed": ROOT, "runs": range(3), "dataset": "wild"}
    train(machine, q, Settings(99, 100.0), **about)
    train(machine, q, Settings(100, 0.1), **about)
    result = train(machine, q, Settings(100, 100.0), **about)
    worse = result.kl_best > 0.01
    assert worse.any()
    assert (np.isnan(result.parameters).all(axis=1) == worse).all()
    assert (np.isnan(result.probability).any(axis=1) == worse).all()
    names = ", ".join(map(str, np.flatnonzero(worse)))
    assert f"worse than guessing: {names}. Try other starts" in caplog.text


def test_decaying_steps_keep_what_was_learned():
    """Bars, n = 6, {X,Z}, m = 16: the paper's optimiser loses a target late, the other does not.

    The distance where the divergence was lowest is small with both.
    """
    results = {
        name: trained_on("bars", Machine(6, 16, "XZ"), Settings(400, 0.1, name), range(6))
        for name in ("constant", "decaying")
    }
    assert results["constant"].tvd.max() > 0.2
    assert results["decaying"].tvd.max() < 0.01
    assert all(result.tvd_best.max() < 0.01 for result in results.values())
    first_half = [result.kl_history[:, :201] for result in results.values()]
    np.testing.assert_array_equal(*first_half)


def test_decaying_steps_are_those_of_torch():
    """Independent route: torch's AMSGRAD with its LambdaLR."""
    torch = pytest.importorskip("torch")
    machine, q = Machine(4, 2, "XZ"), target_of("cardinality", 4)
    initial = initial_of(machine, "cardinality")
    theta = torch.nn.Parameter(torch.tensor(initial))
    optimiser = torch.optim.Adam([theta], lr=0.1, amsgrad=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda t: min(1.0, 2 * (1 - t / 40)))
    objective = KullbackLeibler(machine, q, 3)
    for _ in range(40):
        theta.grad = torch.tensor(objective(theta.detach().numpy()).gradient)
        optimiser.step()
        schedule.step()
    result = descend(machine, q, initial, Settings(40, 0.1, "decaying"))
    np.testing.assert_allclose(result.parameters, theta.detach().numpy(), rtol=1e-9)


def test_best_distance_belongs_to_the_lowest_divergence():
    result = trained_on("bars", Machine(6, 8, "XZ"), Settings(150, 0.1))
    both = np.column_stack([result.kl_history, result.kl])
    np.testing.assert_allclose(result.kl_best, both.min(axis=1), rtol=1e-9)
    p = Machine(6, 8, "XZ").probability(result.parameters)
    np.testing.assert_allclose(result.probability, p, rtol=1e-12)
    np.testing.assert_allclose(result.tvd_best, total_variation(p, result.target))
    assert (result.steps == 150).all()


def test_run_stops_when_its_divergence_no_longer_falls():
    """Each run by itself; until then, and beside other runs, it is the run without a stop."""
    machine = Machine(6, 16, "XZ")
    whole = trained_on("bars", machine, Settings(300, 0.1))
    stopped, alone = (
        trained_on("bars", machine, Settings(300, 0.1, patience=10), runs)
        for runs in (range(4), [2])
    )
    assert len(set(stopped.steps)) > 1
    assert stopped.steps.min() < 300
    for name in ("steps", "parameters", "kl_history", "tvd", "tvd_best"):
        np.testing.assert_array_equal(getattr(alone, name)[0], getattr(stopped, name)[2])
    for run, steps in enumerate(stopped.steps):
        before = slice(0, steps + 1)
        np.testing.assert_array_equal(
            stopped.kl_history[run, before], whole.kl_history[run, before]
        )
        assert (stopped.kl_history[run, steps:] == stopped.kl[run]).all()
        if steps < 300:
            past = whole.kl_history[run, steps - 10 : steps + 1]
            assert past.min() >= past[0] - 1e-6


def test_training_is_gradient_steps_of_the_objective():
    """The history and the result against a loop written out here, with torch's optimiser."""
    torch = pytest.importorskip("torch")
    machine = Machine(4, 2, "XZ")
    q = target_of("cardinality", 4)
    initial = initial_of(machine, "cardinality")
    result = descend(machine, q, initial, Settings(40, 0.1))
    theta = torch.nn.Parameter(torch.tensor(initial))
    optimiser = torch.optim.Adam([theta], lr=0.1, betas=(0.9, 0.999), amsgrad=True)
    objective = KullbackLeibler(machine, q, 3)
    for step in range(40):
        value = objective(theta.detach().numpy())
        np.testing.assert_allclose(result.kl_history[:, step], value.kl, rtol=1e-9)
        theta.grad = torch.tensor(value.gradient)
        optimiser.step()
    np.testing.assert_allclose(result.parameters, theta.detach().numpy(), rtol=1e-9)
    p = machine.probability(result.parameters)
    np.testing.assert_allclose(result.probability, p, rtol=1e-12)
    np.testing.assert_allclose(result.tvd, total_variation(p, q), rtol=1e-12)
    np.testing.assert_allclose(result.tvd_uniform, total_variation(p, np.full(16, 1 / 16)))
    assert initial.max() < 1.0  # the caller's array is left alone


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("paulis", ["Z", "XZ", "XYZ"])
def test_training_lowers_the_divergence(dataset, paulis):
    result = trained_on(dataset, Machine(6, 3, paulis), Settings(150, 0.1))
    assert (result.kl < 0.7 * result.kl_history[:, 0]).all()
    # Pinsker's inequality holds at the end of every run
    assert (result.tvd <= np.sqrt(result.kl / 2) + 1e-12).all()
    assert result.target.shape == (4 if dataset == "random" else 1, 64)


def test_a_run_does_not_depend_on_the_runs_beside_it():
    """Bit for bit: adding runs leaves earlier ones alone, and runs may be trained apart."""
    machine = Machine(8, 5, "XYZ")
    few, many, apart = (
        trained_on("random", machine, Settings(200, 0.1), runs)
        for runs in (range(2), range(7), [5])
    )
    for name in ("target", "parameters", "kl_history", "tvd", "probability"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:2])
        np.testing.assert_array_equal(getattr(apart, name), getattr(many, name)[5:6])


def test_streams_are_keyed_by_meaning():
    first = initial_of(Machine(6, 3, "XZ"), runs=[0, 1])
    assert np.abs(first).max() < 1.0
    assert not np.array_equal(first[0], first[1])
    others = (
        initial_of(Machine(6, 3, "YZ"), runs=[0]),
        initial_of(Machine(6, 3, "XZ"), "parity", runs=[0]),
        initial_of(Machine(6, 3, "XZ"), seed=ROOT + 1, runs=[0]),
    )
    assert all(not np.array_equal(first[0], other[0]) for other in others)
    np.testing.assert_array_equal(initial_of(Machine(6, 3, "XZ"), runs=[1, 0]), first[::-1])


def test_initial_parameters_are_uniform():
    """Kolmogorov and Smirnov on 13900 numbers; false alarm 1e-6, and the seed is fixed."""
    from scipy.stats import kstest

    drawn = initial_of(Machine(10, 20, "XYZ"), seed=1, runs=range(20)).ravel()
    assert kstest(drawn, "uniform", args=(-1, 2)).pvalue > 1e-6


def test_each_run_learns_its_own_target():
    machine, runs = Machine(8, 1, "XZ"), range(3)
    result = trained_on("random", machine, Settings(20, 0.1), runs)
    assert len({row.tobytes() for row in result.target}) == 3
    p = result.probability
    np.testing.assert_allclose(result.tvd_best, total_variation(p, result.target))
    shared = trained_on("bars", machine, Settings(20, 0.1), runs)
    repeated = np.repeat(shared.target, 3, axis=0)
    again = train(machine, repeated, Settings(20, 0.1), seed=ROOT, runs=runs, dataset="bars")
    np.testing.assert_array_equal(again.parameters, shared.parameters)


@pytest.mark.parametrize(("paulis", "m"), [("Z", 6), ("XZ", 4), ("XYZ", 4)])
def test_parity_can_be_learned(paulis, m):
    """n = 4 with plenty of hidden units: the best of six fixed runs learns it to 1 per cent."""
    result = trained_on("parity", Machine(4, m, paulis), Settings(800, 0.1), range(6))
    assert result.tvd.min() < 0.01
    assert np.median(result.tvd) < 0.2


def test_too_few_hidden_units_leave_parity_at_the_uniform_distribution():
    """Correlations of fewer than n units do not show parity: runs stick, and are counted."""
    result = trained_on("parity", Machine(6, 1, "Z"), Settings(400, 0.1))
    assert result.stuck.all()
    np.testing.assert_allclose(result.tvd, 0.5, atol=0.02)
    learned = trained_on("bars", Machine(4, 4, "XZ"), Settings(400, 0.1))
    assert not learned.stuck.any()


def test_more_paulis_learn_more_with_as_many_hidden_units():
    """Demidik 2025, figure 2, in small: cardinality, n = 6, m = 3.

    Gaps of 0.3 against a spread of 0.01.
    """
    tvd = {
        paulis: trained_on("cardinality", Machine(6, 3, paulis), Settings(500, 0.1)).tvd.mean()
        for paulis in ("Z", "XZ", "XYZ")
    }
    assert tvd["Z"] > 0.4 > 0.1 > tvd["XZ"] > tvd["XYZ"]


class Killed(Exception):
    """Stands for a job that is killed."""


def trained(path, runs=range(3), iterations=60, key="a", interval=0.0):
    """A training that keeps a checkpoint after every step."""
    checkpoint = None if path is None else Checkpoint(path, key, interval)
    return trained_on(
        "cardinality", Machine(8, 5, "XZ"), Settings(iterations, 0.1), runs, checkpoint
    )


@pytest.fixture
def killed(tmp_path, monkeypatch):
    """The checkpoint of a training that was killed in its 41st step."""
    path = tmp_path / ".0000.h5.checkpoint"
    calls = []

    def deadly(self, theta):
        calls.append(theta)
        if len(calls) > 40:
            raise Killed
        return whole(self, theta)

    whole = KullbackLeibler.__call__
    monkeypatch.setattr(KullbackLeibler, "__call__", deadly)
    with pytest.raises(Killed):
        trained(path)
    monkeypatch.setattr(KullbackLeibler, "__call__", whole)
    return path


def test_resumed_training_equals_an_uninterrupted_one(killed, caplog):
    """Bit for bit: parameters, history and what is derived from them."""
    with caplog.at_level(logging.INFO):
        resumed = trained(killed)
    assert resumed.resumed_from == 40
    assert "resuming after step 40 of 60" in caplog.text
    expected = trained(None)
    assert expected.resumed_from == 0
    names = ("parameters", "kl_history", "kl", "tvd", "tvd_uniform", "stuck", "probability")
    for name in (*names, "kl_best", "tvd_best", "steps"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(expected, name))


def test_checkpoint_of_another_training_is_ignored(killed, caplog):
    assert trained(killed, key="b").resumed_from == 0
    assert "other parameters" in caplog.text


@pytest.mark.parametrize("changes", [{"iterations": 20}, {"runs": range(4)}])
def test_checkpoint_that_does_not_fit_is_ignored(killed, caplog, changes):
    """A caller of the library may give one key to different trainings."""
    again = trained(killed, **changes)
    assert again.resumed_from == 0
    assert "(40 steps of 3 runs with 98 parameters) does not fit" in caplog.text
    np.testing.assert_array_equal(again.parameters, trained(None, **changes).parameters)


def test_damaged_checkpoint_is_ignored(killed, caplog):
    content = bytearray(killed.read_bytes())
    content[len(content) // 2] ^= 1
    killed.write_bytes(bytes(content))
    again = trained(killed)
    assert again.resumed_from == 0
    assert "not an intact checkpoint" in caplog.text
    np.testing.assert_array_equal(again.parameters, trained(None).parameters)


def test_no_checkpoint_before_its_interval(tmp_path):
    trained(tmp_path / "checkpoint", interval=1000.0)
    assert not (tmp_path / "checkpoint").exists()


def test_arrays_that_do_not_fit_the_machine_are_refused():
    machine = Machine(4, 2, "Z")
    q = target_of("bars", 4)
    initial = initial_of(machine)
    with pytest.raises(InvalidArgumentError, match=r"initial: .*takes 14 per run"):
        descend(machine, q, initial[:, 1:], Settings(2, 0.1))
    for target in (q[:8], np.stack([q, q])):
        with pytest.raises(InvalidArgumentError, match=r"target: .*takes 16 probabilities"):
            descend(machine, target, initial, Settings(2, 0.1))


def test_divergence_is_reported_not_returned():
    machine = Machine(4, 2, "Z")
    initial = initial_of(machine, runs=[0])
    with (
        np.errstate(all="ignore"),
        pytest.raises(NotConvergedError, match=r"learning rate below 1e\+200"),
    ):
        descend(machine, target_of("bars", 4), initial, Settings(3, 1e200))
