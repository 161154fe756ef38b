"""Kinds of files that the stage `gru` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

PREDICTIONS = Schema(
    name="gru/predictions",
    version=1,
    path="results/gru/{variant}/predictions.h5",
    description=(
        "Indicators that the trained networks predict for the test split, beside the exact ones; "
        "a row is a realisation at an energy density. Networks beyond the first block of gru.block "
        "are in results/gru/{variant}/{block:04d}/predictions.h5, block 0001 and on, with model.pt "
        "and history.csv beside"
    ),
    datasets=(
        Dataset("network", ("network",), "1", "number of each network", "int64"),
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
            ("network", "row", "3"),
            "1",
            "the same by each network; NaN for what the variant does not predict",
            allow_nan=True,
            compress=True,
        ),
        Dataset(
            "features",
            ("network", "row", "feature"),
            "1",
            "last hidden state of each network's GRU",
            optional=True,
            compress=True,
        ),
    ),
    attributes={
        "variant": "multitask, scratch, transfer or energy",
        "train_L": "chain lengths that the networks learned from",
        "train_realisations": "realisations of each L and h that they learned from",
        "recipe": "text or code",
        "entropy_normalisation": "page, page_sz0 or gresch2022_code",
        "parameters": "what the networks were trained with",
        "training_code_digest": "of the rule that trained them",
    },
)

HISTORY_COLUMNS = ("variant", "seed", "stage", "epoch", "train_loss")
"""Columns of `results/gru/{variant}/history.csv`; the loss is the mean squared error."""

HISTORY = Table(
    name="gru/history",
    path="results/gru/{variant}/history.csv",
    description=(
        "The course of each training, a row a network, stage and epoch; "
        "results/gru/{variant}/{block:04d}/history.csv for networks beyond the first block"
    ),
    columns=(
        Column("variant", "1", "how the networks were trained", word=True),
        Column("seed", "1", "number of the network"),
        Column(
            "stage", "1", "features (the whole network) or head (a fresh head alone)", word=True
        ),
        Column("epoch", "epochs", "number of the epoch within the stage, from 1"),
        Column("train_loss", "1", "mean of the recipe's loss over the epoch"),
    ),
)
