"""A task of a SLURM array goes on as its own job; on a real cluster in test_workflow_slurm.py."""

import base64
import json
import os
import subprocess
import sys
import zlib

import pytest
from spinlearn.workflow.arrays import own_command

COMMANDS = {"2": "snakemake --target-jobs 'a:L=8'", "3": "echo three $((1 + 2))"}
ENCODED = base64.b64encode(
    json.dumps({n: zlib.compress(c.encode(), 9).hex() for n, c in COMMANDS.items()}).encode()
).decode()
OPTION = "--slurm-jobstep-array-execs"


@pytest.mark.parametrize("given", [[f"{OPTION}={ENCODED}"], [OPTION, ENCODED]])
@pytest.mark.parametrize(
    ("task", "command"), [("1", None), ("2", COMMANDS["2"]), ("3", COMMANDS["3"]), ("4", None)]
)
def test_all_tasks_but_the_first_have_a_command_of_their_own(given, task, command):
    environment = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_MIN": "1"}
    arguments = ["snakemake", "--target-jobs", "a:L=6", *given]
    assert own_command(arguments, environment) == command


def test_what_is_no_task_of_an_array_stays_what_it_is():
    array = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1"}
    assert own_command(["snakemake", "--cores", "2"], {}) is None
    # The task's own command, once it runs: nothing more to become.
    assert own_command(["snakemake", "--target-jobs", "a:L=8"], array) is None
    assert own_command(["snakemake", f"{OPTION}={ENCODED}"], {}) is None


def test_the_process_is_replaced():
    code = "import sys; from spinlearn.workflow.arrays import become_own_task as b; b(sys.argv)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('not replaced')", f"{OPTION}={ENCODED}"],
        env={**os.environ, "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "three 3\n"
