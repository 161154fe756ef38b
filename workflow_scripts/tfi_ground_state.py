"""Rule tfi_ground_state: DMRG ground state of one chain at one transverse field."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.ground_states import ground_state, write_ground_state


def main(job: Job) -> None:
    """Find the ground state and write it with its observables."""
    state = ground_state(int(job.wildcards["N"]), float(job.wildcards["hx"]), **job.settings)
    write_ground_state(job.output.ground_state, state, job.provenance)


run(main, __file__)
