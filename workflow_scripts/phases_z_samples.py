"""Rule phases_z_samples: outcomes of sigma^z in the ground states of one chain length."""

import numpy as np

from spinlearn import streams
from spinlearn.phases.schemas import Z_SAMPLES
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.spins.pauli_samples import sample_z
from spinlearn.tfi.stored_states import read_states


def main(job: Job) -> None:
    """Draw strings of every ground state, from a stream per field."""
    states, N = read_states(job.input.ground_states), int(job.wildcards["N"])
    found = []
    for state in states:
        stream = streams.rng(job.settings["seed"], "phases", "z", N=N, hx=f"{state.hx:.2f}")
        found.append(sample_z(state.mps, job.settings["samples"], stream) == 0)
    arrays = {"hx": [state.hx for state in states], "up": np.array(found)}
    Z_SAMPLES.write(job.output.samples, arrays, {"N": N, **job.provenance})


run(main, __file__)
