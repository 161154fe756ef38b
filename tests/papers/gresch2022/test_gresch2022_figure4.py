"""Figure 4: R^2_norm against plain formulas, its curves, and what is claimed of it."""

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    SETTINGS,
    SIZES,
    STRENGTHS,
    check_saves,
    files,
    heights,
    noisy,
    predictions_file,
    realisations,
    score_table,
    verdicts_of,
)

from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.schemas import INDICATORS
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.papers.gresch2022 import figure4


@pytest.fixture
def table_of(tmp_path):
    """Writes a file of predictions; gives its table."""

    def made(*arguments, **named):
        path = predictions_file(tmp_path / "predictions.h5", *arguments, **named)
        return figure4.table(files(path), SETTINGS)

    return made


# --- table ------------------------------------------------------------------------------------


def test_scores_are_those_of_the_formula(table_of, tmp_path):
    table = table_of()
    made = read_predictions([tmp_path / "predictions.h5"])
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
        assert row.run_spread == pytest.approx(np.std(each, ddof=1))
        assert row.held_out == (row.L == 8)
        assert 0 < row.sampling_error < row.error


def test_a_perfect_predictor_scores_one(table_of):
    table = table_of(lambda target, _: target)
    assert np.allclose(table["r2_norm"], 1)
    assert np.allclose(table["error"], 0)


def test_a_constant_scores_one_half(table_of):
    """The constant is each ensemble's own mean, as in the paper's definition of the baseline."""
    data = realisations()
    constant = np.empty_like(data.targets)
    for L in SIZES:
        for h in STRENGTHS:
            chosen = (data.L == L) & (data.h == h)
            constant[chosen] = data.targets[chosen].mean(axis=0)
    table = table_of(lambda target, _: constant.reshape(-1, 3))
    assert np.allclose(table["r2_norm"], 0.5)


def test_a_single_run_has_no_spread(table_of):
    table = table_of(runs=(0,))
    assert table["run_spread"].isna().all()
    assert np.allclose(table["error"], table["sampling_error"])


def test_a_variant_shows_what_it_predicts(table_of):
    table = table_of(lambda target, run: noisy(target, run) * [np.nan, np.nan, 1])
    assert set(table["indicator"]) == {"spin_fraction"}


def test_blocks_of_runs_give_the_table_of_the_whole(tmp_path):
    """They agree exactly: bootstrap streams do not depend on files."""
    whole = predictions_file(tmp_path / "whole.h5", runs=(0, 1, 2, 3))
    blocks = [predictions_file(tmp_path / f"{r}.h5", runs=(r, r + 1)) for r in (2, 0)]
    found = figure4.table(files(*blocks), SETTINGS)
    assert (found["runs"] == 4).all()
    expected = figure4.table(files(whole), SETTINGS)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_an_ensemble_keeps_its_errors_when_another_is_added(table_of):
    """Its bootstrap has a stream of its own."""
    whole, part = table_of(), table_of(data=realisations(strengths=(5.0,)))
    assert len(part) < len(whole)
    both = whole[whole["h"] > 2.0].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, both, check_exact=True)


def test_further_indicators_change_no_other_score_and_leave_no_claim(table_of, tmp_path):
    table = table_of()
    wider = table_of(data=realisations(further=("schmidt_gap",)))
    paper = wider[wider["indicator"] != "schmidt_gap"].reset_index(drop=True)
    assert set(wider["system"]) == {"ring; networks also learn schmidt_gap"}
    pd.testing.assert_frame_equal(paper.assign(system="ring"), table, check_exact=True)
    assert len(wider) == len(table) + 4
    assert figure4.claims(wider) == []  # other networks than the paper's
    figure = figure4.draw(wider)
    assert sum(bool(ax.get_title()) for ax in figure.axes) == 4
    check_saves(figure, tmp_path)


# --- baselines --------------------------------------------------------------------------------


def baseline_files(folder):
    """Files of the three baselines; the mean is that of each ensemble, the others are noisy."""
    targets = realisations().targets.reshape(-1, 3)
    predicted = {
        "mean": np.full_like(targets, targets.mean()),
        "deviation": targets + 0.3 * np.cos(1e6 * targets),
        "regression": targets + 0.05 * np.cos(1e6 * targets),
    }
    return [
        predictions_file(folder / f"{name}.h5", lambda _, run, p=p: p, (0,), variant=name)
        for name, p in predicted.items()
    ]


