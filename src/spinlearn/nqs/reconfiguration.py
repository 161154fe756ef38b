"""Ground states of rings by machines: variational Monte Carlo with stochastic reconfiguration.

NetKet (Vicentini et al., SciPost Phys. Codebases 7 (2022)) samples the machine, whose parameters
are real, and moves them along the natural gradient (Sorella 1998; Carleo and Troyer 2017).
"""

import logging
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.nqs.choices import MAX_SITES
from spinlearn.nqs.library import nk, optax
from spinlearn.nqs.rbm import RBMState, vector
from spinlearn.nqs.systems import Ring, chain, exact_energy, in_sector
from spinlearn.streams import KeyPart, integer_seed

CHAINS = 16
"""Markov chains of the sampler."""

FINAL_SAMPLES = 16_384
"""Samples from which the energy of longer rings is estimated."""

_log = logging.getLogger("spinlearn.nqs")


@dataclass(frozen=True)
class Settings:
    """How a machine is trained.

    Attributes:
        iterations: steps of stochastic reconfiguration.
        samples: configurations per step, in 16 Markov chains.
        learning_rate: step size; it falls linearly to a tenth.
        diagonal_shift: added to the diagonal of the quantum geometric tensor.
        drift: a converged run has a smaller relative difference of the mean energies of the last
            two tenths of its steps.
        v_score: a converged run has a smaller V-score, too.
    """

    iterations: int
    samples: int
    learning_rate: float
    diagonal_shift: float
    drift: float
    v_score: float


@dataclass(frozen=True, eq=False)
class Run:
    """One trained machine.

    Attributes:
        parameters: number of real parameters.
        energy, energy_error: <H> in units of J; the error is 0 if it comes from the vector.
        variance: <H^2> - <H>^2, in units of J^2.
        exact: E_0.
        history: energy estimated in each step.
        converged: whether the run has converged, as `Settings` says.
    """

    parameters: int
    energy: float
    energy_error: float
    variance: float
    exact: float
    history: Float[np.ndarray, " steps"]
    converged: bool

    @property
    def relative_error(self) -> float:
        """(E - E_0) / |E_0|."""
        return (self.energy - self.exact) / abs(self.exact)


def v_score(N: int, energy: float, variance: float) -> float:
    """N Var H / E^2, for Hamiltonians without a constant (Wu et al., Science 386, 296 (2024)).

    Infinite for E = 0, where a diverged machine may end.
    """
    square = energy**2
    return N * variance / square if square else np.inf


def operators(ring: Ring) -> tuple[nk.graph.AbstractGraph, nk.operator.DiscreteOperator]:
    """NetKet's ring and Hamiltonian, in the basis of `spinlearn.nqs.systems`."""
    graph = nk.graph.Chain(ring.N, pbc=True)
    if ring.model == "tfi":
        return graph, nk.operator.Ising(nk.hilbert.Spin(0.5, ring.N), graph, h=ring.h, J=-1.0)
    space = nk.hilbert.Spin(0.5, ring.N, total_sz=0)
    return graph, nk.operator.Heisenberg(space, graph, J=1.0, sign_rule=True)


