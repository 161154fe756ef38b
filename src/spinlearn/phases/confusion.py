"""Learning by confusion: how well a network learns a division that may be the wrong one.

Data along a parameter are divided at a trial value, those beyond it labelled 1, and a network
learns the labels. Its accuracy on held-out data against the trial value has the shape of a W if
there is a transition: 1 at both ends, where all labels are equal, and a maximum in the middle,
where the division is that of the phases (E. P. L. van Nieuwenburg, Y.-H. Liu and S. D. Huber,
Nature Physics 13, 435 (2017)). Data that tell nothing about the parameter give a V, the accuracy of
guessing the more frequent label.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from spinlearn import arguments
from spinlearn.phases.networks import Settings, Vary, logits, train
from spinlearn.streams import integer_seed, rng

HELD_OUT = 0.25
"""Share of the groups on which accuracies are measured."""


@dataclass(frozen=True)
class Confusion:
    """Accuracies at all divisions.

    Attributes:
        division: trial values, half way between neighbouring values.
        accuracy: on held-out data, one row per run.
        guess: accuracy of guessing the more frequent label: the V.
    """

    division: Float[np.ndarray, " divisions"]
    accuracy: Float[np.ndarray, "runs divisions"]
    guess: Float[np.ndarray, " divisions"]


def confuse(
    x: Shaped[np.ndarray, "values groups samples inputs"],
    values: Float[np.ndarray, " values"],
    settings: Settings,
    *,
    seed: int,
    runs: int,
    vary: Vary | None = None,
    description: str = "confusion",
) -> Confusion:
    """Train networks for all divisions, side by side, in several runs.

    A value counts as much as the part of the range that is nearest to it, so that unequal distances
    do not matter: the V is made of straight lines. Each run has its own networks and holds out a
    quarter of the groups of its own, so that the spread over runs has a part of the error of the
    samples.

    Args:
        x: inputs; what belongs to one group (a chain, a realisation) is never divided between
            training and held-out data.
        values: the parameter, ascending.
        settings: networks and training.
        seed: of the splits and the networks.
        runs: independent trainings.
        vary: symmetry, see `spinlearn.phases.networks.train`.
        description: text of the progress line.

    Raises:
        ValueError: if there are fewer than three values or two groups.
    """
    groups = x.shape[1]
    if len(values) < 3 or groups < 2:
        raise ValueError(
            f"confusion needs three values and two groups, there are {len(values)} and {groups}"
        )
    arguments.real("x", x, (None,) * 4)
    division = 0.5 * (values[1:] + values[:-1])
    share = np.diff(np.concatenate([values[:1], division, values[-1:]])) / np.ptp(values)
    above = values[:, None] > division
    rows = []
    for run in range(runs):
        number = integer_seed(seed, "phases", "confusion", run=run)
        order = rng(number, "phases", "held out").permutation(groups)
        held = max(1, round(HELD_OUT * groups))
        learned, tested = x[:, order[held:]], x[:, order[:held]]
        model = train(
            _flat(learned),
            np.repeat(above, learned[0, ..., 0].size, axis=0).astype(float),
            np.repeat(share * len(values), learned[0, ..., 0].size),
            settings,
            number,
            vary=vary,
            description=f"{description}, run {run}",
        )
        says = (logits(model, _flat(tested)) > 0).reshape(len(values), -1, len(division))
        rows.append(share @ (says == above[:, None]).mean(axis=1))
    upper = share @ above
    return Confusion(division, np.array(rows), np.maximum(upper, 1 - upper))


def _flat(x: Shaped[np.ndarray, "values groups samples inputs"]) -> Shaped[np.ndarray, "n inputs"]:
    return x.reshape(-1, x.shape[-1])
