# Shared by all rules - the checked configuration, code digests, names, resources.
import os
import sys
from pathlib import Path

LIBRARY = f"{workflow.basedir}/workflow_scripts"
if LIBRARY not in sys.path:
    sys.path.insert(0, LIBRARY)

from spinlearn.workflow.arrays import become_own_task
from spinlearn.workflow.codedigest import code_digest, code_parts
from spinlearn.workflow.errors import SNAKEMAKE_OPTIONS
from spinlearn.workflow.job import SNAKEMAKE_PID
from spinlearn.workflow.params import settings
from spinlearn.workflow.planning import (
    SNAKEMAKE_MB,
    block_patterns,
    blocks,
    check_output_folders,
    check_results_folder,
    checked_config,
    growing,
    hundredths,
    invocation,
    requested,
)
from spinlearn.workflow.record import write_record

# A task of a SLURM array comes here as the array's first job, and goes on as its own.
become_own_task(sys.argv)

# A job that finds a broken file tells with which command to remake it.
os.environ[SNAKEMAKE_OPTIONS] = invocation(
    workflow.rundir,
    workflow.main_snakefile,
    workflow.overwrite_workdir,
    workflow.overwrite_configfiles,
    workflow.config_settings.config,
)

# A script ends when the Snakemake that started it is gone.
os.environ[SNAKEMAKE_PID] = str(os.getpid())

# Every file has one writer and is renamed when it is whole: HDF5's locks would add nothing but
# trouble on file systems that have none.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

# The configuration, frozen; a fault ends Snakemake here, before any job.
cfg = checked_config(config)


wildcard_constraints:
    L=r"\d+",
    N=r"\d+",
    n=r"\d+",
    m=r"\d+",
    h=r"\d+\.\d\d",
    energy_density=r"0\.\d\d",
    hx=r"\d+\.\d\d",
    split=r"train|test",
    block=r"\d{4}",
    shard=r"\d{4}",
    boundary=r"ring|open",


# Blocks beyond the first, where the first has a path without a block.
FURTHER_BLOCK = r"(?!0000)\d{4}"


def code(rule):
    """Digest of everything that a rule's script would execute.

    A function, so that a SLURM job, which reads the Snakefile again, computes that of its own rule
    alone.
    """

    def digest(wildcards):
        return code_digest(f"{LIBRARY}/{rule}.py")

    return digest


def code_records(jobs):
    """Digest and parts of the code of the jobs that would run."""
    names = {Path(job.rule.script).name for job in jobs if job.rule.script}
    scripts = [f"{LIBRARY}/{name}" for name in sorted(names)]
    return [(code_digest(script), code_parts(script)) for script in scripts]


def memory(rule, resource, **sizes):
    """MB that a rule's jobs ask for; sizes are its wildcards' values, if it may form arrays."""
    return requested(workflow, rule, resource, snakemake=SNAKEMAKE_MB, **sizes)


def minutes(rule, resource, **sizes):
    """Minutes that a rule's jobs ask for."""
    return requested(workflow, rule, resource, **sizes)
