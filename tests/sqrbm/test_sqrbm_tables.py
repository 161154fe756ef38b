"""Tables, verdicts, figures and files of the stage."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers import sqrbm as figures
from spinlearn.papers.output import claims_table
from spinlearn.pipeline.errors import DatasetError, SchemaError
from spinlearn.sqrbm.claims import (
    cross_fit_claims,
    equal_parameters,
    hidden_unit_claims,
    support,
    training_claims,
)
from spinlearn.sqrbm.crossfit import theorem1
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.tables import (
    cross_fit_table,
    first_crossing,
    join_runs,
    minimum_hidden_units,
    runs_table,
    training_results,
)
from spinlearn.sqrbm.training import file_contents, target_distribution, train_on_dataset

GRID = (1, 2, 3, 4, 6, 8, 12)


def _runs(needed: dict[tuple[str, str], float], grid=GRID, n: int = 8, runs: int = 10):
    """Distances that fall linearly in m and cross 0.2 at a stated number of hidden units."""
    rng = np.random.default_rng(0)
    rows = []
    for (dataset, paulis), crossing in needed.items():
        for m in grid:
            tvd = np.clip(0.2 + 0.1 * (crossing - m), 0.0, 0.6)
            noise = rng.normal(size=runs) * 0.01
            rows += [
                {
                    "dataset": dataset, "n": n, "paulis": paulis, "m": m,
                    "parameters": Machine(n, m, paulis).size, "run": run,
                    "tvd": float(np.clip(tvd + noise[run] - noise.mean(), 0.0, 1.0)),
                    "kl": tvd, "stuck": int(tvd > 0.59),
                    "tvd_of_uniform": 1 - support(dataset, n) / 2**n,
                }
                for run in range(runs)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def test_supports_agree_with_the_distributions():
    for n in (4, 6, 8, 10):
        for dataset in ("bars", "random", "cardinality", "parity"):
            q = target_distribution(dataset, n, 1)
            assert np.count_nonzero(q) == support(dataset, n)


def test_first_crossing_interpolates():
    means = np.array(
        [
            [0.5, 0.4, 0.1, 0.0],  # between 2 and 4
            [0.1, 0.5, 0.1, 0.0],  # already below at the smallest
            [0.5, 0.5, 0.4, 0.3],  # never
            [0.5, 0.1, 0.3, 0.0],  # the first time counts
        ]
    )
    found = first_crossing([1, 2, 4, 8], means, 0.2)
    np.testing.assert_allclose(found.m, [2 + 2 * 2 / 3, 1.0, np.nan, 1.75])
    np.testing.assert_array_equal(found.place, [2, 0, 4, 1])


def test_minimum_hidden_units_and_ratios():
    runs = _runs({("bars", "Z"): 7.0, ("bars", "XZ"): 3.5, ("bars", "XYZ"): 2.5})
    table = minimum_hidden_units(runs, 0.2, 1).set_index("paulis")
    assert list(table.status) == ["reached"] * 3
    np.testing.assert_allclose(table.m, [7.0, 3.5, 2.5], atol=0.02)
    np.testing.assert_allclose(table.m_grid, [8, 4, 3])
    np.testing.assert_allclose(table.m_below, [6, 3, 2])
    np.testing.assert_allclose(table.ratio[["XZ", "XYZ"]], [2.0, 2.8], rtol=0.01)
    # slope 0.1 and noise 0.01/sqrt(10) give 0.03; the step from 6 to 8 adds 1/sqrt(12)
    assert table.m_error["XZ"] == pytest.approx(0.032, rel=0.4)
    assert table.m_error["Z"] == pytest.approx(np.hypot(0.032, 1 / np.sqrt(12)), rel=0.05)
    np.testing.assert_allclose(table.ratio_theorem, [1, 2, 3])
    np.testing.assert_allclose(table.ratio_dimension, [1, 2 - 1 / 9, 3 - 3 / 9])


def test_bootstrap_error_is_that_of_repeated_experiments():
    """The spread of the crossing over 60 independent experiments; its own error is 9 per cent."""
    rng = np.random.default_rng(5)
    found, errors = [], []
    for experiment in range(60):
        runs = _runs({("bars", "Z"): 3.5}, grid=(2, 3, 4, 5), runs=20)
        runs["tvd"] += rng.normal(size=len(runs)) * 0.05
        row = minimum_hidden_units(runs, 0.2, experiment).iloc[0]
        found.append(row.m)
        errors.append(row.m_error)
    # four of its standard errors: false alarm below 1e-4
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.36)


def test_bounds_are_kept_and_named():
    runs = _runs(
        {
            ("bars", "Z"): 5.0, ("bars", "XZ"): 0.5, ("bars", "XYZ"): 2.0,
            ("parity", "Z"): 40.0, ("parity", "XZ"): 9.0, ("parity", "XYZ"): 50.0,
        }
    )  # fmt: skip
    table = minimum_hidden_units(runs, 0.2, 1).set_index(["dataset", "paulis"])
    assert len(table) == 6
    first = table.loc[("bars", "XZ")]
    assert (first.status, first.m, first.m_grid) == ("at_smallest_m", 1.0, 1.0)
    assert first.ratio_bound == "lower"
    assert np.isnan(first.ratio_error)
    never = table.loc[("parity", "Z")]
    assert (never.status, never.m) == ("not_reached", 12.0)
    assert np.isnan(never.m_grid)
    assert table.loc[("parity", "XZ")].ratio_bound == "lower"
    assert table.loc[("parity", "XYZ")].ratio_bound == "unknown"
    assert table.loc[("bars", "XYZ")].ratio_bound == "exact"


def test_bootstrap_streams_are_keyed_by_meaning():
    """A data set more, or a larger m more, does not change the error of what was there."""
    needed = {("bars", "Z"): 5.0, ("bars", "XZ"): 2.5}
    few = minimum_hidden_units(_runs(needed), 0.2, 3)
    runs = _runs(needed)
    extra = _runs({("parity", "Z"): 6.0, ("parity", "XZ"): 3.0})
    many = minimum_hidden_units(pd.concat([extra, runs], ignore_index=True), 0.2, 3)
    pd.testing.assert_frame_equal(few, many[many.dataset == "bars"].reset_index(drop=True))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Files as the pipeline writes them: n = 4, two data sets, three machines, two m."""
    folder = tmp_path_factory.mktemp("sqrbm")
    paths = []
    for dataset in ("random", "bars"):
        for paulis in ("XYZ", "Z", "XZ"):
            for m in (1, 2):
                machine = Machine(4, m, paulis)
                result, targets = train_on_dataset(
                    dataset, machine, root_seed=1, runs=3, iterations=60
                )
                path = folder / dataset / "n4" / paulis / f"m{m}.h5"
                FIT.write(
                    path,
                    *file_contents(dataset, machine, result, range(3), targets, targets[0]),
                )
                paths.append(path)
    return paths


