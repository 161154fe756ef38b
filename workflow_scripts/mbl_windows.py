"""Rule mbl_windows: one window of eigenstates per realisation, in spin-1/2 operators."""

from dataclasses import asdict
from functools import partial

from spinlearn import streams
from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.window_size import window_states
from spinlearn.mbl.windows import windows_of_block
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.choices import Boundary


def main(job: Job) -> None:
    """Draw one block of realisations, find their windows, write energies and indicators."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    block, energy_density = int(job.wildcards["block"]), float(job.wildcards["energy_density"])
    boundary: Boundary = "ring" if job.wildcards["boundary"] == "ring" else "open"
    chosen = job.settings
    fields = draw_fields(chosen["seed"], L, h, "windows", block, chosen["realisations"])
    windows = windows_of_block(
        fields,
        energy_density,
        window_states(L, **chosen["size"]),
        partial(streams.rng, chosen["seed"], "mbl", "start vectors", **job.wildcards),
        boundary=boundary,
        operators="spin",
        **chosen["solution"],
    )
    WINDOWS.write(
        job.output.windows,
        {"fields": fields, **asdict(windows)},
        {
            "operators": "spin",
            "h": h,
            "boundary": boundary,
            "energy_density": energy_density,
            **job.provenance,
        },
    )


run(main, __file__)
