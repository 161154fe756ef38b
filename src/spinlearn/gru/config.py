"""Settings of stage `gru`."""

from collections.abc import Iterator, Mapping

from spinlearn.gru.choices import Cell, EnergyInput, RecipeChoice, RecipeName
from spinlearn.gru.schemas import INDICATORS
from spinlearn.pipeline.settings import (
    Density,
    EvenSize,
    Name,
    Positive,
    Relation,
    Section,
    among,
    ascending,
    multiple,
    setting,
)


class Network(Section):
    """A network: what it learns, and how it differs from the other settings of section `gru`."""

    first: tuple[str, ...] = setting(
        INDICATORS,
        "indicators that the whole network learns, out of mbl.observables; [] for no such network",
    )
    then: tuple[str, ...] = setting(
        (), "indicators that a new head learns on the frozen features, in a second phase"
    )
    energy: EnergyInput = setting(
        "none",
        "energy density: gru.energy_density only (none); an input of a new head, on frozen "
        "features (head); an input in the whole training (joint), after which the head alone goes "
        "on (fine_tuned); or a head for each, on frozen features (heads)",
    )
    cell: Cell = setting("gru", "recurrent cell")
    sites: int = setting(2, "neighbouring sites per input of the cell", "sites", ge=1, le=4)
    features: int = setting(0, "hidden features; 0: gru.features", "features", ge=0)
    head: int = setting(0, "width of the fully connected layer; 0: gru.head", "units", ge=0)
    train_L: tuple[EvenSize, ...] = setting(
        (),
        "chain lengths used for training; []: gru.train_L, or gru.energy_train_L if the energy "
        "density is resolved",
        "sites",
    )
    realisations: int = setting(
        0,
        "realisations per (L, h) used for training, the first ones; 0: all",
        "realisations",
        ge=0,
    )
    recipe: RecipeChoice = setting("default", "optimiser and loss; default: gru.recipe")
    epochs: int = setting(0, "passes of the whole network; 0: gru.epochs", "epochs", ge=0)
    transfer_epochs: int = setting(0, "passes of a head; 0: gru.transfer_epochs", "epochs", ge=0)
    learning_rate: float = setting(
        0.0, "step size for the whole network; 0: gru.learning_rate", ge=0.0, le=1.0
    )
    transfer_learning_rate: float = setting(
        0.0, "step size for a head; 0: gru.transfer_learning_rate", ge=0.0, le=1.0
    )

    @property
    def resolved(self) -> bool:
        """Whether it predicts indicators as functions of the energy density."""
        return self.energy != "none"

    @property
    def has_head_phase(self) -> bool:
        """Whether a second phase trains a head on frozen features."""
        return bool(self.then) or self.energy in ("head", "fine_tuned", "heads")


class Symmetric(Section):
    """Symmetric ensemble: networks with uncertainties, for rings with the papers' couplings."""

    members: Positive = setting(8, "networks per indicator", "networks")
    width: Positive = setting(16, "tanh units of each network", "units")
    epochs: Positive = setting(150, "passes through the training split", "epochs")
    batch_size: Positive = setting(96, "disorder vectors per update", "realisations")
    learning_rate: float = setting(
        1e-2, "initial step size of AdamW, which falls to 0", gt=0.0, le=1.0
    )
    weight_decay: float = setting(0.01, "weight decay of AdamW", ge=0.0, le=10.0)


NETWORKS = {
    "multitask": Network(),
    "scratch": Network(first=("spin_fraction",)),
    "transfer": Network(first=("gap_ratio", "entanglement_entropy"), then=("spin_fraction",)),
    "energy": Network(energy="fine_tuned", transfer_epochs=5, transfer_learning_rate=1e-3),
    "transfer_gap_ratio": Network(
        first=("entanglement_entropy", "spin_fraction"), then=("gap_ratio",)
    ),
    "transfer_entropy": Network(
        first=("gap_ratio", "spin_fraction"), then=("entanglement_entropy",)
    ),
    "lstm": Network(cell="lstm", head=8),
}

RESERVED = ("baselines", "extrapolation", "symmetric")
"""Names in paths of stage `gru` that no network may have."""


class LearningCurve(Section):
    """Errors against the number of training realisations, with the paper's recipe (figure 9)."""

    sizes: tuple[Positive, ...] = setting(
        (1, 3, 6, 12, 50, 100),
        "training realisations per (L, h), ascending; those above the training split (four fifths "
        "of mbl.train_realisations) are replaced by its size",
        "realisations",
        min_length=1,
    )
    repeats: int = setting(
        10, "networks per size, each with its own random subset", "repeats", ge=2
    )
    updates: Positive = setting(1350, "updates of each network, for every size", "updates")
    batch_size: Positive = setting(
        128, "disorder vectors per update; all of them if they are fewer", "realisations"
    )
    learning_rate: float = setting(1e-3, "step size of Adam", gt=0.0, le=1.0)