def test_files_hold_what_was_trained(trained):
    machine = Machine(4, 2, "XZ")
    path = next(path for path in trained if path.match("random/n4/XZ/m2.h5"))
    file = FIT.read(path)
    result, targets = train_on_dataset("random", machine, root_seed=1, runs=3, iterations=60)
    np.testing.assert_array_equal(file["tvd"], result.tvd)
    np.testing.assert_allclose(file["kl_history"], result.kl_history, rtol=1e-6)
    np.testing.assert_array_equal(file["targets"], targets)
    np.testing.assert_array_equal(file["target"], targets[0])
    parameters = [file[name] for name in ("visible_field", "hidden_field", "coupling")]
    theta = machine.pack(type(machine.unpack(result.parameters))(*parameters))
    np.testing.assert_array_equal(theta, result.parameters)
    assert file.attributes["parameter_count"] == 4 + 2 * 2 * 5
    assert "targets" not in FIT.read(next(p for p in trained if p.match("bars/n4/XZ/m2.h5")))


def block(path, dataset, runs, root_seed=1, **changes):
    """One block's file, read back; `changes` are further attributes."""
    machine = Machine(6, 2, "XZ")
    result, targets = train_on_dataset(
        dataset, machine, root_seed=root_seed, runs=runs, iterations=60
    )
    target = target_distribution(dataset, 6, root_seed)
    arrays, attributes = file_contents(dataset, machine, result, runs, targets, target)
    FIT.write(path, arrays, {**attributes, **changes})
    return FIT.read(path)


