"""Rule figures_vae_10: exact and learned mass function of a short chain."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure10
from spinlearn.vae.claims import mass_function_claims
from spinlearn.vae.schemas import MASS_FUNCTION
from spinlearn.vae.tables import mass_functions
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = mass_functions(MASS_FUNCTION.read(job.input.mass_function))
    save(job, figure10(table), table, mass_function_claims(table))


run(main, __file__)
