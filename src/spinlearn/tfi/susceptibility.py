"""The exact magnetic susceptibility of the transverse-field Ising chain."""

from spinlearn import arguments
from spinlearn.tfi.exact import exact_energy

STEP = 1e-3
"""Half-width, in units of J, of the second difference of the energy."""


def susceptibility(N: int, hx: float) -> float:
    """χ_xx = d mu_x/d hx of the ground state at lambda = 0, in units of 1/J.

    mu_x, the mean of <sigma^x_i> over the sites, is −(1/N) dE_0/dh_x (Hellmann and Feynman), so
    χ_xx is minus the second derivative of the exact energy per site. A second difference gives it
    with an error of order 1e-6.

    Args:
        N: number of sites.
        hx: transverse field, in units of J, >= 0.
    """
    arguments.number("hx", hx, 0)
    below, here, above = (exact_energy(N, abs(hx + step)) for step in (-STEP, 0.0, STEP))
    return -(below - 2 * here + above) / (N * STEP**2)
