"""Rule mbl_indicators: diagonalise one block of realisations and write its indicators."""

from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.mbl.schemas import DISORDER, INDICATORS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.hamiltonians import xxz_chain


def main(job: Job) -> None:
    """Read the fields, diagonalise, write the indicators."""
    disorder = DISORDER.read(job.input.disorder)
    couplings = job.settings["chain"]
    indicators = indicators_of_block(
        xxz_chain(disorder["fields"].shape[1], **couplings),
        disorder["fields"],
        job.settings["energy_density"],
        job.settings["states_per_window"],
        observables=job.settings["observables"],
    )
    own = {"h": disorder["h"]} if "h" in disorder else {}
    INDICATORS.write(
        job.output.indicators,
        {"fields": disorder["fields"], **own, **indicators},
        {
            "chain": job.wildcards["chain"],
            **couplings,
            "disorder": disorder.attributes["disorder"],
            "h": disorder.attributes["h"],
            "states_per_window": job.settings["states_per_window"],
            **job.provenance,
        },
    )


run(main, __file__)
