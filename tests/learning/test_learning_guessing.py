"""The loss of guessing: best constants, and the line in a log about runs at the uniform one."""

import logging

import numpy as np

from spinlearn.learning.guessing import GUESS_MARGIN, error_of_guessing, warn_of_guessing


def test_no_constant_has_a_lower_error():
    """Second route: the lowest error over a grid of constants, up to margin and grid."""
    targets = np.random.default_rng(0).uniform(0, 1, (3, 40, 2))
    constants = np.linspace(0, 1, 1001)[:, None, None, None]
    lowest = ((targets - constants) ** 2).mean(axis=2).min(axis=0)
    found = error_of_guessing(targets)
    assert (found > lowest).all()
    np.testing.assert_allclose(found, (1 + GUESS_MARGIN) * lowest + GUESS_MARGIN**2, atol=1e-6)


def test_targets_that_overflow_have_no_limit():
    assert error_of_guessing(np.array([[0.0], [1e200]])) == np.inf


def test_runs_no_better_than_guessing_are_counted(caplog):
    """Within a margin of 1 %, each run against its own guess."""
    log = logging.getLogger("spinlearn.test")
    with caplog.at_level(logging.WARNING, "spinlearn.test"):
        warn_of_guessing(log, np.array([0.5, 0.98]), np.array([1.0]), "good", "nothing")
        warn_of_guessing(log, np.array([0.5, 0.995, 2.0]), np.array([0.5, 1, 3]), "bars", "do X")
    assert caplog.messages == [
        "bars: 2 of 3 runs are no better than guessing (uniform distribution); do X"
    ]
