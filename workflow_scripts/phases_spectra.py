"""Rule phases_spectra: entanglement spectra of eigenstates of disordered chains, one block."""

import numpy as np

from spinlearn.mbl.disorder import draw_fields, start_vectors
from spinlearn.phases.schemas import SPECTRA
from spinlearn.phases.spectra import ENERGY_DENSITY, spectra_of_fields
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Draw one block of realisations at every strength and write the spectra of their states."""
    values, block = job.settings, job.wildcards["block"]
    seed, L, count = values["seed"], int(job.wildcards["L"]), values["realisations"]
    chain = xxz_chain(L, **values["chain"])
    found = []
    for h in values["h"]:
        fields = draw_fields(seed, L, h, "phases", int(block), count, values["disorder"])
        where = {"chain": job.wildcards["chain"], "L": str(L), "h": f"{h:.2f}", "block": block}
        starts = start_vectors(seed, energy_density=f"{ENERGY_DENSITY:.2f}", **where)
        found.append(spectra_of_fields(chain, fields, values["states"], starts))
    SPECTRA.write(
        job.output.spectra,
        {
            "h": values["h"],
            "realisation": list(block_numbers(block, count)),
            "spectrum": np.array(found),
        },
        {
            "chain": job.wildcards["chain"],
            **values["chain"],
            "disorder": values["disorder"],
            "L": L,
            **job.provenance,
        },
    )


run(main, __file__)
