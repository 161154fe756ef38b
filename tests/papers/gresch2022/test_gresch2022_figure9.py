"""Figure 9: losses against the number of training realisations, and what is claimed of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from papers.gresch2022.examples import check_saves, heights, verdicts_of

from spinlearn.gru.schemas import INDICATORS, LEARNING_CURVE
from spinlearn.papers.gresch2022 import figure9, learning_curves
from spinlearn.storage.hdf5 import Contents

LEARNERS = ["network", "mean", "regression"]
SIZES, LENGTHS, STRENGTHS = (1, 3, 12, 48), (8, 10, 12), np.arange(1.0, 9.0)
REPEATS, COUNT = 10, 20


def curve(path, loss, train_loss=lambda size: 0.004, noise=0.02) -> Contents:
    """A file in which the test loss of a learner is `loss(learner, size, L)`, plus noise.

    Errors of single realisations are spread by the noise too, the same for all learners and sizes.
    """
    rng = np.random.default_rng(3)
    shape = (len(LEARNERS), len(SIZES), REPEATS, len(LENGTHS), STRENGTHS.size, 3)
    test, train = np.empty(shape), np.full(shape, np.nan)
    row_L = np.repeat(LENGTHS, STRENGTHS.size * COUNT)
    row_h = np.tile(np.repeat(STRENGTHS, COUNT), len(LENGTHS))
    rows = np.empty((*shape[:2], row_L.size, 3))
    of_row = 1 + noise * rng.standard_normal((row_L.size, 1))
    for p, n in np.ndindex(*shape[:2]):
        of_repeat = 1 + noise * rng.standard_normal((REPEATS, 1, 1))
        train[p, n, :, :2] = train_loss(SIZES[n]) * of_repeat[..., None]
        for i, L in enumerate(LENGTHS):
            value = loss(LEARNERS[p], SIZES[n], L)
            test[p, n, :, i] = value * of_repeat
            rows[p, n, row_L == L] = value * of_row[row_L == L]
    arrays = {
        "size": np.array(SIZES),
        "L": np.array(LENGTHS),
        "h": STRENGTHS,
        "train_error": train,
        "test_error": test,
        "row_L": row_L,
        "row_h": row_h,
        "row_error": rows,
        "variance": np.full((len(LENGTHS), STRENGTHS.size, 3), 0.01),
    }
    about = {
        "learners": LEARNERS,
        "indicators": list(INDICATORS),
        "system": "ring",
        "train_L": [8, 10],
        "diverged": 0,
        "updates": 1350,
        "batch_size": 128,
        "learning_rate": 1e-3,
        "energy_density": 0.5,
    }
    LEARNING_CURVE.write(path, arrays, about)
    return LEARNING_CURVE.read(path)


def as_published(learner, size, L):
    """Flat from 3 on, higher below it and at L = 12."""
    return (0.005 if size >= 3 else 0.02) * (1.5 if L == 12 else 1.0)


def table_of(contents):
    return figure9.table(SimpleNamespace(curve=[contents.path]), {"dpi": 150})


def test_rows_are_means_over_repeats_with_errors(tmp_path):
    contents = curve(tmp_path / "c.h5", as_published)
    table = table_of(contents)
    assert len(table) == 3 * 4 * 3
    row = table.query("learner == 'mean' and size == 12 and L == 10").iloc[0]
    values = contents["test_error"][1, 2, :, 1].mean(axis=(1, 2))
    assert row["test_loss"] == pytest.approx(values.mean())
    assert row["test_error"] == pytest.approx(values.std(ddof=1) / np.sqrt(REPEATS))
    assert row["vectors"] == 12 * 2 * 8
    assert not row["held_out"]
    rows = contents["row_error"][1, 2, contents["row_L"] == 10].mean(axis=1).reshape(8, COUNT)
    expected = np.sqrt((rows.var(axis=1, ddof=1) / COUNT).sum()) / 8
    assert row["sampling_error"] == pytest.approx(expected)
    assert table.loc[table["L"] == 12, "train_loss"].isna().all()
    assert (table.loc[table["size"] == 48, "excess"] == 0).all()


def test_scores_are_normalised_coefficients_of_determination(tmp_path):
    contents = curve(tmp_path / "c.h5", as_published, noise=0.0)
    found = learning_curves.scores(contents, 3.0).query("learner == 'network' and L == 8")
    few, many = found[found["size"] == 1], found[found["size"] == 48]
    np.testing.assert_allclose(few["r2_norm"], 1 / (1 + 0.02 / 0.01))
    np.testing.assert_allclose(many["r2_norm"], 1 / (1 + 0.005 / 0.01))


def test_claims_hold_for_the_published_curves(tmp_path):
    table = table_of(
        curve(tmp_path / "c.h5", as_published, lambda size: 0.004 if size >= 3 else 0.001)
    )
    assert verdicts_of(figure9.claims(table)) == ["reproduced"] * 3
    flat, overfitting, unseen = figure9.claims(table)
    assert flat["measured"] == pytest.approx(0.0, abs=0.03)
    assert overfitting["measured"] == pytest.approx(0.019, abs=0.002)
    assert unseen["measured"] == pytest.approx(0.0025, abs=0.0005)


def test_claims_fail_for_other_curves(tmp_path):
    def falling(learner, size, L):
        return 0.05 * size**-0.5 * (0.5 if L == 12 else 1.0)

    table = table_of(curve(tmp_path / "c.h5", falling))
    note = figure9.claims(table)[0]["note"]
    assert "at N_train = 3 over that at the largest size: 4.057 ± 0.018" in note  # sqrt(48/3)
    flat, overfitting, unseen = verdicts_of(figure9.claims(table))
    assert (flat, unseen) == ("not reproduced", "not reproduced")
    assert overfitting == "inconclusive"  # the training loss does not change


def test_sizes_that_do_not_suffice_are_named(tmp_path):
    table = table_of(curve(tmp_path / "c.h5", as_published))
    few = table[table["size"] <= 12]
    flat, *_ = figure9.claims(few)
    assert flat["verdict"] == "too small to judge"
    assert "no size from 180 vectors on" in flat["note"]
    _, overfitting, _ = figure9.claims(table[table["size"] >= 12])
    assert overfitting["verdict"] == "too small to judge"
    *_, unseen = figure9.claims(table[~table["held_out"]])
    assert unseen["verdict"] == "too small to judge"
    assert figure9.claims(table.assign(system="open chain")) == []


def test_the_picture_shows_the_losses(tmp_path):
    table = table_of(curve(tmp_path / "c.h5", as_published))
    figure = figure9.draw(table)
    left, right = figure.axes
    network = table.query("learner == 'network' and L == 8")
    np.testing.assert_allclose(heights(left.lines[0]), network["test_loss"])
    assert len(right.get_legend().get_texts()) == 3
    check_saves(figure, tmp_path)
