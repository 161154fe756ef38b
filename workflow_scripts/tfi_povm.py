"""Rule tfi_povm: one shard of POVM samples of one ground state."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.io import draw_shard, read_mps, write_shard


def main(job: Job) -> None:
    """Draw the strings of one shard and write them with their probabilities."""
    hx, shard = float(job.wildcards["hx"]), int(job.wildcards["shard"])
    mps = read_mps(job.input.ground_state)
    outcomes, log_probability = draw_shard(
        mps, job.settings["seed"], hx, shard, job.settings["samples"]
    )
    write_shard(job.output.povm, outcomes, log_probability, hx, shard, job.provenance)


run(main, __file__)
