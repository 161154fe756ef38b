"""Retrieved patterns: fidelities by hand, verdicts by their rules, images as stored."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets.images import digits
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.retrieval import CORRUPTIONS, ENCODINGS, retrieve_all
from spinlearn.hbm.schemas import RETRIEVALS
from spinlearn.hbm.training import Settings, train
from spinlearn.papers.output import claims_table
from spinlearn.papers.zhong2022 import figure6
from spinlearn.papers.zhong2022.retrieval_table import BOTH, FIRST, SECOND, retrieval_table
from spinlearn.storage.hdf5 import Contents
from spinlearn.storage.tables import write_csv

LEARNED = ["digits0", "digits1", "digits01"]
CHAIN = {"J_xy": 1.0, "J_zz": 1.0, "J2": 0.0, "h_x": 0.0, "boundary": "ring", "operators": "spin"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A file of three runs, and what is in it."""
    machine = born_machine(4, 1, quench_time=2.0, **CHAIN)
    learned = {}
    for name in LEARNED:
        target = digits(Request(n=4, name=name)).target(0)
        settings = Settings(h=6.0, quenches=6, candidates=5)
        result = train(machine, target[None], settings, seed=1, runs=range(3), task=name)
        psi = np.array([run.initial_state for run in result.runs])
        arrays = {
            name: np.array([getattr(run, name) for run in result.runs])
            for name in ("run", "fields", "accepted")
        }
        arrays |= {"target_distribution": target}
        arrays |= {"initial_state": np.stack([psi.real, psi.imag], axis=-1)}
        learned[name] = Contents("runs.h5", arrays, {"kernel": "hamming"})
    path = tmp_path_factory.mktemp("retrievals") / "M6N5.h5"
    about = {
        "machine": "hidden",
        "h": 6.0,
        "visible": 4,
        "hidden": 1,
        "initial_state_kind": "plus",
        "quench_time": 2.0,
        "quenches": 6,
        "candidates": 5,
        "source": "class mean of scikit-learn's load_digits",
        "learned": LEARNED,
        "patterns": LEARNED[:2],
        "corruptions": CORRUPTIONS,
        "encodings": ENCODINGS,
        "disorder": "uniform",
        **CHAIN,
    }
    RETRIEVALS.write(path, retrieve_all(machine, learned, LEARNED[:2], seed=1), about)
    return path


@pytest.fixture
def table(stored):
    return figure6.table(SimpleNamespace(retrievals=[stored]), {})


def row_of(table, **values):
    part = table[table.part == "fidelity"]
    for name, value in values.items():
        part = part[part[name] == value]
    assert len(part) == 1
    return part.iloc[0]


def test_fidelities_are_those_of_the_stored_patterns(stored, table):
    """By hand, for one case; the mean over patterns and halves is taken in each run."""
    kept = RETRIEVALS.read(stored)
    pattern = kept["pattern"]

    def F(p, q):
        return np.sqrt(p * q).sum(axis=-1) ** 2

    corruption, encoding = CORRUPTIONS.index("noise"), ENCODINGS.index("closest_state")
    retrieved = kept["retrieved"][2, :, 1, corruption, encoding]
    inputs = kept["corrupted"][:, 1, corruption]
    row = row_of(table, learned=BOTH, pattern=SECOND, corruption="noise", encoding="closest_state")
    own, other = F(retrieved, pattern[1]), F(retrieved, pattern[0])
    gain = own - F(inputs, pattern[1])
    assert row.own == pytest.approx(own.mean())
    assert row.gain == pytest.approx(gain.mean())
    assert row.gain_error == pytest.approx(gain.std(ddof=1) / math.sqrt(3))
    assert row.selectivity == pytest.approx((own - other).mean())
    added = own - other - F(inputs, pattern[1]) + F(inputs, pattern[0])
    assert row.added_selectivity == pytest.approx(added.mean())
    assert row.above_flat == pytest.approx(own.mean() - F(pattern[1], np.full(16, 1 / 16)))
    assert row.overlap == pytest.approx(kept["overlap_after"][2, :, 1, corruption, encoding].mean())

    halves = kept["retrieved"][2, :, :, :2, 0]
    own, other = (F(halves, pattern[order][:, None]) for order in ([0, 1], [1, 0]))
    values = (own - other).mean(axis=(1, 2))
    row = row_of(table, learned=BOTH, pattern="both", corruption="half", encoding="zero_phases")
    assert row.selectivity == pytest.approx(values.mean())
    assert row.selectivity_error == pytest.approx(values.std(ddof=1) / math.sqrt(3))


