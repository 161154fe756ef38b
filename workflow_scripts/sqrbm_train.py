"""Rule sqrbm_train: train one machine on one data set from many starting points."""

from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.training import file_contents, train_on_dataset
from spinlearn.workflow.checkpoints import discard_checkpoint, interval
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Train all runs as one batch and write them."""
    dataset = job.wildcards["dataset"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    checkpoint = job.checkpoint(job.output.fit)
    result, targets = train_on_dataset(
        dataset,
        machine,
        root_seed=job.settings["seed"],
        runs=job.settings["seeds"],
        iterations=job.settings["iterations"],
        learning_rate=job.settings["learning_rate"],
        checkpoint=checkpoint,
        checkpoint_key=job.key,
        checkpoint_interval=interval(),
    )
    arrays, attributes = file_contents(dataset, machine, result, targets)
    FIT.write(job.output.fit, arrays, {**attributes, **job.provenance})
    discard_checkpoint(checkpoint)


run(main, __file__)
