"""Training by quenches: the algorithm step by step, reproducibility, replay, resumption."""

import logging
from dataclasses import fields as dataclass_fields
from dataclasses import replace

import numpy as np
import pytest

from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm import training
from spinlearn.hbm.loss import MaximumMeanDiscrepancy, kernel_matrix
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.training import Settings, replay, train, train_run
from spinlearn.spins.evolution import evolve_by_eigendecomposition
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import rng

TARGET = parity(Request(n=4)).target(0)
SETTINGS = Settings(h=4.0, quenches=6, candidates=20)
MACHINE = born_machine(4, 2, quench_time=3.0)
DRIVEN = born_machine(4, 0, quench_time=3.0, drive_strength=0.05, drive_time=0.8)

TILTED = born_machine(4, 2, quench_time=1.0, operators="pauli", J_zz=0.5, J2=0.2, h_x=0.3)
"""Without conserved S^z."""

IN_PLANE = born_machine(
    3, 1, hidden_sites="spread", quench_time=1.0, drive_strength=0.3, drive_time=0.6,
    drive_variance="2D/tau", drive_plane="xy",
)  # fmt: skip
UNEVEN = np.random.default_rng(2).dirichlet(np.full(16, 0.3))
"""A target that quenches from |+> soon approach; from the uniform distribution, parity is hard."""

CONTROLS = [
    {"acceptance": "if_lower"},
    {"search": "single"},
    {"search": "single", "acceptance": "if_lower"},
]


def trained(settings=SETTINGS, machine=MACHINE, runs=4, seed=5, checkpoint=None):
    return train(
        machine, TARGET[None], settings, seed=seed, runs=range(runs), checkpoint=checkpoint
    )


def assert_same(one, two, quenches=None):
    """Bit for bit, up to the first `quenches` quenches."""
    for field in dataclass_fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if quenches is not None:
            if field.name in ("run", "last_distribution", "lowest_quench", "model_distribution"):
                continue
            if field.name not in ("initial_state", "initial_loss"):
                a, b = a[:quenches], b[:quenches]
        assert np.array_equal(a, b, equal_nan=True), field.name


def test_runs_no_better_than_guessing_are_named_and_kept(caplog):
    """Quenches too short to change the uniform distribution of |+>; then some that learn."""
    still = born_machine(4, 2, quench_time=1e-6)
    with caplog.at_level(logging.WARNING, "spinlearn.hbm"):
        result = trained(machine=still)
        train(MACHINE, UNEVEN, SETTINGS, seed=5, runs=range(2))
    assert len(result.runs) == 4
    assert caplog.messages == [
        "training, h = 4: 4 of 4 runs end no better than guessing (uniform distribution). "
        "Try another h or initial state, or more quenches, candidates or budget."
    ]


def test_a_model_is_no_worse_than_guessing_though_its_last_state_is():
    """Parity in the thermal phase; guessing has the loss of |+>, with which the run begins."""
    result = trained(replace(SETTINGS, h=0.5, quenches=20)).runs
    guess = float(MaximumMeanDiscrepancy(TARGET)(np.full(16, 1 / 16)))
    assert max(run.loss[-1] for run in result) > 1.05 * guess
    for run in result:
        loss = float(MaximumMeanDiscrepancy(TARGET)(run.model_distribution))
        assert loss <= guess + 1e-12
        assert loss == pytest.approx(min(run.initial_loss, run.loss.min()), rel=1e-9)


def test_models_worse_than_guessing_are_left_out(caplog):
    """From a random product state run 3 does not find parity; its history is a result."""
    settings = replace(SETTINGS, initial_state="random_product", quenches=20)
    odd = (np.bitwise_count(np.arange(16)) % 2) / 8
    runs = train(MACHINE, odd[None], settings, seed=5, runs=range(4), task="odd").runs
    loss = MaximumMeanDiscrepancy(odd)
    guess = float(loss(np.full(16, 1 / 16)))
    assert min(runs[3].initial_loss, runs[3].loss.min()) > 1.05 * guess
    assert np.isnan(runs[3].model_distribution).all()
    assert np.isfinite(runs[3].last_distribution).all()
    for run in runs[:3]:
        lowest = min(run.initial_loss, run.loss.min())
        assert loss(run.model_distribution) == pytest.approx(lowest, rel=1e-9)
    (line,) = (text for text in caplog.messages if "left out" in text)
    assert line == (
        "training, task = odd, h = 4: left out the models of 1 of 4 runs, which are worse than "
        "guessing: 3. Try another h or initial state, or more quenches, candidates or budget."
    )


