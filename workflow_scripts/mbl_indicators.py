"""Rule mbl_indicators: diagonalise one block of realisations and write its indicators."""

from dataclasses import asdict

from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.mbl.schemas import DISORDER, INDICATORS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Read the fields, diagonalise, write the indicators."""
    disorder = DISORDER.read(job.input.disorder)
    operators = disorder.attributes["operators"]
    indicators = indicators_of_block(
        disorder["fields"],
        job.settings["energy_density"],
        job.settings["states_per_window"],
        boundary=job.settings["boundary"],
        operators=operators,
    )
    own = {"h": disorder["h"]} if "h" in disorder else {}
    INDICATORS.write(
        job.output.indicators,
        {"fields": disorder["fields"], **own, **asdict(indicators)},
        {
            "operators": operators,
            "h": disorder.attributes["h"],
            "boundary": job.settings["boundary"],
            "states_per_window": job.settings["states_per_window"],
            **job.provenance,
        },
    )


run(main, __file__)
