"""Rule mbl_indicators: diagonalise one block of realisations and write its indicators."""

from spinlearn.mbl.indicators import indicators_of_windows
from spinlearn.mbl.schemas import DISORDER, INDICATORS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.hamiltonians import xxz_chain


def main(job: Job) -> None:
    """Read the fields, diagonalise, write the indicators: one file per number of states."""
    disorder = DISORDER.read(job.input.disorder)
    couplings = job.settings["chain"]
    sizes = job.settings["states_per_window"]
    found = indicators_of_windows(
        xxz_chain(disorder["fields"].shape[1], **couplings),
        disorder["fields"],
        job.settings["energy_density"],
        sizes,
        observables=job.settings["observables"],
        quarters=job.settings["quarters"],
    )
    own = {"h": disorder["h"]} if "h" in disorder else {}
    for path, states, indicators in zip(vars(job.output).values(), sizes, found, strict=True):
        INDICATORS.write(
            path,
            {"fields": disorder["fields"], **own, **indicators},
            {
                "chain": job.wildcards["chain"],
                **couplings,
                "disorder": disorder.attributes["disorder"],
                "h": disorder.attributes["h"],
                "states_per_window": states,
                **job.provenance,
            },
        )


run(main, __file__)
