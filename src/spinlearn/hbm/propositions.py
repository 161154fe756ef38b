"""The two propositions of Zhong 2022, appendix A, at sizes that are solved exactly."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments
from spinlearn.hbm.machine import born_machine
from spinlearn.learning.distributions import total_variation
from spinlearn.spins.evolution import chain_family, evolve
from spinlearn.spins.hamiltonians import SpinChain, spin_chain
from spinlearn.spins.product_states import all_amplitudes, product_state

HiddenState = Literal["up", "plus"]


def decoupling_distances(
    fields: Float[np.ndarray, "quenches visible"],
    hidden_fields: Float[np.ndarray, " n"],
    *,
    hidden: int = 2,
    hidden_state: HiddenState = "up",
    J_zz: float = 1.0,
    quench_time: float = 3.0,
) -> Float[np.ndarray, " n"]:
    """Total variation between the basic and the hidden machine with fields on its hidden spins.

    Zhong 2022, proposition 1: the basic machine's distributions are among those of the hidden one.
    Its proof needs hidden spins that decouple. Strong fields average their exchange out, up to
    J^2/h. The coupling J_zz S^z S^z stays: for a hidden spin that is up it is a field J_zz/2, which
    is subtracted from those of its visible neighbours; in |+> it is a random field.

    The hidden machine is a ring. Its hidden spins stand between the last and the first visible
    spin, so that it is compared with the open basic machine. Visible spins start in |+>.

    Args:
        fields: h_i of the basic machine in each quench, in units of J.
        hidden_fields: strengths to compare, in units of J; the fields of the hidden spins are 1 to
            1.3 times the strength, equally spaced.
        hidden, hidden_state: number of hidden spins, and the state in which they start.
        J_zz: coupling of S^z S^z, in units of J.
        quench_time: T of each quench, in units of 1/J.

    Returns:
        The distance for each strength.

    Raises:
        InvalidArgumentError: if a number is not finite or out of its range, or the state unknown.
    """
    fields = arguments.real("fields", fields, (None, None))
    strengths = arguments.real("hidden_fields", hidden_fields, (None,))[:, None]
    arguments.integer("hidden", hidden, 1)
    arguments.one_of("hidden_state", hidden_state, get_args(HiddenState))
    visible = fields.shape[1]
    basic = born_machine(visible, 0, quench_time=quench_time, boundary="open", J_zz=J_zz)
    full = born_machine(visible, hidden, quench_time=quench_time, J_zz=J_zz)
    spins, correction = product_state("plus", full.L), np.zeros(visible)
    if hidden_state == "up":
        spins[visible:] = [0.0, 1.0]
        correction[[0, -1]] = -0.5 * J_zz
    own = strengths * np.linspace(1.0, 1.3, hidden)
    small, large = basic.initial_state("plus"), all_amplitudes(spins)[full.chain.states]
    for h in fields:
        small = basic.quench(small, h[None])[0]
        corrected = np.tile(h + correction, (len(own), 1))
        large = full.quench(large, np.hstack([corrected, own]))
    return total_variation(basic.distribution(small), full.distribution(large))


def pulsed_ising_errors(
    fields: Float[np.ndarray, "rows columns"],
    pulses: Int[np.ndarray, " n"],
    *,
    time: float = 2.0,
) -> Float[np.ndarray, " n"]:
    """Distance of the XXZ model's evolution under pi pulses from the Ising model's.

    Zhong 2022, proposition 2, on an open square lattice with J_xy = J_zz = 1. A pulse is Z_K, the
    product of sigma^z over every second site (eqs. A5 and A6 for pulses of no duration). It turns
    the sign of the exchange X, and leaves the Ising part I and the fields. n pulses divide the time
    into n parts: | (Z_K e^{-iHt/n})^n - e^{-iIt} |, at most t^2 |[I, X]| / (2n) to first order
    (Baker, Campbell, Hausdorff).

    Args:
        fields: B of each site, in units of J; their shape is the lattice's.
        pulses: even numbers of pulses; 0 for the evolution without pulses.
        time: t, in units of 1/J.

    Returns:
        The operator norm of the difference for each number of pulses.

    Raises:
        InvalidArgumentError: if an argument is not finite, or a number of pulses is odd, after
            which a pulse is left over.
    """
    fields = arguments.real("fields", fields, (None, None))
    counts = arguments.whole("pulses", pulses, (None,), low=0, high=2**30)
    if (counts % 2).any():
        raise arguments.InvalidArgumentError("pulses", f"must be even, not {counts.tolist()}")
    xxz, ising = _square_lattice(fields.shape, "xyz"), _square_lattice(fields.shape, "z")
    sublattice = np.indices(fields.shape).sum(axis=0).ravel() % 2 == 0
    pulse = np.prod(2 * xxz.z[:, sublattice], axis=1)[:, None]
    exact = np.diag(np.exp(-1j * time * ising.dense(fields.ravel()).diagonal()))
    diagonals = np.tile(xxz.diagonal(fields.ravel()), (xxz.dimension, 1))
    errors = []
    for n in counts.tolist():
        parts = max(n, 1)
        rows = evolve(chain_family(xxz), diagonals, np.eye(xxz.dimension), time / parts).states
        part = pulse * rows.T if n else rows.T
        errors.append(np.linalg.norm(np.linalg.matrix_power(part, parts) - exact, 2))
    return np.array(errors)


def _square_lattice(shape: tuple[int, ...], axes: str) -> SpinChain:
    """sum over bonds and axes a of S^a S^a, on an open lattice; sites count row by row."""
    sites = np.arange(np.prod(shape)).reshape(shape)
    pairs = [(sites[:-1], sites[1:]), (sites[:, :-1], sites[:, 1:])]
    bonds = [
        (int(i), int(j))
        for first, second in pairs
        for i, j in zip(first.ravel(), second.ravel(), strict=True)
    ]
    return spin_chain(sites.size, [(1.0, 2 * axis, bond) for axis in axes for bond in bonds])
