"""Rule sqrbm_train: train one machine on one data set from a block of starting points."""

from spinlearn.datasets.strings import load_targets
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import save
from spinlearn.sqrbm.training import Settings, train
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train all runs of the block as one batch and write them."""
    values, dataset = job.settings, job.wildcards["dataset"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    runs = block_numbers(job.wildcards["block"], values["block"])
    target, source = load_targets(job.input.dataset, runs)
    with Checkpoint.of(job, job.output.fit) as checkpoint:
        result = train(
            machine,
            target,
            Settings(**values["training"]),
            seed=values["seed"],
            runs=runs,
            checkpoint=checkpoint,
            dataset=dataset,
        )
        save(job.output.fit, result, {"dataset": dataset, "source": source, **job.provenance})


run(main, __file__)
