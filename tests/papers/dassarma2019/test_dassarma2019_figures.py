"""Figures of Das Sarma 2019: tables, pictures and verdicts on made-up files."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.dassarma2019 import (
    confusion,
    confusion_claims,
    ising_supervised,
    ising_unsupervised,
    supervised_claims,
    transition_temperature,
)
from spinlearn.papers.dassarma2019.confusion_claims import maxima
from spinlearn.papers.output import claims_table
from spinlearn.papers.verdicts import margin
from spinlearn.phases.choices import SOURCES
from spinlearn.phases.onsager import T_C
from spinlearn.phases.schemas import CONFUSION, SUPERVISED, UNSUPERVISED

SETTINGS = {"seed": 1, "resamples": 40}
SIZES = np.array([10, 20, 30, 40])
T = np.array([1.8, 2.0, 2.1, 2.15, 2.2, 2.25, 2.3, 2.35, 2.4, 2.5, 2.7, 3.0])


def falling(centre, nu=1.0, chains=40, seed=0):
    """A scaling function of (T - centre) L^(1/nu) with noise: (sizes, T, chains), in [0, 1]."""
    x = (T - centre) * SIZES[:, None] ** (1 / nu) / 2
    noise = 0.02 * np.random.default_rng(seed).normal(size=(len(SIZES), len(T), chains))
    return np.clip(0.5 - 0.5 * np.tanh(x)[..., None] + noise, 0, 1)


@pytest.fixture
def write(tmp_path):
    """A function: the files of all figures, for curves that fall at a given temperature."""

    def files(centre=T_C, nu=1.0, shifts=(0.0,) * 4, height=1.0):
        output = falling(centre, nu)
        outputs = np.array([falling(centre + shift, nu) for shift in shifts])
        outputs = 0.5 + height * (outputs - 0.5)
        about = {"ordered_below": 2.1, "disordered_above": 2.5, "configurations": 40 * 50}
        base = {"size": SIZES, "temperature": T}
        arrays = {**base, "output": outputs, "baseline": output, "threshold": np.full(4, 0.5)}
        SUPERVISED.write(tmp_path / "supervised.h5", arrays, about)
        m = np.repeat(np.sqrt(output)[..., None], 50, axis=-1)
        rng = np.random.default_rng(1)
        signs = rng.choice([-1, 1], m.shape)
        arrays = {
            **base,
            "explained": np.tile([0.5, 0.01], (4, 1)),
            "projection": (m * signs).astype(np.float32),
            "magnetisation": (m * signs).astype(np.float32),
            "cluster": np.where(rng.random(m.shape) < m**2, signs + 1, 1),
        }
        UNSUPERVISED.write(tmp_path / "unsupervised.h5", arrays, {})
        return SimpleNamespace(
            labels=[tmp_path / "supervised.h5"],
            components=[tmp_path / "unsupervised.h5"],
        )

    return files


def verdicts(figure, table):
    rows = claims_table(figure.claims(table), f"dassarma2019.{figure.__name__.split('.')[-1]}.")
    return dict(zip(rows.key.str.split(".").str[-1], rows.verdict, strict=True))


def test_curves_that_fall_at_t_c_are_reproduced(write, tmp_path):
    table = ising_supervised.table(write(), SETTINGS)
    assert set(table.part) == {"curve", "place", "limit", "collapse", "collapsed", "crossing"}
    found = verdicts(ising_supervised, table)
    assert found.pop("baseline") == "inconclusive"  # equal curves
    assert set(found.values()) == {"reproduced"}
    ising_supervised.draw(table).savefig(tmp_path / "supervised.png", dpi=50)


def test_curves_that_fall_elsewhere_are_not_reproduced(write):
    found = verdicts(ising_supervised, ising_supervised.table(write(centre=2.33), SETTINGS))
    places = ("critical_temperature", "collapse", "crossing")
    assert [found[name] for name in places] == ["not reproduced"] * 3


def test_errors_join_chains_and_trainings(write):
    """Curves moved by -0.02, 0 and 0.02: s / sqrt(3) = 0.0115 beside the error of the chains.

    Limits allow for the estimates of moved curves, which lie between other temperatures.
    """
    same, moved, one = (
        ising_supervised.table(write(shifts=shifts), SETTINGS)
        for shifts in ((0.0,) * 3, (-0.02, 0.0, 0.02), (0.0,))
    )
    for part in ("limit", "collapse", "crossing"):
        errors = [
            table[(table.method == "network") & (table.part == part)].error.to_numpy()
            for table in (same, moved, one)
        ]
        assert (errors[1] > np.hypot(0.9 * errors[0], 0.008)).all()
        assert (errors[1] < np.hypot(2 * errors[0], 0.02)).all()
        assert np.isnan(errors[2]).all()
    assert set(verdicts(ising_supervised, one).values()) == {"inconclusive"}
    baselines = [table[table.method == "magnetisation"].error for table in (same, moved)]
    pd.testing.assert_series_equal(*baselines)


def test_curves_that_no_fit_collapses_are_drawn_at_the_exact_transition(write):
    table = ising_supervised.table(write(), SETTINGS)
    table = table[table.part != "collapsed"].copy()
    table.loc[table.part == "collapse", ["T", "error", "nu", "nu_error"]] = np.nan
    panel = ising_supervised.draw(table).axes[1]
    between = T[(T > 2.1) & (T < 2.5)]
    for curve, L in zip(panel.containers, SIZES, strict=True):
        x = np.asarray(curve.lines[0].get_xdata(), dtype=float)
        np.testing.assert_allclose(x, (between - T_C) * L)
    assert "no fit" in panel.texts[-1].get_text()


def test_networks_that_learned_nothing_decide_nothing(write, monkeypatch):
    """Outputs from 0.4 to 0.6 that fall at 2.4."""
    files = write(centre=2.4, shifts=(0.0, 0.0), height=0.2)
    found = verdicts(ising_supervised, ising_supervised.table(files, SETTINGS))
    assert set(found.values()) == {"inconclusive"}
    monkeypatch.setattr(supervised_claims, "LEAST_SEPARATION", 0.0)
    found = verdicts(ising_supervised, ising_supervised.table(files, SETTINGS))
    assert found["critical_temperature"] == "not reproduced"


def test_a_collapse_at_the_edge_of_the_search_has_no_error():
    """Curves that do not depend on L are on top of each other if nu is infinite."""
    rng = np.random.default_rng(4)
    cells = {
        (int(L), float(temperature)): 0.5 - 0.004 * temperature + 0.001 * rng.normal(size=40)
        for L in SIZES
        for temperature in T
    }
    table = transition_temperature.collapse_table(cells, "network", 1, 20)
    fit = transition_temperature.row_of(table, "network", "collapse")
    assert fit.nu > 4.5
    assert np.isnan([fit.error, fit.nu_error]).all()


def test_another_exponent_is_not_reproduced(write):
    found = verdicts(ising_supervised, ising_supervised.table(write(nu=1.6), SETTINGS))
    assert found["exponent"] == "not reproduced"


def test_components_and_clusters_are_judged_by_where_they_fall(write, tmp_path):
    table = ising_unsupervised.table(write(), SETTINGS)
    found = verdicts(ising_unsupervised, table)
    assert found["order_parameter"] == "reproduced"
    assert found["clusters"] == "reproduced"
    assert found["critical_temperature"] in ("reproduced", "inconclusive")
    ising_unsupervised.draw(table).savefig(tmp_path / "unsupervised.png", dpi=50)
    other = verdicts(ising_unsupervised, ising_unsupervised.table(write(centre=2.33), SETTINGS))
    assert other["clusters"] == "not reproduced"


def test_few_configurations_are_too_small(write):
    table = ising_supervised.table(write(shifts=(0.0, 0.0)), SETTINGS)
    table = table.assign(configurations=100)
    assert set(verdicts(ising_supervised, table).values()) == {"too small to judge"}


DIVISION = np.linspace(0.25, 1.75, 7)


def accuracies(place, size, runs=10, height=0.2, scale=1.0):
    """A W whose middle maximum is at a place; a V without one. Values range from 0 to 2 scale."""
    rng = np.random.default_rng(2)
    v = np.maximum(DIVISION / 2, 1 - DIVISION / 2)
    bump = height * np.exp(-(((DIVISION - place / scale) / 0.3) ** 2)) if place else 0.0
    rows = [v + bump + 0.003 * rng.normal(size=7) for _ in range(runs)]
    columns = {"accuracy": np.concatenate(rows), "guess": np.tile(v, runs), "samples": 100}
    numbers = {"run": np.repeat(np.arange(runs), 7), "division": np.tile(scale * DIVISION, runs)}
    return pd.DataFrame({"size": size, **numbers, **columns})


def confusion_table(tmp_path, places, kinds=SOURCES, chain=32):
    sizes = {"ising": 20, "shuffled": 20, "spectra": 14}
    scales = {"ising": 2.27, "spectra": 3.6}
    for source in kinds:
        scale = scales.get(source, 1.0)
        CONFUSION.write(
            tmp_path / f"{source}.csv",
            accuracies(places.get(source), sizes.get(source, chain), height=0.5, scale=scale),
        )
    return confusion.table(
        SimpleNamespace(accuracies=[tmp_path / f"{name}.csv" for name in kinds]), {}
    )


def test_maxima_at_the_transitions_are_reproduced(tmp_path):
    right = {"ising": 2.27, "spectra": 3.6, "z": 1.0, "povm": 1.0, "z_unflipped": 0.75}
    table = confusion_table(tmp_path, right)
    assert set(verdicts(confusion, table).values()) == {"reproduced"}
    confusion.draw(table).savefig(tmp_path / "confusion.png", dpi=50)


def test_chains_that_are_switched_off_are_not_judged(tmp_path):
    right = {"ising": 2.27, "spectra": 3.6}
    table = confusion_table(tmp_path, right, kinds=("ising", "shuffled", "spectra"))
    found = verdicts(confusion, table)
    for name in ("strings", "outcomes", "tie_breaking"):
        assert found.pop(name) == "too small to judge"
    assert set(found.values()) == {"reproduced"}
    figure = confusion.draw(table)
    assert len(figure.axes) == 3
    figure.savefig(tmp_path / "confusion.png", dpi=50)


def test_short_chains_judge_neither_strings_nor_their_control(tmp_path):
    places = {"z": 0.87, "povm": 0.9, "z_unflipped": 0.66}
    found = verdicts(confusion, confusion_table(tmp_path, places, chain=16))
    for name in ("strings", "outcomes", "tie_breaking"):
        assert found[name] == "too small to judge"


def test_maxima_elsewhere_are_not_reproduced(tmp_path):
    wrong = {"ising": 1.9, "spectra": 2.7, "z": 0.75, "povm": 1.25, "z_unflipped": 1.0}
    found = verdicts(confusion, confusion_table(tmp_path, {**wrong, "shuffled": 1.0}))
    assert set(found.values()) == {"not reproduced"}


def test_curves_without_a_middle_maximum_decide_nothing(tmp_path):
    found = verdicts(confusion, confusion_table(tmp_path, {}))
    assert [found[name] for name in ("ising", "entanglement", "strings")] == ["inconclusive"] * 3
    assert found["no_transition"] == "reproduced"
    assert found["tie_breaking"] == "too small to judge"


def test_only_trainings_with_a_maximum_count_for_its_margin(tmp_path):
    """An error between what 9 and what 10 runs allow, of a place at T_c, within 0.1."""
    table = confusion_table(tmp_path, {"ising": 2.27})
    row = (table.part == "maximum") & (table.source == "ising")
    error = 2 * confusion_claims.T_TOLERANCE / (margin(9) + margin(10))
    table.loc[row, ["place", "place_error"]] = T_C, error
    assert verdicts(confusion, table)["ising"] == "reproduced"
    table.loc[row, "found"] = 0.9
    assert verdicts(confusion, table)["ising"] == "inconclusive"


def test_maxima_of_untrained_networks_do_not_count():
    """A dip below guessing makes a maximum beside it, at the transition or anywhere."""
    runs = accuracies(1.0, 20, height=0.5)
    assert maxima(runs)["place"] == pytest.approx(1.0, abs=0.05)
    dip = runs.assign(accuracy=runs.accuracy.where(runs.division > 0.3, 0.6))
    assert np.isnan(maxima(dip)["place"])
    assert maxima(dip)["found"] == 0.0
