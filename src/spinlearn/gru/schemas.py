"""Kinds of files that the stage `gru` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

INDICATORS = ("gap_ratio", "entanglement_entropy", "spin_fraction")
"""What networks learn, in the order of Gresch 2022: r, S over its normalisation, f."""

PREDICTIONS = Schema(
    name="gru/predictions",
    version=3,
    path="results/gru/{chain}/{variant}/{block:04d}/predictions.h5",
    description=(
        "Predicted and exact indicators of the test split, one row per (realisation, energy "
        "density). One file has the networks of a block of runs. Those in {variant}/{fields}/ are "
        "of networks that learned from disorder vectors of the user's own"
    ),
    datasets=(
        Dataset(
            "run",
            ("run",),
            "1",
            "number of the run that trained each network; runs that diverged twice are missing",
            "int64",
        ),
        Dataset(
            "redrawn",
            ("run",),
            "1",
            "1 if the first training diverged, and the initial weights were drawn again; else 0",
            "int64",
            optional=True,
        ),
        Dataset(
            "fields",
            ("row", "site"),
            "J",
            "field on each site, NaN beyond the chain's length",
            allow_nan=True,
            compress=True,
        ),
        Dataset("realisation", ("row",), "1", "number of the realisation", "int64"),
        Dataset("L", ("row",), "sites", "chain length", "int64"),
        Dataset(
            "h", ("row",), "J", "disorder parameter, Pauli matrices; NaN if unknown", allow_nan=True
        ),
        Dataset("energy_density", ("row",), "1", "(E - E_min)/(E_max - E_min)"),
        Dataset(
            "target",
            ("row", "indicator"),
            "1",
            "exact indicators: the half-chain entropy over its normalisation, others over their "
            "upper limit if it is finite",
        ),
        Dataset(
            "prediction",
            ("run", "row", "indicator"),
            "1",
            "the same by each network; NaN for what the networks do not predict",
            allow_nan=True,
            compress=True,
        ),
        Dataset(
            "deviation",
            ("run", "row", "indicator"),
            "1",
            "predicted standard deviation of the exact values from the prediction",
            optional=True,
            compress=True,
        ),
        Dataset(
            "features",
            ("run", "row", "feature"),
            "1",
            "last hidden state of each network's cell",
            optional=True,
            compress=True,
        ),
    ),
    attributes={
        "variant": "name of the networks, a key of gru.networks in the configuration",
        "indicators": "names of the indicators, in the order of their axis",
        "system": "the chain in words",
        "disorder": "distribution of the fields; own for the user's vectors",
        "train_L": "chain lengths of the training data",
        "train_realisations": "realisations per (L, h) of the training data",
        "recipe": "paper or published_code",
        "entropy_normalisation": "page, page_sz0 or gresch2022_code",
        "parameters": "settings of the training",
        "training_code_digest": "code digest of the training",
    },
)

HISTORY = Table(
    name="gru/history",
    path="results/gru/{chain}/{variant}/{block:04d}/history.csv",
    description=(
        "Loss during training, one row per (run, stage, epoch); empty where it is not finite"
    ),
    columns=(
        Column("variant", "1", "name of the networks", word=True),
        Column("run", "1", "number of the run"),
        Column("stage", "1", "phase: features (whole network) or head (new head only)", word=True),
        Column("draw", "1", "drawing of the initial weights: 2 if the first training diverged"),
        Column("epoch", "epochs", "number of the epoch within that phase, from 1"),
        Column("train_loss", "1", "mean squared error over the epoch, before each update"),
        Column(
            "validation_loss",
            "1",
            "mean squared error on the validation split after the epoch; empty for most epochs",
        ),
    ),
)

ENSEMBLE_HISTORY = Table(
    name="gru/ensemble_history",
    path="results/gru/{chain}/symmetric/history.csv",
    description="Loss of a symmetric ensemble during training, mean over its members",
    columns=(
        Column("epoch", "epochs", "number of the epoch, from 1"),
        Column(
            "train_loss",
            "nat",
            "minus the log-likelihood per indicator over the epoch, before each update",
        ),
        Column(
            "validation_loss",
            "nat",
            "the same on the validation split after the epoch; empty without such a split",
        ),
    ),
)

LEARNING_CURVE = Schema(
    name="gru/learning_curve",
    version=1,
    path="results/gru/{chain}/learning_curve.h5",
    description=(
        "Squared errors of networks and baselines against the number of training realisations, "
        "each with the same random subsets of the training split"
    ),
    datasets=(
        Dataset("size", ("size",), "realisations", "training realisations per (L, h)", "int64"),
        Dataset("L", ("L",), "sites", "chain lengths of the test split", "int64"),
        Dataset("h", ("h",), "J", "disorder parameter, Pauli matrices"),
        Dataset(
            "train_error",
            ("learner", "size", "repeat", "L", "h", "indicator"),
            "1",
            "mean squared error on the training data of each repeat; NaN for a length without any",
            allow_nan=True,
            compress=True,
        ),
        Dataset(
            "test_error",
            ("learner", "size", "repeat", "L", "h", "indicator"),
            "1",
            "mean squared error on the test split",
            compress=True,
        ),
        Dataset("row_L", ("row",), "sites", "chain length of each test realisation", "int64"),
        Dataset("row_h", ("row",), "J", "its disorder parameter"),
        Dataset(
            "row_error",
            ("learner", "size", "row", "indicator"),
            "1",
            "squared error of each test realisation, averaged over the repeats",
            compress=True,
        ),
        Dataset(
            "variance",
            ("L", "h", "indicator"),
            "1",
            "variance of the exact indicators over the test realisations",
        ),
    ),
    attributes={
        "learners": "names of what learns, in the order of their axis",
        "indicators": "names of the indicators, in the order of their axis",
        "system": "the chain in words",
        "train_L": "chain lengths of the training data",
        "diverged": "repeats that are left out, since a learner diverged in them",
        "updates": "updates of each network",
        "batch_size": "largest number of realisations per update",
        "learning_rate": "step size of the networks",
        "energy_density": "energy density of training and test",
    },
)
