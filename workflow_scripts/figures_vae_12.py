"""Rule figures_vae_12: Renyi entropies of the first n spins."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure12
from spinlearn.vae.claims import entropy_claims
from spinlearn.vae.tables import entropies
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = entropies(read_csv(job.input.entropies, "hx", "n", "vae", "exact"))
    save(job, figure12(table), table, entropy_claims(table))


run(main, __file__)
