"""Rule figures_sqrbm_theorem1: families of machines fitted to one another (P3 theorem 1)."""

import pandas as pd

from spinlearn.figures.output import save
from spinlearn.figures.sqrbm import theorem1
from spinlearn.sqrbm.claims import cross_fit_claims
from spinlearn.sqrbm.schemas import CROSS_FIT
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the cross-fits, draw, judge."""
    tables = [CROSS_FIT.read(path) for path in job.input.fits]
    table = pd.concat(tables, ignore_index=True)
    save(job, theorem1(table), table, cross_fit_claims(table))


run(main, __file__)
