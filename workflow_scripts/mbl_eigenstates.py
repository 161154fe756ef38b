"""Rule mbl_eigenstates: one eigenstate per realisation."""

from spinlearn import streams
from spinlearn.mbl.disorder import draw_fields, start_vectors
from spinlearn.mbl.eigenstates import eigenstates_of_block
from spinlearn.mbl.schemas import EIGENSTATES
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.hamiltonians import xxz_chain


def main(job: Job) -> None:
    """Draw one block of realisations, find the eigenstates, write them with their spectra."""
    L, h = int(job.wildcards["L"]), float(job.wildcards["h"])
    block, energy_density = int(job.wildcards["block"]), float(job.wildcards["energy_density"])
    seed, numbers = job.settings["seed"], streams.block_numbers(block, job.settings["realisations"])
    couplings, disorder = job.settings["chain"], job.settings["disorder"]
    fields = draw_fields(seed, L, h, "eigenstates", block, len(numbers), disorder)
    found = eigenstates_of_block(
        xxz_chain(L, **couplings),
        fields,
        energy_density,
        start_vectors(seed, **job.wildcards),
        **job.settings["solution"],
    )
    EIGENSTATES.write(
        job.output.eigenstates,
        {"realisation": list(numbers), "fields": fields, **found},
        {
            "chain": job.wildcards["chain"],
            **couplings,
            "disorder": disorder,
            "h": h,
            "energy_density": energy_density,
            **job.provenance,
        },
    )


run(main, __file__)
