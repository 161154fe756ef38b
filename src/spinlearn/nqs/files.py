"""Files of stage `nqs`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from itertools import product

from spinlearn.nqs.choices import MAX_SITES
from spinlearn.nqs.config import Nqs
from spinlearn.pipeline.planning import blocks, settings, two_decimals

TORIC_CODE = "results/nqs/toric_code.csv"
ENTROPIES = "results/nqs/entropies.csv"


def exact_settings(seed: int, nqs: Nqs) -> str:
    """The settings of the machines with exact vectors."""
    return settings(seed=seed, tori=nqs.tori, entanglement=nqs.entanglement.model_dump())


def exact_minutes(nqs: Nqs) -> float:
    """Minutes for the machines with exact vectors, generous: 0.1 s per machine of 16 spins."""
    sizes = nqs.entanglement.N
    return 5 + sum(2**N for N in sizes) / 2**16 * nqs.entanglement.draws * 0.5 / 60


def rings(nqs: Nqs) -> list[str]:
    """Names of the rings, as in paths: "tfi_h1.00", "heisenberg"."""
    return [*(f"tfi_h{h}" for h in two_decimals(nqs.ground_states.h)), "heisenberg"]


def ground_states(nqs: Nqs) -> list[str]:
    """Paths of the variational ground states, one per ring and length."""
    return [
        f"results/nqs/ground_states/{ring}/N{N}.csv"
        for ring in rings(nqs)
        for N in nqs.ground_states.N
    ]


def ground_state_settings(seed: int, nqs: Nqs) -> str:
    """The settings of the machines of one ring and length."""
    section = nqs.ground_states.model_dump(exclude={"N", "h", "alpha", "runs"})
    return settings(
        seed=seed, alpha=nqs.ground_states.alpha, runs=nqs.ground_states.runs, training=section
    )


def ground_state_memory(nqs: Nqs, N: int) -> float:
    """MB: libraries, samples with their neighbours, the quantum geometric tensor, the exact H."""
    parameters = max(nqs.ground_states.alpha) * N**2 + 2 * N
    samples = nqs.ground_states.samples
    matrix = 70 * (N + 1) * 2**N if N <= MAX_SITES else 0
    return 1700 + 1e-6 * (
        8 * samples * (parameters * 3 + N * N) + 3 * 8 * min(parameters, samples) ** 2 + matrix
    )


def ground_state_minutes(nqs: Nqs, N: int) -> float:
    """Minutes, four times what Ising rings took: a start for each alpha, and the steps.

    The start compiles, estimates the energy and does DMRG: 10 s for N = 10, 50 s for 40. A step of
    512 samples evaluates the machine on N neighbours of each, one spin apart.
    """
    size = nqs.ground_states
    steps = size.iterations * size.runs * size.samples / 512
    start = len(size.alpha) * (16 + 0.12 * N**2)
    per_step = sum(0.0042 * alpha * (N / 10) ** 2 + 0.036 * N / 10 for alpha in size.alpha)
    return 10 + (start + 2 * steps * per_step) / 60


def dynamics(nqs: Nqs) -> list[str]:
    """Paths of the quenches, one per length."""
    return [f"results/nqs/dynamics/N{N}.csv" for N in nqs.dynamics.N]


def dynamics_settings(seed: int, nqs: Nqs) -> str:
    """The settings of the quenches of one length."""
    used = nqs.dynamics.model_dump(exclude={"N", "h", "J_z"})
    return settings(seed=seed, h=nqs.dynamics.h, J_z=nqs.dynamics.J_z, evolution=used)


def dynamics_memory(nqs: Nqs, N: int) -> float:
    """MB: libraries, gradients on all configurations, and the exact eigenvectors."""
    parameters = nqs.dynamics.alpha * N**2 + 2 * N
    return 1700 + 1e-6 * (16 * 4 * parameters * 2**N + 8 * 3 * 4**N)


def dynamics_minutes(nqs: Nqs, N: int) -> float:
    """Minutes, generous: both rings compile, and every step solves for the parameters' rates.

    Measured: 0.034 s per evaluation for 220 parameters and N = 10, 0.16 s for 420.
    """
    parameters = nqs.dynamics.alpha * N**2 + 2 * N
    evaluations = 300 + 4 * nqs.dynamics.longest_time / nqs.dynamics.step
    each = 1e-9 * parameters**2 * 2**N + 0.002
    return 10 + 2 * (15 + 2 * evaluations * each) / 60


def tomography(nqs: Nqs) -> list[str]:
    """Paths of the reconstructed ground states, by length, field and block."""
    chosen = nqs.tomography
    numbers = blocks(chosen.runs, chosen.block)
    cells = product(chosen.N, two_decimals(chosen.hx), numbers)
    return [f"results/nqs/tomography/N{N}/hx{hx}/{block}.csv" for N, hx, block in cells]


def measurement_settings(seed: int, nqs: Nqs) -> str:
    """The settings of one block of measurements."""
    return settings(seed=seed, samples=max(nqs.tomography.samples), runs=nqs.tomography.block)


def tomography_settings(seed: int, nqs: Nqs) -> str:
    """The settings of the reconstructions of one block."""
    chosen = nqs.tomography.model_dump(exclude={"N", "hx", "samples", "runs", "block"})
    return settings(seed=seed, samples=nqs.tomography.samples, training=chosen)


def tomography_memory(nqs: Nqs, N: int) -> float:
    """MB: libraries, and bras of outcomes along random axes or, later, a density matrix."""
    entries = max(nqs.tomography.samples) * (5 / 3) ** N
    return 500 + 1e-6 * max(100 * entries, 16 * 4 * 4**N)


def tomography_minutes(nqs: Nqs, N: int) -> float:
    """Minutes, generous: products with the bras, and eigenvectors of a matrix of 2^N rows."""
    chosen = nqs.tomography
    entries = sum(chosen.samples) * (5 / 3) ** N
    steps = (
        2 * chosen.starts * chosen.iterations * (6e-9 * entries + 3e-8 * chosen.alpha * N * 2**N)
    )
    return 5 + chosen.block * (steps + len(chosen.samples) * 2e-9 * 8**N) / 60
