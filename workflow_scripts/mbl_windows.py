"""Rule mbl_windows: one window of eigenstates per realisation."""

from spinlearn.mbl.disorder import draw_fields, start_vectors
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.window_size import window_states
from spinlearn.mbl.windows import windows_of_block
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.hamiltonians import xxz_chain


def main(job: Job) -> None:
    """Draw one block of realisations, find their windows, write energies and indicators."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    block, energy_density = int(job.wildcards["block"]), float(job.wildcards["energy_density"])
    chosen = job.settings
    seed, disorder = chosen["seed"], chosen["disorder"]
    fields = draw_fields(seed, L, h, "windows", block, chosen["realisations"], disorder)
    windows = windows_of_block(
        xxz_chain(L, **chosen["chain"]),
        fields,
        energy_density,
        window_states(L, **chosen["size"]),
        start_vectors(seed, **job.wildcards),
        observables=chosen["observables"],
        **chosen["solution"],
    )
    WINDOWS.write(
        job.output.windows,
        {"fields": fields, **windows},
        {
            "chain": job.wildcards["chain"],
            **chosen["chain"],
            "disorder": disorder,
            "h": h,
            "energy_density": energy_density,
            **job.provenance,
        },
    )


run(main, __file__)
