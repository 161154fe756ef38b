"""Optimisers compared: best so far at equal quenches, verdicts, curves as tabulated."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from chains import HEISENBERG

from spinlearn.datasets.images import digits
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm import optimised_results, optimisers, results, training
from spinlearn.hbm.machine import born_machine
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import born_optimisers, optimiser_table

MACHINE = born_machine(4, 2, quench_time=2.0, **HEISENBERG)
GREEDY = training.Settings(h=4.0, quenches=8, candidates=30)
OPTIMISED = [
    optimisers.Settings(h=4.0, optimiser="gradient", quenches=8, budget=160),
    optimisers.Settings(h=4.0, optimiser="cma_es", quenches=2, budget=160),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Files of greedy and optimised runs on two data sets, in blocks of two and one."""
    folder, files = tmp_path_factory.mktemp("optimisers"), SimpleNamespace(runs=[], optimised=[])
    for name, make in (("digits0", digits), ("parity", parity)):
        data = make(Request(n=4, name=name))
        q = data.target(0)[None]
        about = {"dataset": name, "source": data.source, "name": "hidden", "couplings": HEISENBERG}
        for block, numbers in enumerate(([0, 1], [2])):
            for settings in (GREEDY, *OPTIMISED):
                is_greedy = settings is GREEDY
                library, kept = (
                    (training, results) if is_greedy else (optimisers, optimised_results)
                )
                path = folder / f"{name}-{getattr(settings, 'optimiser', 'greedy')}-{block}.h5"
                found = library.train(MACHINE, q, settings, seed=1, runs=numbers, task=name)
                kept.save(path, found, kept.description(MACHINE, settings, **about))
                (files.runs if is_greedy else files.optimised).append(path)
    return files


def save(path, machine, settings, found):
    """A file of greedy runs on data of its own."""
    about = {"dataset": "own", "source": "a test", "name": "hidden", "couplings": HEISENBERG}
    results.save(path, found, results.description(machine, settings, **about))


@pytest.fixture(scope="module")
def table(runs):
    return born_optimisers.table(runs, {})


def test_files_hold_the_runs(runs):
    (digit, other) = (
        found
        for found in optimised_results.load(runs.optimised)
        if found.attributes["optimiser"] == "gradient"
    )
    assert digit["run"].tolist() == other["run"].tolist() == [0, 1, 2]
    assert digit["fields"].shape == (3, 8, 6)
    np.testing.assert_allclose(digit["target_distribution"].sum(), 1.0)
    state = digit["initial_state"] @ [1, 1j]
    last = training.replay(MACHINE, state[2], digit["fields"][2])[-1]
    np.testing.assert_allclose(MACHINE.distribution(last), digit["model_distribution"][2])


def test_greedy_search_counts_candidates_and_keeps_the_best(runs, table):
    found = results.load(runs.runs)[0]
    rows = table[(table.method == "greedy") & (table.dataset == "digits0")]
    assert rows.spent.tolist() == [30 * m for m in range(9)]
    assert set(rows.candidates) == {30}
    # From |+> every visible string is equally likely: F of |psi_0> is that of the flat image.
    flat = np.full((3, 1), rows.flat_fidelity.iloc[0])
    loss = np.column_stack([found["initial_loss"], found["loss"]])
    fidelity = np.hstack([flat, found["fidelity"]])
    for m, row in enumerate(rows.itertuples()):
        at = np.arange(3), loss[:, : m + 1].argmin(axis=1)
        assert row.log_loss == pytest.approx(np.log10(loss[at]).mean())
        assert row.fidelity == pytest.approx(fidelity[at].mean())


def test_all_methods_start_at_the_same_state(table):
    starts = table[table.spent == 0].groupby("dataset")
    assert starts.method.nunique().tolist() == [3, 3]
    assert np.ptp(starts.log_loss.agg(list).tolist(), axis=1) == pytest.approx(0.0, abs=1e-12)
    assert np.ptp(starts.fidelity.agg(list).tolist(), axis=1) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("away", "log_loss"), [(0.0, -16.0), (1e-4, None)])
def test_initial_state_counts_where_every_quench_is_worse(tmp_path, away, log_loss):
    """|+> has the flat target's distribution, or nearly so, which a quench destroys."""
    settings = training.Settings(h=4.0, quenches=3, candidates=2)
    q = np.full((1, 16), 1 / 16)
    q[0, :2] += away, -away
    found = training.train(MACHINE, q, settings, seed=1, runs=[0, 1], task="own")
    assert all(run.loss.min() > 10 * run.initial_loss for run in found.runs)
    save(tmp_path / "a.h5", MACHINE, settings, found)
    rows = optimiser_table.optimiser_rows([tmp_path / "a.h5"], [])
    least = np.log10(found.runs[0].initial_loss) if log_loss is None else log_loss
    assert rows.log_loss.tolist() == pytest.approx([least] * 4)
    assert rows.fidelity.tolist() == pytest.approx([1.0] * 4, abs=1e-4)


