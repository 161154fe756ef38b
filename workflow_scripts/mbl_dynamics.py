"""Rule mbl_dynamics: one block of realisations, evolved from a product state."""

from dataclasses import asdict

from spinlearn import streams
from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.dynamics import dynamics_of_block, initial_spins, log_times
from spinlearn.mbl.schemas import DYNAMICS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.choices import MagnetisedState
from spinlearn.spins.hamiltonians import xxz_chain


def main(job: Job) -> None:
    """Draw one block of disorder and of initial states, evolve them, write what is recorded."""
    L, h, block = (int(job.wildcards["L"]), float(job.wildcards["h"]), int(job.wildcards["block"]))
    kind: MagnetisedState = "neel" if job.wildcards["initial_state"] == "neel" else "random_product"
    chosen = job.settings
    seed, disorder = chosen["seed"], chosen["disorder"]
    numbers = streams.block_numbers(block, chosen["realisations"])
    fields = draw_fields(seed, L, h, "dynamics", block, len(numbers), disorder)
    times = log_times(chosen["longest_time"], chosen["times"])
    magnetisation = 0 if kind == "neel" else None
    found = dynamics_of_block(
        xxz_chain(L, **chosen["chain"], magnetisation=magnetisation),
        fields,
        times,
        initial_spins(seed, kind, L, h, numbers),
    )
    DYNAMICS.write(
        job.output.dynamics,
        {"realisation": list(numbers), "fields": fields, "time": times, **asdict(found)},
        {
            "chain": job.wildcards["chain"],
            **chosen["chain"],
            "disorder": disorder,
            "h": h,
            "initial_state": kind,
            **job.provenance,
        },
    )


run(main, __file__)
