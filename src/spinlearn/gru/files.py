"""Files of stage `gru`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable, Iterator
from typing import Any

from spinlearn.gru.choices import BASELINES, EXTRAPOLATED, LARGE_CLUSTER
from spinlearn.gru.config import Gru, Network
from spinlearn.gru.data import HELD_OUT
from spinlearn.gru.schemas import INDICATORS
from spinlearn.mbl.config import Mbl
from spinlearn.mbl.files import indicators, own_shape, transition_windows
from spinlearn.pipeline.errors import UserFileError
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.spins.chain_text import chain_text
from spinlearn.spins.config import Chain


def names(gru: Gru) -> list[str]:
    """The names of the networks that are trained."""
    return [name for name, network in gru.networks.items() if network.first]


def networks(gru: Gru, chain: str, name: str, variants: Iterable[str]) -> list[str]:
    """Paths of one kind of file, for all blocks of runs of some networks.

    There are none for a network that the configuration does not have.
    """
    numbers = blocks(gru.runs, gru.block)
    known = [variant for variant in variants if variant in names(gru)]
    return [f"results/gru/{chain}/{variant}/{b}/{name}" for variant in known for b in numbers]


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
    """What networks learn, each at least as one of several."""
    chosen = [gru.networks[name] for name in names(gru)]
    own = (name for network in chosen for name in network.first + network.then)
    return tuple(dict.fromkeys((*INDICATORS, *gru.further_indicators, *own)))


def train_L(gru: Gru, variant: str) -> tuple[int, ...]:
    """Chain lengths on which a network is trained."""
    network = gru.networks[variant]
    return network.train_L or (gru.energy_train_L if network.resolved else gru.train_L)


def train_indicators(gru: Gru, mbl: Mbl, chain: str, variant: str) -> list[str]:
    """Paths of the indicators on which a network is trained.

    The energy-resolved networks use the whole grid of energy densities. The others use files with
    their energy density and what networks learn only, so that another energy density or
    observable does not train them again.
    """
    single = None if gru.networks[variant].resolved else gru.energy_density
    return indicators(mbl, chain, train_L(gru, variant), "train", single)


def all_train_indicators(gru: Gru, mbl: Mbl) -> list[str]:
    """Paths of the indicators on which any network is trained."""
    found = (train_indicators(gru, mbl, mbl.chain, name) for name in names(gru))
    return sorted({path for paths in found for path in paths})


def train_settings(seed: int, gru: Gru, mbl: Mbl, variant: str) -> str:
    """The settings that rule `gru_train` uses for a network, and no others."""
    network = gru.networks[variant]
    first = network.first
    if {*INDICATORS} <= {*first}:
        first = tuple(dict.fromkeys((*first, *gru.further_indicators)))
    used = {"features", "head", "recipe", "epochs", "learning_rate"}
    if network.has_head_phase:
        used |= {"transfer_epochs", "transfer_learning_rate"}
    return settings(
        seed=seed,
        block=gru.block,
        realisations=network.realisations,
        entropy_normalisation=(
            mbl.entropy_normalisation if "entanglement_entropy" in first + network.then else None
        ),
        training={
            **network.model_dump(include={"then", "energy", "cell", "sites"}),
            **{name: own_or_default(gru, network, name) for name in used},
            "first": first,
            "energy_density": gru.energy_density,
            "batch_size": gru.batch_size,
        },
    )


def own_or_default(gru: Gru, network: Network, name: str) -> Any:
    """A setting of a network, that of section `gru` if the network has none of its own."""
    own = getattr(network, name)
    return getattr(gru, name) if own in (0, "default") else own


def predict_settings(gru: Gru, mbl: Mbl) -> str:
    """The settings that tests of the networks use."""
    return settings(
        energy_density=gru.energy_density, entropy_normalisation=mbl.entropy_normalisation
    )


def baselines(chain: str, energy: str = "") -> dict[str, str]:
    """Path of the predictions of each baseline, by its name; `energy` is "energy_" if resolved."""
    folder = f"results/gru/{chain}/baselines"
    return {name: f"{folder}/{energy}{name}/predictions.h5" for name in BASELINES}


def baseline_train(gru: Gru, mbl: Mbl, chain: str, energy: str = "") -> list[str]:
    """Paths of the indicators to which the baselines are fitted, those that networks learn from."""
    if energy:
        return indicators(mbl, chain, gru.energy_train_L, "train")
    return indicators(mbl, chain, gru.train_L, "train", gru.energy_density)


def baseline_settings(gru: Gru, mbl: Mbl, energy: str = "") -> str:
    """The settings that the baselines use."""
    return settings(
        energy_density=None if energy else gru.energy_density,
        entropy_normalisation=mbl.entropy_normalisation,
        further_indicators=gru.further_indicators,
    )


def baseline_memory(gru: Gru, mbl: Mbl, energy: str = "") -> float:
    """MB for the baselines: numpy and scipy, the data, and the products of the statistics."""
    energies = len(mbl.energy_density) if energy else 1
    realisations = mbl.train_realisations + mbl.test_realisations
    rows = len(mbl.L) * len(mbl.h) * realisations
    return 300 + 1e-6 * rows * (8000 + 500 * energies)


def symmetric(gru: Gru, mbl: Mbl) -> dict[str, str]:
    """Paths of the symmetric ensemble by kind; none unless the chain is the Heisenberg ring."""
    rings = _is_heisenberg_ring(mbl.chains[mbl.chain]) and min(mbl.L) >= LARGE_CLUSTER
    names = ("model.pt", "history.csv", "predictions.h5") if rings else ()
    return {name.partition(".")[0]: f"results/gru/{mbl.chain}/symmetric/{name}" for name in names}


def symmetric_file(gru: Gru, mbl: Mbl, kind: str) -> list[str]:
    """Path of one file of the symmetric ensemble; none if there is no ensemble."""
    return [path for name, path in symmetric(gru, mbl).items() if name == kind]


def _is_heisenberg_ring(chain: Chain) -> bool:
    return chain_text(chain.couplings) == "ring"


def symmetric_settings(seed: int, gru: Gru, mbl: Mbl) -> str:
    """The settings of the symmetric ensemble."""
    return settings(
        seed=seed,
        energy_density=gru.energy_density,
        entropy_normalisation=mbl.entropy_normalisation,
        training=gru.symmetric.model_dump(),
    )


def symmetric_memory(gru: Gru, mbl: Mbl) -> float:
    """MB for the symmetric ensemble: torch, data, and the matrices of clusters of one length."""
    rows = len(mbl.h) * (mbl.train_realisations + mbl.test_realisations)
    return 600 + 1e-6 * rows * (len(mbl.L) * 1000 + 30000)


def symmetric_minutes(gru: Gru, mbl: Mbl) -> float:
    """Minutes for the symmetric ensemble: 10 ms per update, 5 ms per ring for its clusters."""
    rows = len(gru.train_L) * len(mbl.h) * mbl.train_realisations
    tests = len(mbl.L) * len(mbl.h) * mbl.test_realisations
    updates = rows / gru.symmetric.batch_size * gru.symmetric.epochs
    return 5 + (1e-2 * updates + 5e-3 * (rows + tests)) / 60


def extrapolation(gru: Gru, mbl: Mbl) -> dict[str, str]:
    """Paths of predictions for lengths beyond the training; none without windows for them."""
    return extrapolated(mbl.chain) if extrapolation_windows(gru, mbl) else {}


def extrapolated(chain: str) -> dict[str, str]:
    """Path of the predictions of each predictor for longer rings, by its name."""
    return {name: f"results/gru/{chain}/extrapolation/{name}.h5" for name in EXTRAPOLATED}


def extrapolation_windows(gru: Gru, mbl: Mbl) -> list[str]:
    """Paths of the transition's windows of rings that are longer than those of the training.

    There are none at another energy density, or if a model or one of the chains is missing.
    """
    chosen = mbl.transition
    longer = [L for L in chosen.L if max(gru.train_L) < L]
    known = gru.energy_density in chosen.energy_density and "multitask" in names(gru)
    rings = _is_heisenberg_ring(mbl.chains[chosen.chain]) and symmetric(gru, mbl)
    if not (longer and known and rings):
        return []
    only = mbl.model_copy(update={"transition": chosen.model_copy(update={"L": tuple(longer)})})
    return transition_windows(only, [gru.energy_density])


def extrapolation_inputs(gru: Gru, mbl: Mbl) -> dict[str, list[str]]:
    """Input files of the extrapolation, by name."""
    return {
        "windows": extrapolation_windows(gru, mbl),
        "train": baseline_train(gru, mbl, mbl.chain),
        "multitask": networks(gru, mbl.chain, "model.pt", ["multitask"]),
        "symmetric": symmetric_file(gru, mbl, "model"),
    }


def extrapolation_memory(mbl: Mbl) -> float:
    """MB for the extrapolation: torch, and the matrices of clusters of one length."""
    return 700 + 1e-6 * len(mbl.transition.h) * mbl.transition.realisations * 40000


def train_memory(gru: Gru, mbl: Mbl, variant: str) -> float:
    """MB for training: torch, the samples, and inputs and orders of each network."""
    return 700 + 1e-6 * _samples(gru, mbl, variant) * (500 + 100 * gru.block)


def train_minutes(gru: Gru, mbl: Mbl, variant: str) -> float:
    """Minutes for training, generous: 5 ms per update of a block, 1 ms for heads only.

    Three times as long if a batch has all energy densities of its realisations.
    """
    network = gru.networks[variant]
    updates = _realisations(gru, mbl, variant) / gru.batch_size
    first = updates * own_or_default(gru, network, "epochs") * 5e-3
    later = updates * own_or_default(gru, network, "transfer_epochs") * 1e-3
    if network.resolved:
        first, later = 3 * first, later * len(mbl.energy_density)
    return 5 + (first + later) / 60


def predict_memory(gru: Gru, mbl: Mbl, variant: str) -> float:
    """MB for testing: torch, the fields, and features and indicators of each network."""
    energies = len(mbl.energy_density) if gru.networks[variant].resolved else 1
    rows = len(mbl.L) * len(mbl.h) * mbl.test_realisations * energies
    return 550 + 1e-6 * rows * (400 + 100 * gru.block)


def _realisations(gru: Gru, mbl: Mbl, variant: str) -> int:
    """Realisations per epoch of a network."""
    return len(train_L(gru, variant)) * len(mbl.h) * mbl.train_realisations


def _samples(gru: Gru, mbl: Mbl, variant: str) -> int:
    """Realisations per epoch of a network, times the energy densities that it learns."""
    energies = len(mbl.energy_density) if gru.networks[variant].resolved else 1
    return _realisations(gru, mbl, variant) * energies


def learning_curve(chain: str) -> str:
    """Path of the errors against the number of training realisations."""
    return f"results/gru/{chain}/learning_curve.h5"


def learning_curve_sizes(gru: Gru, mbl: Mbl) -> list[int]:
    """Numbers of training realisations per (L, h), the largest that of the training split."""
    largest = mbl.train_realisations - mbl.train_realisations // HELD_OUT
    return sorted({min(size, largest) for size in gru.learning_curve.sizes})


def learning_curve_settings(seed: int, gru: Gru, mbl: Mbl) -> str:
    """The settings of rule `gru_learning_curve`; symmetric networks learn if there are any."""
    own = {"symmetric": gru.symmetric.model_dump()} if symmetric(gru, mbl) else {}
    return settings(
        **own,
        seed=seed,
        sizes=learning_curve_sizes(gru, mbl),
        repeats=gru.learning_curve.repeats,
        energy_density=gru.energy_density,
        entropy_normalisation=mbl.entropy_normalisation,
        networks={
            **gru.model_dump(include={"features", "head"}),
            **gru.learning_curve.model_dump(include={"updates", "batch_size", "learning_rate"}),
        },
    )


def learning_curve_memory(gru: Gru, mbl: Mbl) -> float:
    """MB for a learning curve: torch, fields, and what all repeats predict."""
    rows = len(mbl.L) * len(mbl.h) * max(mbl.test_realisations, mbl.train_realisations)
    return 700 + 1e-6 * rows * (500 + 300 * gru.learning_curve.repeats)


def learning_curve_minutes(gru: Gru, mbl: Mbl) -> float:
    """Minutes for a learning curve, generous: 1 ms per update of a network, 128 realisations."""
    curve = gru.learning_curve
    updates = len(curve.sizes) * curve.repeats * curve.updates
    return 5 + updates * max(1.0, curve.batch_size / 128) * 1e-3 / 60
