"""Controls of the Born machines: values from histories, pictures, verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from chains import HEISENBERG

from spinlearn.datasets.images import digits
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.training import Settings, train
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import born_controls
from spinlearn.papers.spinlearn.control_cases import CONTROLS

MACHINES = {
    "hidden": ({"hidden": 1}, {}, {}),
    "basic": ({"hidden": 0}, {}, {}),
    "basic_sectors": ({"hidden": 0}, {}, {"initial_state": "target_sectors"}),
    "basic_field": ({"hidden": 0}, {"h_x": 0.3}, {}),
    "time_03": ({"hidden": 1, "quench_time": 0.3}, {}, {}),
    "anderson": ({"hidden": 1}, {"J_zz": 0.0}, {}),
    "if_lower": ({"hidden": 1}, {}, {"acceptance": "if_lower"}),
    "single": ({"hidden": 1}, {}, {"search": "single"}),
}
CONTROL_MACHINES = [name for name in MACHINES if name != "single"]
YES, NO, OPEN, SMALL = "reproduced", "not reproduced", "inconclusive", "too small to judge"


class Trained:
    """Files and runs of small machines; three runs each, of eight quenches."""

    def __init__(self, folder):
        self.folder, self.results = folder, {}

    def file(self, dataset, name, h, quenches=8):
        parts, couplings, rules = MACHINES[name]
        machine = born_machine(4, **{"quench_time": 2.0, **parts}, **{**HEISENBERG, **couplings})
        settings = Settings(h=h, quenches=quenches, candidates=5, **rules)
        data = (parity if dataset == "parity" else digits)(Request(n=4, name=dataset))
        path = self.folder / f"{dataset}-{name}-{h}-{quenches}.h5"
        if path not in self.results:
            target = data.target(0)[None]
            result = train(machine, target, settings, seed=1, runs=range(3), model=name)
            about = {"dataset": dataset, "source": data.source, "name": name}
            couplings = {**HEISENBERG, **couplings}
            save(path, result, description(machine, settings, couplings=couplings, **about))
            self.results[path] = result.runs
        return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("controls"))


@pytest.fixture(scope="module")
def table(trained):
    datasets = ("digits0", "parity")
    return born_controls.table(
        SimpleNamespace(
            runs=[trained.file(d, name, 6.0) for d in datasets for name in CONTROL_MACHINES],
            history=[
                trained.file(d, name, h)
                for d in datasets
                for name in ("hidden", "single")
                for h in (1.0, 6.0)
            ],
        ),
        {},
    )


def final(table, experiment="controls", **values):
    rows = table[(table.part == "final") & (table.experiment == experiment)]
    for name, value in values.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_final_values_are_of_the_last_quarter(trained, table):
    row = final(table, dataset="digits0", machine="hidden", h=6.0)
    runs = trained.results[trained.file("digits0", "hidden", 6.0)]
    logs = np.log10([run.loss for run in runs])
    last = logs[:, 6:].mean(axis=1)
    assert row["mean"] == pytest.approx(last.mean(), rel=1e-12)
    assert row["error"] == pytest.approx(last.std(ddof=1) / np.sqrt(3), rel=1e-9)
    assert row["best"] == pytest.approx(logs.min(axis=1).mean(), rel=1e-12)
    F = np.array([run.fidelity for run in runs])
    assert row["fidelity"] == pytest.approx(F[:, 6:].mean(), rel=1e-12)
    assert row["fidelity_max"] == F.max()


def test_table_has_one_history_of_a_machine_in_both_experiments(trained, table):
    curve = table[(table.part == "history") & (table.machine == "hidden") & (table.h == 6.0)]
    curve = curve[curve.dataset == "digits0"]
    assert curve.quench.tolist() == list(range(9))
    runs = trained.results[trained.file("digits0", "hidden", 6.0)]
    assert curve["mean"].iloc[0] == pytest.approx(np.log10(runs[0].initial_loss))
    assert curve["mean"].iloc[3] == pytest.approx(np.log10([run.loss[2] for run in runs]).mean())
    assert np.isnan(curve.fidelity.iloc[0])


def test_bounds_are_those_of_conserved_magnetisation(table):
    basic = final(table, dataset="parity", machine="basic")
    assert basic["ceiling"] == pytest.approx(0.5, rel=1e-12)
    assert basic["floor"] < basic["mean"]
    assert np.isnan(final(table, dataset="parity", machine="basic_field")["floor"])
    sectors = final(table, dataset="parity", machine="basic_sectors")
    assert sectors["starts_at_target"]
    assert sectors["floor"] == -16  # zero, but for rounding
    assert not final(table, dataset="digits0", machine="basic_sectors")["starts_at_target"]


def test_draw_shows_the_table(table):
    fig = born_controls.draw(table)
    fig.draw_without_rendering()
    panels = fig.axes
    assert len(panels) == 6
    shown = panels[3].lines[0].get_ydata()  # the first machine of panel (a) on parity data
    assert shown == [final(table, dataset="parity", machine="basic")["fidelity"]]
    texts = [text.get_text() for text in panels[3].texts]
    assert "limit by $S^z$" in texts
    assert "starts as\nthe target" in texts
    assert len(panels[2].lines) == 5  # three searches, two of them at weak disorder, too


def test_draw_without_most_machines(trained):
    path = trained.file("digits0", "hidden", 6.0)
    table = born_controls.table(SimpleNamespace(runs=[path], history=[path]), {})
    born_controls.draw(table).draw_without_rendering()
    assert born_controls.claims(table) == []


def of_experiments(trained, controls, searches, h=6.0, quenches=8, strengths=(1.0, 6.0)):
    """The table of controls at one strength after `quenches`, and searches after 8."""
    files = SimpleNamespace(
        runs=[trained.file("digits0", name, h, quenches) for name in controls],
        history=[trained.file("digits0", name, h) for name in searches for h in strengths],
    )
    return born_controls.table(files, {})


def sizes_text(fig):
    return fig.get_supxlabel()


def test_experiments_of_different_lengths_are_not_mixed(trained):
    controls = ["hidden", "basic", "time_03", "if_lower"]
    table = of_experiments(trained, controls, ["hidden", "single"], quenches=3)
    curve = table[(table.part == "history") & (table.machine == "hidden") & (table.h == 6.0)]
    assert curve.quench.tolist() == list(range(9))
    runs = trained.results[trained.file("digits0", "hidden", 6.0)]
    assert curve["mean"].iloc[8] == pytest.approx(np.log10([run.loss[7] for run in runs]).mean())
    found = verdicts(at_paper_sizes(table, **LOSSES))
    assert {*found} >= {"sequence_at_strong_disorder", "sequence_at_weak_disorder", "acceptance"}
    assert "range_of_fields" not in verdicts(table)  # hidden at weak disorder had more quenches
    fig = born_controls.draw(table)
    assert "(a, b) 3 quenches" in sizes_text(fig)
    assert "(c) 8 quenches" in sizes_text(fig)
    assert len(fig.axes[2].lines) == 4  # without the one with 3 quenches


def test_experiments_of_different_strengths_are_each_at_their_own(trained):
    controls = ["hidden", "basic", "time_03", "if_lower"]
    table = of_experiments(trained, controls, ["hidden", "single"], h=3.0, strengths=(1.0, 6.0))
    fig = born_controls.draw(table)
    assert [text.get_text() for text in fig.axes[0].get_xticklabels()] == ["basic", "hidden"]
    assert "$h_d$ = 3\n(c)" in sizes_text(fig)
    assert sizes_text(fig).endswith("$h_d$ = 6 (dashed: 1)")
    found = verdicts(table)
    assert {*found} >= {
        "range_of_fields",
        "acceptance",
        "sequence_at_strong_disorder",
        "sequence_at_weak_disorder",
    }
    weak = final(table, machine="hidden", h=1.0)
    assert weak["mean"] == final(table, "history", machine="hidden", h=1.0)["mean"]


def test_data_set_of_one_experiment_only_is_drawn(trained):
    path = {name: trained.file(name, "hidden", 6.0) for name in ("digits0", "parity")}
    for runs, searches in ((["digits0"], ["parity"]), (["parity"], ["digits0", "parity"])):
        files = {"runs": [path[n] for n in runs], "history": [path[n] for n in searches]}
        born_controls.draw(
            born_controls.table(SimpleNamespace(**files), {})
        ).draw_without_rendering()


def test_limit_is_drawn_for_the_basic_machine_only(trained):
    for controls, count in ((["hidden"], 0), (["basic", "hidden"], 1)):
        fig = born_controls.draw(of_experiments(trained, controls, ["hidden", "single"]))
        shown = [text for text in fig.axes[0].texts if "limit of basic" in text.get_text()]
        assert len(shown) == count


def test_claims_are_valid_and_too_small_here(table):
    found = born_controls.claims(table)
    claims_table(found, "spinlearn.born_controls.")
    assert len(found) == 1 + len(CONTROLS)
    exact, *others = found
    assert exact["verdict"] == YES
    assert exact["error_rate"] == 0.0
    assert {claim["verdict"] for claim in others} == {SMALL}


def at_paper_sizes(table, **values):
    """The table at the paper's sizes with small errors, and values "mean" or "fidelity" of
    machines replaced; "weak_NAME" is at the weaker disorder."""
    table = table.assign(quenches=100, candidates=500, runs=48)
    table = table.assign(error=0.004, best_error=0.004, fidelity_error=0.002)
    for name, value in values.items():
        weak = name.startswith("weak_")
        chosen = (table.machine == name.removeprefix("weak_")) & (table.h == (1.0 if weak else 6.0))
        column = "fidelity" if value > 0 else ["mean", "best"]
        table.loc[chosen, column] = value
    return table


def verdicts(table):
    return {claim["key"].split(".")[-1]: claim["verdict"] for claim in born_controls.claims(table)}


LOSSES = {
    "hidden": -2.6,
    "weak_hidden": -2.1,
    "basic": -2.5,
    "basic_sectors": -2.58,
    "time_03": -2.55,
    "anderson": -2.5,
    "single": -2.2,
    "weak_single": -2.07,
    "if_lower": -2.65,
}
FIDELITIES = {"hidden": 0.7, "basic_field": 0.71, "time_03": 0.6, "if_lower": 0.5}


def test_claims_hold_for_what_they_say(table):
    on_digits, on_parity = (verdicts(at_paper_sizes(table, **v)) for v in (LOSSES, FIDELITIES))
    for control in CONTROLS:
        found = on_digits if control.data == "digit" else on_parity
        assert found[control.name] == YES, control.name


@pytest.mark.parametrize(
    ("name", "changed", "verdict"),
    [
        ("sector_weights", {"basic_sectors": -2.52}, NO),
        ("sector_weights", {"basic_sectors": -2.55}, OPEN),
        ("range_of_fields", {"time_03": -2.2}, NO),
        ("interaction", {"anderson": -2.7}, NO),
        ("sequence_at_strong_disorder", {"single": -2.7}, NO),
        ("sequence_at_weak_disorder", {"weak_single": -1.8}, NO),
        ("acceptance", {"if_lower": -2.5}, NO),
        ("best_so_far", {"if_lower": -2.5}, NO),
        ("field_along_x", {"basic_field": 0.6}, NO),
        ("hopping", {"time_03": 0.8}, NO),
        ("trap", {"if_lower": 0.8}, NO),
    ],
)
def test_claims_fail_when_they_should(table, name, changed, verdict):
    usual = LOSSES if next(iter(changed.values())) < 0 else FIDELITIES
    assert verdicts(at_paper_sizes(table, **{**usual, **changed}))[name] == verdict


def test_exact_limit_is_refuted_by_a_single_run(table):
    broken = table.assign(fidelity_max=0.51)
    assert verdicts(broken)["parity_limit"] == NO


def test_machines_trained_differently_are_not_compared(table):
    longer = at_paper_sizes(table, **LOSSES)
    longer.loc[longer.machine == "single", "quenches"] = 200
    found = verdicts(longer)
    assert "sequence_at_strong_disorder" not in found
    assert "interaction" in found


def test_claims_come_from_the_stored_table(table, tmp_path):
    """Through a CSV file, as the pipeline does."""
    table.to_csv(tmp_path / "table.csv", index=False)
    assert verdicts(pd.read_csv(tmp_path / "table.csv")) == verdicts(table)
