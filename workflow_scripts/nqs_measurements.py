"""Rule nqs_measurements: measurements of one ground state, for the runs of one block."""

import numpy as np

from spinlearn.nqs.reconstructions import measure
from spinlearn.nqs.schemas import MEASUREMENTS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.mps import dense
from spinlearn.streams import block_numbers
from spinlearn.tfi.schemas import GROUND_STATE
from spinlearn.tfi.stored_states import read_state


def main(job: Job) -> None:
    """Measure the state, write the outcomes and the state."""
    state, about = (
        read_state(job.input.ground_state),
        GROUND_STATE.read(job.input.ground_state, "energy"),
    )
    block, settings = job.wildcards["block"], job.settings
    runs = block_numbers(block, settings["runs"])
    found = [
        measure(state.mps, state.hx, settings["samples"], settings["seed"], number)
        for number in runs
    ]
    arrays = {name: np.array([each[name] for each in found]) for name in found[0]}
    arrays |= {"run": np.array(runs), "state": dense(state.mps)}
    attributes = {name: about.attributes[name] for name in ("N", "hx", "longitudinal_field")}
    MEASUREMENTS.write(
        job.output.measurements, arrays, {**attributes, "block": int(block), **job.provenance}
    )


run(main, __file__)
