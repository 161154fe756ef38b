"""Rule tfi_povm: one block of POVM samples of one ground state."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.povm_samples import draw_block, write_block
from spinlearn.tfi.stored_states import read_state


def main(job: Job) -> None:
    """Draw the strings of one block and write them with their probabilities."""
    hx, block = float(job.wildcards["hx"]), int(job.wildcards["block"])
    mps = read_state(job.input.ground_state).mps
    samples, noise = job.settings["samples"], job.settings["noise"]
    drawn = draw_block(mps, job.settings["seed"], hx, block, samples, noise)
    write_block(job.output.povm, *drawn, hx, block, job.provenance)


run(main, __file__)
