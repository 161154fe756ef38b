"""Rule figures_vae_12: Renyi entropies of the first n spins."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure12
from spinlearn.vae.claims import entropy_claims
from spinlearn.vae.schemas import ENTROPIES
from spinlearn.vae.tables import entropies
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = entropies(ENTROPIES.read(job.input.entropies))
    save(job, figure12(table), table, entropy_claims(table))


run(main, __file__)
