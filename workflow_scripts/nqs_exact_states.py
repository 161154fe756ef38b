"""Rule nqs_exact_states: toric code and entanglement laws of restricted Boltzmann machines."""

from spinlearn.nqs.exact_states import entropy_table, stabiliser_table
from spinlearn.nqs.schemas import ENTROPIES, TORIC_CODE
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Compute all stabilisers, then the entropies of all machines."""
    TORIC_CODE.write(job.output.toric_code, stabiliser_table(job.settings["tori"]))
    table = entropy_table(job.settings["seed"], **job.settings["entanglement"])
    ENTROPIES.write(job.output.entropies, table)


run(main, __file__)
