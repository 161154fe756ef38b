"""Rule tfi_truncated: ground states compressed to small bond dimensions, at all fields."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.schemas import TRUNCATED
from spinlearn.tfi.stored_states import read_states
from spinlearn.tfi.truncated import truncated_state


def main(job: Job) -> None:
    """Compress the state of every field, and compare outcomes and observables."""
    bonds, strings = tuple(job.settings["bond_dimensions"]), job.settings["strings"]
    tables = [
        truncated_state(state, bonds, strings, job.settings["seed"])
        for state in read_states(job.input.ground_states)
    ]
    TRUNCATED.write(job.output.truncated, pd.concat(tables, ignore_index=True))


run(main, __file__)
