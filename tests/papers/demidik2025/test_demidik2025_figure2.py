"""Averages over runs, the picture of distances, verdicts on them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.demidik2025.equal_parameters import equal_parameters, telling_pairs
from spinlearn.papers.demidik2025.figure2 import claims, draw, table
from spinlearn.papers.demidik2025.runs import runs_table, training_results
from spinlearn.papers.output import claims_table

NEEDED = {("random", "Z"): 8.0, ("random", "XZ"): 4.0, ("random", "XYZ"): 8 / 3}


def _verdicts(results):
    return list(claims_table(claims(results), "demidik2025.figure2.").verdict)


def test_runs_are_ordered_and_complete(trained_files):
    runs = runs_table(trained_files)
    assert len(runs) == 36
    assert list(runs.dataset.unique()) == ["bars", "random"]
    assert list(runs.paulis.unique()) == ["Z", "XZ", "XYZ"]


def test_results_are_averages_over_runs(trained_files):
    runs = runs_table(trained_files)
    results = table(SimpleNamespace(fits=trained_files), {"tvd_threshold": 0.3})
    assert len(results) == 12
    assert set(results.threshold) == {0.3}
    row = results.iloc[3]
    some = runs[(runs.dataset == "bars") & (runs.paulis == "XZ") & (runs.m == 2)]
    assert (row.paulis, row.m, row.runs) == ("XZ", 2, 3)
    assert row.tvd == pytest.approx(some.tvd.mean())
    assert row.tvd_std == pytest.approx(some.tvd.std(ddof=1))
    assert row.tvd_error == pytest.approx(some.tvd.std(ddof=1) / np.sqrt(3))
    assert row.tvd_of_uniform == pytest.approx(1 - 4 / 16)


def test_single_runs_are_drawn_and_too_small(made_up_runs, tmp_path):
    results = training_results(made_up_runs(NEEDED, grid=tuple(range(1, 17)), runs=1), 0.2)
    assert results[["tvd_std", "tvd_error"]].isna().all(axis=None)
    draw(results).savefig(tmp_path / "figure2.png", dpi=50)
    assert _verdicts(results) == ["too small to judge"] * 3


def test_every_machine_is_drawn(trained_files, tmp_path):
    results = table(SimpleNamespace(fits=trained_files), {"tvd_threshold": 0.2})
    fig = draw(results)
    for axes, dataset in zip(fig.axes, ("bars", "random"), strict=True):
        drawn = np.concatenate(
            [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 2]
        )
        for value in results.tvd[results.dataset == dataset]:
            assert np.isclose(drawn, value).any()
    fig.savefig(tmp_path / "figure2.png", dpi=50)
    assert (tmp_path / "figure2.png").stat().st_size > 2000
    claims_table(claims(results), "demidik2025.figure2.")


def test_mostly_stuck_runs_have_open_markers(made_up_runs):
    results = training_results(made_up_runs({("random", "Z"): 6.0}), 0.2)
    (panel,) = draw(results).axes
    markers = [line for line in panel.lines if line.get_marker() == "s"]
    found = {line.get_markerfacecolor(): list(line.get_xdata()) for line in markers}
    assert found.pop("white") == [1, 2]
    assert list(found.values()) == [[3, 4, 6, 8, 12]]


def test_unequal_distances_at_equal_parameters_are_not_reproduced(made_up_runs):
    """The made-up curves fall by 0.1 per m for all machines."""
    runs = made_up_runs(NEEDED, grid=tuple(range(1, 17)))
    found = _verdicts(training_results(runs, 0.2))
    assert found == ["reproduced", "not reproduced", "not reproduced"]


def test_equal_distances_at_equal_parameters_are_reproduced(made_up_runs):
    runs = made_up_runs(NEEDED, grid=tuple(range(1, 17)))
    stretched = runs.copy()
    for paulis in ("XZ", "XYZ"):
        for m in range(1, 16 // len(paulis) + 1):
            same = runs[(runs.paulis == "Z") & (runs.m == m * len(paulis))].tvd.to_numpy()
            stretched.loc[(stretched.paulis == paulis) & (stretched.m == m), "tvd"] = same
    results = training_results(stretched, 0.2)
    pairs = equal_parameters(results, "XZ")
    assert len(pairs) == 8
    assert np.abs(pairs.tvd - pairs.tvd_classical).max() < 1e-12
    assert _verdicts(results) == ["reproduced"] * 3


def test_too_small_grid_is_inconclusive(made_up_runs):
    assert _verdicts(training_results(made_up_runs(NEEDED, grid=(1, 2, 3)), 0.2))[0] == (
        "inconclusive"
    )


def _results(tvd, error=0.002, classical=0.1):
    """A table in which an RBM with 2 m has one distance, an sqRBM with m others."""
    rows = []
    for m, distance in enumerate(tvd, start=1):
        for paulis, hidden, found in (("XZ", m, distance), ("Z", 2 * m, classical)):
            rows.append({"paulis": paulis, "m": hidden, "tvd": found})
    return pd.DataFrame(rows).assign(
        dataset="random", n=8, tvd_error=error, runs=20, iterations=2000, threshold=0.2
    )


@pytest.mark.parametrize(
    ("tvd", "error", "expected"),
    [
        ([0.1] * 10, 0.002, "reproduced"),
        ([0.1] * 10, 0.0, "inconclusive"),
        ([0.1] * 10, 0.2, "inconclusive"),  # the mean is certain enough, the single ones are not
        ([0.2] * 10, 0.002, "not reproduced"),
        ([0.1] * 9 + [0.2], 0.002, "reproduced"),
        ([0.1] * 8 + [0.2] * 2, 0.002, "not reproduced"),  # too few alike, although the mean is
        ([0.1] * 8 + [0.15] * 2, 0.002, "inconclusive"),
    ],
)
def test_equal_parameters_are_judged_in_the_mean_and_one_by_one(tvd, error, expected):
    found = {claim["key"]: claim["verdict"] for claim in claims(_results(tvd, error))}
    assert found["demidik2025.figure2.equal_parameters_xz"] == expected


def test_pairs_equal_for_another_reason_do_not_count():
    """Neither has learned anything, or both all of it. One that learned and one that did not do."""
    unequal = _results([0.2] * 4)
    for place, distance in enumerate((0.5, 0.01)):
        same = _results([distance] * 20, classical=distance).assign(n=10 + place)
        unequal = pd.concat([unequal, same], ignore_index=True)
    apart = _results([0.01], classical=0.5).assign(n=12)
    pairs = telling_pairs(pd.concat([unequal, apart], ignore_index=True), "XZ")
    assert pairs.n.tolist() == [8] * 4 + [12]
    found = {claim["key"]: claim["verdict"] for claim in claims(unequal)}
    assert found["demidik2025.figure2.equal_parameters_xz"] == "not reproduced"


@pytest.mark.parametrize(
    ("distance", "error", "expected"),
    [
        (0.1, 0.01, "reproduced"),
        (0.19, 0.01, "inconclusive"),
        (0.4, 0.01, "inconclusive"),  # a larger m might do
        (0.1, 0.0, "inconclusive"),
    ],
)
def test_learning_has_to_be_certain(distance, error, expected):
    claim = claims(_results([distance] * 3, error))[0]
    assert (claim["key"], claim["verdict"]) == ("demidik2025.figure2.all_learn", expected)
