"""The workflow: the environment of its jobs, and loading it through Snakemake's own API."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spinlearn.pipeline.errors import JobError
from spinlearn.pipeline.watch import SNAKEMAKE_PID

HOME = Path(__file__).resolve().parents[3]
"""The checkout that holds this library, its Snakefile and its profiles."""


def prepare_jobs(library: str) -> None:
    """Set the environment variables that the jobs of this Snakemake inherit.

    Args:
        library: folder of the library that jobs use, even if another copy is installed.
    """
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([library, others] if others else [library])
    # A script ends when the Snakemake that started it is gone.
    os.environ[SNAKEMAKE_PID] = str(os.getpid())
    # Every file has one writer and is renamed when it is complete. HDF5's locks are not needed, and
    # fail on file systems without locks.
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")


def check_files(files: Sequence[Path], directory: Path | None) -> None:
    """Raise `JobError` if a file or the folder does not exist."""
    for path in files:
        if not Path(path).is_file():
            raise JobError(f"{path}: the file does not exist")
    if directory is not None and not Path(directory).is_dir():
        raise JobError(f"{directory}: the folder does not exist")


@contextmanager
def load_workflow(
    snakefile: Path, configfiles: Sequence[Path] = (), directory: Path | None = None
) -> Iterator[Any]:
    """Snakemake's own object for a workflow, with its rules; nothing is planned.

    Args:
        snakefile: the workflow.
        configfiles: overlays of the configuration.
        directory: folder that holds results/; the current one becomes it.
    """
    from snakemake import api
    from snakemake.settings import types
    from snakemake.settings.enums import Quietness

    with api.SnakemakeApi(types.OutputSettings(quiet={Quietness.ALL})) as snakemake:
        workflow = snakemake.workflow(
            resource_settings=types.ResourceSettings(cores=1),
            config_settings=types.ConfigSettings(configfiles=list(configfiles)),
            snakefile=snakefile,
            workdir=directory,
        )._workflow
        workflow.dag_settings = types.DAGSettings(rerun_triggers=set())
        workflow.global_resources = {}
        yield workflow


def snakemake_job(workflow: Any, rule: Any, wildcards: Mapping[str, str]) -> Any:
    """Snakemake's own object for one job of a rule of a workflow that `load_workflow` gave."""
    from snakemake.dag import DAG
    from snakemake.jobs import Job as SnakemakeJob

    return SnakemakeJob(rule, DAG(workflow, rules=[rule]), dict(wildcards))


def code_entry(job: Any) -> str:
    """Where the code of one of Snakemake's jobs starts: a script, or a module that it imports.

    The latter for figures and data sets, each of which is a module of its own.
    """
    name = Path(str(job.rule.script or "")).name
    if name == "figure.py":
        figure = Path(job.output.pdf)
        return f"spinlearn.papers.{figure.parent.name}.{figure.stem}"
    if name == "dataset.py":
        return f"spinlearn.datasets.{json.loads(job.params.settings)['module']}"
    return str(HOME / "workflow_scripts" / name) if name else ""
