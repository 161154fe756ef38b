"""Rule sqrbm_machines: train every kind of Boltzmann machine on one data set."""

from spinlearn.datasets.strings import load_targets
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.comparison import compare
from spinlearn.sqrbm.schemas import MACHINES
from spinlearn.sqrbm.training import Settings


def main(job: Job) -> None:
    """Train the machines one after the other and write a row per run."""
    values, runs = job.settings, range(job.settings["runs"])
    target, _ = load_targets(job.input.dataset, runs)
    table = compare(
        job.wildcards["dataset"],
        target,
        values["hidden"],
        Settings(**values["training"]),
        seed=values["seed"],
        runs=runs,
    )
    MACHINES.write(job.output.machines, table)


run(main, __file__)
