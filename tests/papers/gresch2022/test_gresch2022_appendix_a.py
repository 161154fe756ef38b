"""Appendices A and C: losses of networks that differ in one choice, and what is claimed of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    COUNT,
    ON_TABLES,
    STRENGTHS,
    check_saves,
    predictions_file,
    realisations,
)

from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers.gresch2022 import appendix_a
from spinlearn.papers.gresch2022.choice_claims import STATEMENTS
from spinlearn.papers.gresch2022.choice_losses import CHOICES
from spinlearn.papers.output import claims_table

RUNS = (0, 1, 2)


def off_by(amount):
    """Predictions that are off by an amount and, by a fifth of it, by a number per run."""

    def predict(target, run):
        return target + amount * (1 + 0.2 * np.sin(1e6 * target + run))

    return predict


def written(folder, amounts, baselines=(), runs=RUNS):
    """Files of networks and of energy-resolved baselines, off by an amount each."""
    networks = [
        predictions_file(folder / f"{name}.h5", off_by(amount), runs, variant=name)
        for name, amount in amounts.items()
    ]
    return SimpleNamespace(
        networks=networks,
        baselines=[],
        energy_baselines=[
            predictions_file(folder / f"{name}.h5", off_by(amount), (0,), variant=name)
            for name, amount in dict(baselines).items()
        ],
    )


@pytest.fixture
def table(tmp_path):
    amounts = {"multitask": 0.1, "lstm": 0.2, "energy": 0.1, "energy_joint": 0.05}
    return appendix_a.table(written(tmp_path, amounts, {"regression": 0.02}), {"dpi": 150})


def test_losses_are_mean_squared_errors(table):
    """By the formula: means over runs, energy densities and realisations of a length."""
    assert list(table["variant"].unique()) == ["lstm", "energy_joint", "energy_regression"]
    data = realisations()
    for row in table[table["variant"] == "lstm"].itertuples():
        columns = slice(None) if row.indicator == "all" else [INDICATORS.index(row.indicator)]
        exact = data.targets[data.L == row.L][..., columns]
        losses = [
            [np.mean((off_by(amount)(exact, run) - exact) ** 2) for run in RUNS]
            for amount in (0.2, 0.1)
        ]
        assert row.loss == pytest.approx(np.mean(losses[0]))
        assert row.reference_loss == pytest.approx(np.mean(losses[1]))
        assert row.difference == pytest.approx(np.mean(losses[0]) - np.mean(losses[1]))
        errors = [np.std(of_runs, ddof=1) / np.sqrt(len(RUNS)) for of_runs in losses]
        assert row.run_error == pytest.approx(np.hypot(*errors))
    assert set(table["indicator"]) == {*INDICATORS, "all"}
    assert set(table["test_realisations"]) == {COUNT}
    assert set(table["strengths"]) == {len(STRENGTHS)}


def test_errors_are_paired_over_realisations(table, tmp_path):
    """A network against itself has no error."""
    same = {"multitask": 0.1, "lstm": 0.1}
    alone = appendix_a.table(written(tmp_path, same), {"dpi": 150})
    assert (alone["sampling_error"] == 0).all()
    assert (alone["difference"] == 0).all()
    assert (table["sampling_error"] > 0).all()


def test_a_baseline_has_no_run_error_of_its_own(table):
    both = table[table["indicator"] == "all"].set_index(["variant", "L"])
    joint, regression = both.loc["energy_joint"], both.loc["energy_regression"]
    assert (regression["run_error"] > 0).all()
    assert (regression["run_error"] < joint["run_error"]).all()


def test_a_single_run_has_no_error(tmp_path):
    files = written(tmp_path, {"multitask": 0.1, "lstm": 0.2}, runs=(0,))
    table = appendix_a.table(files, {"dpi": 150})
    assert table["run_error"].isna().all()
    check_saves(appendix_a.draw(table), tmp_path)


def test_other_realisations_are_refused(tmp_path):
    files = written(tmp_path, {"multitask": 0.1})
    data = realisations()
    data.targets[:] = data.targets[::-1].copy()
    files.networks += [predictions_file(tmp_path / "o.h5", data=data, runs=RUNS, variant="lstm")]
    with pytest.raises(ValueError, match="holds other realisations"):
        appendix_a.table(files, {"dpi": 150})


def test_marks_are_relative_changes(table, tmp_path):
    figure = appendix_a.draw(table)
    (ax,) = figure.axes
    labels = [choice.label for choice in CHOICES if choice.variant in set(table["variant"])]
    assert [text.get_text() for text in ax.get_yticklabels()] == labels
    rows = table[(table["variant"] == "lstm") & (table["indicator"] == "all")]
    expected = 100 * rows["difference"] / rows["reference_loss"]
    found = [line.get_xdata()[0] for line in ax.lines[:2]]
    assert np.allclose(found, expected)
    check_saves(figure, tmp_path)


# --- claims -----------------------------------------------------------------------------------


def losses(changes, error=0.001, run_error=0.001, **sizes):
    """A table with the change of each variant's loss; the reference has 0.01."""
    choices = {choice.variant: choice for choice in CHOICES}
    return pd.DataFrame(
        [
            {
                **choices[variant]._asdict(),
                "L": L,
                "indicator": indicator,
                "loss": 0.01 + change,
                "reference_loss": 0.01,
                "difference": change,
                "sampling_error": error,
                "run_error": run_error,
                "strengths": 8,
                "held_out": L == 12,
                **{**ON_TABLES, **sizes},
            }
            for variant, change in changes.items()
            for L in (8, 10, 12)
            for indicator in (*INDICATORS, "all")
        ]
    )


