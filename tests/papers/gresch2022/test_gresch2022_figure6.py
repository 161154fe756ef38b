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
    realisations,
    verdicts_of,
)

from spinlearn.gru.data import Realisations
from spinlearn.gru.evaluation import phase_diagram, predict, prediction_arrays
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.papers.gresch2022 import figure6, phase_map
from spinlearn.streams import rng


def saved(folder, networks, data):
    """Networks and what they predict, as files of the figure."""
    runs = range(networks.networks)
    training = Training("energy", tuple(runs), (6,), 40, "paper", 0.5, "page")
    save(folder / "model.pt", networks, training)
    arrays = prediction_arrays(data, predict(networks, data), runs)
    PREDICTIONS.write(folder / "p.h5", arrays, {**ATTRIBUTES, "variant": "energy"})
    return SimpleNamespace(predictions=[folder / "p.h5"], model=[folder / "model.pt"])


@pytest.fixture(scope="module")
def networks():
    return GruNetworks(2, Architecture(INDICATORS, energy_offset=0.0)).initialise([1, 2])


@pytest.fixture(scope="module")
def table(networks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figure6")
    return figure6.table(saved(folder, networks, realisations()), {"seed": 3})


def test_exact_values_are_averages_over_realisations(table):
    assert (table["L"] == 8).all()
    data = realisations()
    exact = table[table["source"] == "exact"]
    assert len(exact) == len(table[table["source"] == "network (test)"]) == 4
    for row in exact.itertuples():
        energy = int(np.flatnonzero(row.energy_density == GRID)[0])
        values = data.targets[(data.L == 8) & (data.h == row.h), energy, 2]
        assert row.spin_fraction == pytest.approx(values.mean())
        assert row.error == pytest.approx(values.std(ddof=1) / np.sqrt(COUNT))


def test_predictions_are_those_of_fresh_disorder_on_a_finer_grid(table, networks):
    fine = table[table["source"] == "network"]
    h, energy = (np.unique(fine[name]) for name in ("h", "energy_density"))
    assert (h[0], h[-1], energy[0], energy[-1]) == (2.0, 5.0, *GRID)
    stream = rng(3, "gru", "phase diagram", L=8)
    diagram = phase_diagram(networks, 8, h, energy, phase_map.SAMPLES, stream)
    assert np.allclose(fine["spin_fraction"], diagram.mean.mean(axis=0).ravel())
    deviation = diagram.deviation.mean(axis=0).ravel()
    assert np.allclose(fine["error"], deviation / np.sqrt(phase_map.SAMPLES))
    assert fine["largest"].max() == pytest.approx(diagram.largest)


def test_panels_share_one_colour_scale(table, tmp_path):
    figure = figure6.draw(table)
    meshes = [ax.collections[0] for ax in figure.axes[:2]]
    assert [mesh.get_clim() for mesh in meshes] == [(0.0, 1.0)] * 2
    assert meshes[0].get_array().shape == (2, 2)
    fine = table[table["source"] == "network"].pivot(
        index="energy_density", columns="h", values="spin_fraction"
    )
    assert np.allclose(meshes[1].get_array(), fine.to_numpy())
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
    check_saves(figure6.draw(figure6.table(saved(tmp_path, lone, data), {"seed": 0})), tmp_path)


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
    sources = [("exact", 0.0, 0.9), ("network (test)", offset, 1.07), ("network", 0.5, 1.02)]
    rows = []
    for source, shift, largest in sources:
        for h in (2.0, 6.0):
            for energy in np.arange(1, 20) / 20:
                sign = 1 if energy < 0.5 else -1
                rows.append(
                    {
                        "source": source,
                        "L": 12,
                        "h": h,
                        "energy_density": energy,
                        "spin_fraction": 0.7 - 0.2 * energy + sign * shift,
                        "error": error,
                        "largest": largest,
                        "held_out": False,
                        **ON_TABLES,
                    }
                )
    (claim,) = figure6.claims(pd.DataFrame(rows))
    assert verdicts_of([claim]) == [expected]
    assert claim["measured"] == pytest.approx(offset)
    # 0.2 times the standard deviation of 0.05, ..., 0.95.
    assert claim["note"].startswith("0.055 without the energy density")
    few = [row for row in rows if row["energy_density"] < 0.9]
    assert verdicts_of(figure6.claims(pd.DataFrame(few))) == ["too small to judge"]
    assert "largest single prediction of f 1.07" in claim["note"]
