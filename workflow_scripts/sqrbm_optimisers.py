"""Rule sqrbm_optimisers: train machines on one data set with each step schedule."""

from spinlearn.datasets.strings import load_targets
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.comparison import compare_schedules
from spinlearn.sqrbm.schemas import OPTIMISERS
from spinlearn.sqrbm.training import Settings


def main(job: Job) -> None:
    """Train the machines one after the other and write a row per run."""
    values, runs = job.settings, range(job.settings["runs"])
    target, _ = load_targets(job.input.dataset, runs)
    table = compare_schedules(
        job.wildcards["dataset"],
        target,
        values["paulis"],
        values["hidden"],
        Settings(**values["training"]),
        seed=values["seed"],
        runs=runs,
    )
    OPTIMISERS.write(job.output.runs, table)


run(main, __file__)