def test_images_are_of_the_run_with_the_median_fidelity(stored, table):
    kept = RETRIEVALS.read(stored)
    retrieved = kept["retrieved"][0, :, 0, 0, 0]
    own = np.sqrt(retrieved * kept["pattern"][0]).sum(axis=-1) ** 2
    run = int(np.argsort(own)[1])
    images = table[(table.part == "image") & (table.learned == FIRST)]
    assert set(images.run) == {run}
    assert set(images.image) >= set(figure6.IMAGES)
    shown = images[images.image == "zero_phases"].sort_values(["row", "column"])
    assert np.array_equal(shown.probability, retrieved[run])
    assert shown.own.iloc[0] == pytest.approx(own[run])
    other = images[images.image == "other_machine"].sort_values(["row", "column"])
    assert np.array_equal(other.probability, kept["retrieved"][1, run, 0, 0, 0])


def test_words_of_the_table_are_the_same_after_a_csv_file(table, tmp_path):
    write_csv(tmp_path / "table.csv", table)
    again = pd.read_csv(tmp_path / "table.csv")
    words = list(table.select_dtypes(exclude="number"))
    assert {"learned", "pattern", "corruption"} <= set(words)
    pd.testing.assert_frame_equal(again[words], table[words])


def judged(table, **sizes):
    return claims_table(figure6.claims(table.assign(**sizes)), "zhong2022.figure6.").set_index(
        "key"
    )


def with_values(table, learned, name, value, error=0.01):
    chosen = (table.part == "fidelity") & (table.learned == learned)
    return table.assign(
        **{
            name: table[name].mask(chosen, value),
            f"{name}_error": table[f"{name}_error"].mask(chosen, error),
        }
    )


PAPER = {"quenches": 100, "candidates": 500, "runs": 24}


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (0.1, 0.01, "reproduced"),
        (0.01, 0.01, "inconclusive"),
        (-0.1, 0.01, "not reproduced"),
        (0.1, math.nan, "inconclusive"),
    ],
)
@pytest.mark.parametrize(
    ("learned", "name", "key"),
    [
        (FIRST, "gain", "corrects_small_errors"),
        (FIRST, "above_flat", "beats_flat_image"),
        (FIRST, "above_other_machine", "needs_learning"),
        (FIRST, "above_plus", "needs_input"),
        (BOTH, "added_selectivity", "adds_selectivity"),
    ],
)
def test_claims_judge_means_by_their_sign(table, learned, name, key, value, error, verdict):
    changed = with_values(table, learned, name, value, error)
    key = f"zhong2022.figure6.{key}"
    assert judged(changed, **PAPER).verdict[key] == verdict
    assert judged(changed, **{**PAPER, "runs": 19}).verdict[key] == "too small to judge"
    assert judged(changed, **PAPER).measured[key] == pytest.approx(value)


CONDITIONS = {
    "gain": "the corrupted image",
    "above_flat": "the flat image",
    "above_other_machine": "the machine that has learned the other digit",
}


def single(table, **values):
    """The row on one digit, with an advantage of 0.1 ± 0.01 over all that is not in `values`."""
    for name in CONDITIONS:
        table = with_values(table, FIRST, name, *values.get(name, (0.1,)))
    return judged(table, **PAPER).loc["zhong2022.figure6.single_retrieved"]


def test_one_digit_is_retrieved_if_it_exceeds_every_control(table):
    row = single(table)
    assert (row.verdict, row.measured, row.origin) == ("reproduced", 0.1, "paper")
    assert all(f"holds above {words}: 0.1 ± 0.01" in row.note for words in CONDITIONS.values())


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize(
    ("value", "word", "verdict"),
    [
        ((0.01,), "open", "inconclusive"),
        ((-0.1,), "fails", "not reproduced"),
        ((0.1, math.nan), "open", "inconclusive"),
    ],
)
def test_one_control_is_enough_against_retrieval_and_is_named(table, name, value, word, verdict):
    row = single(table, **{name: value})
    assert row.verdict == verdict
    assert f"{word} above {CONDITIONS[name]}: " in row.note
    assert row.note.count("holds above ") == 2


@pytest.mark.parametrize(
    ("selectivity", "added", "verdict"),
    [
        (0.1, 0.05, "reproduced"),
        (0.1, 0.0, "reproduced"),
        (0.1, -0.05, "not reproduced"),
        (0.0, 0.05, "inconclusive"),
        (-0.1, 0.0, "not reproduced"),
    ],
)
def test_retrieval_is_not_selective_below_its_input(table, selectivity, added, verdict):
    changed = with_values(table, BOTH, "selectivity", selectivity)
    row = judged(with_values(changed, BOTH, "added_selectivity", added), **PAPER)
    row = row.loc["zhong2022.figure6.selective_retrieval"]
    assert (row.verdict, row.measured, row.origin) == (verdict, selectivity, "paper")
    assert row.note.startswith("below that of the corrupted") == (added < 0)


def test_small_errors_must_both_be_corrected(table):
    """The smaller mean may be uncertain while the larger one refutes."""
    changed = with_values(table, FIRST, "gain", -0.1)
    pixels = changed.corruption == "pixels"
    changed = changed.assign(
        gain=changed.gain.mask(pixels, -0.2), gain_error=changed.gain_error.mask(pixels, 0.5)
    )
    row = judged(changed, **PAPER).loc["zhong2022.figure6.corrects_small_errors"]
    assert (row.measured, row.verdict) == (-0.2, "not reproduced")
    assert "open with pixels" in row.note
    assert "fails with noise" in row.note


