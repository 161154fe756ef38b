"""Rule mbl_eigenstates: one eigenstate per realisation, in spin-1/2 operators."""

from functools import partial

from spinlearn import streams
from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.eigenstates import eigenstates_of_block
from spinlearn.mbl.schemas import EIGENSTATES
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.choices import Boundary


def main(job: Job) -> None:
    """Draw one block of realisations, find the eigenstates, write them with their spectra."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    block, energy_density = int(job.wildcards["block"]), float(job.wildcards["energy_density"])
    boundary: Boundary = "ring" if job.wildcards["boundary"] == "ring" else "open"
    seed, numbers = job.settings["seed"], streams.block_numbers(block, job.settings["realisations"])
    fields = draw_fields(seed, L, h, "eigenstates", block, len(numbers))
    found = eigenstates_of_block(
        fields,
        energy_density,
        partial(streams.rng, seed, "mbl", "start vectors", **job.wildcards),
        boundary=boundary,
        **job.settings["solution"],
    )
    EIGENSTATES.write(
        job.output.eigenstates,
        {"realisation": list(numbers), "fields": fields, **found},
        {
            "operators": "spin",
            "h": h,
            "boundary": boundary,
            "energy_density": energy_density,
            **job.provenance,
        },
    )


run(main, __file__)
