"""Rows of the scorecard, and the rules that turn numbers into verdicts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinlearn.papers import verdicts
from spinlearn.statistics.rounding import rounded

UNKNOWN = (0.0, math.nan, math.inf, -0.1)


def row(**other):
    about = {
        "published": "0.5", "verdict": "reproduced", "measured": (0.512345, 0.0123),
        "scale": "L = 8",
    }  # fmt: skip
    return verdicts.claim(**{"key": "zhong2022.figure3.name", "text": "a claim", **about, **other})


@pytest.mark.parametrize("error", UNKNOWN)
def test_unknown_error_is_inconclusive(error):
    decided = {
        verdicts.is_positive(1.0, error),
        verdicts.is_positive(-1.0, error),
        verdicts.is_above(1.0, error, 0.0),
        verdicts.is_below(1.0, error, 0.0),
        verdicts.lies_between(0.5, error, 0.0, 1.0),
        verdicts.lies_between(5.0, error, 0.0, 1.0),
        verdicts.equals(0.5, error, 0.5, 0.1),
        verdicts.equals(5.0, error, 0.5, 0.1),
    }
    assert decided == {"inconclusive"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_unknown_number_is_inconclusive(number):
    for found in (
        verdicts.is_positive(number, 0.1),
        verdicts.is_above(number, 0.1, 0.0),
        verdicts.equals(number, 0.01, 0.5, 0.1),
        verdicts.lies_between(number, 0.1, 0.0, 1.0),
    ):
        assert found == "inconclusive"


def test_equals_looks_at_the_whole_interval():
    """Brute force: both ends of measured ± 2 errors inside, or the whole interval outside."""
    for measured in np.arange(0.0, 1.0, 0.013):
        for error in (0.01, 0.03, 0.049, 0.051, 0.2):
            ends = measured + 2 * error * np.linspace(-1, 1, 401)
            inside = abs(ends - 0.5) < 0.1
            if inside.all():
                expected = "reproduced"
            else:
                expected = "inconclusive" if inside.any() else "not reproduced"
            assert verdicts.equals(measured, error, 0.5, 0.1) == expected, (measured, error)


def test_claim_has_the_columns_of_the_scorecard_and_rounded_numbers():
    found = row()
    assert tuple(found) == verdicts.CLAIM_COLUMNS
    assert (found["measured"], found["error"], found["figure"]) == (0.512, 0.012, "3")
    assert (found["origin"], found["note"]) == ("paper", "")
    assert (found["paper"], found["figure"]) == ("zhong2022", "3")
    other = row(paper="gresch2022", figure="B, text")
    assert (other["paper"], other["figure"]) == ("gresch2022", "B, text")
    words = row(measured="3 of 4 pairs")
    assert (words["measured"], words["error"]) == ("3 of 4 pairs", "")


def test_unknown_number_and_error_are_blank():
    assert (row(measured=math.nan)["measured"], row(measured=math.nan)["error"]) == ("", "")
    assert row(measured=(math.nan, 0.1))["error"] == ""
    for error in (math.nan, 0.0):
        found = row(measured=(0.512345, error))
        assert (found["measured"], found["error"]) == (0.5123, "")
    assert row(measured=0.512345)["measured"] == 0.5123
    why = row(**verdicts.unjudged("no h >= 3"))
    assert (why["measured"], why["verdict"], why["note"]) == ("", "too small to judge", "no h >= 3")


@pytest.mark.parametrize(
    ("verdict", "limits"),
    [
        (verdicts.is_positive(0.512345, 0.01), (0.0, "")),
        (verdicts.is_above(0.512345, 0.01, 0.6), (0.6, "")),
        (verdicts.is_below(0.512345, 0.01, 0.6), ("", 0.6)),
        (verdicts.lies_between(0.512345, 0.01, 0.5, 0.6), (0.5, 0.6)),
        (verdicts.equals(0.512345, 0.01, 0.5, 0.25), (0.25, 0.75)),
        (verdicts.is_positive(-0.512345, 0.01), ("", "")),  # another number than the one shown
        (verdicts.all_of(verdicts.is_positive(0.512345, 0.01)), ("", "")),
    ],
)
def test_claim_has_the_limits_of_the_rule_that_judged_its_number(verdict, limits):
    found = row(measured=(0.512345, 0.01), verdict=verdict, needs=[("L", 8, 16)])
    assert (found["low"], found["high"]) == limits
    assert type(found["verdict"]) is str


@pytest.mark.parametrize(
    ("measured", "error", "expected"),
    [
        (0.123456, 0.00996, (0.123, 0.01)),
        (0.123456, 0.00994, (0.1235, 0.0099)),
        (-0.00004, 0.0123, (0.0, 0.012)),
        (123.456, 12.3, (123.0, 12.0)),
        (0.5, 3e-17, (0.5, 3e-17)),
    ],
)
def test_error_keeps_two_digits(measured, error, expected):
    found = rounded(measured, error)
    assert found == pytest.approx(expected, rel=1e-12)
    assert math.copysign(1, found[0]) == math.copysign(1, expected[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": "zhong2022.figure3.ratio_0_5"}, "is not of the form"),
        ({"key": "zhong2022.figure3"}, "is not of the form"),
        ({"key": "Zhong2022.figure3.ratio"}, "is not of the form"),
        ({"key": "zhong22.figure3.ratio"}, "is not of the form"),
        ({"verdict": "true"}, "'true' is not one of"),
        ({"origin": "us"}, "'us' is not one of"),
    ],
)
def test_claim_refuses_other_keys_and_words(change, message):
    with pytest.raises(ValueError, match=message):
        row(**change)


def test_keys_of_our_own_figures_are_allowed():
    assert row(key="spinlearn.indicator_maps.edge_is_seen")["key"].startswith("spinlearn.")


@given(st.lists(st.sampled_from(verdicts.VERDICTS), max_size=6))
def test_claims_that_hold_together_have_the_worst_verdict(found):
    """As a vote: one 'not reproduced' decides; 'reproduced' needs all of them."""
    joined = verdicts.all_of(*found)
    assert (joined == "not reproduced") == ("not reproduced" in found)
    assert (joined == "reproduced") == (bool(found) and set(found) == {"reproduced"})
    assert verdicts.share(found, 1.0) == joined


@given(st.lists(st.sampled_from(verdicts.VERDICTS), min_size=1, max_size=9), st.floats(0.05, 1.0))
def test_share_is_decided_when_the_open_cases_cannot_change_it(found, least):
    """Brute force: every open case decided for, or every one against."""
    best, worst = (
        sum(verdict in good for verdict in found) >= least * len(found) - 1e-9
        for good in (("reproduced", "inconclusive", "too small to judge"), ("reproduced",))
    )
    expected = "reproduced" if worst else "inconclusive" if best else "not reproduced"
    assert verdicts.share(found, least) == expected


def test_below_the_sizes_needed_a_claim_is_too_small_with_its_number():
    found = row(needs=[("L", 12, 16), ("runs", 8, 5)])
    assert found["verdict"] == "too small to judge"
    assert (found["measured"], found["error"]) == (0.512, 0.012)
    assert (found["needs"], found["error_rate"]) == ("L 16 (has 12), runs 5", 0.0)
    enough = row(needs=[("L", 16, 16), ("runs", 8, 5)], error_rate=0.05)
    assert (enough["verdict"], enough["needs"]) == ("reproduced", "L 16, runs 5")
    assert (enough["error_rate"], row(verdict="inconclusive")["error_rate"]) == (0.05, 0.0)
    assert row(needs=[("L", math.nan, 16)])["verdict"] == "too small to judge"


@pytest.mark.parametrize("runs", [2, 5, 8, 40])
def test_rules_have_one_error_rate_for_every_number_of_runs(runs):
    """Monte Carlo: means of normal numbers whose true mean lies at the limit.

    20000 draws tell a rate of 2.3 % to 0.11 %; five of these are allowed. Two errors at five runs
    would be wrong in 5.8 %.
    """
    samples = np.random.default_rng(runs).normal(size=(20000, runs))
    means, errors = samples.mean(axis=1), samples.std(axis=1, ddof=1) / math.sqrt(runs)
    found = [
        verdicts.is_above(mean, error, 0.0, runs=runs)
        for mean, error in zip(means.tolist(), errors.tolist(), strict=True)
    ]
    assert found.count("reproduced") / 20000 == pytest.approx(verdicts.RATE, abs=0.0055)


def test_error_rate_of_a_share_is_that_of_the_worst_truth():
    """Monte Carlo: cases at their limits, decided wrongly at the rate.

    Reproduced although two of 16 cases do not hold: one wrong decision does it. Not reproduced
    although all of 6 hold: one wrong decision does it. Rates are told to 0.5 % at most.
    """
    wrong = np.random.default_rng(1).random((4000, 6)) < verdicts.RATE
    for cases, truth, error, at_limit in (
        (16, "reproduced", "reproduced", 2),
        (6, "reproduced", "not reproduced", 6),
    ):
        wrongly = 0
        for draw in wrong[:, :at_limit]:
            decided = [error if bad else "inconclusive" for bad in draw]
            found = verdicts.share([truth] * (cases - at_limit) + decided, 0.9)
            wrongly += found == error
        # The bound adds the rates; both at once are rare.
        assert wrongly / 4000 == pytest.approx(verdicts.share_rate(cases, 0.9), abs=0.025)
