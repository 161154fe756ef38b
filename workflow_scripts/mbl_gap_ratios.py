"""Rule mbl_gap_ratios: gap ratios of single levels, in P1's spin-1/2 convention."""

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.indicators import central_gap_ratios
from spinlearn.mbl.schemas import GAP_RATIOS
from spinlearn.spins.hamiltonians import Boundary
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Draw one block of realisations, take its spectra, write the ratios of adjacent gaps."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    boundary: Boundary = "ring" if job.wildcards["boundary"] == "ring" else "open"
    block = int(job.wildcards["block"])
    fields = draw_fields(
        job.settings["seed"], L, h, "level_statistics", block, job.settings["realisations"]
    )
    fraction = job.settings["spectrum_fraction"]
    ratios = central_gap_ratios(fields, fraction, boundary=boundary, operators="spin")
    GAP_RATIOS.write(
        job.output.gap_ratios,
        {"gap_ratio": ratios},
        {
            "operators": "spin",
            "h": h,
            "boundary": boundary,
            "spectrum_fraction": fraction,
            **job.provenance,
        },
    )


run(main, __file__)
