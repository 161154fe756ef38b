"""Figures of trained machines: pictures and verdicts from made-up tables."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.dassarma2019 import nqs_dynamics, nqs_ground_states


def energies(errors, *, converged=1, runs=4):
    """Machines of two alphas with these mean relative errors, and two matrix product states."""
    rows = []
    for model in ("tfi", "heisenberg"):
        for alpha, error in zip((1, 2), errors, strict=True):
            common = {
                "model": model,
                "h": 1.0 if model == "tfi" else 0.0,
                "N": 10,
                "alpha": alpha,
                "parameters": 110 * alpha,
                "energy": -10.0,
                "energy_error": 0.0,
                "exact": -10.0,
                "variance": 0.1,
                "v_score": 1e-3,
                "bond_dimension": 0,
            }
            rows += [
                {**common, "method": "rbm", "run": run, "converged": converged,
                 "relative_error": error * (1 + 0.02 * run)}
                for run in range(runs)
            ]  # fmt: skip
            rows.append(
                {**common, "method": "mps", "run": 0, "converged": 1, "relative_error": 0.01}
            )
    return pd.DataFrame(rows)


def verdicts(table):
    return {claim["key"].rsplit(".")[-1]: claim["verdict"] for claim in table}


@pytest.mark.parametrize(
    ("errors", "faithful", "hidden_units"),
    [
        ((1e-4, 2e-5), "reproduced", "reproduced"),
        ((2e-5, 1e-4), "reproduced", "not reproduced"),
        ((2e-2, 1e-2), "not reproduced", "reproduced"),
    ],
)
def test_energies_are_judged(errors, faithful, hidden_units):
    found = verdicts(nqs_ground_states.claims(energies(errors)))
    for model in ("tfi", "heisenberg"):
        assert found[f"{model}_faithful"] == faithful
        assert found[f"{model}_hidden_units"] == hidden_units


def test_spread_and_errors_of_samples_are_joined():
    """Two runs, 1e-4 and 1.4e-4, with energies of -10 J known to 6e-4 J: hypot(2e-5, 4.24e-5)."""
    runs = energies((1e-4, 2e-5), runs=2)
    runs = runs[(runs.model == "tfi") & (runs.alpha == 1) & (runs.method == "rbm")]
    runs = runs.assign(relative_error=[1e-4, 1.4e-4], energy_error=6e-4)
    mean, error = nqs_ground_states.mean_error(runs)
    assert mean == pytest.approx(1.2e-4)
    assert error == pytest.approx(np.hypot(2e-5, 6e-5 / 2**0.5))
    exact = nqs_ground_states.mean_error(runs.assign(energy_error=0.0))
    assert exact == pytest.approx((1.2e-4, 2e-5))
    # One run says nothing about the spread, even if its energy has no error.
    assert np.isnan(nqs_ground_states.mean_error(runs.iloc[:1])[1])


def test_runs_that_agree_have_the_error_of_their_samples():
    """Errors of 1e-3 J of four energies of -10 J: 5e-5, where the runs differ by less.

    Claims round errors to two digits.
    """
    sampled = energies((1e-4, 2e-5)).assign(energy_error=1e-3)
    faithful, hidden_units = nqs_ground_states.claims(sampled)[:2]
    assert faithful["error"] == pytest.approx(5e-5)
    means = 1.03e-4, 2.06e-5
    assert hidden_units["error"] == pytest.approx(
        np.hypot(*(5e-5 / mean for mean in means)), rel=0.02
    )
    assert hidden_units["verdict"] == "inconclusive"


def test_few_runs_are_too_small_to_judge():
    found = verdicts(nqs_ground_states.claims(energies((1e-4, 2e-5), runs=2)))
    assert found["tfi_hidden_units"] == "too small to judge"


def test_runs_that_did_not_converge_count_for_nothing():
    good, bad = energies((1e-4, 2e-5)), energies((0.5, 0.5), converged=0, runs=2)
    both = pd.concat([good, bad[bad.method == "rbm"]], ignore_index=True)
    measured = [claim["measured"] for claim in nqs_ground_states.claims(good)]
    assert [claim["measured"] for claim in nqs_ground_states.claims(both)] == measured
    assert "8 of 12 runs converged" in nqs_ground_states.claims(both)[0]["scale"]


def test_without_converged_runs_nothing_is_judged():
    found = verdicts(nqs_ground_states.claims(energies((0.5, 0.5), converged=0)))
    assert found["tfi_faithful"] == "inconclusive"
    assert found["tfi_hidden_units"] == "too small to judge"


def quenches(worst):
    times = np.linspace(0, 1, 5)
    parts = [
        pd.DataFrame(
            {
                "quench": name,
                "N": 8,
                "alpha": 2,
                "before": 2.0,
                "after": 1.0,
                "time": times,
                "fidelity": np.linspace(1.0, worst, 5),
                "machine": np.cos(times),
                "exact": np.cos(times),
                "energy": -1.0,
            }
        )
        for name in ("tfi", "heisenberg")
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("worst", "verdict"), [(0.999, "reproduced"), (0.9, "not reproduced")])
def test_quenches_are_judged_by_their_worst_fidelity(worst, verdict):
    found = verdicts(nqs_dynamics.claims(quenches(worst)))
    assert found == {"tfi_quench": verdict, "heisenberg_quench": verdict}


@pytest.mark.parametrize("sizes", [(8,), (8, 10), (8, 10, 12, 14)])
def test_the_legend_of_quenches_is_not_cut_off(sizes):
    figure = nqs_dynamics.draw(pd.concat([quenches(0.999).assign(N=N) for N in sizes]))
    figure.draw_without_rendering()
    extent = figure.legends[0].get_window_extent()
    assert figure.bbox.x0 < extent.x0 < extent.x1 < figure.bbox.x1


def test_figures_are_drawn(tmp_path):
    for module, table in (
        (nqs_ground_states, energies((1e-4, 2e-5))),
        (nqs_dynamics, quenches(0.999)),
    ):
        module.draw(table).savefig(tmp_path / "figure.png", dpi=50)
        assert (tmp_path / "figure.png").stat().st_size > 2000


def test_every_hamiltonian_has_a_panel_and_every_length_a_colour():
    """Three fields and three lengths, as in presets/workstation.yaml."""
    one = energies((1e-4, 2e-5))
    many = pd.concat(
        one.assign(N=N, h=one.h * h) for N in (10, 20, 40) for h in (0.5, 1.0, 2.0)
    ).drop_duplicates()
    fig = nqs_ground_states.draw(many)
    titles = [ax.get_title() for ax in fig.axes]
    assert titles == [f"Ising ring, $h = {h}J$" for h in ("0.5", "1", "2")] + ["Heisenberg ring"]
    [legend] = fig.legends
    assert len(legend.get_texts()) == 4
    assert len(nqs_ground_states.draw(many[many.h != 2.0]).axes) == 4  # the last one is empty
