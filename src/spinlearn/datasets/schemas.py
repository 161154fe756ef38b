"""Kinds of files that the stage `datasets` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema

DATASET = Schema(
    name="datasets/strings",
    version=1,
    path="results/datasets/{name}/n{n}/{block:04d}.h5",
    description="A distribution over strings of n bits, or samples of one",
    datasets=(
        Dataset(
            "strings", ("string", "bit"), "1", "strings, site 0 first; 1 is spin up",
            dtype="uint8", compress=True, at_most=1,
        ),
        Dataset(
            "probability", ("draw", "string"), "1",
            "probability of each string: one row for all runs, or one per run; for samples, 1/M",
            compress=True,
        ),
        Dataset(
            "run", ("draw",), "1", "number of the run that each row is for, if runs have their own",
            dtype="int64", optional=True,
        ),
    ),
    attributes={
        "name": "name of the data set",
        "form": "distribution, or samples (strings may then repeat)",
        "n": "bits per string",
        "source": "where the strings come from",
    },
)  # fmt: skip
"""One file per (name, n, block). All data sets but those with a draw per run have one block."""
