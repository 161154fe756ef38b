"""Rule hbm_leaderboard: the hidden Born machine on all data sets of the leaderboard."""

from spinlearn.datasets.leaderboard import read_targets, save
from spinlearn.hbm.leaderboard import learn
from spinlearn.hbm.machine import born_machine
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Read the targets, train the machine on each, write what it learned."""
    values = job.settings
    targets = read_targets(vars(job.input), block_numbers(job.wildcards["block"], values["block"]))
    machine = born_machine(**values["machine"], **values["chain"])
    models = learn(machine, targets, values["parameters"], values["seed"], values["training"])
    save(job.output.learned, "hbm", targets, models, job.provenance)


run(main, __file__)
