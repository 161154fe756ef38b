"""Numbers with their errors as texts and pictures show them."""

import numpy as np
import pytest

from spinlearn.statistics.rounding import pm, rounded, value_with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (4.03, 0.31, "4.0 ± 0.3"),
        (4.03, 0.149, "4.03 ± 0.15"),
        (1.0, 0.024, "1.00 ± 0.02"),
        (123.4, 30.0, "123 ± 30"),
        (1.2345, np.nan, "1.23"),
        (1.2345, 0.0, "1.23"),
    ],
)
def test_numbers_have_the_digits_of_their_errors(value, error, text):
    assert value_with_error(value, error) == text


def test_notes_keep_two_digits_of_the_error():
    assert pm(4.03, 0.31) == "4.03 ± 0.31"
    assert pm(np.nan, 0.31) == "unknown"
    assert rounded(0.5, 0.0996) == (0.5, 0.1)
