"""Level statistics: table, picture and verdicts, on ensembles of known statistics."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from chains import about_chain

from spinlearn.mbl.schemas import WINDOWS
from spinlearn.papers.zhong2022 import figure10


def write_windows(path, boundary, h, energies):
    R = len(energies)
    names = ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction", "residual")
    counts = ("certified", "first_level", "matvecs")
    WINDOWS.write(
        path,
        {
            **dict.fromkeys((*names, *counts), np.ones(R)),
            "fields": np.zeros((R, 12)),
            "energies": energies,
            "extremal_energies": np.ones((R, 2)),
            "solver": np.full(R, "dense"),
        },
        {**about_chain(boundary=boundary), "h": h, "energy_density": 0.5},
    )
    return path


def poisson_windows(path, boundary, h, realisations=200, levels=400, seed=0):
    gaps = np.random.default_rng(seed).exponential(size=(realisations, levels + 1))
    return write_windows(path, boundary, h, np.cumsum(gaps, axis=1))


def table_of(*paths, bins=10):
    return figure10.table(SimpleNamespace(windows=list(paths)), {"bins": bins, "dpi": 50})


def test_histogram_is_a_density_and_follows_poisson(tmp_path):
    table = table_of(poisson_windows(tmp_path / "a.h5", "ring", 3.9), bins=20)
    assert table.density.mean() == pytest.approx(1.0)
    expected = 2 / (1 + table.r) ** 2
    # Five standard errors per bin plus the curvature inside a bin of width 1/20 (below 0.4 %).
    assert (abs(table.density - expected) < 5 * table.density_error + 0.004 * expected).all()


def test_blocks_are_joined_by_chain_and_strength(tmp_path):
    energies = np.sort(np.random.default_rng(0).uniform(size=(4, 9)), axis=1)
    table = table_of(
        write_windows(tmp_path / "a.h5", "ring", 6.0, energies[:2]),
        write_windows(tmp_path / "b.h5", "ring", 6.0, energies[2:]),
        write_windows(tmp_path / "c.h5", "open", 3.0, energies),
    )
    first = table.groupby(["system", "L", "h"], sort=False).first()
    assert list(first.index) == [("ring", 12, 6.0), ("open chain", 12, 3.0)]
    assert first.realisations.tolist() == [4, 4]
    gaps = np.diff(energies, axis=1)  # the definition, written out
    ratios = np.minimum(gaps[:, 1:] / gaps[:, :-1], gaps[:, :-1] / gaps[:, 1:])
    assert first.mean_gap_ratio.tolist() == pytest.approx([ratios.mean()] * 2)


@pytest.mark.parametrize(
    ("h", "verdict"), [(3.9, "reproduced"), (0.1, "not reproduced"), (0.5, "not reproduced")]
)
def test_verdicts_follow_the_numbers(tmp_path, h, verdict):
    table = table_of(poisson_windows(tmp_path / "a.h5", "ring", h))
    (claim,) = figure10.claims(table.assign(L=16))
    assert claim["verdict"] == verdict
    (shorter,) = figure10.claims(table)
    assert shorter["verdict"] == (verdict if h == 0.5 else "too small to judge")
    assert shorter["measured"] == claim["measured"]


def test_published_means_are_those_of_their_phase():
    """The text of the paper prints them with the labels swapped."""
    for h, name, printed in ((3.9, "poisson", "0.391"), (0.1, "goe", "0.529")):
        row = {"system": "ring", "h": h, "L": 16, "realisations": 1000}
        row |= {"mean_gap_ratio": float(printed), "mean_gap_ratio_error": 0.001}
        (claim,) = figure10.claims(pd.DataFrame([row]))
        assert claim["key"] == f"zhong2022.figure10.{name}_ring"
        assert claim["published"].startswith(printed)
        assert claim["verdict"] == "reproduced"


def test_too_few_realisations_are_too_small(tmp_path):
    (claim,) = figure10.claims(table_of(poisson_windows(tmp_path / "a.h5", "ring", 3.9, 3, 10)))
    assert claim["verdict"] == "too small to judge"


@pytest.mark.parametrize(
    ("mean", "error", "expected"),
    [
        (0.388, 0.002, "reproduced"),
        (0.399, 0.002, "inconclusive"),  # two errors straddle the tolerance of 0.01
        (0.409, 0.002, "not reproduced"),
        (0.388, 0.006, "inconclusive"),
        (0.388, 0.0, "inconclusive"),
        (0.388, np.nan, "inconclusive"),
    ],
)
def test_mean_gap_ratios_are_judged_within_a_tolerance(mean, error, expected):
    row = {"system": "open chain", "h": 3.9, "L": 16, "realisations": 1000}
    row["mean_gap_ratio"] = mean
    (claim,) = figure10.claims(pd.DataFrame([{**row, "mean_gap_ratio_error": error}]))
    assert claim["verdict"] == expected
    assert (claim["key"], claim["origin"]) == ("zhong2022.figure10.poisson_open", "paper")


def test_our_own_thermal_point_is_not_a_claim_of_the_paper():
    found = {claim["key"]: claim["origin"] for claim in figure10.claims(drawn_table())}
    assert found["zhong2022.figure10.own_thermal_ring"] == "spinlearn"
    assert list(found.values()).count("paper") == 4


def test_another_chain_is_no_claim_on_the_paper():
    table = drawn_table().assign(system="ring, J_zz = 0.5")
    assert figure10.claims(table) == []
    assert figure10.draw(table).axes[0].get_title().startswith("ring, J_zz = 0.5")


def drawn_table():
    rows = [
        {
            "system": system,
            "L": 10,
            "h": h,
            "realisations": 7,
            "r": r,
            "density": 1 + h - r,
            "density_error": 0.1,
            "mean_gap_ratio": 0.4,
            "mean_gap_ratio_error": 0.01,
        }
        for system in ("ring", "open chain")
        for h in (0.1, 0.5, 3.9)
        for r in np.linspace(0.05, 0.95, 10)
    ]
    return pd.DataFrame(rows)


def test_figure_has_a_panel_per_chain_and_the_two_laws():
    fig = figure10.draw(drawn_table())
    assert len(fig.axes) == 2
    labels = fig.axes[0].get_legend_handles_labels()[1]
    assert labels[0] == "Poisson"
    assert labels[1].startswith("GOE")
    assert len(labels) == 5
    poisson, goe = (line.get_ydata() for line in fig.axes[0].lines[:2])
    grid = fig.axes[0].lines[0].get_xdata()
    # Both are densities on [0, 1]; means 2 ln 2 - 1 and 4 - 2 sqrt 3.
    for density, mean in ((poisson, 2 * np.log(2) - 1), (goe, 4 - 2 * np.sqrt(3))):
        assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-4)
        assert np.trapezoid(density * grid, grid) == pytest.approx(mean, abs=1e-4)


def test_figure_of_one_chain():
    table = drawn_table()
    assert len(figure10.draw(table[table.system == "ring"]).axes) == 1


def test_realisations_with_degenerate_levels_do_not_count(tmp_path):
    levels = np.cumsum(np.random.default_rng(1).exponential(size=(6, 30)), axis=1)
    degenerate = levels.copy()
    degenerate[[1, 4], 7] = degenerate[[1, 4], 6]
    table = table_of(write_windows(tmp_path / "a.h5", "ring", 3.9, degenerate))
    rest = np.delete(levels, [1, 4], axis=0)
    expected = table_of(write_windows(tmp_path / "b.h5", "ring", 3.9, rest))
    pd.testing.assert_frame_equal(table, expected)
    assert (table.realisations == 4).all()
    degenerate[:, 7] = degenerate[:, 6]
    none = table_of(write_windows(tmp_path / "c.h5", "ring", 3.9, degenerate))
    assert none.mean_gap_ratio.isna().all()
    (claim,) = figure10.claims(none)
    assert claim["verdict"] == "too small to judge"
    figure10.draw(none).draw_without_rendering()