def test_a_run_without_its_model_goes_on():
    """To the same numbers as a training with all quenches."""
    settings = replace(SETTINGS, initial_state="random_product", quenches=20)
    odd, stream = (np.bitwise_count(np.arange(16)) % 2) / 8, {"seed": 5, "runs": range(4)}
    short = train(MACHINE, odd[None], settings, **stream, task="odd")
    assert np.isnan(short.runs[3].model_distribution).all()
    longer = replace(settings, quenches=40)
    whole = train(MACHINE, odd[None], longer, **stream, task="odd")
    for one, two in zip(
        whole.runs,
        train(MACHINE, odd[None], longer, **stream, task="odd", start=short).runs,
        strict=True,
    ):
        assert_same(one, two)


def test_models_are_judged_after_a_warm_up(caplog):
    """From a Neel state without hidden spins no string leaves its sector, and the target has
    others."""
    alone, neel = born_machine(4, 0, quench_time=3.0), replace(SETTINGS, initial_state="neel")
    odd = np.zeros(16)
    odd[[1, 2, 4, 8]] = 0.25
    few = train(alone, odd[None], neel, seed=5, runs=range(2))
    assert np.isfinite([run.model_distribution for run in few.runs]).all()
    many = train(alone, odd[None], replace(neel, quenches=20), seed=5, runs=range(2))
    assert np.isnan([run.model_distribution for run in many.runs]).all()
    assert "the models of 2 of 2 runs, which are worse than guessing: 0, 1." in caplog.text


@pytest.mark.parametrize("machine", [MACHINE, DRIVEN])
def test_each_quench_keeps_the_candidate_of_lowest_loss(machine):
    """By hand: the same streams, one candidate at a time, the loss by the kernel's double sum."""
    result = train_run(machine, TARGET, SETTINGS, 7, 2, task="parity")
    loss = MaximumMeanDiscrepancy(TARGET)
    psi = machine.initial_state("plus")
    assert result.initial_loss == loss(machine.distribution(psi))
    key = {"task": "parity", "h": "4.00", "run": 2}
    for m in range(SETTINGS.quenches):
        drawn = rng(7, "hbm", "fields", **key, quench=m).uniform(-4, 4, (20, machine.L))
        noise = machine.draw_drives(20, rng(7, "hbm", "drive", **key, quench=m))
        states = [
            machine.quench(psi, drawn[n : n + 1], None if noise is None else noise[n : n + 1])[0]
            for n in range(20)
        ]
        losses = [float(loss(machine.distribution(state))) for state in states]
        best = int(np.argmin(losses))
        psi = states[best]
        assert np.array_equal(result.fields[m], drawn[best])
        assert result.loss[m] == pytest.approx(losses[best], rel=1e-12)
        if noise is not None:
            assert np.array_equal(result.drives[m], noise[best])
    p = result.last_distribution
    assert np.abs(p - machine.distribution(psi)).max() < 1e-13
    assert result.fidelity[-1] == pytest.approx(np.sqrt(p * TARGET).sum() ** 2, abs=1e-13)


def losses_of(machine, target, psi, seed, run, quench, settings=SETTINGS):
    """Losses of all candidates of a quench that starts in psi, by eigendecomposition."""
    key = {"h": f"{settings.h:.2f}", "run": run, "quench": quench}
    shape = (settings.candidates, machine.L)
    drawn = rng(seed, "hbm", "fields", **key).uniform(-settings.h, settings.h, shape)
    diagonals = machine.chain.diagonal(drawn)
    found = evolve_by_eigendecomposition(machine.family, diagonals, psi, machine.quench_time)
    p = machine.distribution(found.states)
    return ((p - target) @ kernel_matrix(machine.visible) * (p - target)).sum(axis=1)


