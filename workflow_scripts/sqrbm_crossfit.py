"""Rule sqrbm_crossfit: hidden qubits and classical hidden units, each fitted to the other."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.crossfit import cross_fit_table, equivalence
from spinlearn.sqrbm.schemas import CROSS_FIT


def main(job: Job) -> None:
    """Draw targets from both families, fit both families to each, write the divergences."""
    paulis, m = job.wildcards["paulis"], int(job.wildcards["m"])
    fits = equivalence(int(job.wildcards["n"]), m, paulis, **job.settings)
    CROSS_FIT.write(job.output.fits, cross_fit_table(fits, m, paulis))


run(main, __file__)
