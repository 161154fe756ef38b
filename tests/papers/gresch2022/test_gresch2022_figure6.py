"""Figure 6: the phase diagram, exact and predicted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    ATTRIBUTES,
    COUNT,
    GRID,
    ON_TABLES,
    check_saves,
    predictions_file,
    realisations,
    verdicts_of,
)

from spinlearn.gru.data import Realisations
from spinlearn.gru.evaluation import phase_diagrams, predict, prediction_arrays
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.papers.gresch2022 import figure6
from spinlearn.streams import rng


def saved(folder, networks, data, baselines=()):
    """Networks and what they predict, as files of the figure."""
    runs = range(networks.networks)
    training = Training("energy", tuple(runs), (6,), 40, "paper", 0.5, "page")
    save(folder / "model.pt", networks, training)
    arrays = prediction_arrays(data, predict(networks, data), runs)
    PREDICTIONS.write(folder / "p.h5", arrays, {**ATTRIBUTES, "variant": "energy"})
    paths = {"predictions": [folder / "p.h5"], "model": [folder / "model.pt"]}
    return SimpleNamespace(**paths, baselines=list(baselines))


SETTINGS = {"dpi": 150, "seed": 3, "vectors": 50, "h_points": 9, "energy_points": 5}


@pytest.fixture(scope="module")
def networks():
    return GruNetworks(2, Architecture(INDICATORS, energy_offset=0.0)).initialise([1, 2])


@pytest.fixture(scope="module")
def table(networks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figure6")
    baselines = [
        predictions_file(folder / f"{name}.h5", lambda y, _, s=shift: y + s, (0,), variant=name)
        for shift, name in ((0.1, "mean"), (0.2, "regression"))
    ]
    return figure6.table(saved(folder, networks, realisations(), baselines), SETTINGS)


def test_exact_values_are_averages_over_realisations(table):
    assert (table["L"] == 8).all()
    data = realisations()
    exact = table[table["source"] == "exact"]
    assert len(exact) == len(table[table["source"] == "network (test)"]) == 3 * 4
    for row in exact.itertuples():
        energy = int(np.flatnonzero(row.energy_density == GRID)[0])
        column = INDICATORS.index(row.indicator)
        values = data.targets[(data.L == 8) & (data.h == row.h), energy, column]
        assert row.value == pytest.approx(values.mean())
        assert row.error == pytest.approx(values.std(ddof=1) / np.sqrt(COUNT))


def test_baselines_are_averaged_over_the_same_vectors(table):
    cells = ["indicator", "h", "energy_density"]
    exact, mean, regression = (
        table[table["source"] == name].set_index(cells)["value"]
        for name in ("exact", "mean", "regression")
    )
    assert np.allclose(mean[exact.index] - exact, 0.1)
    assert np.allclose(regression[exact.index] - exact, 0.2)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_predictions_are_those_of_fresh_disorder_on_a_finer_grid(table, networks, indicator):
    fine = table[(table["source"] == "network") & (table["indicator"] == indicator)]
    h, energy = (np.unique(fine[name]) for name in ("h", "energy_density"))
    assert (h[0], h[-1], energy[0], energy[-1]) == (2.0, 5.0, *GRID)
    stream = rng(3, "gru", "phase diagram", L=8)
    assert (len(h), len(energy)) == (9, 5)
    diagram = phase_diagrams(networks, 8, h, energy, 50, stream)[indicator]
    assert np.allclose(fine["value"], diagram.mean.mean(axis=0).ravel())
    deviation = diagram.deviation.mean(axis=0).ravel()
    assert np.allclose(fine["error"], deviation / np.sqrt(50))
    assert fine["largest"].max() == pytest.approx(diagram.largest)


def test_panels_share_one_colour_scale(table, tmp_path):
    figure = figure6.draw(table)
    meshes = [ax.collections[0] for ax in figure.axes[:4]]
    assert [mesh.get_clim() for mesh in meshes[:2]] == [(0.0, 1.0)] * 2
    assert meshes[0].get_array().shape == (2, 2)
    fraction = table[table["indicator"] == "spin_fraction"]
    maps = {
        source: part.pivot(index="energy_density", columns="h", values="value").to_numpy()
        for source, part in fraction.groupby("source")
    }
    assert np.allclose(meshes[1].get_array(), maps["network"])
    assert np.allclose(meshes[2].get_array(), maps["network (test)"] - maps["exact"])
    assert np.allclose(meshes[3].get_array(), 0.2)
    assert figure.axes[0].get_xlim() == (2.0, 5.0)
    check_saves(figure, tmp_path)


def test_one_field_and_one_run_still_draw(tmp_path):
    """The smallest configuration: a single h, energy density, chain length and run."""
    draws = np.random.default_rng(0)
    lone = GruNetworks(1, Architecture(INDICATORS, energy_offset=0.0)).initialise([1])
    data = Realisations(
        draws.uniform(-4, 4, (3, 6)),
        np.full(3, 6),
        np.full(3, 4.0),
        np.array([0.5]),
        draws.uniform(size=(3, 1, 3)),
    )
    check_saves(figure6.draw(figure6.table(saved(tmp_path, lone, data), SETTINGS)), tmp_path)


@pytest.mark.parametrize(
    ("offset", "error", "expected"),
    [
        (0.02, 0.01, "reproduced"),
        (0.04, 0.01, "inconclusive"),
        (0.07, 0.01, "inconclusive"),
        (0.08, 0.01, "not reproduced"),
        (0.15, 0.06, "inconclusive"),
        (0.02, 0.0, "inconclusive"),
        (0.02, np.nan, "inconclusive"),
    ],
)
def test_the_claim_judges_the_rms_difference(offset, error, expected):
    table = maps(offset, error)
    claim = figure6.claims(table)[0]
    assert claim["key"] == "gresch2022.figure6.phase_diagram"
    assert verdicts_of([claim]) == [expected]
    assert claim["measured"] == pytest.approx(offset)
    # 0.2 times the standard deviation of 0.05, ..., 0.95.
    assert claim["note"].startswith("0.055 without the energy density")
    few = table[table["energy_density"] < 0.9]
    assert verdicts_of(figure6.claims(few)) == ["too small to judge"] * 4
    assert "largest single prediction of f 1.07" in claim["note"]


def maps(offset, error, baselines=()):
    """Maps of every indicator: networks off by `offset`, baselines by a number each."""
    sources = [("exact", 0.0, 0.9), ("network (test)", offset, 1.07), ("network", 0.5, 1.02)]
    sources += [(name, shift, 1.5) for name, shift in dict(baselines).items()]
    rows = []
    for indicator in INDICATORS:
        for source, shift, largest in sources:
            for h in (2.0, 6.0):
                for energy in np.arange(1, 20) / 20:
                    sign = 1 if energy < 0.5 else -1
                    rows.append(
                        {
                            "indicator": indicator,
                            "source": source,
                            "L": 12,
                            "h": h,
                            "energy_density": energy,
                            "value": 0.7 - 0.2 * energy + sign * shift,
                            "error": error,
                            "largest": largest,
                            "held_out": False,
                            **ON_TABLES,
                        }
                    )
    return pd.DataFrame(rows)


def test_the_map_of_each_indicator_is_judged():
    claims = figure6.claims(maps(0.02, 0.01, {"mean": 0.1}))
    keys = [claim["key"].removeprefix("gresch2022.figure6.phase_diagram") for claim in claims]
    assert keys == ["", "_entropy", "_gap_ratio", "_learned"]
    assert verdicts_of(claims) == ["reproduced"] * 4


@pytest.mark.parametrize(
    ("network", "error", "expected"),
    [
        # The better baseline is off by 0.04. Two errors: 2 |n - b| error / (|n| + |b|) / sqrt(2).
        (0.01, 0.005, "reproduced"),
        (0.08, 0.005, "not reproduced"),
        (0.03, 0.05, "inconclusive"),
        (0.01, np.nan, "inconclusive"),
    ],
)
def test_learned_means_nearer_than_the_better_baseline(network, error, expected):
    table = maps(network, error, {"mean": 0.2, "deviation": 0.3, "regression": -0.04})
    claim = figure6.claims(table)[-1]
    assert claim["key"] == "gresch2022.figure6.phase_diagram_learned"
    assert (claim["verdict"], claim["measured"]) == (expected, pytest.approx(0.04 - network))
    assert "regression 0.04" in claim["note"]


def test_without_baselines_nothing_is_said_of_them():
    claim = figure6.claims(maps(0.02, 0.01))[-1]
    assert (claim["verdict"], claim["note"]) == ("too small to judge", "no baseline")
