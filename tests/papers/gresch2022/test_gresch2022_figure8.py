"""Figure 8: feature curves, their crossings, and what is claimed of these."""

from types import SimpleNamespace

import numpy as np
import pytest
from papers.gresch2022.examples import check_saves, heights, predictions_file, verdicts_of

from spinlearn.gru.evaluation import FeatureCurves, feature_curves
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers.gresch2022 import figure8
from spinlearn.papers.gresch2022.crossings import crossings
from spinlearn.streams import rng


@pytest.fixture(scope="module")
def networks():
    return GruNetworks(2, Architecture(INDICATORS)).initialise([1, 2])


@pytest.fixture(scope="module")
def table(networks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figure8")
    training = Training("multitask", (0, 1), (6,), 40, "paper", 0.5, "page")
    save(folder / "model.pt", networks, training)
    predictions = predictions_file(folder / "p.h5")
    files = SimpleNamespace(predictions=[predictions], model=[folder / "model.pt"])
    return figure8.table(files, {"dpi": 150, "seed": 3})


def test_rows_are_means_over_fresh_disorder(table, networks):
    h = np.unique(table["h"])
    curves = feature_curves(networks, (6, 8), h, figure8.SAMPLES, rng(3, "gru", "features"))
    assert len(table) == curves.mean.size
    for run in (0, 1):
        for i, L in enumerate((6, 8)):
            for feature in (1, 2):
                part = table.query(f"run == {run} and L == {L} and feature == {feature}")
                assert np.allclose(part["mean"], curves.mean[run, i, :, feature - 1])
                assert np.allclose(part["error"], curves.error[run, i, :, feature - 1])
    assert set(table["train_realisations"]) == {40}


def test_curves_are_those_of_one_run(table, tmp_path):
    figure = figure8.draw(table)
    assert len(figure.axes) == 2
    for feature, ax in enumerate(figure.axes, start=1):
        other, *shown = ax.lines
        part = table[table["feature"] == feature]
        assert np.allclose(heights(other), part.query("run == 1 and L == 8")["mean"])
        for L, line in zip((6, 8), shown, strict=True):
            assert np.allclose(heights(line), part.query(f"run == 0 and L == {L}")["mean"])
    check_saves(figure, tmp_path)


def test_one_field_and_one_run_still_draw(table, tmp_path):
    alone = table[(table["run"] == 0) & (table["L"] == 6) & (table["h"] == table["h"].min())]
    check_saves(figure8.draw(alone), tmp_path)


# --- crossings --------------------------------------------------------------------------------


def curves_crossing_at(positions):
    """Features tanh(L (h - h0)/40) of three chains: all cross at the h0 of run and feature."""
    h = np.linspace(0, 15, 61)
    positions = np.asarray(positions, dtype=float)
    sizes = np.array([8, 10, 12])
    argument = sizes[None, :, None, None] * (h[None, None, :, None] - positions[:, None, None, :])
    mean = np.tanh(argument / 40)
    curves = FeatureCurves((8, 10, 12), h, mean, np.full(mean.shape, 1e-6), 100)
    return figure8.tabulate(curves, 40).assign(system="ring")


def test_crossings_are_where_the_curves_are_equal():
    positions = [[5.1, 4.0], [6.3, 7.77]]
    table = curves_crossing_at(positions)
    assert len(table) == 2 * 2 * 3 * 61
    row = table.query("run == 1 and feature == 2 and L == 10 and h == 15")
    assert row["mean"].item() == pytest.approx(np.tanh(10 * (15 - 7.77) / 40))
    found = crossings(table)
    assert len(found) == 4 * 3
    wanted = found.apply(lambda row: positions[int(row["run"])][int(row["feature"]) - 1], axis=1)
    # Linear interpolation on a grid of 0.25: the curvature of tanh leaves less than 0.01.
    assert np.abs(found["h"] - wanted).max() < 0.01


def test_curves_that_do_not_cross_have_no_crossing():
    assert crossings(curves_crossing_at([[-3.0]]))["h"].isna().all()


def test_a_crossing_on_a_grid_point_is_found():
    """4.0 is a point of the grid, where the difference is exactly zero."""
    assert np.allclose(crossings(curves_crossing_at([[4.0]]))["h"], 4.0)


def test_noise_gives_no_crossing():
    """Equal curves with independent noise change sign everywhere, and nowhere significantly.

    A false alarm needs two deviations of more than three standard errors of opposite sign.
    """
    h = np.linspace(0, 15, 61)
    noise = 0.01 * np.random.default_rng(3).normal(size=(1, 3, 61, 1))
    curves = FeatureCurves((8, 10, 12), h, noise, np.full(noise.shape, 0.01), 100)
    assert crossings(figure8.tabulate(curves, 40))["h"].isna().all()


# --- claims -----------------------------------------------------------------------------------


def features(positions, jitter=0.0):
    """Curves tanh((h - h0)(L - 8 + 1)/10): all pairs of L cross at h0, or apart by `jitter`."""
    h = np.linspace(0, 15, 61)
    sizes = np.array([8, 10, 12])
    positions = np.asarray(positions, dtype=float)[:, None, None, :]
    shifts = jitter * np.array([-1.0, 0.0, 1.0])[None, :, None, None]
    slope = (sizes - 7.0)[None, :, None, None] / 10
    mean = np.tanh(slope * (h[None, None, :, None] - positions - shifts))
    curves = FeatureCurves((8, 10, 12), h, mean, np.full(mean.shape, 1e-4), 50)
    return figure8.tabulate(curves, 40).assign(system="ring")


@pytest.mark.parametrize(
    ("positions", "jitter", "expected"),
    [
        ([[4.0, -9.0], *[[6.0, 7.0], [4.5, 5.0]] * 2], 0.0, "reproduced"),
        # The pairs cross at places further apart than the runs' crossings, or about as far.
        ([[5.0, 5.1], [5.2, 5.3]] * 3, 0.5, "not reproduced"),
        ([[5.0, 6.4], [7.0, 5.8]] * 3, 0.25, "inconclusive"),
        # One run has no crossing at all; none has.
        ([*[[4.0, 6.0], [5.0, 7.0]] * 3, [-9.0, -9.0]], 0.0, "inconclusive"),
        ([[-9.0, -9.0]] * 5, 0.0, "not reproduced"),
        # Too few features to tell the spread of their crossings; one run.
        ([[-9.0, -9.0]] * 2, 0.0, "too small to judge"),
        ([[4.0, -9.0], [6.0, 7.0], [-9.0, 5.0]], 0.0, "too small to judge"),
        ([[4.0, 6.0]], 0.0, "too small to judge"),
    ],
)
def test_the_claim_judges_crossings(positions, jitter, expected):
    assert verdicts_of(figure8.claims(features(positions, jitter))) == [expected]


def test_another_chain_is_no_claim_on_the_paper():
    table = curves_crossing_at([[5.1, 4.0], [6.3, 7.8]]).assign(system="ring, J_zz = 0.5")
    assert figure8.claims(table) == []
    assert figure8.draw(table).get_supxlabel() == "ring, J_zz = 0.5"