class Gru(Section):
    """Recurrent network: disorder vector to indicators (Gresch 2022)."""

    train_L: tuple[EvenSize, ...] = setting(
        (8, 10),
        "chain lengths used for training; the other lengths in mbl.L are used for tests only",
        "sites",
        min_length=1,
    )
    energy_train_L: tuple[EvenSize, ...] = setting(
        (8, 10, 12),
        "chain lengths used to train the energy-resolved network",
        "sites",
        min_length=1,
    )
    energy_density: Density = setting(
        0.5,
        "energy density of the networks trained at a single one; one of mbl.energy_density",
        decimals=2,
    )
    fields: tuple[Name, ...] = setting(
        (),
        "names of mbl.fields_files on which network multitask is also trained; every fifth vector "
        "is kept for the test",
    )
    further_indicators: tuple[str, ...] = setting(
        (),
        "further indicators, out of mbl.observables, for networks whose first phase learns "
        f"{', '.join(INDICATORS)}",
    )
    recipe: RecipeName = setting(
        "paper",
        "optimiser and loss: Adam on mean, or SGD on summed squared errors",
    )
    features: Positive = setting(2, "hidden features of the GRU cell", "features")
    head: Positive = setting(10, "width of the fully connected layer", "units")
    epochs: Positive = setting(200, "passes through the training split", "epochs")
    transfer_epochs: Positive = setting(
        100, "passes when only a new head is trained on frozen features", "epochs"
    )
    batch_size: Positive = setting(64, "disorder vectors per update", "realisations")
    learning_rate: float = setting(5e-3, "step size of the optimiser", gt=0.0, le=1.0)
    transfer_learning_rate: float = setting(
        1e-2, "step size when only a new head is trained", gt=0.0, le=1.0
    )
    networks: dict[Name, Network] = setting(
        NETWORKS,
        "networks, each under a name, which is part of the paths of its results; what is left out "
        "has the default of the table gru.networks.NAME in docs/configuration.md; figures of "
        "Gresch 2022 take multitask (3, 4, 5, 8), scratch and those of transfer (5), energy (6)",
    )
    map_vectors: Positive = setting(
        200, "fresh disorder vectors per h of the phase diagrams", "realisations"
    )
    map_h_points: Positive = setting(57, "disorder strengths of the phase diagrams", "points")
    map_energy_points: Positive = setting(37, "energy densities of the phase diagrams", "points")
    symmetric: Symmetric = Symmetric()
    runs: Positive = setting(5, "independent runs of each network; a multiple of block", "runs")
    block: Positive = setting(5, "runs per file and job", "runs")
    learning_curve: LearningCurve = LearningCurve()


def _fields_are_known(
    names: tuple[str, ...], files: dict[str, str], networks: Mapping[str, Network]
) -> Iterator[str]:
    for name in names:
        if name not in files:
            yield f"gru.fields: {name!r} is no name of mbl.fields_files = {list(files)}"
    if names and not ("multitask" in networks and networks["multitask"].first):
        yield "gru.fields: networks learn them as gru.networks.multitask, which there is not"


def _indicators_are_known(names: tuple[str, ...], observables: tuple[str, ...]) -> Iterator[str]:
    if missing := [name for name in INDICATORS if name not in observables]:
        yield f"mbl.observables: networks learn {', '.join(INDICATORS)}; {missing} missing"
    if learned := [name for name in names if name in INDICATORS]:
        yield f"gru.further_indicators: {learned} are learned anyway; leave them out"


def _network_faults(
    networks: Mapping[str, Network], observables: tuple[str, ...], sizes: tuple[int, ...]
) -> Iterator[str]:
    first: dict[str, str] = {}
    for name, network in networks.items():
        path = f"gru.networks.{name}"
        if name in RESERVED:
            yield f"{path}: this name is used for other predictions; take another one"
        for part in ("first", "then"):
            own = tuple(item for item in getattr(network, part) if item not in INDICATORS)
            yield from among(f"{path}.{part}", "mbl.observables").check(own, observables)
        yield from among(f"{path}.train_L", "mbl.L").check(network.train_L, sizes)
        if network.then and network.resolved:
            yield f"{path}.then: must be [] if the energy density is resolved; heads learn first"
        other = first.setdefault(network.model_dump_json(), name) if network.first else name
        if other != name:
            yield f"gru.networks: {name} and {other} are the same network"


RELATIONS = (
    Relation(("gru.further_indicators", "mbl.observables"), _indicators_are_known),
    Relation(("gru.networks", "mbl.observables", "mbl.L"), _network_faults),
    among("gru.further_indicators", "mbl.observables"),
    Relation(("gru.fields", "mbl.fields_files", "gru.networks"), _fields_are_known),
    multiple("gru.runs", "gru.block"),
    ascending("gru.learning_curve.sizes"),
    among("gru.train_L", "mbl.L"),
    among("gru.energy_train_L", "mbl.L"),
    among("gru.energy_density", "mbl.energy_density"),
)
