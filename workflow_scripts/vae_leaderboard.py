"""Rule vae_leaderboard: the models of this stage on all data sets of the leaderboard."""

import torch

from spinlearn.datasets.leaderboard import read_targets, save
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import block_numbers
from spinlearn.vae.leaderboard import Settings, learn


def main(job: Job) -> None:
    """Read the targets, train every kind of model, write what they learned."""
    torch.set_num_threads(job.threads)
    values = job.settings
    targets = read_targets(vars(job.input), block_numbers(job.wildcards["block"], values["block"]))
    settings = Settings(**values["training"])
    models = learn(targets, values["kinds"], values, settings, values["seed"])
    save(job.output.learned, "vae", targets, models, job.provenance)


run(main, __file__)
