"""Rule figures_vae_6: correlations of the first spin with the others along x."""

import pandas as pd

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure6
from spinlearn.vae.claims import correlation_claims
from spinlearn.vae.tables import by_site
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    files = [
        read_csv(path, "hx", "observable", "site", "vae", "exact") for path in job.input.observables
    ]
    table = by_site(pd.concat(files, ignore_index=True), "xx_1")
    save(job, figure6(table), table, correlation_claims(table, 6))


run(main, __file__)
