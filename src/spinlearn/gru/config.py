"""Settings of stage `gru`."""

from spinlearn.gru.choices import RecipeName
from spinlearn.pipeline.settings import (
    Density,
    EvenSize,
    Positive,
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
    recipe: RecipeName = setting(
        "paper",
        "optimiser and loss: paper (Adam, mean squared error) or published_code (SGD, summed)",
    )
    features: Positive = setting(2, "hidden features of the GRU cell", "features")
    head: Positive = setting(10, "width of the fully connected layer", "units")
    epochs: Positive = setting(200, "passes through the training split", "epochs")
    transfer_epochs: Positive = setting(
        100, "passes when only a new head is trained on frozen features", "epochs"
    )
    batch_size: Positive = setting(64, "disorder vectors per update", "samples")
    learning_rate: float = setting(5e-3, "step size of the optimiser", gt=0.0, le=1.0)
    transfer_learning_rate: float = setting(
        1e-2, "step size when only a new head is trained", gt=0.0, le=1.0
    )
    runs: Positive = setting(5, "independent runs of each variant; a multiple of block", "runs")
    block: Positive = setting(5, "runs per file and job", "runs")


RELATIONS = (
    multiple("gru.runs", "gru.block"),
    among("gru.train_L", "mbl.L"),
    among("gru.energy_train_L", "mbl.L"),
    among("gru.energy_density", "mbl.energy_density"),
)
