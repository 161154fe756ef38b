"""Rule phases_confusion: learning by confusion on one kind of data, at every size."""

import numpy as np
import pandas as pd

from spinlearn.phases.confusion import confuse
from spinlearn.phases.data import read_source
from spinlearn.phases.networks import Settings, shift_lattice
from spinlearn.phases.schemas import CONFUSION
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import integer_seed


def main(job: Job) -> None:
    """Train the networks of every size and trial value, write their accuracies."""
    settings, source = job.settings, job.wildcards["source"]
    seed, runs = settings["seed"], settings["runs"]
    values, inputs = read_source(source, job.input.data, seed, settings.get("samples", 0))
    tables = []
    for size in sorted(inputs):
        found = confuse(
            inputs[size],
            values,
            Settings(**settings["networks"]),
            seed=integer_seed(seed, "phases", "confusion", source=source, size=size),
            runs=runs,
            vary=shift_lattice if source in ("ising", "shuffled") else None,
            description=f"{source}, {size} sites",
        )
        columns = {
            "size": size,
            "run": np.repeat(np.arange(runs), len(found.division)),
            "division": np.tile(found.division, runs),
            "accuracy": found.accuracy.ravel(),
            "guess": np.tile(found.guess, runs),
            "samples": int(np.prod(inputs[size].shape[1:3])),
        }
        tables.append(pd.DataFrame(columns))
    CONFUSION.write(job.output.accuracies, pd.concat(tables, ignore_index=True))


run(main, __file__)
