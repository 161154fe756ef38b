"""SLURM's job arrays, made safe: a task becomes its own job before it touches another one's files.

The executor plugin (2.8) starts each task of an array as Snakemake on the array's first job, which
then starts Snakemake on the task's own. That outer process looks after the first job's files: a
task that fails or is cancelled deletes the first one's finished result, and one that ends before
the first fails for want of it. Since each process reads the Snakefile, the outer one can be
replaced in time.
"""

import base64
import json
import os
import zlib
from collections.abc import Mapping, Sequence

_OPTION = "--slurm-jobstep-array-execs"


def own_command(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The command of an array's task, if this process was started as the array's first job instead.

    Args:
        arguments: of this process; the commands of all tasks but the first are in one of them.
        environment: of this process, where SLURM tells a task its number.

    Returns:
        A command for a shell; None if this process is no task of an array, or the first.
    """
    encoded = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = argument.partition("=")
        if name == _OPTION:
            encoded = value if equals else following
    task = environment.get("SLURM_ARRAY_TASK_ID")
    if encoded is None or task is None or task == environment.get("SLURM_ARRAY_TASK_MIN"):
        return None
    command = json.loads(base64.b64decode(encoded)).get(task)
    return None if command is None else zlib.decompress(bytes.fromhex(command)).decode()


def become_own_task(arguments: Sequence[str]) -> None:
    """Replace this process by the one of the array's task that it should be, if there is one."""
    command = own_command(arguments, os.environ)
    if command is not None:
        os.execv("/bin/sh", ["sh", "-c", command])
