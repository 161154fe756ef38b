"""Rule mbl_disorder: one block of disorder realisations."""

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.schemas import DISORDER
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Draw the fields of one block and write them."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    fields = draw_fields(
        job.settings["seed"],
        L,
        h,
        job.wildcards["split"],
        int(job.wildcards["block"]),
        job.settings["realisations"],
        job.settings["disorder"],
    )
    about = {"operators": job.settings["operators"], "disorder": job.settings["disorder"], "h": h}
    DISORDER.write(job.output.disorder, {"fields": fields}, {**about, **job.provenance})


run(main, __file__)
