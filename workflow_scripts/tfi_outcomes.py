"""Rule tfi_outcomes: read POVM outcomes of the user's own, and check them."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.own_outcomes import read_outcomes, save


def main(job: Job) -> None:
    """Read the file, unless it has changed since the run was planned."""
    data = read_outcomes(job.input.own, job.settings["digest"])
    save(job.output.outcomes, data, job.wildcards["outcomes"], job.provenance)


run(main, __file__)
