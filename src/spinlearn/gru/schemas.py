"""Kinds of files that the stage `gru` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

INDICATORS = ("gap_ratio", "entanglement_entropy", "spin_fraction")
"""Names of the three targets, in the order of Gresch 2022: r, S over its normalisation, f."""

PREDICTIONS = Schema(
    name="gru/predictions",
    version=2,
    path="results/gru/{variant}/{block:04d}/predictions.h5",
    description=(
        "Indicators that trained networks predict for the test split, beside the exact ones; one "
        "row per (realisation, energy density). The networks of a block of runs share a file"
    ),
    datasets=(
        Dataset("run", ("run",), "1", "number of the run that trained each network", "int64"),
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
        Dataset("h", ("row",), "J", "disorder parameter, Pauli matrices"),
        Dataset("energy_density", ("row",), "1", "(E - E_min)/(E_max - E_min)"),
        Dataset(
            "target",
            ("row", "3"),
            "1",
            "exact gap ratio, half-chain entropy over its normalisation, spin fraction",
        ),
        Dataset(
            "prediction",
            ("run", "row", "3"),
            "1",
            "the same by each network; NaN for what the variant does not predict",
            allow_nan=True,
            compress=True,
        ),
        Dataset(
            "features",
            ("run", "row", "feature"),
            "1",
            "last hidden state of each network's GRU",
            optional=True,
            compress=True,
        ),
    ),
    attributes={
        "variant": "multitask, scratch, transfer or energy",
        "train_L": "chain lengths that the networks learned from",
        "train_realisations": "realisations per (L, h) that they learned from",
        "recipe": "paper or published_code",
        "entropy_normalisation": "page, page_sz0 or gresch2022_code",
        "parameters": "what the networks were trained with",
        "training_code_digest": "of the rule that trained them",
    },
)

HISTORY = Table(
    name="gru/history",
    path="results/gru/{variant}/{block:04d}/history.csv",
    description="The course of each training, one row per (run, stage, epoch)",
    columns=(
        Column("variant", "1", "how the networks were trained", word=True),
        Column("run", "1", "number of the run"),
        Column(
            "stage", "1", "features (the whole network) or head (a fresh head alone)", word=True
        ),
        Column("epoch", "epochs", "number of the epoch within the stage, from 1"),
        Column("train_loss", "1", "mean squared error over the epoch, before each update"),
    ),
)
