"""Rule mbl_fields: one block of disorder vectors of the user's own."""

import math

from spinlearn.mbl.own_fields import read_fields
from spinlearn.mbl.schemas import DISORDER
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Read the file, write the vectors of one block."""
    operators = job.settings["operators"]
    own = read_fields(job.input.own, operators, job.settings["digest"])
    size, block = job.settings["realisations"], int(job.wildcards["block"])
    rows = slice(block * size, (block + 1) * size)
    DISORDER.write(
        job.output.disorder,
        {"fields": own.fields[rows], "h": own.h[rows]},
        {"operators": operators, "disorder": "own", "h": math.nan, **job.provenance},
    )


run(main, __file__)
