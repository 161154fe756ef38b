"""Rule figures_vae_5: correlations of the first spin with the others along z."""

import pandas as pd

from spinlearn.figures.output import save
from spinlearn.figures.vae import figure5
from spinlearn.vae.claims import correlation_claims
from spinlearn.vae.schemas import OBSERVABLES
from spinlearn.vae.tables import by_site
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read, tabulate, judge, draw."""
    files = [OBSERVABLES.read(path) for path in job.input.observables]
    table = by_site(pd.concat(files, ignore_index=True), "zz_1")
    save(job, figure5(table), table, correlation_claims(table, 5))


run(main, __file__)
