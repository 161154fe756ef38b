"""The workflow: the environment of its jobs, and loading it through Snakemake's own API."""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spinlearn.pipeline.errors import HOME, JobError
from spinlearn.pipeline.watch import SNAKEMAKE_PID

PLANNED = "SPINLEARN_PLANNED"
"""Environment variable: when the workflow was read, in seconds since 1970."""

LIBRARY_OF_JOB = "SPINLEARN_LIBRARY"
"""Environment variable: the library for which the environment of a job was set up."""

NO_TOUCH = """\
--touch is not used here: it would record old files as made with the present settings and code.
  File times need no care: contents, settings and code are compared. Nothing was changed."""

NOT_INHERITED = (
    *("PYTHON", "LC_", "EAGER_IMPORT"),
    *("MPL", "MATPLOTLIBRC", "HDF5_", "JAXTYPING_", "TENPY_", "SCIPY_", "PANDAS_", "SKLEARN_"),
    *("NUMBA_", "NPY_", "NUMPY_", "MKL_", "PYPARDISO_", "OPENBLAS_", "BLIS_"),
    *("OMP_", "GOMP_", "KMP_", "NUMEXPR_"),
    *("TORCH", "ATEN_", "DNNL_", "ONEDNN_", "NVIDIA_TF32_OVERRIDE"),
)
"""How the names of variables begin that change how Python starts, or what libraries compute or
draw: their precision, their rounding, or whether they work at all. Jobs do not inherit them."""