@pytest.mark.parametrize("dataset", ["random", "parity"])
def test_two_blocks_of_runs_are_one_of_twice_as_many_to_the_last_bit(tmp_path, dataset):
    """Files of runs 0-2 and 3-5, joined, against one file of runs 0-5."""
    whole = block(tmp_path / "whole.h5", dataset, range(6))
    first = block(tmp_path / "m2.h5", dataset, range(3))
    second = block(tmp_path / "m2/0001.h5", dataset, range(3, 6))
    assert second["run"].tolist() == [3, 4, 5]
    assert ("targets" in second) == (dataset == "random")
    (joined,) = join_runs([second, first])
    assert joined.path == first.path
    assert set(joined.arrays) == set(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.array_equal(joined[name], array), name
    parts, runs = runs_table([second, first]), runs_table([whole])
    assert runs.run.tolist() == list(range(6))
    for table in (
        lambda runs: runs,
        training_results,
        lambda runs: minimum_hidden_units(runs, 0.2, 1),
    ):
        pd.testing.assert_frame_equal(table(parts), table(runs), check_exact=True)


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        ({"runs": range(2, 5)}, DatasetError, "holds run 2, which .*m2.h5 holds too"),
        ({"root_seed": 2}, DatasetError, "dataset 'target' differs from that of .*m2.h5"),
        (
            {"parameters": {"iterations": 61}},
            SchemaError,
            "computed with parameters.iterations = 61, but .*m2.h5 with 60",
        ),
    ],
)
def test_runs_of_another_training_are_not_joined(tmp_path, other, error, words):
    settings = {"runs": range(3), "parameters": {"iterations": 60}}
    first = block(tmp_path / "m2.h5", "random", **settings)
    second = block(tmp_path / "m2/0001.h5", "random", **{**settings, "runs": range(3, 6), **other})
    with pytest.raises(error, match=rf"0001\.h5: {words}"):
        runs_table([first, second])


def test_tables_of_files_are_ordered_and_complete(trained):
    runs = runs_table(FIT.read(path) for path in trained)
    assert len(runs) == 36
    assert list(runs.dataset.unique()) == ["bars", "random"]
    assert list(runs.paulis.unique()) == ["Z", "XZ", "XYZ"]
    results = training_results(runs)
    assert len(results) == 12
    row = results.iloc[3]
    some = runs[(runs.dataset == "bars") & (runs.paulis == "XZ") & (runs.m == 2)]
    assert (row.paulis, row.m, row.runs) == ("XZ", 2, 3)
    assert row.tvd == pytest.approx(some.tvd.mean())
    assert row.tvd_std == pytest.approx(some.tvd.std(ddof=1))
    assert row.tvd_error == pytest.approx(some.tvd.std(ddof=1) / np.sqrt(3))
    assert row.tvd_of_uniform == pytest.approx(1 - 4 / 16)


def test_figures_draw_every_machine_and_every_bound(trained, tmp_path):
    runs = runs_table(FIT.read(path) for path in trained)
    results, minimum = training_results(runs), minimum_hidden_units(runs, 0.2, 1)
    two, three = figures.figure2(results, 0.2), figures.figure3(minimum)
    assert len(two.axes) == 2
    assert len(three.axes) == 4
    for axes, dataset in zip(two.axes, ("bars", "random"), strict=True):
        drawn = np.concatenate(
            [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 2]
        )
        for value in results.tvd[results.dataset == dataset]:
            assert np.isclose(drawn, value).any()
    for number, figure in enumerate((two, three)):
        figure.savefig(tmp_path / f"{number}.png", dpi=50)
        assert (tmp_path / f"{number}.png").stat().st_size > 2000
    claims_table(training_claims(results, 0.2) + hidden_unit_claims(minimum))


def test_bounds_are_open_markers():
    runs = _runs({("parity", "Z"): 40.0, ("parity", "XZ"): 0.5, ("parity", "XYZ"): 3.5})
    top = figures.figure3(minimum_hidden_units(runs, 0.2, 1)).axes[0]
    points = [line for line in top.lines if line.get_marker() not in ("None", "", None)]
    faces = {line.get_marker(): line.get_markerfacecolor() for line in points}
    assert faces["s"] == faces["D"] == "white"
    assert faces["o"] != "white"
    assert len(top.texts) == 2  # an arrow for each bound


