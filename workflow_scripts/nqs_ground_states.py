"""Rule nqs_ground_states: machines and matrix product states of one ring, all runs."""

from spinlearn.nqs.schemas import GROUND_STATES
from spinlearn.nqs.systems import named_ring
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Train the machines, run DMRG, write their energies."""
    # not at the top: a missing NetKet is then an error of the job, without a traceback
    from spinlearn.nqs.energies import energy_table
    from spinlearn.nqs.reconfiguration import Settings

    ring = named_ring(job.wildcards["ring"], int(job.wildcards["N"]))
    settings = job.settings
    table = energy_table(
        ring,
        settings["alpha"],
        settings["runs"],
        Settings(**settings["training"]),
        seed=settings["seed"],
    )
    GROUND_STATES.write(job.output.energies, table)


run(main, __file__)