INHERITED = (
    *("PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
    *("PYTHONBREAKPOINT", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"),
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
)
"""Exceptions: folders of caches, and numbers of threads, which Snakemake sets for each job."""


def job_environment(given: Mapping[str, str], library: str | Path) -> dict[str, str]:
    """The environment variables of a job.

    Args:
        given: the user's variables. Most of them are kept; see `NOT_INHERITED`.
        library: folder of the library that the job uses, even if another copy is installed.
    """
    kept = {
        name: value
        for name, value in given.items()
        if name in INHERITED or not name.startswith(NOT_INHERITED)
    }
    return kept | {
        LIBRARY_OF_JOB: str(library),
        "PYTHONPATH": str(library),
        # Modules beside the script or in the current folder are not imported.
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        # Texts are UTF-8, numbers have a decimal point, in every country.
        "PYTHONUTF8": "1",
        "LC_ALL": "C",
        "MPLBACKEND": "Agg",
        # JAX has one thread too, and looks for no accelerator.
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        "JAX_PLATFORMS": "cpu",
        # Every file has one writer and is renamed when it is complete. HDF5's locks are not needed,
        # and fail on file systems without locks.
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }


def prepare_jobs(checkout: str | Path) -> None:
    """Set the environment variables that the jobs of this Snakemake inherit.

    Args:
        checkout: the folder of the Snakefile.

    Raises:
        JobError: if jobs could not be started from this folder, or would use another library.
    """
    check_library(checkout)
    check_characters(checkout, sys.executable)
    variables = job_environment(os.environ, Path(checkout, "src"))
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
    # A script ends when the Snakemake that started it is gone.
    os.environ[SNAKEMAKE_PID] = str(os.getpid())
    os.environ[PLANNED] = str(time.time())


def check_library(checkout: str | Path) -> None:
    """Raise `JobError` if a checkout has a library of its own, but another one is in use."""
    own = Path(checkout).resolve() / "src"
    if own.is_dir() and own != HOME / "src":
        raise JobError(
            f"the library of {HOME} is in use, not that of {own.parent}, whose workflow this is.\n"
            f"  Use a new process with PYTHONPATH={own}, and no ':' in this path."
        )


def check_characters(checkout: str | Path, python: str) -> None:
    """Raise `JobError` if a path has characters with which Snakemake cannot start jobs.

    Args:
        checkout: the folder of the Snakefile, which becomes part of `PYTHONPATH` and of patterns.
        python: the Python that runs jobs; its path becomes part of a shell's command.
    """
    for what, path, pattern in (
        ("checkout", str(checkout), r"[:{}\n]"),
        ("Python", python, r"[\s\"'`$&|;<>()\[\]{}*?\\]"),
    ):
        if bad := sorted(set(re.findall(pattern, path))):
            raise JobError(
                f"{path}: the path of the {what} contains {' '.join(map(repr, bad))}, with which "
                "jobs cannot be started.\n"
                "  Move the checkout and its .venv to a path without; results may be anywhere "
                "(--directory)."
            )


def add_configuration_options(parser: argparse.ArgumentParser) -> None:
    """Add the options `--configfile` and `--config`, which mean what they mean to Snakemake."""
    parser.add_argument(
        "--configfile",
        "--configfiles",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="overlays, as for snakemake: if the option is given twice, the last one counts",
    )
    parser.add_argument(
        "--config", "-C", nargs="*", metavar="KEY=VALUE", help="values, as for snakemake"
    )


def given_values(options: argparse.Namespace) -> dict[str, Any]:
    """The values of `--config`, read as Snakemake reads them.

    Raises:
        JobError: if they are not of the form KEY=VALUE.
    """
    from snakemake.cli import parse_config

    try:
        return dict(parse_config(options.config))
    except ValueError as error:
        raise JobError(f"--config: {error}") from None


def check_files(files: Sequence[Path], directory: Path | None) -> None:
    """Raise `JobError` if a file or the folder does not exist."""
    for path in files:
        if not Path(path).is_file():
            raise JobError(f"{path}: the file does not exist")
    if directory is not None and not Path(directory).is_dir():
        raise JobError(f"{directory}: the folder does not exist")


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Restore the current folder, the environment variables and `sys.path` at the end.

    Reading a workflow changes them: Snakemake goes to the folder of results, and the Snakefile sets
    variables for its jobs.
    """
    here, variables, folders = Path.cwd(), dict(os.environ), list(sys.path)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(variables)
        sys.path[:] = folders


@contextmanager
def load_workflow(
    snakefile: Path,
    configfiles: Sequence[Path] = (),
    directory: Path | None = None,
    values: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """Snakemake's own object for a workflow, with its rules; nothing is planned.

    The object is for the block alone: in it the process has the current folder and the environment
    variables of the workflow, and after it its own again.

    Args:
        snakefile: the workflow.
        configfiles: overlays of the configuration.
        directory: folder that holds results/; the current one by default.
        values: configuration values that override all others.
    """
    from snakemake import api
    from snakemake.settings import types
    from snakemake.settings.enums import Quietness

    quiet = types.OutputSettings(quiet={Quietness.ALL})
    with unchanged_process(), api.SnakemakeApi(quiet) as snakemake:
        workflow = snakemake.workflow(
            resource_settings=types.ResourceSettings(cores=1),
            config_settings=types.ConfigSettings(
                config=dict(values or {}), configfiles=list(configfiles)
            ),
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
    """Where the code of one of Snakemake's jobs starts; see `entry_of_script`."""
    name = Path(str(job.rule.script or "")).name
    settings = json.loads(job.params.settings) if name == "dataset.py" else {}
    return entry_of_script(name, job.output, settings)


def entry_of_script(name: str, output: Any, settings: Mapping[str, Any]) -> str:
    """Where the code of a job starts: a script, or a module that it imports.

    The latter for figures and data sets, each of which is a module of its own.

    Args:
        name: name of the script; empty for a rule without one.
        output: the job's named outputs.
        settings: the job's settings.
    """
    if name == "figure.py":
        figure = Path(output.pdf)
        return f"spinlearn.papers.{figure.parent.name}.{figure.stem}"
    if name == "dataset.py":
        return f"spinlearn.datasets.{settings['module']}"
    return str(HOME / "workflow_scripts" / name) if name else ""