@pytest.mark.parametrize("acceptance", ["always", "if_lower"])
def test_single_search_keeps_the_best_of_all_single_quenches(acceptance):
    """All M N single quenches by eigendecomposition, with the dense kernel."""
    settings = replace(SETTINGS, search="single", acceptance=acceptance)
    result = train_run(MACHINE, UNEVEN, settings, 7, 2)
    psi = MACHINE.initial_state("plus")
    losses = [losses_of(MACHINE, UNEVEN, psi, 7, 2, m).min() for m in range(6)]
    if acceptance == "if_lower":
        losses[0] = min(losses[0], result.initial_loss)
    assert np.abs(result.loss - np.minimum.accumulate(losses)).max() < 1e-13
    assert np.array_equal(result.accepted[1:], np.diff(np.minimum.accumulate(losses)) < 0)
    best = int(np.flatnonzero(result.accepted)[-1])
    assert result.loss[-1] == pytest.approx(losses[best], abs=1e-13)
    state = MACHINE.quench(psi, result.fields[best : best + 1])
    assert np.abs(MACHINE.distribution(state)[0] - result.model_distribution).max() < 1e-13


def test_loss_never_rises_if_only_lower_ones_are_accepted():
    """A rejected quench is one whose candidates, by eigendecomposition, are all worse."""
    settings = replace(SETTINGS, acceptance="if_lower", candidates=3, quenches=12)
    result = train_run(MACHINE, UNEVEN, settings, 1, 0)
    assert 0 < result.accepted.sum() < 12
    before = np.array([result.initial_loss, *result.loss[:-1]])
    states = replay(MACHINE, result.initial_state, result.fields, accepted=result.accepted)
    for m in range(12):
        lowest = losses_of(MACHINE, UNEVEN, states[m], 1, 0, m, settings).min()
        assert result.accepted[m] == (lowest < before[m])
        assert result.loss[m] == pytest.approx(min(lowest, before[m]), abs=1e-13)
    stayed = np.flatnonzero(~result.accepted[1:]) + 1
    for name in ("fidelity", "hamming", "entropy"):
        values = getattr(result, name)
        assert np.array_equal(values[stayed], values[stayed - 1]), name


def test_training_conserves_the_sectors_of_the_target():
    """Without hidden spins the weight of each number of up spins stays that of the target."""
    machine = born_machine(4, 0, quench_time=3.0)
    settings = replace(SETTINGS, initial_state="target_sectors")
    result = train_run(machine, UNEVEN, settings, 5, 0)
    ups = np.array([z.bit_count() for z in range(16)])
    for k in range(5):
        weight = UNEVEN[ups == k].sum()
        assert result.model_distribution[ups == k].sum() == pytest.approx(weight, abs=1e-13)
        start = machine.distribution(result.initial_state)[ups == k]
        assert np.abs(start - weight / start.size).max() < 1e-15
    # With the sectors right, a basic machine learns what it cannot from |+>.
    plus = train_run(machine, UNEVEN, SETTINGS, 5, 0)
    assert result.loss[-1] < plus.loss[-1]


@pytest.mark.parametrize("machine", [MACHINE, TILTED])
def test_fields_have_the_distribution_that_is_asked_for(machine):
    """Kept fields: two values; of the stream's normal draws; cos(a + b) + cos(a - b)."""
    kept = {}
    for kind in ("binary", "gaussian", "quasiperiodic"):
        result = train_run(machine, TARGET, replace(SETTINGS, disorder=kind), 5, 0)
        kept[kind] = result.fields / 4
        assert np.isfinite(result.loss).all()
    assert set(np.unique(kept["binary"])) == {-1.0, 1.0}
    normal = rng(5, "hbm", "fields", h="4.00", run=0, quench=2).standard_normal((20, 6))
    assert kept["gaussian"][2].tolist() in normal.tolist()
    waves = kept["quasiperiodic"]
    period = 2 * np.cos(np.pi * (np.sqrt(5) - 1))
    assert np.abs(waves[:, 2:] + waves[:, :-2] - period * waves[:, 1:-1]).max() < 1e-14
    assert np.abs(waves).max() <= 1


