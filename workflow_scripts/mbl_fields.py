"""Rule mbl_fields: one block of disorder vectors of the user's own, in Pauli matrices."""

import math

from spinlearn.mbl.own_fields import read_fields
from spinlearn.mbl.schemas import DISORDER
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Read the file, write the vectors of one block."""
    own = read_fields(job.input.own, job.settings["digest"])
    size, block = job.settings["realisations"], int(job.wildcards["block"])
    rows = slice(block * size, (block + 1) * size)
    DISORDER.write(
        job.output.disorder,
        {"fields": own.fields[rows], "h": own.h[rows]},
        {"operators": "pauli", "h": math.nan, **job.provenance},
    )


run(main, __file__)
