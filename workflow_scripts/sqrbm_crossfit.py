"""Rule sqrbm_crossfit: a hidden qubit and classical hidden units, each fitted to the other."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.crossfit import cross_fit_table, theorem1
from spinlearn.sqrbm.schemas import CROSS_FIT


def main(job: Job) -> None:
    """Draw targets from both families, fit both families to each, write the divergences."""
    paulis = job.wildcards["paulis"]
    fits = theorem1(int(job.wildcards["n"]), paulis, **job.settings)
    CROSS_FIT.write(job.output.fits, cross_fit_table(fits, paulis))


run(main, __file__)
