"""Settings of stage `gru`."""

from collections.abc import Iterator

from spinlearn.gru.choices import RecipeName
from spinlearn.gru.schemas import INDICATORS
from spinlearn.pipeline.settings import (
    Density,
    EvenSize,
    Name,
    Positive,
    Relation,
    Section,
    among,
    multiple,
    setting,
)


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
        "names of mbl.fields_files on which networks (variant multitask) are also trained; every "
        "fifth vector is kept for the test",
    )
    further_indicators: tuple[str, ...] = setting(
        (),
        f"indicators out of mbl.observables that networks (variants multitask and energy) learn "
        f"beside {', '.join(INDICATORS)}",
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
    runs: Positive = setting(5, "independent runs of each variant; a multiple of block", "runs")
    block: Positive = setting(5, "runs per file and job", "runs")


def _fields_are_known(names: tuple[str, ...], files: dict[str, str]) -> Iterator[str]:
    for name in names:
        if name not in files:
            yield f"gru.fields: {name!r} is no name of mbl.fields_files = {list(files)}"


def _indicators_are_known(names: tuple[str, ...], observables: tuple[str, ...]) -> Iterator[str]:
    if missing := [name for name in INDICATORS if name not in observables]:
        yield f"mbl.observables: networks learn {', '.join(INDICATORS)}; {missing} missing"
    if learned := [name for name in names if name in INDICATORS]:
        yield f"gru.further_indicators: {learned} are learned anyway; leave them out"


RELATIONS = (
    Relation(("gru.further_indicators", "mbl.observables"), _indicators_are_known),
    among("gru.further_indicators", "mbl.observables"),
    Relation(("gru.fields", "mbl.fields_files"), _fields_are_known),
    multiple("gru.runs", "gru.block"),
    among("gru.train_L", "mbl.L"),
    among("gru.energy_train_L", "mbl.L"),
    among("gru.energy_density", "mbl.energy_density"),
)
