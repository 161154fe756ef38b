"""Rule sqrbm_train: train one machine on one data set from a block of starting points."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import save
from spinlearn.sqrbm.training import Settings, target_distribution, train_on_dataset
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train all runs of the block as one batch and write them."""
    dataset, seed = job.wildcards["dataset"], job.settings["seed"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    settings = Settings(job.settings["iterations"], job.settings["learning_rate"])
    runs = block_numbers(job.wildcards["block"], job.settings["block"])
    with Checkpoint.of(job, job.output.fit) as checkpoint:
        result = train_on_dataset(
            dataset, machine, settings, root_seed=seed, runs=runs, checkpoint=checkpoint
        )
        save(
            job.output.fit,
            result,
            dataset=dataset,
            runs=runs,
            target=target_distribution(dataset, machine.n, seed),
            attributes=job.provenance,
        )


run(main, __file__)
