"""The figures draw what their tables hold."""

from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure

from spinlearn import streams
from spinlearn.gru import tables
from spinlearn.gru.data import INDICATORS, Realisations, pad
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import prediction_arrays
from spinlearn.gru.training import feature_curves, phase_diagram, predict
from spinlearn.papers import gru as figures
from spinlearn.storage.hdf5 import Contents

GRID = np.array([0.25, 0.5, 0.75])


@pytest.fixture(scope="module")
def networks():
    architecture = Architecture(INDICATORS, energy_offset=0.0)
    return GruNetworks(2, architecture).initialise([1, 2])


@pytest.fixture(scope="module")
def predictions(networks, tmp_path_factory):
    rng = np.random.default_rng(0)
    fields = [rng.uniform(-h, h, (5, L)) for L in (6, 8) for h in (2.0, 5.0, 9.0)]
    data = Realisations(
        pad(fields),
        np.repeat([6, 8], 15),
        np.tile(np.repeat([2.0, 5.0, 9.0], 5), 2),
        GRID,
        rng.uniform(size=(30, 3, 3)),
    )
    arrays = prediction_arrays(data, predict(networks, data))
    attributes = {"variant": "multitask", "train_L": [6], "train_realisations": 5}
    return Contents(tmp_path_factory.mktemp("gru") / "predictions.h5", arrays, attributes)


def saved(figure: Figure, folder) -> None:
    path = folder / "figure.png"
    figure.savefig(path, dpi=60)
    assert path.stat().st_size > 5000


def curve(line):
    return np.asarray(line.get_ydata(), dtype=float)


def test_figure3(predictions, tmp_path):
    table = tables.figure3(predictions)
    figure = figures.figure3(table)
    assert len(figure.axes) == 3
    for ax, name in zip(figure.axes, figures.SYMBOLS, strict=True):
        assert name in INDICATORS
        part = table[(table["indicator"] == name)].sort_values("h")
        exact, network = ax.containers
        assert np.allclose(curve(exact[0]), part[part["source"] == "exact"]["mean"])
        assert np.allclose(curve(network[0]), part[part["source"] == "network"]["mean"])
        bars = exact[2][0].get_segments()
        half = [(bar[1, 1] - bar[0, 1]) / 2 for bar in bars]
        assert np.allclose(half, part[part["source"] == "exact"]["std"])
    guides = {text.get_text() for text in figure.axes[0].texts}
    assert guides == {"GOE", "Poisson"}
    saved(figure, tmp_path)


def test_figure4_dashes_what_was_held_out(predictions, tmp_path):
    table = tables.figure4(predictions, partial(streams.rng, 0))
    figure = figures.figure4(table)
    assert len(figure.axes) == 3
    for ax, name in zip(figure.axes, figures.SYMBOLS, strict=True):
        for line, (L, style) in zip(ax.lines, ((6, "-"), (8, "--")), strict=False):
            part = table[(table["indicator"] == name) & (table["L"] == L)].sort_values("h")
            assert np.allclose(curve(line), part["r2_norm"])
            assert line.get_linestyle() == style
        assert np.allclose(curve(ax.lines[-1]), 0.5)
        assert ax.get_ylim() == (0.0, 1.0)
    saved(figure, tmp_path)


def test_figure5_has_a_panel_a_length(predictions, tmp_path):
    named = {}
    for name in ("transfer", "scratch", "multitask"):
        attributes = {**predictions.attributes, "variant": name}
        named[name] = Contents(predictions.path, predictions.arrays, attributes)
    table = tables.figure5(named, partial(streams.rng, 0))
    figure = figures.figure5(table)
    assert [ax.get_title() for ax in figure.axes] == ["$L = 6$", "$L = 8$ (not trained on)"]
    for ax, L in zip(figure.axes, (6, 8), strict=True):
        for line, name in zip(ax.lines, figures.VARIANTS, strict=False):
            part = table[(table["variant"] == name) & (table["L"] == L)].sort_values("h")
            assert np.allclose(curve(line), part["r2_norm"])
    saved(figure, tmp_path)


def test_figure6_shares_one_colour_scale(predictions, networks, tmp_path):
    diagram = phase_diagram(
        networks, 8, np.linspace(2, 9, 11), np.linspace(0.25, 0.75, 7), 4, np.random.default_rng(1)
    )
    table = tables.figure6(predictions, diagram, 8)
    figure = figures.figure6(table)
    meshes = [ax.collections[0] for ax in figure.axes[:2]]
    assert [mesh.get_clim() for mesh in meshes] == [(0.0, 1.0)] * 2
    assert meshes[0].get_array().shape == (3, 3)
    assert meshes[1].get_array().shape == (7, 11)
    fine = table[table["source"] == "network"].pivot(
        index="energy_density", columns="h", values="spin_fraction"
    )
    assert np.allclose(meshes[1].get_array(), fine.to_numpy())
    assert figure.axes[0].get_xlim() == (2.0, 9.0)
    saved(figure, tmp_path)


def test_figure8_draws_one_training(networks, tmp_path):
    curves = feature_curves(networks, (6, 8), np.linspace(1, 9, 9), 20, np.random.default_rng(1))
    figure = figures.figure8(tables.figure8(curves, 5))
    assert len(figure.axes) == 2
    for feature, ax in enumerate(figure.axes):
        other, *shown = ax.lines
        assert np.allclose(curve(other), curves.mean[1, 1, :, feature])
        for i, line in enumerate(shown):
            assert np.allclose(curve(line), curves.mean[0, i, :, feature])
    saved(figure, tmp_path)


def test_a_longer_chain_leaves_the_curves_of_the_others(networks):
    h = np.array([2.0, 4.0])
    alone = feature_curves(networks, (6,), h, 20, np.random.default_rng(1))
    both = feature_curves(networks, (6, 8), h, 20, np.random.default_rng(1))
    np.testing.assert_array_equal(alone.mean[:, 0], both.mean[:, 0])


def test_one_field_and_one_network_still_draw(tmp_path):
    """The smallest configuration: a single h, energy density, chain length and network."""
    rng = np.random.default_rng(0)
    lone = GruNetworks(1, Architecture(INDICATORS, energy_offset=0.0)).initialise([1])
    data = Realisations(
        rng.uniform(-4, 4, (3, 6)),
        np.full(3, 6),
        np.full(3, 4.0),
        np.array([0.5]),
        rng.uniform(size=(3, 1, 3)),
    )
    contents = Contents(
        tmp_path / "predictions.h5",
        prediction_arrays(data, predict(lone, data)),
        {"variant": "energy", "train_L": [6], "train_realisations": 3},
    )
    saved(figures.figure3(tables.figure3(contents)), tmp_path)
    saved(figures.figure4(tables.figure4(contents, partial(streams.rng, 0))), tmp_path)
    diagram = phase_diagram(
        lone,
        6,
        tables.fine_grid(contents["h"], tables.H_POINTS),
        tables.fine_grid(contents["energy_density"], tables.ENERGY_POINTS),
        3,
        np.random.default_rng(1),
    )
    saved(figures.figure6(tables.figure6(contents, diagram, 6)), tmp_path)
    curves = feature_curves(lone, (6,), np.array([4.0]), 5, np.random.default_rng(1))
    saved(figures.figure8(tables.figure8(curves, 3)), tmp_path)
