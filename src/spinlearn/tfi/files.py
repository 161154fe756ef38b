"""Files of stage `tfi`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterator
from itertools import product

from spinlearn.pipeline.content import content_digest, remembered
from spinlearn.pipeline.errors import UserFileError
from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.tfi.config import Tfi
from spinlearn.tfi.own_outcomes import shape_of

TRUNCATED_STRINGS = 20_000
"""Fresh strings per field with which compressed ground states are compared."""


def ground_states(tfi: Tfi, N: int | str) -> list[str]:
    """Paths of the ground states of one chain length, in the order of tfi.hx."""
    return [f"results/tfi/ground_states/N{N}/hx{hx}.h5" for hx in two_decimals(tfi.hx)]


def truncated(N: int | str) -> str:
    """Path of the table of compressed ground states of one chain length."""
    return f"results/tfi/truncated/N{N}.csv"


def povm(tfi: Tfi, N: int | str) -> list[str]:
    """Paths of all blocks of POVM samples of one chain length, field by field."""
    cells = product(two_decimals(tfi.hx), blocks(tfi.samples, tfi.block))
    return [f"results/tfi/povm/N{N}/hx{hx}/{block}.h5" for hx, block in cells]


def outcomes(tfi: Tfi) -> list[str]:
    """Paths of the POVM outcomes of the user's own."""
    return [f"results/tfi/outcomes/{name}.h5" for name in tfi.outcomes_files]


def povm_shape(tfi: Tfi, N: int) -> tuple[int, int, int]:
    """Numbers of samples, of sites and of conditions of one chain length."""
    return len(tfi.hx) * tfi.samples, N, 1


def outcomes_shape(tfi: Tfi, name: str) -> tuple[int, int, int]:
    """Numbers of samples, of sites and of conditions of outcomes of the user's own."""
    samples, sites, conditions = remembered(tfi.outcomes_files[name], "outcomes", shape_of)
    return samples, sites, conditions


def faults(tfi: Tfi) -> Iterator[str]:
    """What is wrong with the files of the user's own, one line per fault."""
    for name in tfi.outcomes_files:
        try:
            outcomes_shape(tfi, name)
        except UserFileError as error:
            yield f"tfi.outcomes_files.{name}: {error}"


def ground_state_settings(tfi: Tfi) -> str:
    """The settings that DMRG uses."""
    used = {"longitudinal_field", "bond_dimension", "max_sweeps", "energy_tolerance"}
    return settings(**tfi.model_dump(include=used))


def povm_settings(seed: int, tfi: Tfi) -> str:
    """The settings of one block of POVM samples."""
    return settings(seed=seed, samples=tfi.block, noise=tfi.noise)


def truncated_settings(seed: int, tfi: Tfi) -> str:
    """The settings of the compressed ground states."""
    return settings(seed=seed, bond_dimensions=tfi.truncated, strings=TRUNCATED_STRINGS)


def outcomes_settings(tfi: Tfi, name: str) -> str:
    """The settings of outcomes of the user's own: the digest of the file."""
    return settings(digest=content_digest(tfi.outcomes_files[name]))


def ground_state_memory(tfi: Tfi, N: int) -> float:
    """MB for DMRG: libraries, environments and TeNPy's Krylov vectors."""
    return 500 + 8e-6 * N * 24 * tfi.bond_dimension**2


def ground_state_minutes(tfi: Tfi, N: int) -> float:
    """Minutes for two runs of DMRG, generous: 10 s per sweep where N = 32 and D = 25."""
    return 5 + tfi.max_sweeps * N / 32 * max(1.0, tfi.bond_dimension / 25) ** 3 / 3


def povm_memory(tfi: Tfi, N: int) -> float:
    """MB for one block: libraries, outcomes, their compressed copy and ln P.

    With noise also the environments of a batch of strings.
    """
    environments = 128 * 16e-6 * 8 * tfi.bond_dimension**2 if tfi.noise else 0.0
    return 400 + 3e-6 * tfi.block * (N + 8) + environments


def povm_minutes(tfi: Tfi, N: int) -> float:
    """Minutes for one block, generous: 10 000 strings per second where N = 32 and D = 25.

    With noise 200 per second.
    """
    size = tfi.block * N / 32
    exact = size * max(1.0, tfi.bond_dimension / 25) ** 3 / 1.2e4 if tfi.noise else 0.0
    return 5 + size * max(1.0, tfi.bond_dimension / 25) ** 2 / 6e5 + exact


def outcomes_memory(samples: int, sites: int, conditions: int) -> float:
    """MB for reading outcomes of the user's own: libraries, and the cells of a CSV file as text."""
    cells = 1 + conditions
    return 300 + 1e-6 * samples * (300 + 80 * cells + 4 * cells * max(sites, 20) + 10 * sites)