def test_best_candidate_is_accepted_when_worse():
    result = train_run(MACHINE, TARGET, replace(SETTINGS, candidates=1, quenches=12), 1, 0)
    assert np.any(np.diff(result.loss) > 0)
    assert np.any(np.diff(result.loss) < 0)


@pytest.mark.parametrize("machine", [MACHINE, DRIVEN, TILTED])
@pytest.mark.parametrize("batch", [1, 7, 16, 19])
def test_batch_changes_no_bit(machine, batch):
    whole = train_run(machine, TARGET, SETTINGS, 3, 0)
    assert_same(train_run(machine, TARGET, replace(SETTINGS, batch=batch), 3, 0), whole)


def test_more_runs_and_quenches_do_not_change_the_earlier_ones():
    few = trained(runs=2).runs
    many = trained(replace(SETTINGS, quenches=9)).runs
    for run in (0, 1):
        assert_same(few[run], many[run], quenches=6)
    assert [run.run for run in many] == [0, 1, 2, 3]
    assert not np.array_equal(many[0].fields, many[1].fields)


@pytest.mark.parametrize("machine", [MACHINE, DRIVEN, TILTED])
@pytest.mark.parametrize("changes", [{}, {"initial_state": "random_product"}, *CONTROLS])
def test_continued_training_is_the_longer_one_bit_for_bit(machine, changes):
    short = replace(SETTINGS, **changes)
    longer = replace(short, quenches=9)
    whole = train(machine, UNEVEN, longer, seed=5, runs=[0, 1, 2])
    begun = train(machine, UNEVEN, short, seed=5, runs=[0, 1])
    found = train(machine, UNEVEN, longer, seed=5, runs=[0, 1, 2], start=begun)
    for one, two in zip(found.runs, whole.runs, strict=True):
        assert_same(one, two)
    same = train(machine, UNEVEN, longer, seed=5, runs=[0, 1, 2], start=whole)
    for one, two in zip(same.runs, whole.runs, strict=True):
        assert_same(one, two)


def test_continued_training_repeats_no_search(monkeypatch):
    begun, searched = trained(runs=2), []

    def counted(*arguments):
        searched.append(len(arguments[3]))
        return best_candidate(*arguments)

    best_candidate = training._best_candidate
    monkeypatch.setattr(training, "_best_candidate", counted)
    longer = replace(SETTINGS, quenches=8)
    train(MACHINE, TARGET, longer, seed=5, runs=range(2), start=begun)
    assert searched == [20] * 4


def test_continuing_another_training_is_refused():
    begun = trained(runs=2)
    longer = replace(SETTINGS, quenches=8)
    with pytest.raises(ValueError, match="start: run 0 has 6 quenches, more than the 5"):
        train(MACHINE, TARGET, replace(SETTINGS, quenches=5), seed=5, runs=[0, 1], start=begun)
    for machine, target in ((TILTED, TARGET), (MACHINE, UNEVEN)):
        with pytest.raises(ValueError, match="start: its fields do not lead to its last loss"):
            train(machine, target, longer, seed=5, runs=[0, 1], start=begun)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"candidates": 7}, "the fields of quench . are none of its candidates"),
        ({"h": SETTINGS.h / 2}, "the fields of quench 0 are none of its candidates"),
        ({"disorder": "gaussian"}, "the fields of quench 0 are none of its candidates"),
        ({"initial_state": "neel"}, "the initial state differs"),
        ({"kernel": "integer"}, "its fields do not lead to its last loss"),
        ({"acceptance": "if_lower"}, "quench . was accepted, against the settings"),
    ],
)
def test_continuing_with_other_settings_is_refused(changes, fault):
    """Not with more candidates, which nothing stored can show."""
    begun = trained(runs=2)
    other = replace(SETTINGS, quenches=8, **changes)
    with pytest.raises(ValueError, match=f"start: {fault}; continue run 0 with the machine"):
        train(MACHINE, TARGET, other, seed=5, runs=[0, 1], start=begun)


