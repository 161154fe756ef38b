"""Rule tfi_povm: one block of POVM samples of one ground state."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.povm_samples import draw_block, write_block
from spinlearn.tfi.stored_states import read_state


def main(job: Job) -> None:
    """Draw the strings of one block and write them with their probabilities."""
    hx, block = float(job.wildcards["hx"]), int(job.wildcards["block"])
    mps = read_state(job.input.ground_state).mps
    outcomes, log_probability = draw_block(
        mps, job.settings["seed"], hx, block, job.settings["samples"]
    )
    write_block(job.output.povm, outcomes, log_probability, hx, block, job.provenance)


run(main, __file__)