@pytest.fixture
def compared(tmp_path):
    paths = baseline_files(tmp_path)
    network = predictions_file(tmp_path / "predictions.h5")
    return figure4.table(files(network, baselines=paths), SETTINGS)


def test_baselines_have_rows_and_gains_over_them(compared, table_of):
    """The gains are the differences of the rows; nothing changes in the networks' own columns."""
    network = compared[compared["variant"] == "multitask"]
    pd.testing.assert_frame_equal(network[table_of().columns], table_of(), check_exact=True)
    cells = ["L", "h", "indicator"]
    for name in ("mean", "deviation", "regression"):
        rows = compared[compared["variant"] == name].set_index(cells)
        both = network.set_index(cells)
        gain = both["r2_norm"] - rows.loc[both.index, "r2_norm"]
        assert np.allclose(both[f"gain_over_{name}"], gain)
        assert set(rows["runs"]) == {1}
        assert rows[f"gain_over_{name}"].isna().all()


def test_gains_are_paired(tmp_path):
    """A predictor against itself: no gain and no error. Its own error is larger than that."""
    network = predictions_file(tmp_path / "predictions.h5")
    same = predictions_file(tmp_path / "regression.h5", variant="regression")
    table = figure4.table(files(network, baselines=[same]), SETTINGS)
    own = table[table["variant"] == "multitask"]
    assert (own["gain_over_regression"] == 0).all()
    assert (own["gain_over_regression_error"] == 0).all()
    assert (own["sampling_error"] > 0.005).all()


def test_other_realisations_are_refused(tmp_path):
    network = predictions_file(tmp_path / "predictions.h5")
    data = realisations()
    data.targets[:] = data.targets[::-1].copy()
    other = predictions_file(tmp_path / "mean.h5", data=data, variant="mean")
    with pytest.raises(ValueError, match="hold different realisations"):
        figure4.table(files(network, baselines=[other]), SETTINGS)
    data = realisations(strengths=(2.0, 7.0))
    other = predictions_file(tmp_path / "mean.h5", data=data, variant="mean")
    with pytest.raises(ValueError, match="hold different L and h"):
        figure4.table(files(network, baselines=[other]), SETTINGS)


def test_gains_have_a_second_row_of_panels(compared, tmp_path):
    figure = figure4.draw(compared)
    assert len(figure.axes) == 6
    network = compared[compared["variant"] == "multitask"]
    for ax, name in zip(figure.axes[3:], INDICATORS, strict=True):
        for line, L in zip(ax.lines[1:], (6, 8), strict=False):
            part = network[(network["indicator"] == name) & (network["L"] == L)].sort_values("h")
            assert np.allclose(heights(line), part["gain_over_regression"])
    regression = compared[(compared["variant"] == "regression") & (compared["L"] == 6)]
    part = regression[regression["indicator"] == INDICATORS[0]].sort_values("h")
    assert np.allclose(heights(figure.axes[0].lines[1]), part["r2_norm"])
    check_saves(figure, tmp_path)


# --- figure -----------------------------------------------------------------------------------


def test_curves_of_held_out_lengths_are_dashed(table_of, tmp_path):
    table = table_of()
    figure = figure4.draw(table)
    assert len(figure.axes) == 3  # no baselines, no gains
    for ax, name in zip(figure.axes, INDICATORS, strict=True):
        for line, (L, style) in zip(ax.lines, ((6, "-"), (8, "--")), strict=False):
            part = table[(table["indicator"] == name) & (table["L"] == L)].sort_values("h")
            assert np.allclose(heights(line), part["r2_norm"])
            assert line.get_linestyle() == style
        assert np.allclose(heights(ax.lines[-1]), 0.5)
        assert ax.get_ylim() == (0.0, 1.0)
    check_saves(figure, tmp_path)


def test_one_field_and_one_run_still_draw(tmp_path):
    path = predictions_file(tmp_path / "p.h5", runs=(0,), data=realisations(strengths=(4.0,)))
    check_saves(figure4.draw(figure4.table(files(path), SETTINGS)), tmp_path)


# --- claims: S, f, r, small h -----------------------------------------------------------------


def paper_like(L, h):
    return 0.2 if h < 3 else 0.8


GOOD = {"gap_ratio": 0.51, "entanglement_entropy": paper_like, "spin_fraction": paper_like}


def test_claims_reproduced_as_in_the_paper():
    assert verdicts_of(figure4.claims(score_table(GOOD))) == ["reproduced"] * 6


