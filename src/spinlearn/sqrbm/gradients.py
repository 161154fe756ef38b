"""How large the gradients of random machines are: their variance over initialisations.

A barren plateau is a variance that falls exponentially with the number of units. Demidik 2025
states that restricted machines have none (discussion and supplementary note 9).
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn import arguments, streams
from spinlearn.sqrbm.model import Machine

WIDTHS: Mapping[str, Callable[[int], float]] = {
    "training": lambda n: 1.0,
    "published_code": lambda n: 10.0,
    "inverse_n": lambda n: 1.0 / n,
}
"""Half the width of the interval around 0 in which all parameters are uniform, for n visible units.

1 as in the paper's training, 10 as in the code that its authors published for the gradients, and
1/n, with which the fields of hidden units become small as n grows.
"""

PAULIS = ("Z", "XZ", "XYZ")
"""Operators on the hidden units of the machines of Demidik 2025."""

COMPONENTS = ("visible_field", "hidden_field", "coupling")
"""Kinds of parameters: a_i, b_j^P, w_ij^P."""

_TOGETHER = 250
"""Machines whose distributions are in memory at once."""


def hidden_units(n: int) -> int:
    """Hidden units: half as many as visible ones."""
    return max(1, n // 2)


def gradients(
    machine: Machine, target: Float[np.ndarray, " states"], theta: Float[np.ndarray, "runs size"]
) -> Float[np.ndarray, "runs size"]:
    """Exact gradients of KL(q||p) (nats) at many parameters."""
    parts = np.array_split(theta, -(-len(theta) // _TOGETHER))
    return np.concatenate([machine.objective(target, len(part))(part).gradient for part in parts])


def variance(values: Float[np.ndarray, "runs components"]) -> tuple[float, float]:
    """Variance over runs of each component, in the mean over components, and its standard error.

    Runs are independent, the components of a run are not: the error is that of the mean over runs
    of sum_k (x_k - <x_k>)^2 / K. It is 0 for two runs, which have equal squares.

    >>> variance(np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]))[0]
    0.5
    """
    runs = len(values)
    squares = ((values - values.mean(axis=0)) ** 2).mean(axis=1) * runs / (runs - 1)
    return float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(runs))


def gradient_variances(
    dataset: str, targets: Iterable[Float[np.ndarray, " _"]], *, seed: int, runs: int
) -> pd.DataFrame:
    """Variances of the gradients of all machines, initialisations and kinds of parameters.

    The gradient is that of KL(q||p). It is the sum of the gradient of KL(u||p), u being the uniform
    distribution, and of a part that depends on the target,

        <f_k>_u - <f_k>_q,    f_k = d log p'(v) / d theta_k,

    p' being p before it is normalised. Only the second part can tell a machine what to learn. Its
    variance is given too.

    Args:
        dataset: its name.
        targets: q(v), one for each n.
        seed: the pipeline's. Parameters are the same for all data sets.
        runs: random machines per initialisation.

    Returns:
        One row per (n, Pauli set, initialisation, component), as the kind of table
        `spinlearn.sqrbm.schemas.GRADIENT_VARIANCE` says.

    Raises:
        InvalidArgumentError: if a target is not a distribution, or there are fewer than three runs.
    """
    arguments.integer("runs", runs, 3)
    rows = [
        _rows(target, paulis, initialisation, seed, runs)
        for target in targets
        for paulis in PAULIS
        for initialisation in WIDTHS
    ]
    return pd.concat(rows, ignore_index=True).assign(dataset=dataset, runs=runs)


def _rows(
    target: Float[np.ndarray, " states"],
    paulis: str,
    initialisation: str,
    seed: int,
    runs: int,
) -> pd.DataFrame:
    """The rows of one machine: one per component."""
    n = len(target).bit_length() - 1
    machine = Machine(n, hidden_units(n), paulis)
    key = {"initialisation": initialisation, **machine.stream_key}
    stream = streams.rng(seed, "sqrbm", "gradient variance", **key)
    theta = WIDTHS[initialisation](n) * stream.uniform(-1.0, 1.0, (runs, machine.size))
    whole = gradients(machine, target, theta)
    part = whole - gradients(machine, np.full(2**n, 0.5**n), theta)
    rows = []
    for name in COMPONENTS:
        found = [getattr(machine.unpack(each), name).reshape(runs, -1) for each in (whole, part)]
        (total, error), (of_target, target_error) = map(variance, found)
        rows.append((name, total, error, of_target, target_error))
    names = ["component", "variance", "variance_error", "target_variance", "target_variance_error"]
    about = {"n": n, "m": machine.m, "paulis": paulis, "initialisation": initialisation}
    return pd.DataFrame(rows, columns=names).assign(**about)
