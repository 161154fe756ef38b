"""Rule figures_vae_8: magnetisations against the field."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure8
from spinlearn.vae.claims import magnetisation_claims
from spinlearn.vae.schemas import OBSERVABLES
from spinlearn.vae.tables import magnetisations
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = magnetisations(OBSERVABLES.read(job.input.observables))
    table = table.assign(longitudinal_field=job.settings["longitudinal_field"])
    save(job, figure8(table), table, magnetisation_claims(table))


run(main, __file__)