@pytest.mark.parametrize("seed_and_stream", [{"seed": 2}, {"seed": 5, "task": "other"}])
def test_continuing_with_other_random_numbers_is_refused(seed_and_stream):
    longer = replace(SETTINGS, quenches=8)
    with pytest.raises(ValueError, match="start: the fields of quench 0 are none of its candid"):
        train(MACHINE, TARGET, longer, runs=[0, 1], start=trained(runs=2), **seed_and_stream)


def test_continuing_a_run_that_rejected_quenches_with_the_paper_s_rule_is_refused():
    one = replace(SETTINGS, candidates=1, acceptance="if_lower")
    begun = train(MACHINE, TARGET, one, seed=5, runs=[0])
    assert not begun.runs[0].accepted.all()
    longer = replace(one, quenches=8, acceptance="always")
    with pytest.raises(ValueError, match=r"start: quench . was rejected, against the settings"):
        train(MACHINE, TARGET, longer, seed=5, runs=[0], start=begun)


def test_continuing_with_another_drive_is_refused():
    """The drive stored leads to the loss stored, whatever its strength and axes should be."""
    begun = train(DRIVEN, TARGET, SETTINGS, seed=5, runs=[0])
    longer = replace(SETTINGS, quenches=8)
    weaker = replace(DRIVEN, drive=replace(DRIVEN.drive, strength=DRIVEN.drive.strength / 2))
    with pytest.raises(ValueError, match="start: the fields of quench 0 are none of its candid"):
        train(weaker, TARGET, longer, seed=5, runs=[0], start=begun)
    for machine in (replace(DRIVEN, drive=None), replace(DRIVEN, quench_time=4.0)):
        with pytest.raises(ValueError, match="start: drives has shape"):
            train(machine, TARGET, longer, seed=5, runs=[0], start=begun)


def test_each_run_learns_its_own_target():
    """One row per run: as if each run were trained alone, whatever block it is in."""
    targets = np.random.default_rng(3).dirichlet(np.ones(16), size=3)
    result = train(MACHINE, targets, SETTINGS, seed=5, runs=[4, 5, 6])
    assert np.array_equal(result.target, targets)
    for run, target in zip(result.runs, targets, strict=True):
        assert_same(run, train_run(MACHINE, target, SETTINGS, 5, run.run))
    (last,) = train(MACHINE, targets[2:], SETTINGS, seed=5, runs=[6]).runs
    assert_same(last, result.runs[2])


def test_targets_must_be_one_per_run():
    with pytest.raises(ValueError, match="target: has 2 rows; give one for all 3 runs"):
        train(MACHINE, np.full((2, 16), 1 / 16), SETTINGS, seed=5, runs=range(3))


def test_more_candidates_include_the_earlier_ones():
    one = replace(SETTINGS, quenches=1)
    few = train_run(MACHINE, TARGET, one, 5, 0)
    many = train_run(MACHINE, TARGET, replace(one, candidates=200), 5, 0)
    assert many.loss[0] <= few.loss[0]


def test_streams_differ_by_seed_task_and_strength():
    base = train_run(MACHINE, TARGET, SETTINGS, 5, 0, task="a")
    for other in (
        train_run(MACHINE, TARGET, SETTINGS, 6, 0, task="a"),
        train_run(MACHINE, TARGET, SETTINGS, 5, 0, task="b"),
        train_run(MACHINE, TARGET, replace(SETTINGS, h=4.01), 5, 0, task="a"),
    ):
        assert np.abs(other.fields / 4 - base.fields / 4).min() > 1e-6


def test_without_coupling_nothing_is_learned():
    machine = born_machine(4, 2, J_xy=0.0, J_zz=0.0)
    result = train_run(machine, TARGET, SETTINGS, 5, 0)
    assert np.abs(result.loss - result.initial_loss).max() < 1e-14
    assert np.abs(result.model_distribution - 1 / 16).max() < 1e-14
    assert np.abs(result.hamming).max() < 1e-13


