"""Tables against the histories that they come from, verdicts by their rules, figures drawn."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from spinlearn.hbm import claims, tables
from spinlearn.hbm.histories import description, write_runs
from spinlearn.hbm.machine import Drive, born_machine
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import TrainingSettings, train_runs
from spinlearn.papers import hbm as figures
from spinlearn.papers.output import claims_table
from spinlearn.spins.entanglement import page_entropy


@pytest.fixture(scope="module")
def histories(tmp_path_factory):
    """A small set of histories of every kind that a figure needs."""
    folder = tmp_path_factory.mktemp("hbm")
    made = {}
    cases = [("digits0", model, h) for model in ("hidden", "basic", "driven") for h in (1.0, 6.0)]
    cases += [("digits7", "hidden", 6.0)]
    cases += [("parity", model, h) for model in ("hidden", "anderson") for h in (1.0, 6.0)]
    for task, model, h in cases:
        machine = born_machine(model, 4, 2, quench_time=2.0, drive=Drive(0.01, 1.0))
        settings = TrainingSettings(h=h, quenches=8, candidates=6)
        target = target_distribution(task, 4)
        results = train_runs(machine, target, settings, 1, 3, task=task, model=model)
        path = folder / f"{task}-{model}-{h}.h5"
        write_runs(path, results, target, description(machine, settings, task, model))
        made[task, model, h] = RUNS.read(path)
    return made


def chosen(histories, task, models=("hidden",), strengths=(1.0, 6.0)):
    return [
        contents
        for (found, model, h), contents in histories.items()
        if found.startswith(task) and model in models and h in strengths
    ]


def test_learned_images_are_those_of_the_median_run(histories):
    table = tables.learned_images(chosen(histories, "digits", strengths=(6.0,)))
    assert list(table.digit.unique()) == [0, 7]
    contents = histories["digits7", "hidden", 6.0]
    part = table[table.digit == 7]
    run = part.run.iloc[0]
    assert np.median(contents["loss"][:, -1]) == contents["loss"][run, -1]
    learned = part[part.kind == "learned"].sort_values(["row", "column"])
    assert np.array_equal(learned.probability, contents["model_distribution"][run])
    target = part[part.kind == "target"].sort_values(["row", "column"])
    assert np.array_equal(target.probability, contents["target_distribution"])
    flat = (np.sqrt(contents["target_distribution"] / 16).sum()) ** 2
    assert part.uniform_fidelity.iloc[0] == pytest.approx(flat, rel=1e-14)
    assert part.mean_fidelity.iloc[0] == pytest.approx(contents["fidelity"][:, -1].mean())


def test_loss_histories_are_means_of_logarithms(histories):
    table = tables.loss_histories(chosen(histories, "digits0", ("hidden", "driven"), (6.0,)))
    rows = table[table.model == "driven"].set_index("quench")
    contents = histories["digits0", "driven", 6.0]
    assert list(rows.index) == list(range(9))
    logs = np.log10(contents["loss"][:, 4])
    assert rows.loc[5, "mean"] == pytest.approx(logs.mean(), rel=1e-12)
    assert rows.loc[5, "std"] == pytest.approx(logs.std(ddof=1), rel=1e-12)
    assert rows.loc[5, "error"] == pytest.approx(logs.std(ddof=1) / math.sqrt(3), rel=1e-12)
    assert rows.loc[0, "mean"] == pytest.approx(np.log10(contents["initial_loss"][0]))
    assert set(rows.drive_strength) == {0.01}


def test_disorder_sweep(histories):
    table = tables.disorder_sweep(chosen(histories, "digits0"))
    contents = histories["digits0", "hidden", 6.0]
    part = table[table.h == 6.0]
    late = part[part.quantity == "hamming_late"].iloc[0]
    assert late["mean"] == pytest.approx(contents["hamming"][:, 4:].mean(), rel=1e-12)
    assert late.thermal == 0.5 - 1 / 12
    step = part[part.quantity == "entropy_per_site_step"].iloc[0]
    changes = np.diff(contents["entropy"][:, 4:], axis=1) / 6
    assert step["mean"] == pytest.approx(np.sqrt((changes**2).mean(axis=1)).mean(), rel=1e-12)
    entropy = part[part.quantity == "entropy_per_site"].sort_values("quench")
    assert np.allclose(entropy.one_run, contents["entropy"][0] / 6, rtol=1e-13)
    assert entropy.thermal.iloc[0] == pytest.approx(page_entropy(8, 8) / 6)
    assert len(part) == 1 + 2 * (8 + 2)


def test_thermal_hamming_distance_of_each_initial_state():
    assert tables.thermal_hamming_distance("plus", 8) == 0.4375
    assert tables.thermal_hamming_distance("neel", 8) == 0.5
    assert math.isnan(tables.thermal_hamming_distance("random_product", 8))


def test_parity_bars_are_named_by_machine_and_strength(histories):
    files = chosen(histories, "parity", ("hidden", "anderson"))
    table = tables.parity_fidelities(files, 1.0, 6.0).set_index(["model", "h"])
    assert table.bar.to_dict() == {
        ("hidden", 6.0): "MBL",
        ("hidden", 1.0): "thermal",
        ("anderson", 6.0): "Anderson",
        ("anderson", 1.0): "",
    }
    assert np.allclose(table.uniform_fidelity, 0.5)
    expected = histories["parity", "anderson", 6.0]["fidelity"][:, -1].mean()
    assert table.loc[("anderson", 6.0), "mean"] == pytest.approx(expected)


def test_one_run_has_no_spread_and_no_verdict(histories):
    contents = histories["parity", "hidden", 6.0]
    single = type(contents)(
        contents.path,
        {
            name: a if a.ndim == 1 and name[0] == "t" else a[:1]
            for name, a in contents.arrays.items()
        },
        contents.attributes,
    )
    table = tables.parity_fidelities([single], 1.0, 6.0)
    assert math.isnan(table.error.iloc[0])
    assert [claim["verdict"] for claim in claims.parity_claims(table)] == ["inconclusive"]


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (0.3, 0.1, "reproduced"),
        (0.15, 0.1, "inconclusive"),
        (-0.15, 0.1, "inconclusive"),
        (-0.3, 0.1, "not reproduced"),
        (0.3, math.nan, "inconclusive"),
    ],
)
def test_verdicts_on_an_order(difference, error, verdict):
    rows = pd.DataFrame(
        {
            "bar": ["MBL", "thermal"],
            "mean": [0.6 + difference, 0.6],
            "error": [error, 0.0],
            "h": [8.0, 0.5],
            "uniform_fidelity": 0.5,
            "visible": 6,
            "hidden": 2,
            "quenches": 10,
            "candidates": 5,
            "runs": 4,
            "initial_state": "plus",
        }
    )
    first = claims.parity_claims(rows)[0]
    assert "MBL machine exceeds the thermal" in first["claim"]
    assert first["verdict"] == verdict
    assert first["measured"] == pytest.approx(difference)


@pytest.mark.parametrize(
    ("mean", "error", "verdict"),
    [
        (0.75, 0.01, "reproduced"),
        (0.72, 0.005, "reproduced"),
        (0.69, 0.01, "inconclusive"),
        (0.67, 0.01, "not reproduced"),
        (0.75, 0.03, "inconclusive"),
        (0.75, 0.0, "inconclusive"),
    ],
)
def test_verdicts_on_the_parity_fidelity(mean, error, verdict):
    row = {
        "bar": "MBL", "mean": mean, "error": error, "h": 8.0, "uniform_fidelity": 0.5,
        "visible": 6, "hidden": 2, "quenches": 10, "candidates": 5, "runs": 4,
        "initial_state": "plus",
    }  # fmt: skip
    (claim,) = claims.parity_claims(pd.DataFrame([row]))
    assert claim["verdict"] == verdict
    assert claim["key"] == "hbm.figure8.mbl_fidelity"


def sweep(losses, hamming, error=0.01):
    """A table of a sweep over h with the losses and late Hamming distances given."""
    sizes = {
        "visible": 6, "hidden": 2, "quenches": 10, "candidates": 5, "runs": 4,
        "initial_state": "plus", "quench": 10, "error": error, "thermal": 0.4375,
    }  # fmt: skip
    rows = []
    for h, loss in losses.items():
        values = {
            "log10_loss": loss, "hamming_late": hamming[h], "hamming_step": 0.1 / h,
            "entropy_per_site_late": 0.3, "entropy_per_site_step": 0.1,
        }  # fmt: skip
        rows += [{"h": h, "quantity": q, "mean": v, **sizes} for q, v in values.items()]
    return pd.DataFrame(rows)


def by_key(found):
    """Verdicts by the names of the claims; the rows must fit the scorecard."""
    table = claims_table(found)
    return dict(zip(table.key.str.split(".").str[-1], table.verdict, strict=True))


HAMMING = {0.5: 0.49, 2.0: 0.48, 8.0: 0.34, 16.0: 0.3}


def test_claims_on_disorder_as_the_paper_has_it():
    losses = {0.5: -2.0, 2.0: -2.0, 8.0: -2.8, 16.0: -2.9}
    found = claims.disorder_claims(sweep(losses, HAMMING, error=0.005), 8.0)
    assert by_key(found) == {
        "localised_below_thermal": "reproduced",
        "change_at_transition": "reproduced",
        "hamming_thermal": "reproduced",
        "hamming_localised": "reproduced",
        "hamming_scrambled": "not reproduced",
        "hamming_lower": "reproduced",
        "hamming_drop": "reproduced",
        "hamming_jumps": "reproduced",
        "entropy_jumps": "inconclusive",
    }
    assert [c["key"] for c in found if c["origin"] == "spinlearn"] == [
        "hbm.figure5.hamming_scrambled"
    ]
    assert claims.disorder_claims(sweep({4.0: -2, 8.0: -2.6}, {4.0: 0.4, 8.0: 0.3}), 8.0) == []


@pytest.mark.parametrize(
    ("losses", "error", "verdict"),
    [
        # Against ln h: slopes 0, 0.58, 0.14; then the steepest before, after, and a draw.
        ((-2.0, -2.0, -2.8, -2.9), 0.01, "reproduced"),
        ((-2.0, -2.7, -2.8, -2.8), 0.01, "not reproduced"),
        ((-2.0, -2.0, -2.2, -2.6), 0.01, "not reproduced"),
        ((-2.0, -2.0, -2.8, -3.2), 0.05, "inconclusive"),
        # The whole fall is not significant, the loss rises, the errors are unknown.
        ((-2.0, -2.0, -2.8, -2.01), 0.01, "inconclusive"),
        ((-2.0, -2.0, -1.8, -1.8), 0.01, "inconclusive"),
        ((-2.0, -2.0, -2.8, -2.9), 0.0, "inconclusive"),
        ((-2.0, -2.0, -2.8, -2.9), math.nan, "inconclusive"),
    ],
)
def test_the_change_at_the_transition_is_the_steepest_fall(losses, error, verdict):
    table = sweep(dict(zip(HAMMING, losses, strict=True)), HAMMING, error)
    found = [c for c in claims.disorder_claims(table, 8.0) if "change_at" in c["key"]]
    assert [c["verdict"] for c in found] == [verdict]


def test_the_steepest_fall_needs_two_intervals():
    table = sweep({0.5: -2.0, 8.0: -2.8}, HAMMING)
    assert "change_at_transition" not in by_key(claims.disorder_claims(table, 8.0))


def test_hamming_distances_are_judged_by_sign_and_by_value():
    losses = dict.fromkeys(HAMMING, -2.0)
    conserved = {0.5: 0.4375, 2.0: 0.4375, 8.0: 0.40, 16.0: 0.3}
    found = claims.disorder_claims(sweep(losses, conserved, error=0.002), 8.0)
    verdicts = by_key(found)
    assert verdicts["hamming_thermal"] == verdicts["hamming_localised"] == "not reproduced"
    assert verdicts["hamming_scrambled"] == verdicts["hamming_lower"] == "reproduced"
    assert verdicts["hamming_drop"] == "not reproduced"
    assert found[3]["note"] == "0.3 ± 0.002 at h_d = 16"
    vague = by_key(claims.disorder_claims(sweep(losses, conserved, error=0.05), 8.0))
    assert {vague[f"hamming_{name}"] for name in ("thermal", "localised", "lower", "drop")} == {
        "inconclusive"
    }
    higher = {**conserved, 8.0: 0.5}
    raised = by_key(claims.disorder_claims(sweep(losses, higher, error=0.002), 8.0))
    assert raised["hamming_lower"] == "not reproduced"


def test_claim_texts_do_not_change_with_the_numbers():
    one, two = (
        claims.disorder_claims(sweep(dict.fromkeys(HAMMING, loss), HAMMING), 8.0)
        for loss in (-2.0, -1.5)
    )
    other = claims.disorder_claims(sweep({1.0: -2.0, 2.5: -2.0, 9.0: -3.0}, {
        1.0: 0.4, 2.5: 0.3, 9.0: 0.2}), 9.0)  # fmt: skip
    texts = [[(c["key"], c["claim"]) for c in found] for found in (one, two, other)]
    assert texts[0] == texts[1] == texts[2]


def test_claims_on_machines_compare_the_last_quarter(histories):
    files = chosen(histories, "digits0", ("hidden", "basic", "driven"), (6.0,))
    table = tables.loss_histories(files)
    found = claims.comparison_claims(table)
    assert len(found) == 3
    quarter = max(1, table.quench.nunique() // 4)  # quench 0 is the state before the first
    final = {
        m: np.log10(histories["digits0", m, 6.0]["loss"][:, -quarter:]).mean() for m in table.model
    }
    error = found[0]["error"]
    assert found[0]["measured"] == pytest.approx(final["basic"] - final["hidden"], abs=error / 10)
    assert [c["key"].split(".")[-1] for c in found] == [
        "hidden_below_basic", "driven_below_basic", "hidden_below_driven",
    ]  # fmt: skip
    single = claims.comparison_claims(table.assign(error=np.nan))
    assert {c["verdict"] for c in single} == {"inconclusive"}
    assert "D = 0.01" in found[1]["scale"]
    assert len(claims.comparison_claims(table[table.model != "driven"])) == 1


@pytest.mark.parametrize(
    ("share", "error", "verdicts"),
    [
        (0.7, 0.01, ("reproduced", "reproduced")),
        (0.5, 0.01, ("inconclusive", "reproduced")),
        (0.3, 0.01, ("not reproduced", "reproduced")),
        (0.02, 0.01, ("not reproduced", "inconclusive")),
        (-0.3, 0.01, ("not reproduced", "not reproduced")),
        (0.7, math.nan, ("inconclusive", "inconclusive")),
        (0.7, 0.0, ("inconclusive", "inconclusive")),
    ],
)
def test_claims_on_images(histories, share, error, verdicts):
    """`share` is that of the flat image's infidelity which is removed."""
    table = tables.learned_images(chosen(histories, "digits", strengths=(6.0,)))
    table["fidelity_error"] = error
    table["mean_fidelity"] = table.uniform_fidelity + share * (1 - table.uniform_fidelity)
    found = claims.image_claims(table)
    assert tuple(by_key(found).values()) == verdicts
    assert [c["origin"] for c in found] == ["paper", "spinlearn"]
    assert found[0]["measured"] == pytest.approx(share, abs=1e-3)


