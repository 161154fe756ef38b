"""Rule figures_vae_7: magnetisation along x at every site."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure7
from spinlearn.vae.claims import site_magnetisation_claims
from spinlearn.vae.tables import by_site
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = by_site(
        read_csv(job.input.observables, "hx", "observable", "site", "vae", "exact"), "sigma_x"
    )
    save(job, figure7(table), table, site_magnetisation_claims(table))


run(main, __file__)