def test_errors_of_comparisons_know_what_runs_share():
    """Independent route: 4000 made-up runs whose covariance is known by construction.

    With the pattern on one string F is the probability of this string. The two machines share a
    part of standard deviation s, the state |+> has its negative; each has a part of its own, t.
    Var(F - F_other) = 2 t^2 and Var(F - F_plus) = 4 s^2 + 2 t^2. An error from 4000 runs is
    known to 1.1 %; three times that. The sums of both variances would be off by factors of 3.2
    and 0.7.
    """
    runs, s, t = 4000, 0.03, 0.01
    rng = np.random.default_rng(0)
    shared, zero, plus = s * rng.normal(size=(runs, 1)), 0, ENCODINGS.index("plus")
    fidelity = np.full((3, runs, 2, len(CORRUPTIONS), len(ENCODINGS)), 0.5)
    for machine in (0, 1):
        fidelity[machine, :, 0, :, zero] = 0.5 + shared + t * rng.normal(size=(runs, 1))
    fidelity[0, :, 0, :, plus] = 0.5 - shared + t * rng.normal(size=(runs, 1))
    strings = np.stack([fidelity, 1 - fidelity, 0 * fidelity, 0 * fidelity], axis=-1)
    arrays = {
        "run": np.arange(runs),
        "pattern": np.eye(4)[:2],
        "retrieved": strings,
        "corrupted": strings[0, ..., 0, :],
        "closest": np.zeros(fidelity.shape[:-1], dtype=int),
        "overlap_before": fidelity,
        "last_distribution": strings[:, :, 0, 0, 0],
    }
    about = {"machine": "hidden", "h": 6.0, "visible": 2, "hidden": 0, "source": "made up"}
    about |= {"learned": LEARNED, "patterns": LEARNED[:2], "corruptions": CORRUPTIONS, **CHAIN}
    about |= {"encodings": ENCODINGS, "quenches": 1, "candidates": 1, "initial_state_kind": "plus"}
    table = retrieval_table(Contents("made_up.h5", arrays, about))
    row = row_of(table, learned=FIRST, pattern=FIRST, corruption="half", encoding="zero_phases")
    for name, variance in (("above_other_machine", 2 * t**2), ("above_plus", 4 * s**2 + 2 * t**2)):
        assert row[f"{name}_error"] == pytest.approx(math.sqrt(variance / runs), rel=0.033)
        assert abs(row[name]) < 5 * row[f"{name}_error"]


def test_comparisons_are_those_of_the_stored_runs(stored, table):
    """By hand: a 1 retrieved by the machine of both, against the machine that learned the 0."""
    kept = RETRIEVALS.read(stored)
    c, plus = CORRUPTIONS.index("noise"), ENCODINGS.index("plus")
    q = kept["retrieved"][:, :, 1, c]
    own = np.sqrt(q * kept["pattern"][1]).sum(axis=-1) ** 2
    row = row_of(table, learned=BOTH, pattern=SECOND, corruption="noise", encoding="zero_phases")
    for name, values in {
        "above_other_machine": own[2, :, 0] - own[0, :, 0],
        "above_plus": own[2, :, 0] - own[2, :, plus],
    }.items():
        assert row[name] == pytest.approx(values.mean())
        assert row[f"{name}_error"] == pytest.approx(values.std(ddof=1) / math.sqrt(3))


def test_claims_of_the_paper_come_first(table):
    origins = list(judged(table).origin)
    assert origins == ["paper"] * 2 + ["spinlearn"] * 5


def test_no_claims_for_another_chain(table):
    assert figure6.claims(table.assign(system="ring, J_zz = 0.5")) == []


def test_draw_shows_images_and_means(table):
    fig = figure6.draw(table)
    fig.draw_without_rendering()
    images = [ax for ax in fig.axes if ax.images]
    assert len(images) == 3 * len(figure6.IMAGES)
    column = list(figure6.IMAGES).index("corrupted")
    part = table[(table.image == "corrupted") & (table.learned == FIRST)]
    assert np.array_equal(
        images[column].images[0].get_array().ravel(),
        part.sort_values(["row", "column"]).probability,
    )
    left, right = (ax for ax in fig.axes if not ax.images)
    row = row_of(table, learned=FIRST, pattern=FIRST, corruption="pixels", encoding="zero_phases")
    drawn = left.containers[1].lines[0].get_ydata()
    assert drawn[list(figure6.CORRUPTIONS).index("pixels")] == row.own
    row = row_of(table, learned=BOTH, pattern="both", corruption="noise", encoding="closest_state")
    assert right.containers[3].lines[0].get_ydata()[-1] == row.selectivity