def test_figures_draw_what_the_tables_hold(histories):
    images = tables.learned_images(chosen(histories, "digits", strengths=(6.0,)))
    comparison = tables.loss_histories(
        chosen(histories, "digits0", ("hidden", "basic", "driven"), (6.0,))
    )
    disorder = tables.disorder_sweep(chosen(histories, "digits0"))
    parity = tables.parity_fidelities(chosen(histories, "parity", ("hidden", "anderson")), 1.0, 6.0)
    drawn = [
        figures.figure3(images),
        figures.figure4(comparison),
        figures.figure5(disorder, 6.0),
        figures.figure8(parity),
    ]
    for fig in drawn:
        fig.canvas.draw()
    learned = drawn[0].axes[2].images[0].get_array()
    part = images[(images.digit == 0) & (images.kind == "learned")]
    assert np.array_equal(learned.ravel(), part.sort_values(["row", "column"]).probability)
    means = {line.get_label(): line.get_ydata() for line in drawn[1].axes[0].lines}
    basic = comparison[comparison.model == "basic"].sort_values("quench")["mean"]
    assert np.array_equal(means["basic, 4 spins"], basic)
    heights = [bar.get_height() for bar in drawn[3].axes[0].patches[:3]]
    bars = parity.set_index("bar")["mean"]
    assert heights == [bars["MBL"], bars["thermal"], bars["Anderson"]]
    assert plt.get_fignums() == []