@pytest.mark.parametrize("sites", ["last", "spread"])
def test_fidelity_of_the_initial_state_knows_where_hidden_spins_are(tmp_path, sites):
    """A product state's p is a product: the fidelity by hand, from each visible spin's weight."""
    machine = born_machine(4, 2, quench_time=2.0, hidden_sites=sites, **HEISENBERG)
    settings = training.Settings(h=4.0, quenches=1, candidates=2, initial_state="random_product")
    q = np.arange(1.0, 17.0)[None] / 136
    result = training.train(machine, q, settings, seed=1, runs=[0, 1], task="own")
    save(tmp_path / "a.h5", machine, settings, result)
    by_hand = []
    for run in result.runs:
        weights = abs(run.initial_state.reshape([2] * 6)) ** 2  # axis value 0: up, a set bit
        up = [np.moveaxis(weights, site, 0)[0].sum() for site in machine.visible_sites]
        bits = np.arange(16)[:, None] >> np.arange(4)[::-1] & 1
        p = np.where(bits, up, 1 - np.array(up)).prod(axis=1)
        by_hand.append(np.sqrt(p * q[0]).sum() ** 2)
    rows = optimiser_table.optimiser_rows([tmp_path / "a.h5"], [])
    assert rows.fidelity[0] == pytest.approx(np.mean(by_hand), rel=1e-10)
    losses = np.log10([run.initial_loss for run in result.runs])
    assert rows.log_loss[0] == pytest.approx(losses.mean())


def test_table_has_each_optimiser_and_the_flat_distribution(table):
    sizes = table.groupby(["dataset", "method"]).quenches.first()
    assert sizes["parity"].to_dict() == {"cma_es": 2, "gradient": 8, "greedy": 8}
    assert set(table.runs) == {3}
    flat = table.groupby("dataset").flat_fidelity.first()
    assert flat["parity"] == pytest.approx(0.5)


def test_claims_compare_at_equal_quenches(table):
    found = born_optimisers.claims(table)
    claims_table(found, "spinlearn.born_optimisers.")
    keys = [claim["key"].split(".")[-1] for claim in found]
    assert keys == [
        f"{name}_{data}"
        for data in ("digits", "parity")
        for name in ("gradient_below_greedy", "gradient_below_cma_es", "fidelity")
    ]
    row = found[3]  # parity, greedy: 150 is its last multiple of 30 up to the budget of 160
    at = table[(table.dataset == "parity") & (table.spent <= 160)]
    last = at.sort_values("spent").groupby("method").log_loss.last()
    margin = last["greedy"] - last["gradient"]
    assert row["measured"] == pytest.approx(margin, abs=row["error"] / 10)
    assert "at 160 quenches" in row["note"]
    assert {claim["verdict"] for claim in found} == {"too small to judge"}


def test_note_needs_and_scale_name_the_same_quenches(table):
    """A budget recorded in other steps than the greedy search's end."""
    few = table[(table.method != "greedy") | (table.spent <= 30)]
    coarse = few[(few.method == "greedy") | (few.spent % 16 == 0)]  # 16, 32, ..., and 30
    for row in born_optimisers.claims(coarse)[:2]:
        assert "at 30 quenches" in row["note"]
        assert "30 quenches, 3 runs" in row["scale"]
        assert "budget 6000 (has 30)" in row["needs"]


def test_verdicts_follow_the_numbers(table):
    table = table.assign(spent=50 * table.spent, runs=4)  # sizes that can be judged
    sure = table.assign(log_loss_error=1e-6, fidelity_error=1e-6)
    better = sure.assign(log_loss=np.where(sure.method == "gradient", -5.0, -3.0), fidelity=0.97)
    assert {claim["verdict"] for claim in born_optimisers.claims(better)} == {"reproduced"}
    worse = sure.assign(log_loss=np.where(sure.method == "gradient", -2.0, -3.0), fidelity=0.9)
    assert {claim["verdict"] for claim in born_optimisers.claims(worse)} == {"not reproduced"}
    unknown = table.assign(log_loss_error=np.nan, fidelity_error=np.nan)
    assert {claim["verdict"] for claim in born_optimisers.claims(unknown)} == {"inconclusive"}
    assert born_optimisers.claims(table[table.method != "gradient"]) == []


def test_draw_shows_the_table(table):
    fig = born_optimisers.draw(table)
    fig.draw_without_rendering()
    (loss,) = (ax for ax in fig.axes if ax.get_title() == "even parity" and ax.get_ylim()[1] < 0)
    rows = table[(table.dataset == "parity") & (table.method == "gradient")]
    drawn = {line.get_label(): line.get_ydata() for line in loss.lines}
    assert np.array_equal(drawn["gradient, $M$ = 8"], rows.log_loss[rows.spent > 0])
    label = fig.get_supxlabel()
    for part in ("4+2 spins from", "$N$ = 30 candidates", "3 runs"):
        assert part in label
    # The name of the least loss stands at the left, where every curve is high.
    (name,) = (text for text in loss.texts if "least" in text.get_text())
    assert name.xy[0] < 0.1
    born_optimisers.draw(pd.DataFrame(table[table.dataset == "parity"])).draw_without_rendering()
