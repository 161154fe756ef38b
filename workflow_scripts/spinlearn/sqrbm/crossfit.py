"""Whether one family of machines contains another: a test of P3's theorems 1 and 2.

The theorems say that a hidden qubit with |W_h| Paulis represents the same distributions as |W_h|
classical hidden units. Two measurements speak to that. The dimension of a family is the rank of the
Jacobian of log p at generic parameters; families of unequal dimension are not the same. And in a
cross-fit, targets drawn from one family are fitted by the other from many starting points; what
divergence remains, beside that of a family fitted to its own members, tells whether a member of
the one is also a member of the other.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from spinlearn.sqrbm.model import KullbackLeibler, Machine, signs
from spinlearn.workflow import seeds
from spinlearn.workflow.progress import track

RANK_TOLERANCE = 1e-9
"""Singular values of the Jacobian below this fraction of the largest count as zero."""


def jacobian(
    machine: Machine, theta: Float[np.ndarray, " size"]
) -> Float[np.ndarray, "states size"]:
    """Derivative of log p(v) with respect to the flat parameters, for all strings v."""
    s = signs(machine.n)
    with_bias = np.hstack([np.ones((len(s), 1)), s])
    units = theta[machine.n :].reshape(len(machine.paulis), machine.m, machine.n + 1)
    field = np.einsum("pji,vi->pjv", units, with_bias)
    r = np.sqrt((field**2).sum(axis=0))
    slope = np.tanh(r) / r
    by_unit = np.einsum("pjv,jv,vi->vpji", field, slope, with_bias).reshape(len(s), -1)
    raw = np.hstack([-s, by_unit])
    return raw - machine.probability(theta) @ raw


def dimension(machine: Machine, rng: np.random.Generator) -> int:
    """Dimension of the family of distributions: the rank of the Jacobian at random parameters.

    The number of parameters less those that rotate the Paulis of a hidden unit, |W|(|W| - 1)/2 for
    each, as long as 2^n - 1 is not smaller.

    >>> dimension(Machine(6, 2, "Z"), np.random.default_rng(0))
    20
    >>> dimension(Machine(6, 1, "XZ"), np.random.default_rng(0))
    19
    """
    theta = rng.uniform(-1.0, 1.0, machine.size)
    values = np.linalg.svd(jacobian(machine, theta), compute_uv=False)
    return int((values > RANK_TOLERANCE * values[0]).sum())


@dataclass(frozen=True)
class CrossFit:
    """Members of one family fitted by another.

    Attributes:
        source: the family that the targets are drawn from.
        fitted: the family that is fitted to them.
        kl: lowest KL(q||p) found for each target, in nats.
        kl_starts: lowest KL(q||p) from each starting point.
    """

    source: Machine
    fitted: Machine
    kl: Float[np.ndarray, " targets"]
    kl_starts: Float[np.ndarray, "targets starts"]


def cross_fit(
    source: Machine,
    fitted: Machine,
    *,
    root_seed: int,
    targets: int = 10,
    starts: int = 10,
    scale: float = 2.0,
    iterations: int = 3000,
) -> CrossFit:
    """Fit members of one family by another, with L-BFGS from many starting points.

    Args:
        source: family of the targets, whose parameters are uniform in [-scale, scale].
        fitted: family to fit, starting from parameters uniform in [-1, 1].
        root_seed: the pipeline's seed; streams are keyed by the families and the target.
        targets, starts: how many targets, and starting points for each.
        scale: range of the source's parameters.
        iterations: most steps of each fit.
    """
    objective = KullbackLeibler(fitted, np.full(2**fitted.n, 0.5**fitted.n), 1)
    kl = np.empty((targets, starts))
    key = {"n": source.n, "source": source.paulis, "m": source.m}
    for target in track(range(targets), f"cross-fit {source} by {fitted}", unit="target"):
        stream = seeds.rng(root_seed, "sqrbm", "crossfit target", target=target, **key)
        q = source.probability(stream.uniform(-scale, scale, source.size))
        objective = KullbackLeibler(fitted, q, 1)

        def loss(theta: np.ndarray, objective: KullbackLeibler = objective) -> tuple:
            value = objective(theta[None])
            return float(value.kl[0]), value.gradient[0]

        stream = seeds.rng(
            root_seed, "sqrbm", "crossfit starts",
            target=target, fitted=fitted.paulis, hidden=fitted.m, **key,
        )  # fmt: skip
        for start in range(starts):
            found = minimize(
                loss,
                stream.uniform(-1.0, 1.0, fitted.size),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": iterations, "maxfun": 2 * iterations, "ftol": 0, "gtol": 1e-10},
            )
            kl[target, start] = max(float(found.fun), 0.0)
    return CrossFit(source, fitted, kl.min(axis=1), kl)
