"""Rule figures_vae_9: susceptibilities by three routes."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure9
from spinlearn.vae.claims import susceptibility_claims
from spinlearn.vae.schemas import SUSCEPTIBILITIES
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = SUSCEPTIBILITIES.read(job.input.susceptibilities)
    save(job, figure9(table), table, susceptibility_claims(table))


run(main, __file__)
