"""Files of stage `tfi`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from itertools import product

from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.tfi.config import Tfi


def ground_states(tfi: Tfi, N: int | str) -> list[str]:
    """Paths of the ground states of one chain length, in the order of tfi.hx."""
    return [f"results/tfi/ground_states/N{N}/hx{hx}.h5" for hx in two_decimals(tfi.hx)]


def povm(tfi: Tfi, N: int | str) -> list[str]:
    """Paths of all blocks of POVM samples of one chain length, field by field."""
    cells = product(two_decimals(tfi.hx), blocks(tfi.samples, tfi.block))
    return [f"results/tfi/povm/N{N}/hx{hx}/{block}.h5" for hx, block in cells]


def ground_state_settings(tfi: Tfi) -> str:
    """The settings that DMRG uses."""
    used = {"longitudinal_field", "bond_dimension", "max_sweeps", "energy_tolerance"}
    return settings(**tfi.model_dump(include=used))


def povm_settings(seed: int, tfi: Tfi) -> str:
    """The settings of one block of POVM samples."""
    return settings(seed=seed, samples=tfi.block)


def ground_state_memory(tfi: Tfi, N: int) -> float:
    """MB for DMRG: libraries, environments and TeNPy's Krylov vectors."""
    return 500 + 8e-6 * N * 24 * tfi.bond_dimension**2


def ground_state_minutes(tfi: Tfi, N: int) -> float:
    """Minutes for two runs of DMRG, generous: 10 s per sweep where N = 32 and D = 25."""
    return 5 + tfi.max_sweeps * N / 32 * max(1.0, tfi.bond_dimension / 25) ** 3 / 3


def povm_memory(tfi: Tfi, N: int) -> float:
    """MB for one block: libraries, outcomes, their compressed copy and ln P."""
    return 400 + 3e-6 * tfi.block * (N + 8)


def povm_minutes(tfi: Tfi, N: int) -> float:
    """Minutes for one block, generous: 10 000 strings per second where N = 32 and D = 25."""
    return 5 + tfi.block * N / 32 * max(1.0, tfi.bond_dimension / 25) ** 2 / 6e5
