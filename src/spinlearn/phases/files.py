"""Files of stage `phases`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from itertools import product

from spinlearn.mbl import files as mbl_files
from spinlearn.mbl.config import Mbl
from spinlearn.phases.choices import CHAIN_SOURCES, SOURCES
from spinlearn.phases.config import Phases
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.tfi import files as tfi_files
from spinlearn.tfi.config import Tfi

SUPERVISED = "results/phases/supervised.h5"
UNSUPERVISED = "results/phases/unsupervised.h5"


def ising(phases: Phases, sizes: tuple[int, ...]) -> list[str]:
    """Paths of the Ising configurations of some lattices, all blocks."""
    cells = product(sizes, blocks(phases.ising.configurations, phases.ising.block))
    return [f"results/phases/ising/L{L}/{block}.h5" for L, block in cells]


def spectra(phases: Phases) -> list[str]:
    """Paths of the entanglement spectra, all lengths and blocks."""
    chosen = phases.spectra
    cells = product(chosen.L, blocks(chosen.realisations, chosen.block))
    return [f"results/phases/spectra/{chosen.chain}/L{L}/{block}.h5" for L, block in cells]


def z_samples(phases: Phases) -> list[str]:
    """Paths of the outcomes of sigma^z, all lengths."""
    return [f"results/phases/z/N{N}.h5" for N in phases.confusion.N]


def sources(phases: Phases) -> list[str]:
    """The kinds of data on which networks are confused."""
    return [name for name in SOURCES if phases.confusion.N or name not in CHAIN_SOURCES]


def confusion(phases: Phases) -> list[str]:
    """Paths of the accuracies of learning by confusion, one per kind of data."""
    return [f"results/phases/confusion/{source}.csv" for source in sources(phases)]


def confusion_data(phases: Phases, tfi: Tfi, source: str) -> list[str]:
    """Paths of the data on which networks are confused."""
    if source in ("ising", "shuffled"):
        return ising(phases, phases.confusion.L)
    if source == "spectra":
        return spectra(phases)
    if source == "povm":
        needed = -(-_povm_samples(phases, tfi) // tfi.block) * tfi.block
        enough = tfi.model_copy(update={"samples": needed})
        return [path for N in phases.confusion.N for path in tfi_files.povm(enough, N)]
    return z_samples(phases)


def _povm_samples(phases: Phases, tfi: Tfi) -> int:
    """POVM strings per field that are used: all, if there are fewer than wanted."""
    return min(phases.confusion.povm_samples, tfi.samples)


def ising_settings(seed: int, phases: Phases) -> str:
    """The settings of one block of Ising configurations."""
    chosen = phases.ising
    return settings(
        seed=seed,
        temperatures=chosen.temperatures,
        chains=chosen.chains,
        samples=chosen.block // chosen.chains,
        sweeps=chosen.sweeps,
    )


def supervised_settings(seed: int, phases: Phases) -> str:
    """The settings of the networks that learn the phases."""
    used = {"ordered_below", "disordered_above", "runs"}
    chosen = phases.supervised.model_dump(include=used)
    return settings(seed=seed, networks=phases.networks.model_dump(), **chosen)


def unsupervised_settings(seed: int) -> str:
    """The settings of principal components and clusters."""
    return settings(seed=seed)


def spectra_settings(seed: int, phases: Phases, mbl: Mbl, chain: str) -> str:
    """The settings of one block of entanglement spectra."""
    return settings(
        seed=seed,
        chain=mbl.chains[chain].couplings,
        disorder=mbl.chains[chain].disorder,
        h=phases.spectra.h,
        realisations=phases.spectra.block,
        states=phases.spectra.states,
    )


def z_settings(seed: int, phases: Phases) -> str:
    """The settings of the outcomes of sigma^z."""
    return settings(seed=seed, samples=phases.confusion.z_samples)


def confusion_settings(seed: int, phases: Phases, tfi: Tfi, source: str) -> str:
    """The settings of learning by confusion on one kind of data."""
    samples = {"samples": _povm_samples(phases, tfi)} if source == "povm" else {}
    return settings(
        seed=seed, networks=phases.networks.model_dump(), runs=phases.confusion.runs, **samples
    )


def ising_memory(phases: Phases, L: int) -> float:
    """MB for one block: libraries, the configurations twice, and the graph of all chains."""
    chosen = phases.ising
    return 250 + 1e-6 * L**2 * (3 * len(chosen.temperatures) * chosen.block + 120 * chosen.chains)


def ising_minutes(phases: Phases, L: int) -> float:
    """Minutes for one block, generous: 0.4 us per site and sweep."""
    chosen = phases.ising
    sweeps = 30 * chosen.chains + chosen.block * chosen.sweeps
    return 5 + len(chosen.temperatures) * sweeps * L**2 * 4e-7 / 60


def learning_memory(phases: Phases, sizes: tuple[int, ...]) -> float:
    """MB for learning from the configurations of the largest of some lattices: torch, copies."""
    chosen = phases.ising
    numbers = len(chosen.temperatures) * chosen.configurations * max(sizes) ** 2
    return 700 + 12e-6 * numbers


def learning_minutes(phases: Phases, numbers: float, networks: int) -> float:
    """Minutes for trainings on so many numbers, generous: 6 ns per number, hidden unit, epoch."""
    return 5 + numbers * phases.networks.epochs * networks * phases.networks.hidden * 1e-10


def supervised_minutes(phases: Phases) -> float:
    """Minutes for the networks of all lattices."""
    chosen = phases.ising
    sites = sum(L**2 for L in chosen.L)
    numbers = float(len(chosen.temperatures) * chosen.configurations * sites)
    return learning_minutes(phases, numbers, phases.supervised.runs)


def unsupervised_minutes(phases: Phases) -> float:
    """Minutes for the principal components of all lattices, generous: 1 ns per product."""
    chosen = phases.ising
    products = sum(L**4 for L in chosen.L) * len(chosen.temperatures) * chosen.configurations
    return 5 + products * 1e-9 / 60


def confusion_shape(phases: Phases, tfi: Tfi, source: str) -> tuple[int, float]:
    """Number of values, and of inputs of all samples of all sizes."""
    chosen = phases.confusion
    if source in ("ising", "shuffled"):
        T = len(phases.ising.temperatures)
        return T, float(T * phases.ising.configurations * sum(L**2 for L in chosen.L))
    if source == "spectra":
        levels = sum(2 ** (L // 2) for L in phases.spectra.L)
        h, states = len(phases.spectra.h), phases.spectra.states
        return h, float(h * phases.spectra.realisations * states * levels)
    per_site = 4 * chosen.povm_samples if source == "povm" else chosen.z_samples
    return len(tfi.hx), float(len(tfi.hx) * per_site * sum(chosen.N))


def confusion_memory(phases: Phases, tfi: Tfi, source: str) -> float:
    """MB for learning by confusion: torch, and copies of the data."""
    return 700 + 26e-6 * confusion_shape(phases, tfi, source)[1]


def confusion_minutes(phases: Phases, tfi: Tfi, source: str) -> float:
    """Minutes for learning by confusion."""
    values, numbers = confusion_shape(phases, tfi, source)
    return learning_minutes(phases, numbers, values * phases.confusion.runs)


def spectra_minutes(phases: Phases, mbl: Mbl, L: int) -> float:
    """Minutes for one block: as for so many windows of stage mbl."""
    realisations = len(phases.spectra.h) * phases.spectra.block
    return 5 + (mbl_files.windows_minutes(mbl, L) - 5) * realisations / mbl.windows.block