def ground_states(
    ring: Ring, alpha: int, runs: range, settings: Settings, *, seed: int
) -> list[Run]:
    """Machines of alpha N hidden units, one per run; only the first one compiles.

    Args:
        ring: the Hamiltonian, with J_z = 1.
        alpha: hidden units per site.
        runs: numbers of the runs, which key their random streams.
        settings: how they are trained.
        seed: root of the random streams.

    Raises:
        InvalidArgumentError: if alpha is below 1, or the Heisenberg ring has another J_z.
    """
    arguments.integer("alpha", alpha, 1)
    if ring.J_z != 1.0:
        raise arguments.InvalidArgumentError("J_z", f"must be 1, got {ring.J_z:g}")
    graph, hamiltonian = operators(ring)
    machine = nk.models.RBM(alpha=alpha, param_dtype=float)
    exact, found = exact_energy(ring), []
    space = hamiltonian.hilbert
    sampler = (
        nk.sampler.MetropolisExchange(space, graph=graph, d_max=ring.N // 2, n_chains=CHAINS)
        if ring.model == "heisenberg"
        else nk.sampler.MetropolisLocal(space, n_chains=CHAINS)
    )
    for run in runs:
        key: dict[str, KeyPart] = {
            "model": ring.model,
            "h": ring.h,
            "N": ring.N,
            "alpha": alpha,
            "run": run,
        }
        state = nk.vqs.MCState(
            sampler,
            machine,
            n_samples=settings.samples,
            seed=integer_seed(seed, "nqs", "start", **key) % 2**32,
            sampler_seed=integer_seed(seed, "nqs", "samples", **key) % 2**32,
        )
        history = _train(state, hamiltonian, settings)
        found.append(_judge(ring, state, hamiltonian, history, exact, settings))
        if not found[-1].converged:
            _log.warning(
                "%s ring of %d sites, alpha = %d: run %d has not converged; averages leave it out. "
                "Take more iterations or samples, or a smaller learning rate.",
                *(ring.model, ring.N, alpha, run),
            )
    return found


def driver(
    hamiltonian: nk.operator.DiscreteOperator,
    state: nk.vqs.VariationalState,
    rate: float | optax.Schedule,
    diagonal_shift: float,
) -> nk.driver.VMC_SR:
    """Steps of stochastic reconfiguration; what NetKet prints about its own choices is left out."""
    with redirect_stdout(None):
        return nk.driver.VMC_SR(
            hamiltonian,
            nk.optimizer.Sgd(rate),
            variational_state=state,
            diag_shift=diagonal_shift,
        )


def _train(
    state: nk.vqs.MCState, hamiltonian: nk.operator.DiscreteOperator, settings: Settings
) -> Float[np.ndarray, " steps"]:
    """Train in place; the energy of each step."""
    rate = optax.linear_schedule(
        settings.learning_rate, settings.learning_rate / 10, settings.iterations
    )
    steps = driver(hamiltonian, state, rate, settings.diagonal_shift)
    log = nk.logging.RuntimeLog()
    steps.run(settings.iterations, out=log, show_progress=False)
    return np.real(np.asarray(log.data["Energy"]["Mean"])).astype(float)


def _judge(
    ring: Ring,
    state: nk.vqs.MCState,
    hamiltonian: nk.operator.DiscreteOperator,
    history: Float[np.ndarray, " steps"],
    exact: float,
    settings: Settings,
) -> Run:
    """The energy of a trained machine, and whether it has converged."""
    energy, error, variance = np.nan, np.nan, np.nan
    if np.isfinite(history).all():
        energy, error, variance = (
            exact_expectations(ring, to_state(state))
            if ring.N <= MAX_SITES
            else _sampled_expectations(state, hamiltonian)
        )
    tenth = max(len(history) // 10, 1)
    drift = abs(history[-tenth:].mean() - history[-2 * tenth : -tenth].mean()) / abs(exact)
    score = v_score(ring.N, energy, variance)
    converged = bool(drift < settings.drift and score < settings.v_score)
    return Run(state.n_parameters, energy, error, variance, exact, history, converged)


def to_state(state: nk.vqs.VariationalState) -> RBMState:
    """The parameters of a NetKet machine; its log cosh has no factor 2, which is only the norm.

    NetKet's spins are s = 1 for up, as ours.
    """
    values = state.parameters
    return RBMState(
        np.asarray(values["visible_bias"], complex),
        np.asarray(values["Dense"]["bias"], complex),
        np.asarray(values["Dense"]["kernel"], complex).T,
    )


def exact_expectations(ring: Ring, machine: RBMState) -> tuple[float, float, float]:
    """<H>, its error 0, and <H^2> - <H>^2, from the vector."""
    spins = chain(ring)
    psi = in_sector(ring, vector(machine), spins)
    applied = spins.H0 @ psi
    energy = float(np.vdot(psi, applied).real)
    return energy, 0.0, float(np.linalg.norm(applied - energy * psi) ** 2)


def _sampled_expectations(
    state: nk.vqs.MCState, hamiltonian: nk.operator.DiscreteOperator
) -> tuple[float, float, float]:
    """<H>, its standard error, and the variance, from fresh samples."""
    state.n_samples = FINAL_SAMPLES
    state.reset()
    found = state.expect(hamiltonian)
    return float(found.mean.real), float(found.error_of_mean), float(found.variance)