def _verdicts(claims):
    claims_table(claims)
    return [claim["verdict"] for claim in claims]


def test_verdicts_on_hidden_units():
    """Numbers made to agree, to disagree and to leave open what P3 says."""
    sets = {"bars": 1.0, "random": 1.5, "cardinality": 2.0, "parity": 2.5}
    grid = tuple(range(1, 13))

    def verdicts(factor_xz, factor_xyz, grid=grid):
        needed = {}
        for dataset, m in sets.items():
            needed[dataset, "Z"] = 4.0 * m
            needed[dataset, "XZ"] = 4.0 * m / factor_xz
            needed[dataset, "XYZ"] = 4.0 * m / factor_xyz
        return _verdicts(hidden_unit_claims(minimum_hidden_units(_runs(needed, grid), 0.2, 1)))

    assert verdicts(2.0, 3.0) == ["reproduced"] * 4
    assert verdicts(1.5, 2.4) == ["not reproduced", "not reproduced", "reproduced", "reproduced"]
    assert verdicts(3.0, 2.0)[2] == "not reproduced"
    # a grid that ends too early leaves most ratios as bounds
    assert verdicts(2.0, 3.0, grid=(1, 2))[:2] == ["inconclusive", "inconclusive"]
    # as many hidden units for all machines: no order, and none the other way
    assert verdicts(1.0, 1.0)[2] == "inconclusive"


