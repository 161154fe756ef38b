"""Rule figures_vae_13: spectra of density matrices."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure13
from spinlearn.vae.claims import spectrum_claims
from spinlearn.vae.schemas import MASS_FUNCTION
from spinlearn.vae.tables import spectra
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = spectra(MASS_FUNCTION.read(job.input.mass_function))
    save(job, figure13(table), table, spectrum_claims(table))


run(main, __file__)
