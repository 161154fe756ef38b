"""Rule sqrbm_gradient_costs: time one exact gradient of every kind of Boltzmann machine."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.comparison import gradient_costs
from spinlearn.sqrbm.schemas import COSTS


def main(job: Job) -> None:
    """Time the gradients and write a row per machine."""
    COSTS.write(job.output.costs, gradient_costs(job.settings["units"]))


run(main, __file__)
