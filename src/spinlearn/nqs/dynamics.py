"""Quenches of rings by the time-dependent variational principle, beside exact evolution.

A machine with complex parameters theta(t) follows i S d theta/dt = F, where S is the quantum
geometric tensor and F the force of H (Carleo and Troyer 2017; Haegeman et al. 2011). Averages are
over all configurations, not over samples. NetKet integrates it; states and observables are ours.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from jaxtyping import Complex, Float

from spinlearn import arguments
from spinlearn.nqs.library import nk
from spinlearn.nqs.rbm import RBMState, vector
from spinlearn.nqs.reconfiguration import driver, to_state
from spinlearn.nqs.systems import Ring, chain, ground_vector, in_sector
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.evolution import chain_family, spectral_trajectory
from spinlearn.spins.hamiltonians import SpinChain, Term, spin_chain
from spinlearn.streams import KeyPart, integer_seed

MAX_SITES = 14
"""Longest ring whose dynamics is followed."""

LEAST_FIDELITY = 0.99
"""Fidelity with the initial ground state, below which a machine does not count as converged."""

STEPS, RATE, SHIFT = 300, 0.02, 1e-3
"""Stochastic reconfiguration to the initial state: steps, their size, the diagonal shift."""

CUTOFF = 1e-8
"""Singular values of the quantum geometric tensor below this part of the largest are damped."""


@dataclass(frozen=True)
class Settings:
    """How a quench is followed.

    Attributes:
        alpha: hidden units per site.
        longest_time: in units of 1/J.
        times: number of times at which states are compared, 0 and the longest included.
        step: time step of the fourth-order Runge-Kutta method, in units of 1/J.
    """

    alpha: int
    longest_time: float
    times: int
    step: float


def operator(ring: Ring) -> nk.operator.DiscreteOperator:
    """NetKet's Hamiltonian, the one of `spinlearn.nqs.systems.terms`, for any J_z."""
    graph = nk.graph.Chain(ring.N, pbc=True)
    if ring.model == "tfi":
        return nk.operator.IsingJax(nk.hilbert.Spin(0.5, ring.N), graph, h=ring.h, J=-1.0)
    bond = ring.J_z * np.diag([1.0, -1.0, -1.0, 1.0])
    bond[[1, 2], [2, 1]] = -2.0
    space = nk.hilbert.Spin(0.5, ring.N, total_sz=0)
    return nk.operator.GraphOperator(space, graph, bond_ops=[bond])


def quench(before: Ring, after: Ring, settings: Settings, *, seed: int) -> pd.DataFrame:
    """The ground state of one ring, evolved by another; one row per time.

    Columns: `time`; `fidelity` = |<exact|machine>|^2; `machine` and `exact`, the mean of sigma^x
    (TFI) or of sigma^x_i sigma^x_(i+1) (Heisenberg); `energy` of the machine, which the exact
    evolution and TDVP conserve. The exact state starts from the exact ground state.

    Raises:
        ValueError: if the rings differ in model or size, or have more than `MAX_SITES` sites.
        NotConvergedError: if the machine does not reach the initial ground state, or diverges.
    """
    if (before.model, before.N) != (after.model, after.N):
        raise ValueError("a quench changes a coupling: both rings must have one model and size")
    if before.N > MAX_SITES:
        raise ValueError(f"dynamics is followed up to {MAX_SITES} sites, not {before.N}")
    arguments.integer("times", settings.times, 2)
    state = _initial(before, settings.alpha, seed)
    spins, start = chain(after), ground_vector(before)
    fidelity = _fidelity(start, in_sector(before, vector(to_state(state)), spins))
    if not fidelity > LEAST_FIDELITY:
        raise NotConvergedError(
            f"the machine of the {before.model} ring of {before.N} sites has fidelity "
            f"{fidelity:.3g} with the ground state from which the quench starts, below "
            f"{LEAST_FIDELITY}: take a larger alpha"
        )
    times = np.linspace(0.0, settings.longest_time, settings.times)
    exact = spectral_trajectory(
        chain_family(spins), np.zeros(spins.dimension), start.astype(complex), times
    )
    observed, rows = observable(after), []
    states = _evolve(state, operator(after), times, settings.step)
    for time, reference, machine in zip(times, exact, states, strict=True):
        psi = in_sector(after, vector(machine), spins)
        if not np.isfinite(psi).all():
            raise NotConvergedError(f"the machine diverged before t = {time:g}: a smaller step")
        rows.append(
            {
                "time": time,
                "fidelity": _fidelity(reference, psi),
                "machine": _mean(observed, psi),
                "exact": _mean(observed, reference),
                "energy": _mean(spins, psi),
            }
        )
    return pd.DataFrame(rows)


def _initial(ring: Ring, alpha: int, seed: int) -> nk.vqs.FullSumState:
    """A machine near the ground state, trained with averages over all configurations."""
    hamiltonian = operator(ring)
    key: dict[str, KeyPart] = {
        "model": ring.model,
        "N": ring.N,
        "alpha": alpha,
        "h": ring.h,
        "J_z": ring.J_z,
    }
    state = nk.vqs.FullSumState(
        hamiltonian.hilbert,
        nk.models.RBM(alpha=alpha, param_dtype=complex),
        seed=integer_seed(seed, "nqs", "quench", **key) % 2**32,
    )
    driver(hamiltonian, state, RATE, SHIFT).run(STEPS, out=(), show_progress=False)
    return state


def _evolve(
    state: nk.vqs.FullSumState,
    hamiltonian: nk.operator.DiscreteOperator,
    times: Float[np.ndarray, " T"],
    step: float,
) -> list[RBMState]:
    """The machine at each time.

    One run stops at all times: a run of its own to each would take a whole step too many where
    rounding leaves its end a little late.
    """
    solver = partial(nk.optimizer.solver.pinv_smooth, rtol=CUTOFF, rtol_smooth=CUTOFF)
    evolution = nk.experimental.driver.TDVP(
        hamiltonian,
        state,
        nk.experimental.dynamics.RK4(dt=step),
        qgt=nk.optimizer.qgt.QGTJacobianDense(holomorphic=True),
        linear_solver=solver,
    )
    found: list[RBMState] = []

    def collect(time: object, log: dict[str, object], moved: nk.experimental.driver.TDVP) -> bool:
        found.append(to_state(moved.state))
        return True

    evolution.run(times[-1], tstops=times, callback=collect, out=(), show_progress=False)
    return found


def observable(ring: Ring) -> SpinChain:
    """The mean of sigma^x (TFI), or of sigma^x sigma^x of neighbours (Heisenberg).

    The latter is the mean of the x and y components, which conserves S^z; the turned sites of
    `spinlearn.nqs.systems` change its sign.
    """
    sites = range(ring.N)
    if ring.model == "tfi":
        fields: list[Term] = [(1 / ring.N, "x", (site,)) for site in sites]
        return spin_chain(ring.N, fields, operators="pauli")
    bonds = [(site, (site + 1) % ring.N) for site in sites]
    pairs: list[Term] = [(-0.5 / ring.N, kind, bond) for bond in bonds for kind in ("xx", "yy")]
    return spin_chain(ring.N, pairs, operators="pauli", magnetisation=0)


def _mean(operator: SpinChain, psi: Complex[np.ndarray, " d"]) -> float:
    return float(np.vdot(psi, operator.H0 @ psi).real)


def _fidelity(first: np.ndarray, second: np.ndarray) -> float:
    return float(abs(np.vdot(first, second)) ** 2)
