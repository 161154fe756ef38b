"""Rule figures_vae_9: susceptibilities by three routes."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure9
from spinlearn.vae.claims import susceptibility_claims
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = read_csv(job.input.susceptibilities, "hx", "observable", "autograd", "exact")
    save(job, figure9(table), table, susceptibility_claims(table))


run(main, __file__)
