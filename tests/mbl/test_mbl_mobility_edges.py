"""Mobility edges of made-up data, and the grid values behind them."""

import numpy as np
import pytest
from chains import about_chain
from made_up_curves import made_up

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.mobility_edges import grid_values, has_edge, mobility_edge, mobility_edges
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.spins.entanglement import page_entropy
from spinlearn.statistics.collapse import WORST_QUALITY


def write_indicators(path, L, h, entropy, operators="pauli"):
    R = len(entropy)
    ones = np.ones((R, 2))
    names = ("gap_ratio", "number_entropy", "spin_fraction", "extremal_energies")
    INDICATORS.write(
        path,
        {
            **dict.fromkeys(names, ones),
            "fields": np.zeros((R, L)),
            "energy_density": np.array([0.25, 0.5]),
            "window_mean": np.tile([0.25, 0.5], (R, 1)),
            "window_width": np.full((R, 2), 0.1),
            "entanglement_entropy": np.stack([0 * entropy, entropy], axis=1),
        },
        {**about_chain(operators), "h": h, "states_per_window": 5},
    )
    return INDICATORS.read(path)


def test_blocks_are_joined_by_energy_size_and_strength(tmp_path):
    files = [
        write_indicators(tmp_path / "a.h5", 8, 6.0, np.array([1.0, 2.0])),
        write_indicators(tmp_path / "b.h5", 8, 6.0, np.array([3.0])),
        write_indicators(tmp_path / "c.h5", 8, 3.0, np.array([4.0]), operators="spin"),
        write_indicators(tmp_path / "d.h5", 8, 3.0, np.array([5.0])),
    ]
    data = grid_values(files, "entanglement_entropy")
    assert list(data) == [0.25, 0.5]
    assert {cell: v.tolist() for cell, v in data[0.5].items()} == {
        (8, 3.0): [5.0],
        (8, 6.0): [1.0, 2.0, 3.0, 4.0],
    }
    spin = grid_values(files, "gap_ratio", operators="spin")
    assert {cell: v.size for cell, v in spin[0.25].items()} == {(8, 1.5): 1, (8, 3.0): 4}
    page = grid_values(files, "entanglement_entropy", normalisation="page")
    assert page[0.5][8, 3.0][0] == pytest.approx(5.0 / page_entropy(16, 16))
    with pytest.raises(ValueError, match="is not an entropy"):
        grid_values(files, "gap_ratio", normalisation="page")


def test_mobility_edge_follows_the_energy_density():
    truth = {0.3: 5.0, 0.5: 6.4, 0.7: 5.3}
    data = {
        energy: made_up(k, sizes=(8, 10, 14), R=2000, h_c=h_c)
        for k, (energy, h_c) in enumerate(truth.items())
    }
    table = mobility_edge(data, 0, resamples=40)
    assert table.energy_density.tolist() == list(truth)
    assert table.L_small.tolist() == [10] * 3
    assert table.L_large.tolist() == [14] * 3
    assert table.dtypes[["L_small", "crossings", "at_bound"]].tolist() == [int, int, bool]
    expected = np.array(list(truth.values()))
    # Five errors each; interpolating over steps of 0.75 costs at most 0.1 more.
    assert (abs(table.h_c - expected) < 5 * table.h_c_error + 0.1).all()
    assert (abs(table.h_crossing - expected) < 5 * table.error + 0.1).all()
    assert (table.fraction > 0.9).all()
    assert table.h_c[1] - table.h_c[0] == pytest.approx(1.4, abs=0.5)


def test_curves_that_do_not_collapse_have_no_edge():
    """S far above 1: curves whose heights depend on the size cannot be laid over each other."""
    good, bad = made_up(0), made_up(0)
    bad = {(L, h): values + 0.1 * L for (L, h), values in bad.items()}
    table = mobility_edge({0.3: bad, 0.5: good}, 0, resamples=20)
    assert table.quality[0] > WORST_QUALITY > table.quality[1]
    for name in ("h_c", "h_c_error", "nu", "nu_error"):
        assert table[name].isna().tolist() == [True, False]


def test_an_edge_of_the_search_has_no_error():
    outside = made_up(5, h=np.linspace(8.0, 11.0, 13))
    table = mobility_edge({0.5: outside}, 0, resamples=20)
    assert table.at_bound[0]
    assert np.isnan(table.h_c_error[0])
    assert np.isfinite(table.h_c[0])


def test_indicators_whose_limits_do_not_depend_on_the_size_have_an_edge():
    """And the entanglement entropy, which is normalised; other entropies grow with the size."""
    without = {"number_entropy", "participation_entropy"}
    assert {name for name in OBSERVABLES if has_edge(name)} == OBSERVABLES.keys() - without


def test_undefined_values_do_not_count(tmp_path):
    file = write_indicators(tmp_path / "a.h5", 8, 6.0, np.array([1.0, 2.0, 3.0]))
    file["gap_ratio"][0, 1] = np.nan
    data = grid_values([file], "gap_ratio")
    assert [data[energy][8, 6.0].size for energy in (0.25, 0.5)] == [3, 2]


def test_energies_without_values_of_the_two_largest_sizes_have_no_edge(tmp_path):
    """Two other sizes would give an edge that is drawn on the wrong maps."""
    rng = np.random.default_rng(0)
    files = []
    for L in (6, 8, 10):
        for h in (2.0, 4.0, 6.0, 8.0):
            path = tmp_path / f"{L}-{h}.h5"
            files.append(write_indicators(path, L, h, rng.uniform(1, 2, 20)))
            files[-1]["gap_ratio"][:] = rng.uniform(0.3, 0.5, (20, 2))
            if L == 10:
                files[-1]["gap_ratio"][:, 0] = np.nan
    table = mobility_edges(files, 0, normalisation="page", resamples=20)
    edges = table[table.indicator == "gap_ratio"]
    assert edges.energy_density.tolist() == [0.5]
    assert (edges.L_small.tolist(), edges.L_large.tolist()) == ([8], [10])