@pytest.mark.parametrize("machine", [MACHINE, DRIVEN, TILTED, IN_PLANE])
@pytest.mark.parametrize(
    "changes",
    [{"initial_state": name} for name in ("plus", "neel", "random_product", "target_sectors")]
    + CONTROLS,
)
def test_stored_fields_replay_the_history(machine, changes):
    settings = replace(SETTINGS, **changes)
    target = parity(Request(n=machine.visible)).target(0)
    result = train_run(machine, target, settings, 11, 1)
    history = (result.fields, result.drives, result.accepted)
    states = replay(machine, result.initial_state, *history, search=settings.search)
    assert len(states) == 7
    p = machine.distribution(states)
    assert np.abs(p[-1] - result.last_distribution).max() < 1e-12
    losses = np.append(result.initial_loss, result.loss)
    assert losses[result.lowest_quench] == losses.min()
    assert np.abs(p[result.lowest_quench] - result.model_distribution).max() < 1e-12
    assert np.abs(MaximumMeanDiscrepancy(target)(p[1:]) - result.loss).max() < 1e-13
    assert np.abs(machine.entropy(states[1:]) - result.entropy).max() < 1e-9
    flipped = np.array(
        [
            replay(machine, start, *history, search=settings.search)
            for start in machine.flipped(result.initial_state)
        ]
    )
    for m in range(7):
        found = machine.hamming_distance(states[m], flipped[:, m])
        expected = 0.0 if m == 0 else result.hamming[m - 1]
        assert abs(found - expected) < 1e-12


def test_training_learns_in_the_localised_regime():
    """Four runs from the uniform distribution; every one ends well below where it starts."""
    settings = Settings(h=8.0, quenches=30, candidates=60)
    for result in trained(settings, born_machine(4, 2), seed=1).runs:
        assert result.loss[-1] < 0.5 * result.initial_loss
        assert result.fidelity[-1] > 0.6


@pytest.mark.parametrize("machine", [MACHINE, DRIVEN])
def test_interrupted_training_resumes_to_the_same_result(tmp_path, monkeypatch, machine):
    whole = trained(machine=machine)

    def killed(*arguments, **stream):
        if arguments[4] == 2:
            raise KeyboardInterrupt
        return train_run(*arguments, **stream)

    with monkeypatch.context() as patch:
        patch.setattr(training, "train_run", killed)
        checkpoint = Checkpoint(tmp_path / "work", "key", interval=0)
        with pytest.raises(KeyboardInterrupt), checkpoint:
            trained(machine=machine, checkpoint=checkpoint)
    numbers = []

    def counted(*arguments, **stream):
        numbers.append(arguments[4])
        return train_run(*arguments, **stream)

    monkeypatch.setattr(training, "train_run", counted)
    with Checkpoint(tmp_path / "work", "key", interval=0) as checkpoint:
        resumed = trained(machine=machine, checkpoint=checkpoint)
    assert numbers == [2, 3]
    assert (resumed.resumed_from, whole.resumed_from) == (2, 0)
    for one, two in zip(resumed.runs, whole.runs, strict=True):
        assert_same(one, two)
    assert list(tmp_path.iterdir()) == []


def test_checkpoint_of_another_key_is_not_used(tmp_path):
    other = Checkpoint(tmp_path / "work", "other", interval=0)
    trained(runs=2, seed=6, checkpoint=other)
    own = Checkpoint(tmp_path / "work", "own", interval=0)
    found = trained(runs=2, checkpoint=own)
    for one, two in zip(found.runs, trained(runs=2).runs, strict=True):
        assert_same(one, two)


def test_checkpoint_is_saved_no_more_often_than_asked(tmp_path):
    checkpoint = Checkpoint(tmp_path / "work", "key", interval=1000.0)
    trained(runs=2, checkpoint=checkpoint)
    assert not checkpoint.path.exists()


def test_target_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"target: has the shape \(8,\), not \(16\)"):
        train_run(MACHINE, np.full(8, 1 / 8), SETTINGS, 0, 0)
