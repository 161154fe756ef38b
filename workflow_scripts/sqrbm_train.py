"""Rule sqrbm_train: train one machine on one data set from a block of starting points."""

import numpy as np

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import save
from spinlearn.sqrbm.training import Settings, target_distribution, train
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train all runs of the block as one batch and write them."""
    values, dataset = job.settings, job.wildcards["dataset"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    seed, runs = values["seed"], block_numbers(job.wildcards["block"], values["block"])
    with Checkpoint.of(job, job.output.fit) as checkpoint:
        result = train(
            machine,
            np.stack([target_distribution(dataset, machine.n, seed, number) for number in runs]),
            Settings(**values["training"]),
            seed=seed,
            runs=runs,
            checkpoint=checkpoint,
            dataset=dataset,
        )
        target = target_distribution(dataset, machine.n, seed)
        save(job.output.fit, result, target, {"dataset": dataset, **job.provenance})


run(main, __file__)
