"""The loss of guessing: best constants, the line about runs at the uniform one, worse models."""

import logging

import numpy as np
import pytest

from spinlearn.learning.guessing import (
    GUESS_MARGIN,
    cross_entropies,
    divergence_of_guessing,
    error_of_guessing,
    refuse_worse_than_guessing,
    warn_of_guessing,
)
from spinlearn.pipeline.errors import NotConvergedError


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
        "bars: 2 of 3 runs end no better than guessing (uniform distribution). do X"
    ]


def test_divergence_of_guessing_is_that_from_the_uniform_distribution():
    """By hand: ln 4 for a single outcome, ln 2 for two alike of four, 0 for the uniform one."""
    q = np.array([[[0, 1, 0, 0], [0.5, 0, 0, 0.5]], [[0.25] * 4, [0.5, 0.25, 0.125, 0.125]]])
    halves = np.log(4) - 1.75 * np.log(2)
    expected = [[np.log(4), np.log(2)], [0, halves]]
    np.testing.assert_allclose(divergence_of_guessing(q), expected, atol=1e-15)


def test_classifiers_are_compared_with_the_share_of_their_label():
    """Weighted shares 0.5 and 0.25: constants at these shares pass, others do not."""
    labels = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    weights = np.array([1.0, 0.5, 0.5])
    best = np.tile([0.0, np.log(1 / 3)], (3, 1))
    losses, guess = cross_entropies(best, labels, weights)
    entropy = -0.25 * np.log(0.25) - 0.75 * np.log(0.75)
    np.testing.assert_allclose(losses, [np.log(2), entropy], atol=1e-15)
    np.testing.assert_allclose(guess, losses, atol=1e-15)
    wrong, _ = cross_entropies(np.tile([0.0, 1.0], (3, 1)), labels, weights)
    assert wrong[1] > guess[1] + 0.5


@pytest.mark.parametrize(
    ("losses", "count"), [([0.5, 1.03], 1), ([0.5, np.nan], 1), ([9.0, np.inf], 2)]
)
def test_models_worse_than_guessing_are_refused(losses, count):
    """Margins of 1 % and 0.01: a loss of 1.02 passes, and of 0.0099 where guessing has none."""
    refuse_worse_than_guessing(np.array([1.019, 0.0099]), np.array([1.0, 0.0]), "good", "nothing")
    with pytest.raises(NotConvergedError, match=rf"(?s)bad: .* {count} of 2 runs .*\n  Do X"):
        refuse_worse_than_guessing(np.array(losses), np.array([1.0]), "bad", "Do X.")


def test_margins_of_losses_with_errors_are_their_own():
    losses, guess = np.array([1.2, 1.2]), np.array([1.0])
    refuse_worse_than_guessing(losses, guess, "good", "nothing", margin=np.array([0.2, 0.3]))
    with pytest.raises(NotConvergedError, match="1 of 2 runs"):
        refuse_worse_than_guessing(losses, guess, "bad", "Do X.", margin=np.array([0.1, 0.3]))