def _minimum(ratios, error):
    """A table of figure 3 with ratios and their errors given; an RBM needs 6 hidden units."""
    rows = []
    for dataset, ratio in zip(("bars", "random", "cardinality"), ratios, strict=True):
        for paulis in ("Z", "XZ"):
            rows.append(
                {
                    "dataset": dataset, "n": 8, "paulis": paulis, "status": "reached",
                    "m": 6.0 / (ratio if paulis == "XZ" else 1.0), "m_error": 0.1, "runs": 20,
                    "ratio": ratio if paulis == "XZ" else np.nan,
                    "ratio_error": error if paulis == "XZ" else np.nan,
                    "ratio_bound": "exact" if paulis == "XZ" else "unknown",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("ratios", "error", "expected"),
    [
        ((2.0, 2.02, 1.98), 0.05, "reproduced"),
        ((1.8, 1.81, 1.79), 0.05, "inconclusive"),  # two errors straddle 2 - 0.2
        ((1.6, 1.61, 1.59), 0.05, "not reproduced"),
        ((1.6, 1.61, 1.59), 0.30, "inconclusive"),
        ((2.0, 2.0, 2.0), 0.0, "inconclusive"),
    ],
)
def test_ratios_of_hidden_units_are_judged_within_a_tenth(ratios, error, expected):
    found = hidden_unit_claims(_minimum(ratios, error))[0]
    assert (found["key"], found["verdict"]) == ("sqrbm.figure3.ratio_xz", expected)
    assert found["measured"] == pytest.approx(np.prod(ratios) ** (1 / 3), abs=0.01)


@pytest.mark.parametrize(
    ("more", "fewer", "expected"),
    [
        (("reached", 5.0, 0.1), ("reached", 4.0, 0.1), "reproduced"),
        (("reached", 4.0, 0.1), ("reached", 5.0, 0.1), "not reproduced"),
        (("reached", 4.1, 0.1), ("reached", 4.0, 0.1), "inconclusive"),
        (("reached", 5.0, 0.0), ("reached", 4.0, 0.0), "inconclusive"),
        # 8 is the largest m of the grid and not enough; 1 is the smallest, and enough.
        (("not_reached", 8.0, np.nan), ("reached", 4.0, 0.1), "reproduced"),
        (("reached", 4.0, 0.1), ("not_reached", 8.0, np.nan), "not reproduced"),
        (("not_reached", 8.0, np.nan), ("not_reached", 8.0, np.nan), "inconclusive"),
        (("reached", 4.0, 0.1), ("at_smallest_m", 1.0, np.nan), "reproduced"),
        (("at_smallest_m", 1.0, np.nan), ("reached", 4.0, 0.1), "not reproduced"),
        (("at_smallest_m", 1.0, np.nan), ("at_smallest_m", 1.0, np.nan), "inconclusive"),
        # Fewer than 4 hidden units for certain; whether fewer than 2 nobody knows.
        (("at_smallest_m", 4.0, np.nan), ("reached", 2.0, 0.1), "inconclusive"),
    ],
)
def test_an_order_of_hidden_units_needs_two_errors_or_a_bound(more, fewer, expected):
    table = _minimum((2.0, 2.0, 2.0), 0.1)
    table = table[table.dataset == "bars"].reset_index(drop=True)
    for place, values in enumerate((more, fewer)):
        table.loc[place, ["status", "m", "m_error"]] = values
    found = {claim["key"].split(".")[-1]: claim for claim in hidden_unit_claims(table)}
    assert found["paulis_save_units"]["verdict"] == expected


def test_verdicts_on_distances():
    needed = {("random", "Z"): 8.0, ("random", "XZ"): 4.0, ("random", "XYZ"): 8 / 3}
    runs = _runs(needed, grid=tuple(range(1, 17)))
    claims = training_claims(training_results(runs), 0.2)
    # the made-up curves fall by 0.1 an m for all machines, so that equal parameters differ
    assert _verdicts(claims) == ["reproduced", "not reproduced", "not reproduced"]
    stretched = runs.copy()
    for paulis in ("XZ", "XYZ"):
        other = stretched.paulis == paulis
        for m in range(1, 17):
            same = runs[(runs.paulis == "Z") & (runs.m == m * len(paulis))].tvd.to_numpy()
            if len(same):
                stretched.loc[other & (stretched.m == m), "tvd"] = same
    results = training_results(stretched)
    assert np.abs(equal_parameters(results, "XZ").eval("tvd - tvd_classical")).max() < 1e-12
    assert len(equal_parameters(results, "XZ")) == 8
    assert _verdicts(training_claims(results, 0.2)) == ["reproduced"] * 3
    few = training_results(_runs(needed, grid=(1, 2, 3)))
    assert _verdicts(training_claims(few, 0.2))[0] == "inconclusive"


def test_theorem_1_table_claims_and_figure(tmp_path):
    fits = theorem1(5, "XZ", root_seed=1, targets=2, starts=8, iterations=120)
    table = cross_fit_table(fits, "XZ")
    assert len(table) == 8
    claim = cross_fit_claims(table)[0]
    assert claim["verdict"] == "not reproduced"
    assert "dimensions 16 and 17" in claim["note"]
    assert claim["origin"] == "spinlearn"
    assert claim["measured"] == pytest.approx(
        table.kl[table.source != table.fitted].max(), rel=1e-3
    )
    figures.theorem1(table).savefig(tmp_path / "theorem1.png", dpi=50)
    # were the dimensions equal and every fit perfect, the claim would stand
    same = table.assign(kl=1e-20, source_dimension=16, fitted_dimension=16)
    assert cross_fit_claims(same)[0]["verdict"] == "reproduced"
    crossed = same.assign(kl=np.where(same.source == same.fitted, 1e-20, 1e-3))
    assert cross_fit_claims(crossed)[0]["verdict"] == "not reproduced"
    bad = same.assign(kl=1e-3)
    assert cross_fit_claims(bad)[0]["verdict"] == "inconclusive"


def _results(tvd, error=0.002, classical=0.1):
    """A table of figure 2 in which an RBM with 2 m has one distance, an sqRBM with m others."""
    rows = []
    for m, distance in enumerate(tvd, start=1):
        for paulis, hidden, found in (("XZ", m, distance), ("Z", 2 * m, classical)):
            rows.append({"dataset": "random", "n": 8, "paulis": paulis, "m": hidden, "tvd": found,
                         "tvd_error": error, "runs": 20})  # fmt: skip
    return pd.DataFrame(rows)


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
    found = {c["key"]: c["verdict"] for c in training_claims(_results(tvd, error), 0.2)}
    assert found["sqrbm.figure2.equal_parameters_xz"] == expected


def test_learning_has_to_be_certain():
    for distance, error, expected in (
        (0.1, 0.01, "reproduced"),
        (0.19, 0.01, "inconclusive"),
        (0.4, 0.01, "inconclusive"),  # a larger m might do
        (0.1, 0.0, "inconclusive"),
    ):
        claim = training_claims(_results([distance] * 3, error), 0.2)[0]
        assert (claim["key"], claim["verdict"]) == ("sqrbm.figure2.all_learn", expected)
