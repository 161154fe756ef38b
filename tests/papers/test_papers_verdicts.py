"""The scorecard's rows, and the rules of verdicts in every direction."""

import math

import numpy as np
import pytest
from spinlearn.workflow import claims

UNKNOWN = (0.0, math.nan, math.inf, -0.1)


def row(**other):
    about = {
        "paper": "P1", "figure": 3, "published": "0.5", "measured": 0.512345, "error": 0.0123,
        "verdict": "reproduced", "scale": "L = 8",
    }  # fmt: skip
    return claims.claim(**{"key": "hbm.figure3.name", "text": "a claim", **about, **other})


@pytest.mark.parametrize("error", UNKNOWN)
def test_without_an_error_nothing_is_decided(error):
    decided = {
        claims.order(1.0, error),
        claims.order(-1.0, error),
        claims.above(1.0, error, 0.0),
        claims.below(1.0, error, 0.0),
        claims.within(0.5, error, 0.0, 1.0),
        claims.within(5.0, error, 0.0, 1.0),
        claims.value(0.5, error, 0.5, 0.1),
        claims.value(5.0, error, 0.5, 0.1),
    }
    assert decided == {"inconclusive"}


def test_a_number_that_is_unknown_decides_nothing():
    for found in (
        claims.order(math.nan, 0.1),
        claims.above(math.nan, 0.1, 0.0),
        claims.value(math.nan, 0.01, 0.5, 0.1),
        claims.within(math.nan, 0.1, 0.0, 1.0),
    ):
        assert found == "inconclusive"


def test_a_value_is_decided_by_its_whole_interval():
    """Brute force: both ends of measured ± 2 errors inside, or the whole interval outside."""
    for measured in np.arange(0.0, 1.0, 0.013):
        for error in (0.01, 0.03, 0.049, 0.051, 0.2):
            ends = measured + 2 * error * np.linspace(-1, 1, 401)
            inside = abs(ends - 0.5) < 0.1
            if inside.all():
                expected = "reproduced"
            else:
                expected = "inconclusive" if inside.any() else "not reproduced"
            assert claims.value(measured, error, 0.5, 0.1) == expected, (measured, error)


def test_a_row_has_the_columns_of_the_scorecard_and_rounded_numbers():
    found = row()
    assert tuple(found) == claims.CLAIM_COLUMNS
    assert (found["measured"], found["error"], found["figure"]) == (0.512, 0.012, "3")
    assert (found["origin"], found["note"]) == ("paper", "")
    words = row(measured="3 of 4 pairs", error=0.1)
    assert (words["measured"], words["error"]) == ("3 of 4 pairs", "")


def test_what_is_unknown_is_blank():
    assert (row(measured=math.nan)["measured"], row(measured=math.nan)["error"]) == ("", "")
    assert row(error=math.nan)["error"] == row(error=0.0)["error"] == ""
    assert row(error=0.0)["measured"] == 0.5123


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
def test_an_error_keeps_two_digits(measured, error, expected):
    found = claims.rounded(measured, error)
    assert found == pytest.approx(expected, rel=1e-12)
    assert math.copysign(1, found[0]) == math.copysign(1, expected[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": "hbm.figure3.ratio_0_5"}, "is not of the shape"),
        ({"key": "hbm.figure3"}, "is not of the shape"),
        ({"key": "Hbm.figure3.ratio"}, "is not of the shape"),
        ({"verdict": "true"}, "'true' is not one of"),
        ({"origin": "us"}, "'us' is not one of"),
    ],
)
def test_rows_of_another_shape_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        row(**change)
