"""Rule figures_vae_8: magnetisations against the field."""

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure8
from spinlearn.vae.claims import magnetisation_claims
from spinlearn.vae.tables import magnetisations
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    table = magnetisations(
        read_csv(job.input.observables, "hx", "observable", "site", "vae", "exact")
    )
    table = table.assign(longitudinal_field=job.settings["longitudinal_field"])
    save(job, figure8(table), table, magnetisation_claims(table))


run(main, __file__)
