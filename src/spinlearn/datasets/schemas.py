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


def learned(stage: str) -> Schema:
    """What the models of a stage learned of the leaderboard: the same datasets for all stages."""
    return Schema(
        name=f"{stage}/learned",
        version=1,
        path=f"results/{stage}/leaderboard/n{{n}}/{{block:04d}}.h5",
        description=(
            "What models of this stage learned of every data set of the leaderboard, a block of "
            "runs"
        ),
        datasets=(
            Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
            Dataset("parameters", ("model",), "1", "numbers that the model has", dtype="int64"),
            Dataset(
                "independent", ("model",), "1",
                "those of them that change the distribution, at most 2^n - 1", dtype="int64",
            ),
            Dataset(
                "target", ("dataset", "run", "outcome"), "1", "q of each string", compress=True
            ),
            Dataset(
                "distribution", ("model", "dataset", "run", "outcome"), "1",
                "p of each string after training", compress=True,
            ),
        ),
        attributes={
            "stage": "stage that trained the models",
            "n": "bits per string",
            "models": "names on the axis model",
            "widths": "how wide each model is",
            "data_sets": "names on the axis dataset",
        },
    )  # fmt: skip
