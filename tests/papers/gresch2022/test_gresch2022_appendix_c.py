"""Appendix C: where predictions are good, and the mobility edge that they do not show."""

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    ON_TABLES,
    check_saves,
    files,
    predictions_file,
)

from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers.gresch2022 import appendix_c, edge_values, mobility_edge, quality
from spinlearn.papers.output import claims_table

GRID = np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9])
STRENGTHS, COUNT = (1.0, 3.0, 5.0, 7.0, 9.0, 12.0), 40


def spin_fractions(L, h, edge):
    """Curves of several L that cross at h = edge(energy density), with a little noise."""
    rng = np.random.default_rng([L, int(h)])
    value = 0.5 - 0.4 * np.tanh((h - edge(GRID)) * L / 40)
    return value + 0.02 * rng.standard_normal((COUNT, 1))


def realisations(edge):
    fields, targets = [], []
    for L in (8, 10):
        for h in STRENGTHS:
            rng = np.random.default_rng([L, int(10 * h)])
            fields.append(rng.uniform(-h, h, (COUNT, L)))
            others = rng.uniform(size=(COUNT, GRID.size, 2))
            targets.append(np.concatenate([others, spin_fractions(L, h, edge)[..., None]], axis=2))
    return Realisations(
        fields=pad(fields),
        L=np.repeat((8, 10), COUNT * len(STRENGTHS)),
        h=np.tile(np.repeat(STRENGTHS, COUNT), 2),
        energy_density=GRID,
        targets=np.concatenate(targets),
    )


