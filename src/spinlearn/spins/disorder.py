"""Disorder: fields drawn from a distribution, in the one place where they are drawn."""

from typing import get_args

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins.choices import Disorder

INVERSE_GOLDEN_MEAN = (np.sqrt(5) - 1) / 2
"""beta of the quasiperiodic potential, in units of 1/site."""


def random_fields(
    rng: np.random.Generator,
    h: float,
    shape: tuple[int, ...],
    kind: Disorder = "uniform",
    *,
    site_axis: int = -1,
) -> Float[np.ndarray, "*shape"]:
    """Fields of disorder strength h, in the units and operators of h; proportional to h.

    - "uniform": independent, uniform in [-h, h];
    - "gaussian": independent, normal with mean 0 and standard deviation h;
    - "binary": independent, h or -h;
    - "quasiperiodic": h cos(2 pi beta i + phi) on site i = 0, 1, ..., with beta the inverse golden
      mean and one phase phi per realisation, uniform in [0, 2 pi) (Aubry and Andre 1980). Without
      interaction (J_zz = J2 = 0) all states localise at h = J_xy in spin operators, h = 2 J_xy in
      Pauli matrices.

    Args:
        rng: stream of the fields.
        h: disorder strength.
        shape: of the result.
        kind: distribution of the fields.
        site_axis: the axis that counts the sites; only "quasiperiodic" depends on it.

    Raises:
        InvalidArgumentError: if there is no such kind, or h is negative or not finite.
    """
    arguments.one_of("kind", kind, get_args(Disorder))
    h = arguments.number("h", h, 0)
    if kind == "uniform":
        return rng.uniform(-h, h, size=shape)
    if kind == "gaussian":
        return h * rng.standard_normal(shape)
    if kind == "binary":
        return h * (2.0 * rng.integers(0, 2, size=shape) - 1.0)
    one_site, all_sites = list(shape), [1] * len(shape)
    one_site[site_axis], all_sites[site_axis] = 1, shape[site_axis]
    phases = rng.uniform(0.0, 2 * np.pi, size=one_site)
    sites = np.arange(shape[site_axis]).reshape(all_sites)
    return h * np.cos(2 * np.pi * INVERSE_GOLDEN_MEAN * sites + phases)
