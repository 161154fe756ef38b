"""The dynamics figure: fits of the growth, picture and verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from chains import about_chain

from spinlearn.mbl.dynamics import log_times
from spinlearn.mbl.schemas import DYNAMICS
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import dynamics
from spinlearn.papers.spinlearn.entropy_growth import growth_window

TIMES = log_times(1000.0, 21)
NO, OPEN = "not reproduced", "inconclusive"
RING, FREE = {"chain": "ring"}, {"chain": "anderson", "J_zz": 0.0}


def write_block(
    path, chain, *, h=5.0, L=12, slope=0.1, late=0.5, first=0, rows=4, noise=0.02, bent=0.0
):
    """S = 0.5 + (slope + r_i) ln t with the same r_i in every chain; the imbalance is constant.

    `bent` is subtracted from the slope from t = 100/J on.
    """
    spread = noise * np.random.default_rng(first).normal(size=(rows, 1))
    ones = np.ones((rows, TIMES.size))
    DYNAMICS.write(
        path,
        {
            "realisation": np.arange(first, first + rows),
            "fields": np.zeros((rows, L)),
            "time": TIMES,
            "imbalance": late * ones + spread,
            "entanglement_entropy": 0.5
            + (slope + spread) * np.log(TIMES)
            - bent * np.log(np.maximum(TIMES / 100, 1.0)),
            "number_entropy": 0.3 * ones,
            "return_probability": 0.2 * ones,
        },
        {**about_chain(**chain), "h": h, "initial_state": "neel"},
    )
    return path


def table_of(folder, *blocks):
    """The table of files that are written with these arguments."""
    paths = [
        write_block(folder / f"{number}.h5", *chain, **options)
        for number, (*chain, options) in enumerate(blocks)
    ]
    return dynamics.table(SimpleNamespace(dynamics=paths), {})


@pytest.fixture
def usual(tmp_path):
    return table_of(
        tmp_path,
        (RING, {}),
        (RING, {"first": 4}),
        (RING, {"h": 1.0, "late": 0.05}),
        (RING, {"L": 8, "slope": 0.3}),
        (FREE, {"slope": 0.03}),
        (FREE, {"slope": 0.03, "first": 4}),
        (FREE, {"h": 1.0}),
    )


def fit_of(table, chain="ring", h=5.0, L=12):
    rows = table[(table.part == "fit") & (table.chain == chain) & (table.h == h) & (table.L == L)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_window_is_set_by_the_length():
    assert TIMES[growth_window(TIMES, 12)][[0, -1]] == pytest.approx([10.0, 1000.0])
    assert TIMES[growth_window(TIMES, 8)][[0, -1]] == pytest.approx([10.0, 100.0])
    assert not growth_window(TIMES, 2).any()


def test_slopes_are_means_over_realisations(usual):
    fit, realisations = fit_of(usual), 8
    spread = np.concatenate([0.02 * np.random.default_rng(s).normal(size=4) for s in (0, 4)])
    assert fit.realisations == realisations
    assert fit.slope == pytest.approx(0.1 + spread.mean())
    assert fit.slope_error == pytest.approx(spread.std(ddof=1) / np.sqrt(realisations))
    assert fit.intercept == pytest.approx(0.5)
    assert (fit.late, fit.late_error) == pytest.approx((0.5 + spread.mean(), fit.slope_error))
    assert fit_of(usual, L=8).slope == pytest.approx(0.3 + spread[:4].mean())


def test_excess_compares_the_same_realisations(usual):
    """Their common spread drops out: the error is rounding."""
    fit = fit_of(usual)
    assert fit.excess == pytest.approx(0.07)
    assert fit.excess_error < 1e-12
    assert np.isnan(fit_of(usual, "anderson").excess)
    assert np.isnan(fit_of(usual, L=8).excess)  # no such length without interaction


@pytest.mark.parametrize("other", [{"boundary": "open"}, {"J2": 0.5}, {"J_xy": 0.5}])
def test_other_chain_without_interaction_is_no_partner(tmp_path, other):
    found = table_of(tmp_path, (RING, {}), ({**FREE, **other}, {}))
    assert np.isnan(fit_of(found).excess)


def test_exchange_of_next_neighbours_is_an_interaction(tmp_path):
    """So the XX chain with J2 is no partner of the same chain with J_zz, and has claims itself."""
    next_ones = {"chain": "next", "J_zz": 0.0, "J2": 0.5}
    found = table_of(tmp_path, ({**RING, "J2": 0.5}, {}), (next_ones, {}), (FREE, {}))
    assert found[found.part == "fit"].interacting.tolist() == [True, True, False]
    assert np.isnan(fit_of(found).excess)
    assert np.isnan(fit_of(found, "next").excess)
    alone = table_of(tmp_path, (next_ones, {"slope": 0.2}))
    claims = dynamics.claims(alone)
    assert claims[0]["measured"] == pytest.approx(fit_of(alone, "next").slope, abs=0.01)
    assert claims[2]["note"] == "no such chain without interaction"


def test_slopes_of_the_two_halves_of_the_window(tmp_path):
    """Slopes 0.1 + r_i up to 100/J, and 0.06 less after it; the error is that of paired ratios."""
    found = table_of(tmp_path, (RING, {"bent": 0.06}), (FREE, {"slope": 0.0, "noise": 0.0}))
    fit, spread = fit_of(found), 0.02 * np.random.default_rng(0).normal(size=4)
    early, late = 0.1 + spread, 0.04 + spread
    assert fit.slope_late == pytest.approx(late.mean())
    assert fit.slope_late_error == pytest.approx(spread.std(ddof=1) / 2)
    ratio = late.mean() / early.mean()
    assert fit.slope_ratio == pytest.approx(ratio)
    error = (late - ratio * early).std(ddof=1) / 2 / early.mean()
    assert fit.slope_ratio_error == pytest.approx(error)
    lasting = dynamics.claims(found)[1]
    assert lasting["note"].endswith("times the slope in the first half (1: as ln t)")
    assert lasting["note"].startswith(f"{ratio:.2f}")


def test_curves_hold_means_and_errors(usual):
    ring = (usual.part == "curve") & (usual.chain == "ring") & (usual.h == 1.0)
    curve = usual[ring]
    assert curve.t.to_numpy() == pytest.approx(TIMES)
    spread = 0.02 * np.random.default_rng(0).normal(size=4)
    assert curve.imbalance.to_numpy() == pytest.approx(np.full(21, 0.05 + spread.mean()))
    assert curve.imbalance_error.to_numpy() == pytest.approx(np.full(21, spread.std(ddof=1) / 2))
    assert curve.number_entropy_error.tolist() == [0.0] * 21


def test_picture_has_a_curve_per_chain_and_strength_and_one_fit(usual):
    fig = dynamics.draw(usual)
    fig.draw_without_rendering()
    assert len(fig.axes) == 4
    for ax in fig.axes:
        curves = [line for line in ax.lines if len(line.get_xdata()) == 21]
        assert len(curves) == 4
    fit = fit_of(usual)
    drawn = fig.axes[1].lines[-1]
    assert drawn.get_xdata() == pytest.approx([10.0, 1000.0])
    assert drawn.get_ydata() == pytest.approx(fit.intercept + fit.slope * np.log([10.0, 1000.0]))
    assert "0.106 ± 0.005" in fig.axes[1].texts[0].get_text()
    labels = [[text.get_text() for text in each.get_texts()] for each in fig.legends]
    assert labels == [["ring", "ring, $J_{zz}$ = 0"], ["$h$ = 1", "$h$ = 5"]]
    assert fig.legends[0].get_title().get_text() == "Néel state, $L$ = 12, 4 realisations"


def test_many_chains_and_strengths_differ_and_fit_into_the_picture(tmp_path):
    long = {"boundary": "open", "J_xy": 0.5, "J_zz": 0.25, "J2": -0.3, "disorder": "quasiperiodic"}
    chains = [{**long, "chain": f"chain{n}", "J_zz": 0.25 * n} for n in range(6)]
    blocks = [(chain, {"h": h}) for chain in chains for h in (1.0, 5.0)]
    fig = dynamics.draw(table_of(tmp_path, *blocks))
    fig.draw_without_rendering()
    looks = {
        (line.get_color(), line.get_linestyle(), line._unscaled_dash_pattern, line.get_marker())
        for line in fig.axes[0].lines
        if len(line.get_xdata()) == 21
    }
    assert len(looks) == 12
    for legend in fig.legends:
        box = legend.get_window_extent()
        assert fig.bbox.x0 <= box.x0 < box.x1 <= fig.bbox.x1
        assert fig.bbox.y0 <= box.y0 < box.y1 <= fig.bbox.y1
    assert not fig.legends[0].get_window_extent().overlaps(fig.legends[1].get_window_extent())
    assert "$J_2$ = -0.3" in fig.legends[0].get_texts()[0].get_text()


def test_more_strengths_than_colours_are_drawn(tmp_path):
    fig = dynamics.draw(table_of(tmp_path, *[(RING, {"h": float(h)}) for h in range(1, 11)]))
    colors = {line.get_color() for line in fig.axes[0].lines if len(line.get_xdata()) == 21}
    assert len(colors) == 10


def verdicts(table):
    found = claims_table(dynamics.claims(table), "spinlearn.dynamics.")
    return {row.key.rpartition(".")[2]: row.verdict for row in found.itertuples()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["reproduced"] * 5),
        ({"slope": -0.1, "excess": -0.1}, [NO, "reproduced", NO] + ["reproduced"] * 2),
        ({"slope": 0.01, "excess": 0.01}, [OPEN, "reproduced", OPEN] + ["reproduced"] * 2),
        ({"slope_late": 0.01}, ["reproduced", OPEN] + ["reproduced"] * 3),
        ({"slope_late": -0.1}, ["reproduced", NO] + ["reproduced"] * 3),
        ({"late": 0.01}, ["reproduced"] * 3 + [OPEN, NO]),
        ({"slope_error": np.nan}, [OPEN] + ["reproduced"] * 4),
    ],
)
def test_verdicts(usual, changes, expected):
    row = (usual.part == "fit") & (usual.chain == "ring") & (usual.h == 5.0) & (usual.L == 12)
    values = {"slope": 0.1, "slope_error": 0.01, "excess": 0.09, "excess_error": 0.01}
    values |= {"late": 0.5, "late_error": 0.01, "slope_late": 0.1, "slope_late_error": 0.01}
    for name, value in {**values, **changes}.items():
        usual.loc[row, name] = value
    weak = (usual.part == "fit") & (usual.chain == "ring") & (usual.h == 1.0)
    usual.loc[weak, ["late", "late_error"]] = 0.05, 0.01
    assert list(verdicts(usual).values()) == expected
    claims = dynamics.claims(usual)
    assert {claim["origin"] for claim in claims} == {"spinlearn"}
    assert claims[0]["note"] == "fitted from t = 10/J to 1,000/J"
    assert claims[4]["note"] == "h = 1: 0.05 ± 0.01"


def test_what_is_missing_is_said(tmp_path):
    short = table_of(tmp_path, (RING, {"L": 4}))
    notes = [claim["note"] for claim in dynamics.claims(short)]
    assert notes[0] == "too few times from 10/J to 10^(L/4)/J"
    assert notes[1] == "too few times in half of the window"
    assert notes[2] == "no such chain without interaction"
    assert notes[4] == "only one disorder strength"
    assert list(verdicts(short).values()) == [OPEN] * 3 + ["reproduced", OPEN]
    dynamics.draw(short).draw_without_rendering()


def test_chain_without_interaction_alone_has_no_claim(tmp_path):
    free = table_of(tmp_path, (FREE, {"rows": 1}))
    assert dynamics.claims(free) == []
    assert isinstance(free, pd.DataFrame)
    dynamics.draw(free).draw_without_rendering()


def test_constant_entropy_has_no_ratio_of_slopes(tmp_path):
    """As of a chain without exchange."""
    constant = table_of(tmp_path, ({**RING, "J_xy": 0.0}, {"slope": 0.0, "noise": 0.0}))
    assert list(verdicts(constant).values())[:3] == [OPEN] * 3
