"""Tables: what they hold against plain formulas, with constructed predictions."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinlearn import streams
from spinlearn.gru import tables
from spinlearn.gru.data import INDICATORS, Realisations, pad
from spinlearn.gru.results import (
    FeatureCurves,
    PhaseDiagram,
    Prediction,
    prediction_arrays,
    read_predictions,
)
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.pipeline.errors import SchemaError
from spinlearn.storage.hdf5 import Contents

GRID = np.array([0.25, 0.5])
ROWS = [dataset for dataset in PREDICTIONS.datasets if "row" in dataset.dims]
SIZES, STRENGTHS, COUNT = (6, 8), (2.0, 5.0), 12


def realisations(seed=0):
    rng = np.random.default_rng(seed)
    fields = [rng.uniform(-h, h, (COUNT, L)) for L in SIZES for h in STRENGTHS]
    return Realisations(
        pad(fields),
        np.repeat(SIZES, COUNT * len(STRENGTHS)),
        np.tile(np.repeat(STRENGTHS, COUNT), len(SIZES)),
        GRID,
        rng.uniform(size=(COUNT * 4, len(GRID), 3)),
    )


def contents(predict, networks=2, variant="multitask", **attributes):
    """Contents of a predictions file whose networks predict `predict(target, network)`."""
    data = realisations()
    flat = data.targets.reshape(-1, 3)
    prediction = np.stack([predict(flat, k) for k in range(networks)])
    arrays = prediction_arrays(data, Prediction(prediction, np.zeros((networks, len(flat), 2))))
    given = {
        "variant": variant,
        "train_L": [6],
        "train_realisations": 40,
        "recipe": "text",
        "entropy_normalisation": "page",
        "parameters": {"epochs": 5},
        "training_code_digest": "0123456789abcdef",
        **attributes,
    }
    return Contents(Path("predictions.h5"), arrays, given)


def noisy(target, network):
    return target + 0.1 * np.random.default_rng(network).normal(size=target.shape)


def test_arrays_survive_a_file(tmp_path):
    made = contents(noisy)
    path = tmp_path / "predictions.h5"
    PREDICTIONS.write(path, made.arrays, made.attributes)
    found = PREDICTIONS.read(path)
    for name, array in made.arrays.items():
        assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")
    assert found.attributes["train_L"] == [6]


def test_rows_are_realisations_and_energies():
    made, data = contents(noisy), realisations()
    row = 2 * 17 + 1
    assert made["realisation"][row] == 17
    assert made["energy_density"][row] == GRID[1]
    assert np.array_equal(made["target"][row], data.targets[17, 1])
    assert np.array_equal(made["fields"][row], data.fields[17], equal_nan=True)


def test_figure3_is_mean_and_deviation_of_the_longest_chain():
    table = tables.figure3(contents(noisy), 0.5)
    data = realisations()
    assert set(table["L"]) == {8}
    assert table["held_out"].all()
    for h in STRENGTHS:
        values = data.targets[(data.L == 8) & (data.h == h)][:, 1]
        rows = table[(table["h"] == h) & (table["source"] == "exact")].set_index("indicator")
        assert np.allclose(rows.loc[list(INDICATORS), "mean"], values.mean(axis=0))
        assert np.allclose(rows.loc[list(INDICATORS), "std"], values.std(axis=0, ddof=1))
        assert np.allclose(
            rows.loc[list(INDICATORS), "mean_error"],
            values.std(axis=0, ddof=1) / np.sqrt(COUNT),
        )
    assert set(table["test_realisations"]) == {COUNT}


def test_scores_are_those_of_the_formula():
    made = contents(noisy)
    table = tables.figure4(made, partial(streams.rng, 0), 0.5)
    assert len(table) == 2 * 2 * 3
    for row in table.itertuples():
        index = np.flatnonzero(
            (made["L"] == row.L) & (made["h"] == row.h) & (made["energy_density"] == 0.5)
        )
        column = INDICATORS.index(row.indicator)
        each = [
            normalised(r_squared(made["target"][index, column], network[index, column]))
            for network in made["prediction"]
        ]
        assert row.r2_norm == pytest.approx(np.mean(each))
        assert row.network_spread == pytest.approx(np.std(each, ddof=1))
        assert row.held_out == (row.L == 8)
        assert 0 < row.sampling_error < row.error


def test_a_perfect_predictor_scores_one_and_a_constant_one_half():
    """The constant is each ensemble's own mean, as in P2's definition of the baseline."""
    perfect = tables.figure4(contents(lambda target, _: target), partial(streams.rng, 0))
    assert np.allclose(perfect["r2_norm"], 1)
    assert np.allclose(perfect["error"], 0)
    made = contents(lambda target, _: target)
    for L in SIZES:
        for h in STRENGTHS:
            index = (made["L"] == L) & (made["h"] == h) & (made["energy_density"] == 0.5)
            made["prediction"][:, index] = made["target"][index].mean(axis=0)
    constant = tables.figure4(made, partial(streams.rng, 0))
    assert np.allclose(constant["r2_norm"], 0.5)


def test_a_single_network_has_no_spread():
    table = tables.figure4(contents(noisy, networks=1), partial(streams.rng, 0))
    assert table["network_spread"].isna().all()
    assert np.allclose(table["error"], table["sampling_error"])


def test_single_output_variants_give_their_indicator_alone():
    def only_f(target, network):
        values = np.full_like(target, np.nan)
        values[:, 2] = noisy(target, network)[:, 2]
        return values

    table = tables.figure4(contents(only_f), partial(streams.rng, 0))
    assert set(table["indicator"]) == {"spin_fraction"}
    assert set(tables.figure3(contents(only_f))["indicator"]) == {"spin_fraction"}


def test_figure5_resamples_all_variants_alike():
    """Equal predictions under three names give equal rows, errors included."""
    three = {name: contents(noisy, variant=name) for name in ("transfer", "scratch", "multitask")}
    table = tables.figure5(three, partial(streams.rng, 0))
    parts = [part.drop(columns="variant") for _, part in table.groupby("variant", sort=False)]
    assert list(table["variant"].unique()) == list(three)
    for part in parts[1:]:
        assert np.array_equal(part["error"], parts[0]["error"])
        assert np.array_equal(part["r2_norm"], parts[0]["r2_norm"])
    assert set(table["indicator"]) == {"spin_fraction"}


def test_an_energy_density_that_is_absent_is_an_error():
    with pytest.raises(ValueError, match=r"0\.9"):
        tables.figure3(contents(noisy), 0.9)


def test_figure6_averages_over_realisations():
    made = contents(noisy)
    diagram = PhaseDiagram(
        np.array([2.0, 3.0, 4.0]),
        np.array([0.3, 0.4]),
        np.full((2, 3, 2), 0.4),
        np.full((2, 3, 2), 0.2),
        25,
        1.2,
    )
    table = tables.figure6(made, diagram, 8)
    assert (table["L"] == 8).all()
    data = realisations()
    for row in table[table["source"] == "exact"].itertuples():
        energy = int(np.flatnonzero(row.energy_density == GRID)[0])
        values = data.targets[(data.L == 8) & (data.h == row.h), energy, 2]
        assert row.spin_fraction == pytest.approx(values.mean())
        assert row.error == pytest.approx(values.std(ddof=1) / np.sqrt(COUNT))
    fine = table[table["source"] == "network"]
    assert len(fine) == 6
    assert np.allclose(fine["spin_fraction"], 0.4)
    assert np.allclose(fine["error"], 0.2 / 5)
    assert fine["largest"].max() == 1.2
    assert len(table[table["source"] == "network (test)"]) == 4


def curves_crossing_at(positions, noise=0.0, h=None):
    """Features tanh(L (h - h0)/40) of three chains: all cross at the h0 of network and feature."""
    h = np.linspace(0, 15, 61) if h is None else h
    positions = np.asarray(positions, dtype=float)
    sizes = np.array([8, 10, 12])
    argument = sizes[None, :, None, None] * (h[None, None, :, None] - positions[:, None, None, :])
    mean = np.tanh(argument / 40)
    mean = mean + noise * np.random.default_rng(0).normal(size=mean.shape)
    return FeatureCurves((8, 10, 12), h, mean, np.full(mean.shape, max(noise, 1e-6)), 100)


def test_figure8_and_its_crossings():
    curves = curves_crossing_at([[5.1, 4.0], [6.3, 7.77]])
    table = tables.figure8(curves, 40)
    assert len(table) == 2 * 2 * 3 * 61
    row = table[
        (table["network"] == 1) & (table["feature"] == 2) & (table["L"] == 10) & (table["h"] == 15)
    ]
    assert row["mean"].item() == pytest.approx(np.tanh(10 * (15 - 7.77) / 40))
    found = tables.crossings(table)
    assert len(found) == 4 * 3
    wanted = found.apply(
        lambda row: [[5.1, 4.0], [6.3, 7.77]][int(row["network"])][int(row["feature"]) - 1], axis=1
    )
    # Linear interpolation on a grid of 0.25: the curvature of tanh leaves less than 0.01.
    assert np.abs(found["h"] - wanted).max() < 0.01


def test_curves_that_do_not_cross_have_no_crossing():
    assert tables.crossings(tables.figure8(curves_crossing_at([[-3.0]]), 40))["h"].isna().all()


def test_a_crossing_on_a_grid_point_is_found():
    """4.0 is a point of the grid, where the difference is exactly zero."""
    assert np.allclose(tables.crossings(tables.figure8(curves_crossing_at([[4.0]]), 40))["h"], 4.0)


def test_noise_is_no_crossing():
    """Equal curves with independent noise change sign everywhere, and nowhere significantly.

    A false alarm needs two deviations of more than three standard errors of opposite sign.
    """
    h = np.linspace(0, 15, 61)
    noise = 0.01 * np.random.default_rng(3).normal(size=(1, 3, 61, 1))
    curves = FeatureCurves((8, 10, 12), h, noise, np.full(noise.shape, 0.01), 100)
    assert tables.crossings(tables.figure8(curves, 40))["h"].isna().all()


def written(folder, name, numbers):
    """A predictions file of the networks with these numbers, each with its own noise."""
    made = contents(lambda target, k: noisy(target, numbers[k]), networks=len(numbers))
    made.arrays["network"] = np.array(numbers)
    made.arrays["features"] = np.array(numbers, dtype=float)[:, None, None] * made["features"] + 1
    PREDICTIONS.write(folder / name, made.arrays, made.attributes)
    return folder / name


def test_blocks_of_networks_give_the_tables_of_the_whole(tmp_path):
    """Exactly: bootstrap streams know nothing of files."""
    whole = read_predictions([written(tmp_path, "whole.h5", [0, 1, 2, 3])])
    blocks = [written(tmp_path, "b.h5", [2, 3]), written(tmp_path, "a.h5", [0, 1])]
    joined = read_predictions(blocks)
    assert set(joined.arrays) == set(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.array_equal(joined[name], array, equal_nan=True), name
    streams = partial(streams.rng, 0)
    for found, expected in (
        (tables.figure3(joined), tables.figure3(whole)),
        (tables.figure4(joined, streams), tables.figure4(whole, streams)),
        (tables.figure5({"a": joined}, streams), tables.figure5({"a": whole}, streams)),
    ):
        assert (found["networks"] == 4).all()
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_predictions_of_another_training_are_not_joined(tmp_path):
    paths = [written(tmp_path, "a.h5", [0, 1])]
    other = contents(noisy, train_realisations=41)
    other.arrays["network"] += 2
    PREDICTIONS.write(tmp_path / "b.h5", other.arrays, other.attributes)
    with pytest.raises(
        SchemaError, match=r"b\.h5: computed with train_realisations = 41, but .* 40"
    ):
        read_predictions([*paths, tmp_path / "b.h5"])
    with pytest.raises(ValueError, match="no file"):
        read_predictions([])


def test_fine_grid_spans_the_values():
    grid = tables.fine_grid(np.array([3.0, 1.0, 2.0]), 5)
    assert grid.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]


def test_an_ensemble_keeps_its_errors_when_another_is_added():
    """Its bootstrap has a stream of its own."""
    predictions = contents(noisy)
    streams = partial(streams.rng, 0)
    whole = tables.scores(predictions, 0.5, streams)
    kept = predictions["h"] > 2.0
    axis = {dataset.name: dataset.dims.index("row") for dataset in ROWS}
    fewer = Contents(
        predictions.path,
        {
            name: array.compress(kept, axis[name]) if name in axis else array
            for name, array in predictions.arrays.items()
        },
        predictions.attributes,
    )
    part = tables.scores(fewer, 0.5, streams)
    assert len(part) < len(whole)
    both = whole[whole["h"] > 2.0].reset_index(drop=True)
    np.testing.assert_array_equal(part["sampling_error"], both["sampling_error"])
