"""Rule figures_vae_11: Bhattacharyya coefficient against the field."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure11
from spinlearn.vae.claims import fidelity_claims
from spinlearn.vae.schemas import MASS_FUNCTION
from spinlearn.vae.tables import bhattacharyya_coefficients
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    files = [MASS_FUNCTION.read(path) for path in job.input.mass_functions]
    table = bhattacharyya_coefficients(files)
    table = table.assign(longitudinal_field=job.settings["longitudinal_field"])
    save(job, figure11(table), table, fidelity_claims(table))


run(main, __file__)
