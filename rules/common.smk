# Shared by all rules: the checked configuration, code digests, resources.
import sys
from pathlib import Path

# The Snakefile and the jobs use the library in src/, even if another copy is installed.
sys.path.insert(0, f"{workflow.basedir}/src")

from spinlearn.config import config_yaml, load
from spinlearn.datasets import files as datasets_files
from spinlearn.gru import files as gru_files
from spinlearn.hbm import files as hbm_files
from spinlearn.mbl import files as mbl_files
from spinlearn.nqs import files as nqs_files
from spinlearn.nqs.choices import RING_LENGTHS
from spinlearn.papers.keys import PAPERS
from spinlearn.papers.registry import drawn_figures
from spinlearn.phases import files as phases_files
from spinlearn.pipeline.config_files import check_config_files
from spinlearn.pipeline.digest import code_digest
from spinlearn.pipeline.errors import ConfigError, SpinlearnError
from spinlearn.pipeline.planning import (
    check_results,
    check_room,
    per_attempt,
    settings,
    stop,
)
from spinlearn.pipeline.record import write_record
from spinlearn.pipeline.settings import EVEN_SIZES
from spinlearn.pipeline.workflow import NO_TOUCH, code_entry, prepare_jobs
from spinlearn.sqrbm import files as sqrbm_files
from spinlearn.sqrbm.choices import PAULIS
from spinlearn.tfi import files as tfi_files
from spinlearn.vae import files as vae_files

# The configuration, frozen; a fault ends Snakemake here, before any job.
CONFIG = f"{workflow.basedir}/config.yaml"
try:
    check_config_files([CONFIG, *workflow.configfiles])
except SpinlearnError as fault:
    stop(fault)


configfile: CONFIG


try:
    prepare_jobs(workflow.basedir)
    cfg = load(config, complete=True)
except SpinlearnError as fault:
    stop(fault)

# Data sets that models learn, and their numbers of bits, by the setting that holds these.
LEARNERS = {
    "hbm.visible": (hbm_files.names(cfg.hbm, cfg.datasets), [cfg.hbm.visible]),
    "sqrbm.n": (cfg.sqrbm.datasets, cfg.sqrbm.n),
    "sqrbm.long.n": (cfg.sqrbm.long.datasets, cfg.sqrbm.long.n),
    "datasets.leaderboard.n": (
        cfg.datasets.leaderboard.datasets,
        cfg.datasets.leaderboard.n,
    ),
}
faults = [
    *mbl_files.faults(cfg.mbl),
    *gru_files.faults(cfg.gru, cfg.mbl),
    *tfi_files.faults(cfg.tfi),
    *datasets_files.faults(cfg.datasets, LEARNERS),
]
if faults:
    stop(ConfigError(faults))
check_room(".")
check_results("results")

# SLURM counts the Snakemake processes inside a job as part of it (measured: two of 165 MB).
SNAKEMAKE_MB = 350


def one_of(names):
    """A pattern for a wildcard that is one of some names or numbers, of which there may be none."""
    return "|".join(map(str, names)) or "(?!)"


# As in the limits of the settings, so that no job is planned for a value that settings refuse.
wildcard_constraints:
    dataset=one_of(datasets_files.known(cfg.datasets)),
    fields=one_of(cfg.mbl.fields_files),
    outcomes=one_of(cfg.tfi.outcomes_files),
    L=one_of(EVEN_SIZES),
    N=r"[2-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-6]",
    n=r"[1-9]\d*",
    m=r"[1-9]\d?|[1-4]\d\d|500",
    h=r"[1-9]?\d\.\d\d|100\.00",
    energy_density=r"0\.(?!00)\d\d",
    hx=r"\d\.\d\d|10\.00",
    split=r"train|test",
    block=r"\d{4}",
    chain=one_of(cfg.mbl.chains),


def code(rule):
    """Digest of the code that a rule's script runs.

    It is computed on demand: a SLURM job reads the Snakefile again, and needs the digest of its own
    rule only.
    """
    return lambda wildcards: code_digest(
        f"{workflow.basedir}/workflow_scripts/{rule}.py"
    )


def module_code(entry):
    """Digest of the code that a module runs: that of a figure, or of a data set."""
    return lambda wildcards: code_digest(entry(wildcards) if callable(entry) else entry)


def dataset_inputs(wildcards):
    """Input files of a data set; those of the user's own count by their content, not their time."""
    fault = datasets_files.fault(
        cfg.datasets, wildcards.dataset, int(wildcards.n), wildcards.block
    )
    if fault:
        stop(f"Nothing was started: {fault}.")
    found = datasets_files.inputs(
        cfg.datasets, wildcards.dataset, int(wildcards.n), wildcards.block
    )
    return {
        name: ancient(paths) if name in ("own", "mnist") else paths
        for name, paths in found.items()
    }


def leaderboard_targets(wildcards):
    """Files of the data sets that all models of the leaderboard learn, by name."""
    return datasets_files.leaderboard_targets(
        cfg.datasets, int(wildcards.n), wildcards.block
    )


def own_fields(wildcards):
    """The user's file that holds the vectors of a block."""
    fault = mbl_files.own_fault(cfg.mbl, wildcards.fields, wildcards.block)
    if fault:
        stop(f"Nothing was started: {fault}.")
    return ancient(cfg.mbl.fields_files[wildcards.fields])


def possible_evolutions(wildcards):
    """No files: evolutions have no input, but some asked for by name cannot be made."""
    fault = mbl_files.dynamics_fault(wildcards.initial_state, int(wildcards.L))
    if fault:
        stop(f"Nothing was started: {fault}.")
    return []


def memory(need):
    """MB that a job asks for, per attempt, plus the memory of Snakemake's own processes."""
    return per_attempt(need, base=SNAKEMAKE_MB)


def minutes(need, start=5):
    """Minutes that a job asks for, per attempt; `start` of them whatever its size."""
    return per_attempt(need, start=start)
