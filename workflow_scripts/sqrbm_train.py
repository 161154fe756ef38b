"""Rules sqrbm_train and sqrbm_train_small: train machines from many starting points."""

from contextlib import ExitStack

from spinlearn.datasets.strings import load_targets
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import save
from spinlearn.sqrbm.training import Settings, train
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train all runs of the block, one machine after the other, and write a file for each.

    A checkpoint is kept until the whole job is done: Snakemake removes all files of a killed job.
    """
    values, dataset, n = job.settings, job.wildcards["dataset"], int(job.wildcards["n"])
    runs = block_numbers(job.wildcards["block"], values["block"])
    target, source = load_targets(job.input.dataset, runs)
    with ExitStack() as kept:
        for name, path in vars(job.output).items():
            # The outputs are named by Paulis, those of small machines by Paulis and m.
            paulis, _, m = name.partition("_")
            result = train(
                Machine(n, int(m or job.wildcards["m"]), paulis),
                target,
                Settings(**values["training"]),
                seed=values["seed"],
                runs=runs,
                checkpoint=kept.enter_context(Checkpoint.of(job, path)),
                dataset=dataset,
            )
            save(path, result, {"dataset": dataset, "source": source, **job.provenance})


run(main, __file__)
