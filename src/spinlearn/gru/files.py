"""Files of stage `gru`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable, Iterator

from spinlearn.gru.config import Gru
from spinlearn.gru.data import HELD_OUT
from spinlearn.gru.recipes import VARIANTS
from spinlearn.gru.schemas import INDICATORS
from spinlearn.mbl.config import Mbl
from spinlearn.mbl.files import indicators, own_shape
from spinlearn.pipeline.errors import UserFileError
from spinlearn.pipeline.planning import blocks, settings


def networks(gru: Gru, chain: str, name: str, variants: Iterable[str]) -> list[str]:
    """Paths of one kind of file, for some variants and all blocks of runs."""
    numbers = blocks(gru.runs, gru.block)
    return [f"results/gru/{chain}/{variant}/{b}/{name}" for variant in variants for b in numbers]


def own_networks(gru: Gru, chain: str, name: str) -> list[str]:
    """Paths of one kind of file of the networks trained on disorder vectors of the user's own."""
    numbers = blocks(gru.runs, gru.block)
    folder = f"results/gru/{chain}/multitask"
    return [f"{folder}/{own}/{b}/{name}" for own in gru.fields for b in numbers]


def faults(gru: Gru, mbl: Mbl) -> Iterator[str]:
    """What is wrong with the user's own disorder vectors for a training, one line per fault."""
    for name in gru.fields:
        try:
            rows, _ = own_shape(mbl, name)
        except UserFileError:  # reported by stage mbl
            continue
        if rows < HELD_OUT:
            yield f"gru.fields: {name} holds {rows} vectors; at least {HELD_OUT} are needed"


def trainable_fields(mbl: Mbl) -> list[str]:
    """Names of those disorder vectors of the user's own that are enough for a training."""
    return [name for name in mbl.fields_files if own_shape(mbl, name)[0] >= HELD_OUT]


def learned_indicators(gru: Gru) -> tuple[str, ...]:
    """What networks learn."""
    return (*INDICATORS, *gru.further_indicators)


def train_L(gru: Gru, variant: str) -> tuple[int, ...]:
    """Chain lengths on which a variant is trained."""
    return gru.energy_train_L if VARIANTS[variant].resolved else gru.train_L


def train_indicators(gru: Gru, mbl: Mbl, chain: str, variant: str) -> list[str]:
    """Paths of the indicators on which a variant is trained.

    The energy-resolved networks use the whole grid of energy densities. The others use files with
    their energy density and what networks learn only, so that another energy density or
    observable does not train them again.
    """
    single = None if VARIANTS[variant].resolved else gru.energy_density
    return indicators(mbl, chain, train_L(gru, variant), "train", single)


def train_settings(seed: int, gru: Gru, mbl: Mbl, variant: str) -> str:
    """The settings that rule `gru_train` uses for a variant, and no others."""
    used = {"recipe", "energy_density", "features", "head", "epochs", "batch_size", "learning_rate"}
    if VARIANTS[variant].then:
        used |= {"transfer_epochs", "transfer_learning_rate"}
    if VARIANTS[variant].with_further and gru.further_indicators:
        used |= {"further_indicators"}
    learns_entropies = "entanglement_entropy" in VARIANTS[variant].first
    return settings(
        seed=seed,
        block=gru.block,
        entropy_normalisation=mbl.entropy_normalisation if learns_entropies else None,
        training=gru.model_dump(include=used),
    )


def predict_settings(gru: Gru, mbl: Mbl) -> str:
    """The settings that tests of the networks use."""
    return settings(
        energy_density=gru.energy_density, entropy_normalisation=mbl.entropy_normalisation
    )


def train_memory(gru: Gru, mbl: Mbl, variant: str) -> float:
    """MB for training: torch, the samples, and inputs and orders of each network."""
    return 700 + 1e-6 * _samples(gru, mbl, variant) * (500 + 100 * gru.block)


def train_minutes(gru: Gru, mbl: Mbl, variant: str) -> float:
    """Minutes for training, generous: 5 ms per update of a block, 1 ms for heads only."""
    first = _samples(gru, mbl, "multitask") / gru.batch_size * gru.epochs * 5e-3
    later = _samples(gru, mbl, variant) / gru.batch_size * gru.transfer_epochs * 1e-3
    return 5 + (first + later) / 60


def predict_memory(gru: Gru, mbl: Mbl, variant: str) -> float:
    """MB for testing: torch, the fields, and features and indicators of each network."""
    energies = len(mbl.energy_density) if VARIANTS[variant].resolved else 1
    rows = len(mbl.L) * len(mbl.h) * mbl.test_realisations * energies
    return 550 + 1e-6 * rows * (400 + 100 * gru.block)


def _samples(gru: Gru, mbl: Mbl, variant: str) -> int:
    """Samples per epoch, in the phase of a variant's training that has most of them."""
    energies = len(mbl.energy_density) if VARIANTS[variant].resolved else 1
    return len(train_L(gru, variant)) * len(mbl.h) * mbl.train_realisations * energies
