"""Does one family of machines contain another? A test of theorems 1 and 2 of Demidik 2025.

The theorems state that m hidden qubits with |W_h| Paulis represent the same distributions as
m |W_h| classical hidden units (theorem 1: m = 1). Two methods test this. First, the dimension of a
family is the rank of the Jacobian of log p at generic parameters; families of different dimension
are not equal. Second, in a cross-fit one family is fitted, from many starting points, to targets
drawn from the other. The remaining divergence is compared with that of a family fitted to its own
members. It shows whether members of one family are also members of the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn import arguments, streams
from spinlearn.pipeline.progress import track
from spinlearn.sqrbm.model import Machine, signs

RANK_TOLERANCE = 1e-9
"""Singular values of the Jacobian below this fraction of the largest count as zero."""

ENOUGH = 1e-24
"""Divergence (nats) of a fit that ends the search: rounding leaves about 1e-31 at the target."""

TARGET_SCALE = 2.0
"""Parameters of the targets are uniform in [-2, 2]; those of the starting points in [-1, 1]."""


def jacobian(
    machine: Machine, theta: Float[np.ndarray, "runs size"]
) -> Float[np.ndarray, "runs states size"]:
    """Derivative of log p(v) with respect to the flat parameters, for all strings v."""
    s = signs(machine.n)
    rows = np.hstack([np.ones((len(s), 1)), s])
    units = theta[:, machine.n :].reshape(-1, len(machine.paulis), machine.m, machine.n + 1)
    field = np.einsum("rpji,vi->rpjv", units, rows)
    radius = np.maximum(np.sqrt((field**2).sum(axis=1)), 1e-150)
    slope = np.tanh(radius) / radius
    by_unit = np.einsum("rpjv,rjv,vi->rvpji", field, slope, rows, optimize=True)
    visible = np.broadcast_to(-s, (len(theta), *s.shape))
    raw = np.concatenate([visible, by_unit.reshape(len(theta), len(s), -1)], axis=2)
    mean = np.matmul(machine.probability(theta)[:, None, :], raw)
    return raw - mean


def dimension(machine: Machine, rng: np.random.Generator) -> int:
    """Dimension of the family of distributions: the rank of the Jacobian at random parameters.

    It is the number of parameters minus |W|(|W| - 1)/2 per hidden unit, which only rotate its
    Paulis, and at most 2^n - 1.

    >>> dimension(Machine(6, 2, "Z"), np.random.default_rng(0))
    20
    >>> dimension(Machine(6, 1, "XZ"), np.random.default_rng(0))
    19
    """
    theta = rng.uniform(-1.0, 1.0, (1, machine.size))
    values = np.linalg.svd(jacobian(machine, theta)[0], compute_uv=False)
    return int((values > RANK_TOLERANCE * values[0]).sum())


def _divergence(
    log_p: Float[np.ndarray, "runs states"], q: Float[np.ndarray, "runs states"]
) -> Float[np.ndarray, " runs"]:
    """KL(q||p) = sum_v q (x + e^-x - 1), x = log q/p: never negative, without cancellation."""
    x = np.log(q) - log_p
    return (q * (x + np.expm1(-x))).sum(axis=1)


def fisher_scoring(
    machine: Machine,
    q: Float[np.ndarray, "runs states"],
    start: Float[np.ndarray, "runs size"],
    iterations: int,
    enough: float = 0.0,
) -> tuple[Float[np.ndarray, "runs size"], Float[np.ndarray, " runs"]]:
    """Minimise KL(q||p) by damped Fisher scoring (Levenberg and Marquardt), many runs at once.

    A step solves (F + damping diag F) d = -g with the Fisher information F. F is the Hessian where
    p = q, so convergence to a member of the family is quadratic. If a step does not lower the
    divergence, it is rejected and the damping is increased.

    Args:
        machine: the family.
        q: a target for each run, positive everywhere.
        start: parameters of each run before the first step.
        iterations: steps tried.
        enough: all runs end once one of them has a lower divergence.

    Returns:
        Parameters and KL(q||p) of each run.

    Raises:
        InvalidArgumentError: if a target is not a distribution, is 0 somewhere, or a shape does not
            fit.
    """
    arguments.integer("iterations", iterations, 0)
    theta = np.array(arguments.real("start", start, (None, machine.size)))
    q = arguments.distribution("q", q, (len(theta), 2**machine.n))
    if q.min() <= 0:
        raise arguments.InvalidArgumentError("q", "must be positive for all strings")
    damping = np.full(len(theta), 1e-2)
    log_p = machine.log_probability(theta)
    kl = _divergence(log_p, q)
    identity = np.eye(machine.size)
    for _ in range(iterations):
        if kl.min() < enough:
            break
        slopes = jacobian(machine, theta)
        gradient = np.einsum("rvk,rv->rk", slopes, np.exp(log_p) - q)
        fisher = np.matmul(slopes.transpose(0, 2, 1) * np.exp(log_p)[:, None, :], slopes)
        diagonal = np.einsum("rkk->rk", fisher)
        floor = 1e-12 * diagonal.max(axis=1, keepdims=True)
        ridge = damping[:, None] * np.maximum(diagonal, floor) + floor
        step = np.linalg.solve(fisher + ridge[:, :, None] * identity, -gradient[..., None])[..., 0]
        tried = theta + step
        tried_log_p = machine.log_probability(tried)
        tried_kl = _divergence(tried_log_p, q)
        better = tried_kl < kl
        theta[better], log_p[better] = tried[better], tried_log_p[better]
        kl[better] = tried_kl[better]
        damping = np.clip(np.where(better, damping / 3.0, damping * 4.0), 1e-12, 1e8)
    return theta, kl


@dataclass(frozen=True)
class CrossFit:
    """Members of one family fitted by another.

    Attributes:
        source: the family that the targets are drawn from.
        fitted: the family that is fitted to them.
        kl: lowest KL(q||p) found for each target, in nats.
        kl_starts: KL(q||p) reached from each starting point. All starting points of a target end
            once one is below `ENOUGH`.
        dimensions: of the two families; see `dimension`.
    """

    source: Machine
    fitted: Machine
    kl: Float[np.ndarray, " targets"]
    kl_starts: Float[np.ndarray, "targets starts"]
    dimensions: tuple[int, int]


def cross_fit(
    source: Machine,
    fitted: Machine,
    *,
    seed: int,
    targets: int = 10,
    starts: int = 10,
    iterations: int = 500,
) -> CrossFit:
    """Fit members of one family by another, by Fisher scoring from many starting points.

    Args:
        source: family of the targets, whose parameters are uniform in +-`TARGET_SCALE`.
        fitted: family to fit, starting from parameters uniform in [-1, 1].
        seed: the pipeline's; streams are keyed by the families and the target.
        targets, starts: number of targets, and of starting points per target.
        iterations: steps of each fit.

    Raises:
        InvalidArgumentError: if the machines have different strings, or a number is below 1.
    """
    arguments.integer("targets", targets, 1)
    arguments.integer("starts", starts, 1)
    if source.n != fitted.n:
        raise arguments.InvalidArgumentError(
            "fitted", f"has {fitted.n} visible units, and the source {source.n}"
        )
    key: dict[str, str | int] = {"n": source.n, "source": source.paulis, "m": source.m}
    kl = np.empty((targets, starts))
    for target in track(range(targets), f"{fitted} fitted to {source}", unit="target"):
        stream = streams.rng(seed, "sqrbm", "crossfit target", target=target, **key)
        theta = stream.uniform(-TARGET_SCALE, TARGET_SCALE, (1, source.size))
        q = np.repeat(source.probability(theta), starts, axis=0)
        stream = streams.rng(
            seed, "sqrbm", "crossfit starts",
            target=target, fitted=fitted.paulis, hidden=fitted.m, **key,
        )  # fmt: skip
        start = stream.uniform(-1.0, 1.0, (starts, fitted.size))
        kl[target] = fisher_scoring(fitted, q, start, iterations, ENOUGH)[1]
    generic = streams.rng(seed, "sqrbm", "dimension")
    dimensions = dimension(source, generic), dimension(fitted, generic)
    return CrossFit(source, fitted, kl.min(axis=1), kl, dimensions)


def equivalence(
    n: int, m: int, paulis: str, *, seed: int, targets: int, starts: int, iterations: int
) -> list[CrossFit]:
    """Cross-fits of m hidden qubits and |W| m classical hidden units, each to itself and the other.

    Theorem 1 of Demidik 2025 is m = 1. Both families have n + |W| m (n + 1) parameters.

    Args:
        n: visible units.
        m: hidden qubits.
        paulis: operators on the hidden qubits.
        seed, targets, starts, iterations: see `cross_fit`.

    Raises:
        InvalidArgumentError: if the parameters are 2^n - 1 or more. Then either family may contain
            every distribution, and nothing is tested.
    """
    families = Machine(n, m, paulis), Machine(n, len(paulis) * m, "Z")
    if families[0].size >= 2**n - 1:
        raise arguments.InvalidArgumentError(
            "m",
            f"{m} at n = {n} gives {families[0].size} parameters; distributions have {2**n - 1}, "
            "so fewer are needed to test anything",
        )
    return [
        cross_fit(
            source,
            fitted,
            seed=seed,
            targets=targets,
            starts=starts,
            iterations=iterations,
        )
        for source in families
        for fitted in families
    ]


def cross_fit_table(fits: Iterable[CrossFit], m: int, paulis: str) -> pd.DataFrame:
    """Cross-fits as a table of the kind `spinlearn.sqrbm.schemas.CROSS_FIT`.

    Args:
        fits: as `equivalence` gives them.
        m: hidden qubits.
        paulis: operators on the hidden qubits.

    Returns:
        One row per (pair of families, target): `n, m, paulis, parameters` (of each family),
        `source, fitted, target, kl` (lowest found, nats), `source_dimension, fitted_dimension`.
    """
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "n": fit.source.n,
                    "m": m,
                    "paulis": paulis,
                    "parameters": fit.source.size,
                    "source": fit.source.paulis,
                    "fitted": fit.fitted.paulis,
                    "target": np.arange(len(fit.kl)),
                    "kl": fit.kl,
                    "source_dimension": fit.dimensions[0],
                    "fitted_dimension": fit.dimensions[1],
                }
            )
            for fit in fits
        ],
        ignore_index=True,
    )
