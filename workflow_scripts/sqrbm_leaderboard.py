"""Rule sqrbm_leaderboard: Boltzmann machines on all data sets of the leaderboard."""

from spinlearn.datasets.leaderboard import read_targets, save
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.leaderboard import Budget, learn
from spinlearn.sqrbm.training import Settings
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Read the targets, train both kinds of machine, write what they learned."""
    values = job.settings
    targets = read_targets(vars(job.input), block_numbers(job.wildcards["block"], values["block"]))
    budget = Budget(values["parameters"], values["starts"])
    models = learn(targets, budget, Settings(**values["training"]), values["seed"])
    save(job.output.learned, "sqrbm", targets, models, job.provenance)


run(main, __file__)