def dome(energies):
    return 6.0 - 20 * (energies - 0.5) ** 2


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    """Errors are small in the middle of the spectrum, and large at the ends, for all h."""

    def predict(target, run):
        energies = np.tile(GRID, len(target) // GRID.size)[:, None]
        size = 0.005 + 0.5 * (energies - 0.5) ** 2
        return target + size * np.sin(1e6 * target + run)

    path = tmp_path_factory.mktemp("c") / "p.h5"
    return predictions_file(path, predict, data=realisations(dome), variant="energy")


@pytest.fixture(scope="module")
def table(predictions, tmp_path_factory):
    other = tmp_path_factory.mktemp("c") / "r.h5"
    data = realisations(dome)
    regression = predictions_file(
        other, lambda t, run: t + 0.01 * np.sin(1e6 * t), (0,), data, variant="regression"
    )
    return appendix_c.table(files(predictions, regression=[regression]), {"dpi": 150, "seed": 2})


def test_contrasts_are_differences_of_means():
    h, energies = np.array([1.0, 3.0, 6.0, 12.0]), np.array([0.1, 0.4, 0.5, 0.6, 0.9])
    grid = np.random.default_rng(0).uniform(size=(4, 5))
    found = quality.contrasts(grid, h, energies)
    assert found["middle"] == pytest.approx(grid[1:, 1:4].mean() - grid[1:, [0, 4]].mean())
    assert found["transition"] == pytest.approx(grid[2, 1:4].mean() - grid[[1, 3], 1:4].mean())
    assert np.isnan(quality.contrasts(grid[:, 1:4], h, energies[1:4])["middle"])


def test_maps_are_scores_of_single_realisations(table, predictions):
    """Second route: R^2 written out for one (h, energy density)."""
    data = realisations(dome)
    chosen = (data.L == 10) & (data.h == 5.0)
    target = data.targets[chosen, 2, 2]
    scores = []
    for run in (0, 1):
        error = (0.005 + 0.5 * 0.2**2) * np.sin(1e6 * target + run)
        ratio = (error**2).sum() / ((target - target.mean()) ** 2).sum()
        scores.append(1 / (1 + ratio))
    row = table.query(
        "part == 'map' and predictor == 'energy' and h == 5 and energy_density == 0.3"
    )
    found = row[row["indicator"] == "spin_fraction"]["value"].item()
    assert found == pytest.approx(np.mean(scores), rel=1e-6)
    assert len(table.query("part == 'map'")) == 2 * len(STRENGTHS) * GRID.size * 3


def test_claims_compare_networks_with_the_regression(table):
    claims = appendix_c.claims(table)
    claims_table(claims, "gresch2022.appendix_c.")
    assert {claim["verdict"] for claim in claims} == {"too small to judge"}
    assert all("L 12 (has 10)" in claim["needs"] for claim in claims)
    enough = table.assign(L=12, runs=5, h=table["h"].fillna(5.0))
    fine = pd.concat(
        [enough, *(enough.assign(energy_density=e) for e in np.linspace(0.01, 0.04, 12))]
    )
    middle = appendix_c.claims(fine)[1]
    assert middle["key"] == "gresch2022.appendix_c.fraction_middle"
    assert middle["verdict"] == "reproduced"
    regression = quality.contrast(table, "middle", "regression", "spin_fraction")
    assert abs(regression[0]) < 0.1
    assert appendix_c.claims(table.assign(system="open chain")) == []


def test_pictures_are_drawn(table, tmp_path):
    check_saves(appendix_c.draw(table), tmp_path)


def test_crossings_of_made_up_curves_show_their_edge():
    data = realisations(dome)
    cells = {
        float(energy): {
            (L, h): data.targets[(data.L == L) & (data.h == h), column, 2]
            for L in (8, 10)
            for h in STRENGTHS
        }
        for column, energy in enumerate(GRID)
    }
    found = edge_values.crossings(cells, 1, 20).set_index("energy_density")["h_c"]
    np.testing.assert_allclose(found[[0.2, 0.5, 0.8]], dome(np.array([0.2, 0.5, 0.8])), atol=0.4)
    depth, error = edge_values.crossing_depth(cells, 1, 20)
    assert depth == pytest.approx(20 * 0.3**2, abs=0.5)
    assert 0 < error < 0.5


def test_edge_of_predictions_is_told_from_the_exact_one(predictions, tmp_path):
    """Networks with random weights: no edge, so no claim is judged from too small sizes."""
    networks = GruNetworks(2, Architecture(INDICATORS, energy_offset=0.0)).initialise([1, 2])
    training = Training("energy", (0, 1), (8,), 40, "paper", 0.5, "page")
    save(tmp_path / "model.pt", networks, training)
    table = mobility_edge.table(
        files(predictions, model=[tmp_path / "model.pt"]), {"dpi": 150, "seed": 1}
    )
    assert set(table["part"]) == {"curve", "edge", "depth"}
    curves = table[table["part"] == "curve"]
    assert set(curves.loc[curves["source"] == "beyond", "L"]) == {12, 14, 16, 18}
    assert [claim["verdict"] for claim in mobility_edge.claims(table)] == ["too small to judge"]
    figure = mobility_edge.draw(table)
    check_saves(figure, tmp_path)
    left, right = figure.axes
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert [label.split(", ") for label in labels] == [
        *([f"{L}", "exact"] for L in (8, 10)),
        *([f"{L}", "networks"] for L in (12, 14, 16, 18)),
    ]
    assert right.get_ylim() == (0.0, 1.0)  # all energy densities, and no more


@pytest.mark.parametrize(
    ("beyond", "verdict"), [(0.1, "reproduced"), (2.0, "not reproduced"), (np.nan, "inconclusive")]
)
def test_the_edge_is_judged_by_half_of_the_exact_depth(beyond, verdict):
    depths = [("exact", 2.0, 0.2), ("same", 0.5, 0.2), ("beyond", beyond, 0.2)]
    rows = [{"part": "depth", "source": s, "depth": d, "error": e} for s, d, e in depths]
    rows += [{"part": "curve", "source": "exact", "L": 12, "h": 1.0, "mean": 0.5, "error": 0.1}]
    rows += [{"part": "curve", "source": "beyond", "L": 14, "h": 1.0, "mean": 0.5, "error": 0.1}]
    rows += [{"part": "edge", "source": "beyond", "h_c": 5.0, "error": 0.1, "quality": 1.0}]
    table = pd.DataFrame(rows).assign(**ON_TABLES)
    claims = mobility_edge.claims(table)
    claims_table(claims, "gresch2022.mobility_edge.")
    assert [claim["verdict"] for claim in claims] == [verdict]


def test_one_length_has_no_edge(tmp_path):
    data = realisations(dome)
    path = predictions_file(tmp_path / "p.h5", data=data.where(data.L == 8), variant="energy")
    networks = GruNetworks(2, Architecture(INDICATORS, energy_offset=0.0)).initialise([1, 2])
    save(
        tmp_path / "model.pt", networks, Training("energy", (0, 1), (8,), 40, "paper", 0.5, "page")
    )
    table = mobility_edge.table(files(path, model=[tmp_path / "model.pt"]), {"dpi": 150, "seed": 1})
    assert not (table["source"] == "exact")[table["part"] == "edge"].any()
    assert np.isnan(table.query("part == 'depth' and source == 'exact'")["depth"].item())
    check_saves(mobility_edge.draw(table), tmp_path)
    assert len(mobility_edge.claims(table)) == 1