AS_PUBLISHED = {statement.variant: 0.02 if statement.higher else -0.02 for statement in STATEMENTS}


def verdicts_by_variant(table):
    claims = appendix_a.claims(table)
    claims_table(claims, "gresch2022.appendix_a.")
    pairs = zip(STATEMENTS, claims, strict=True)
    return {statement.variant: claim["verdict"] for statement, claim in pairs}


def test_each_statement_is_judged_by_its_sign():
    assert set(verdicts_by_variant(losses(AS_PUBLISHED)).values()) == {"reproduced"}
    opposite = {variant: -change for variant, change in AS_PUBLISHED.items()}
    assert set(verdicts_by_variant(losses(opposite)).values()) == {"not reproduced"}


@pytest.mark.parametrize(
    ("change", "error", "run_error", "expected"),
    [
        # Together 0.001/sqrt(3) and 0.001: 0.00115.
        (0.0024, 0.001, 0.001, "reproduced"),
        (0.0022, 0.001, 0.001, "inconclusive"),
        (0.02, 0.001, np.nan, "inconclusive"),
        (0.02, 0.001, 0.02, "inconclusive"),
    ],
)
def test_errors_combine_realisations_and_runs(change, error, run_error, expected):
    table = losses({"lstm": change}, error, run_error)
    assert verdicts_by_variant(table)["lstm"] == expected


def test_networks_that_are_not_there_leave_rows_unjudged():
    found = verdicts_by_variant(losses({"lstm": 0.02}))
    assert found.pop("lstm") == "reproduced"
    assert set(found.values()) == {"too small to judge"}


@pytest.mark.parametrize(("runs", "expected"), [(5, "too small to judge"), (20, "reproduced")])
def test_the_runs_of_the_other_figures_are_too_few(runs, expected):
    """Five runs leave errors as large as the effects."""
    table = losses(AS_PUBLISHED, runs=runs)
    assert set(verdicts_by_variant(table).values()) == {expected}


def test_other_chains_have_no_claims():
    assert appendix_a.claims(losses(AS_PUBLISHED, system="open")) == []


def test_a_row_gives_the_losses_of_both():
    claim = appendix_a.claims(losses({"lstm": 0.02}))[0]
    assert claim["key"] == "gresch2022.appendix_a.gru_better_than_lstm"
    assert (claim["measured"], claim["error"]) == (20.0, 1.2)
    assert claim["note"] == (
        "loss of multitask and of lstm; r: 10 to 30; S: 10 to 30; f: 10 to 30; mean: 10 to 30"
    )