@pytest.mark.parametrize(
    ("change", "error", "held_out", "expected"),
    [
        # Below the baseline at the held-out L alone.
        ({"entanglement_entropy": lambda L, h: 0.3 if L == 12 and h > 2 else paper_like(L, h)},
         0.02, (12,), ("not reproduced", "reproduced", "reproduced", "reproduced")),
        # Above it at every L but one, where two errors reach below the baseline.
        ({"spin_fraction": lambda L, h: 0.52 if L == 12 and h > 2 else paper_like(L, h)},
         0.02, (12,), ("reproduced", "inconclusive", "reproduced", "reproduced")),
        # Above 1/2 for certain, but r is then as near to it as to f.
        ({"spin_fraction": lambda L, h: 0.52 if h > 2 else 0.1}, 0.005, (12,),
         ("reproduced", "reproduced", "inconclusive", "reproduced")),
        # Above it, but not by two errors: 0.52 with an error of at least 0.1/sqrt(3).
        ({"spin_fraction": 0.52}, 0.1, (12,),
         ("reproduced", "inconclusive", "inconclusive", "inconclusive")),
        # Every L was trained on.
        ({}, 0.02, (),
         ("too small to judge", "too small to judge", "reproduced", "reproduced")),
        # r is learned as well as the others.
        ({"gap_ratio": 0.8}, 0.02, (12,),
         ("reproduced", "reproduced", "not reproduced", "reproduced")),
        # Quality at small h is better than at large h.
        ({"spin_fraction": lambda L, h: 0.9 if h < 3 else 0.7}, 0.02, (12,),
         ("reproduced", "reproduced", "reproduced", "not reproduced")),
    ],
)  # fmt: skip
def test_claims_in_other_cases(change, error, held_out, expected):
    table = score_table({**GOOD, **change}, error=error, held_out=held_out)
    assert tuple(verdicts_of(figure4.claims(table))[:4]) == expected


@pytest.mark.parametrize("h", [(1.0, 2.0), (4.0, 8.0)])
def test_claims_without_the_fields_they_need(h):
    found = verdicts_of(figure4.claims(score_table(GOOD, h=h)))
    assert found[3] == "too small to judge"
    if max(h) < 3:
        assert found == ["too small to judge"] * 6


@pytest.mark.parametrize("spread", [np.nan, 0.01])
def test_a_single_run_is_too_small(spread):
    table = score_table(GOOD, spread=spread).assign(runs=1 if np.isnan(spread) else 5)
    expected = "too small to judge" if np.isnan(spread) else "reproduced"
    assert verdicts_of(figure4.claims(table)) == [expected] * 6


@pytest.mark.parametrize(
    ("fraction", "error", "held_out", "expected"),
    [
        # The regression has 0.55, in front of the other baselines.
        (0.60, 0.02, (12,), "reproduced"),
        (0.56, 0.02, (12,), "inconclusive"),
        (0.52, 0.02, (12,), "not reproduced"),
        # Worse at the held-out L alone.
        (lambda L, h: 0.5 if L == 12 else 0.8, 0.02, (12,), "not reproduced"),
        (0.60, 0.02, (), "too small to judge"),
    ],
)
def test_learned_means_better_than_the_better_baseline(fraction, error, held_out, expected):
    table = score_table({**GOOD, "spin_fraction": fraction}, error=error, held_out=held_out)
    claim = figure4.claims(table)[5]
    assert claim["key"] == "gresch2022.figure4.fraction_learned"
    assert claim["verdict"] == expected
    assert claim["note"].count("over regression") == 3


def test_notes_give_every_length_with_its_error():
    claim = figure4.claims(score_table(GOOD))[0]
    # sampling 0.02/sqrt(3), between runs 0.01/sqrt(100): together 0.0116.
    assert (claim["measured"], claim["error"]) == (0.8, 0.012)
    assert claim["note"] == (
        "0.8 ± 0.012 (L = 8); 0.8 ± 0.012 (L = 10); 0.8 ± 0.012 (L = 12, held out)"
    )
    assert claim["scale"].startswith(
        "L = 8, 10, 12; 4 h; 40 + 20 realisations; 100 runs on L = 8, 10 "
    )


def test_texts_and_keys_do_not_change_with_the_numbers():
    one = figure4.claims(score_table(GOOD))
    two = figure4.claims(score_table({**GOOD, "gap_ratio": 0.6}, h=(2.0, 4.0, 5.0)))
    none = figure4.claims(score_table(GOOD, h=(4.0, 5.0)))
    texts = [[(claim["key"], claim["claim"]) for claim in claims] for claims in (one, two, none)]
    assert texts[0] == texts[1] == texts[2]
