"""The comparisons that the controls of the hidden Born machine are for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """One comparison: a weighted sum of values of machines, and the limit that it is held to.

    Attributes:
        name: last part of the claim's key.
        data: "digit", or "parity".
        quantity: column of the table: "mean" or "best" (log10 of the MMD), or "fidelity".
        weights: of the machines; one that begins with "weak " is at the weakest disorder.
        rule: "above" or "below" the limit, or "equal" to zero within it.
        limit: the limit.
        runs: runs that the claim needs: two errors are then below half of the distance from the
            limit that we measured.
        text: the claim.
        experiment: whose machines are compared, "controls" or "history".
    """

    name: str
    data: str
    quantity: str
    weights: Mapping[str, float]
    rule: str
    limit: float
    runs: int
    text: str
    experiment: str = "controls"


CONTROLS = (
    Control(
        "sector_weights", "digit", "mean", {"basic": 0.5, "basic_sectors": -1.0, "hidden": 0.5},
        "above", 0.0, 48,
        "more than half of the hidden units' gain on a digit is had without them, by an initial "
        "state with the target's weight in each S^z sector (excess over half, log10 MMD)",
    ),
    Control(
        "field_along_x", "parity", "fidelity", {"basic_field": 1.0, "hidden": -1.0}, "equal", 0.05,
        24,
        "a basic machine with a static field along x has the hidden machine's fidelity on parity "
        "data (difference)",
    ),
    Control(
        "range_of_fields", "digit", "mean", {"weak hidden": 0.5, "time_03": -1.0, "hidden": 0.5},
        "above", 0.0, 8,
        "more than half of the gain of strong over weak disorder on a digit is had by quenches of "
        "T = 0.3/J, in which a spin hardly hops (excess over half, log10 MMD)",
    ),
    Control(
        "interaction", "digit", "mean", {"anderson": 1.0, "hidden": -1.0}, "above", 0.0, 8,
        "without interaction the loss on a digit is higher (difference of log10 MMD)",
    ),
    Control(
        "hopping", "parity", "fidelity", {"hidden": 1.0, "time_03": -1.0}, "above", 0.0, 8,
        "on parity data hopping helps: T = 10/J exceeds T = 0.3/J (difference of fidelities)",
    ),
    Control(
        "sequence_at_strong_disorder", "digit", "best", {"single": 1.0, "hidden": -1.0}, "above",
        0.0, 8,
        "at strong disorder the sequence of quenches finds a lower loss than as many single "
        "quenches (difference of the lowest log10 MMD)",
        "history",
    ),
    Control(
        "sequence_at_weak_disorder", "digit", "best",
        {"single": 0.5, "hidden": -0.5, "weak single": -1.0, "weak hidden": 1.0}, "above", 0.0, 8,
        "at weak disorder the sequence gains less than half as much over single quenches as at "
        "strong disorder (half of the one gain minus the other, lowest log10 MMD)",
        "history",
    ),
    Control(
        "acceptance", "digit", "mean", {"hidden": 1.0, "if_lower": -1.0}, "above", 0.0, 48,
        "on a digit, acceptance only if the loss falls ends lower than the paper's rule "
        "(difference of log10 MMD)",
    ),
    Control(
        "best_so_far", "digit", "best", {"hidden": 1.0, "if_lower": -1.0}, "above", 0.0, 48,
        "on a digit, acceptance only if the loss falls finds a better best state than the paper's "
        "rule (difference of the lowest log10 MMD)",
    ),
    Control(
        "trap", "parity", "fidelity", {"hidden": 1.0, "if_lower": -1.0}, "above", 0.0, 8,
        "on parity data acceptance only if the loss falls is trapped: the paper's rule ends at a "
        "higher fidelity (difference)",
    ),
)  # fmt: skip
"""The comparisons, in the order of the figure's panels."""
