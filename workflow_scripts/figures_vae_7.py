"""Rule figures_vae_7: magnetisation along x at every site."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure7
from spinlearn.vae.claims import site_magnetisation_claims
from spinlearn.vae.schemas import OBSERVABLES
from spinlearn.vae.tables import by_site
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = by_site(OBSERVABLES.read(job.input.observables), "sigma_x")
    save(job, figure7(table), table, site_magnetisation_claims(table))


run(main, __file__)
