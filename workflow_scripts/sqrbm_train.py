"""Rule sqrbm_train: train one machine on one data set from a block of starting points."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.training import file_contents, target_distribution, train_on_dataset
from spinlearn.storage.checkpoints import discard_checkpoint, interval


def main(job: Job) -> None:
    """Train all runs of the block as one batch and write them."""
    dataset = job.wildcards["dataset"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    runs = job.numbers(job.settings["block"])
    checkpoint = job.checkpoint(job.output.fit)
    result, targets = train_on_dataset(
        dataset,
        machine,
        root_seed=job.settings["seed"],
        runs=runs,
        iterations=job.settings["iterations"],
        learning_rate=job.settings["learning_rate"],
        checkpoint=checkpoint,
        checkpoint_key=job.key,
        checkpoint_interval=interval(),
    )
    target = target_distribution(dataset, machine.n, job.settings["seed"])
    arrays, attributes = file_contents(dataset, machine, result, runs, targets, target)
    FIT.write(job.output.fit, arrays, {**attributes, **job.provenance})
    discard_checkpoint(checkpoint)


run(main, __file__)
