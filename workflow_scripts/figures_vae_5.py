"""Rule figures_vae_5: correlations of the first spin with the others along z."""

import pandas as pd

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure5
from spinlearn.vae.claims import correlation_claims
from spinlearn.vae.tables import by_site
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    files = [
        read_csv(path, "hx", "observable", "site", "vae", "exact") for path in job.input.observables
    ]
    table = by_site(pd.concat(files, ignore_index=True), "zz_1")
    save(job, figure5(table), table, correlation_claims(table, 5))


run(main, __file__)
