"""Sensitivity of the Born machines: one kernel for all, changes from the reference, verdicts."""

from types import SimpleNamespace

import numpy as np
import pytest
from chains import HEISENBERG

from spinlearn.datasets.images import digits
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.loss import kernel_matrix
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.training import Settings, train
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import born_sensitivity

MACHINES = {
    "driven": ({"hidden": 0, "drive_strength": 0.01}, {}),
    "driven_strong": ({"hidden": 0, "drive_strength": 0.1}, {}),
    "driven_xy": ({"hidden": 0, "drive_strength": 0.01, "drive_plane": "xy"}, {}),
    "my_own": ({"hidden": 1, "quench_time": 3.0}, {}),
    "integer_kernel": ({"hidden": 2}, {"kernel": "integer"}),
    "hidden_neel": ({"hidden": 2}, {"initial_state": "neel"}),
    "three_hidden": ({"hidden": 3}, {}),
    "time_1": ({"hidden": 2, "quench_time": 1.0}, {}),
    "time_03": ({"hidden": 2, "quench_time": 0.3}, {}),
    "hidden": ({"hidden": 2}, {}),
}
YES, NO, OPEN, SMALL = "reproduced", "not reproduced", "inconclusive", "too small to judge"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Paths of all machines on two data sets at h = 6, and the hidden one's at h = 1; results."""
    folder, results = tmp_path_factory.mktemp("sensitivity"), {}
    for dataset in ("digits0", "parity"):
        data = (parity if dataset == "parity" else digits)(Request(n=4, name=dataset))
        for name, h in (*((name, 6.0) for name in MACHINES), ("hidden", 1.0)):
            parts, rules = MACHINES[name]
            machine = born_machine(4, **{"quench_time": 2.0, **parts}, **HEISENBERG)
            settings = Settings(h=h, quenches=3, candidates=4, **rules)
            target = data.target(0)[None]
            result = train(machine, target, settings, seed=1, runs=range(3), model=name)
            path = folder / f"{dataset}-{name}-{h}.h5"
            about = {"dataset": dataset, "source": data.source, "name": name}
            save(path, result, description(machine, settings, couplings=HEISENBERG, **about))
            results[path] = result
    return results


@pytest.fixture(scope="module")
def table(trained):
    return born_sensitivity.table(SimpleNamespace(runs=[*trained]), {})


def row(table, dataset, machine, h=6.0):
    found = table[(table.dataset == dataset) & (table.machine == machine) & (table.h == h)]
    assert len(found) == 1
    return found.iloc[0]


def test_all_losses_are_by_the_hamming_kernel(trained, table):
    """By the quadratic form with the dense kernel; the loss in training had another kernel."""
    result = next(r for path, r in trained.items() if "digits0-integer_kernel" in path.name)
    difference = np.array([run.last_distribution for run in result.runs]) - result.target
    losses = np.einsum("ri,ij,rj->r", difference, kernel_matrix(4), difference)
    found = row(table, "digits0", "integer_kernel")
    assert found["mean"] == pytest.approx(np.log10(losses).mean(), rel=1e-10)
    assert found["kernel"] == "integer"
    trained_with = np.log10([run.loss[-1] for run in result.runs]).mean()
    assert abs(trained_with - found["mean"]) > 1e-3


def test_losses_are_of_the_last_quench(trained, table):
    result = next(r for path, r in trained.items() if "parity-time_1-" in path.name)
    found = row(table, "parity", "time_1")
    assert found["mean"] == pytest.approx(np.log10([run.loss[-1] for run in result.runs]).mean())
    fidelity = [run.fidelity[-1] for run in result.runs]
    assert found["fidelity"] == pytest.approx(np.mean(fidelity), rel=1e-10)
    assert found["fidelity_error"] == pytest.approx(np.std(fidelity, ddof=1) / 3**0.5, rel=1e-6)


def test_changes_are_from_the_reference_of_the_group(table):
    hidden, driven = (row(table, "parity", name) for name in ("hidden", "driven"))
    for name, reference in (("my_own", hidden), ("driven_xy", driven)):
        found = row(table, "parity", name)
        assert found["change"] == pytest.approx(found["mean"] - reference["mean"], abs=1e-12)
        error = np.hypot(found["error"], reference["error"])
        assert found["change_error"] == pytest.approx(error, rel=1e-12)
    assert np.isnan(hidden["change"])


def test_table_is_in_the_order_of_the_choices(table):
    names = table[(table.dataset == "digits0") & (table.h == 6.0)].machine.tolist()
    assert names == [
        "hidden", "hidden_neel", "time_03", "time_1", "integer_kernel", "three_hidden", "my_own",
        "driven", "driven_strong", "driven_xy",
    ]  # fmt: skip
    labels = dict(zip(table.machine, table.label, strict=True))
    assert labels["time_03"] == "$T$ = 0.3/J"
    assert labels["my_own"] == "my_own"


def test_a_machine_without_its_reference_has_no_change(trained):
    paths = [path for path in trained if "digits0-driven_strong" in path.name]
    table = born_sensitivity.table(SimpleNamespace(runs=paths), {})
    assert table.change.isna().all()
    born_sensitivity.draw(table).draw_without_rendering()
    assert born_sensitivity.claims(table) == []


def test_draw_shows_the_table_at_the_strongest_disorder(table):
    fig = born_sensitivity.draw(table)
    fig.draw_without_rendering()
    left, right = fig.axes
    labels = [text.get_text() for text in left.get_yticklabels()]
    assert labels[0] == "hidden (defaults)"
    assert len(labels) == 10
    shown = right.containers[0][0].get_xdata()
    assert shown[0] == row(table, "digits0", "hidden")["fidelity"]
    at = labels.index("$T$ = 0.3/J")
    assert left.containers[0][0].get_xdata()[at] == row(table, "digits0", "time_03")["change"]


def verdicts(table):
    found = born_sensitivity.claims(table)
    claims_table(found, "spinlearn.born_sensitivity.")
    return {claim["key"]: claim["verdict"] for claim in found}


def test_claims_of_small_trainings_are_too_small(table):
    found = verdicts(table)
    assert set(found.values()) == {SMALL}
    assert "spinlearn.born_sensitivity.drive_plane" in found
    assert "spinlearn.born_sensitivity.initial_state_digit" in found
    assert not any("other" in key for key in found)


def test_every_variant_must_change_little(table):
    """T = 1/J does not change the loss; T = 0.3/J does, or may."""
    large = table.assign(quenches=100, candidates=500, runs=24)
    key = "spinlearn.born_sensitivity.quench_time_digit"
    for value, error, verdict in (
        (0.02, 0.01, YES),
        (-0.02, 0.01, YES),
        (0.3, 0.01, NO),
        (-0.3, 0.01, NO),
        (0.09, 0.01, OPEN),
    ):
        changed = large.assign(change=0.01, change_error=0.005)
        short = changed.machine == "time_03"
        changed.loc[short, ["change", "change_error"]] = (value, error)
        assert verdicts(changed)[key] == verdict
        claim = next(c for c in born_sensitivity.claims(changed) if c["key"] == key)
        assert claim["measured"] == pytest.approx(value)


def test_parity_is_judged_by_the_fidelity(table):
    large = table.assign(quenches=100, candidates=500, runs=24, fidelity_error=0.005)
    large.loc[:, "fidelity"] = 0.7
    large.loc[large.machine == "hidden_neel", "fidelity"] = 0.6
    found = verdicts(large)
    assert found["spinlearn.born_sensitivity.initial_state_parity"] == NO
    assert found["spinlearn.born_sensitivity.kernel_parity"] == YES
