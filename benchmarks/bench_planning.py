"""Planning of many jobs: `snakemake --dry-run` of stage mbl, whose windows come in many blocks.

The peer is a Snakefile of one rule, with neither settings nor code digests, that has as many jobs.
Times are processor seconds of the planning process. "Nothing made" is an empty folder; in "all
made" every result is there with Snakemake's record of it, so that each is looked at.
"""

import re
import subprocess
import sys
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import pytest
import yaml

from spinlearn.config import Config
from spinlearn.pipeline.errors import HOME
from spinlearn.pipeline.plan import plan

BARE = """
rule all:
    input: expand("results/{{i}}.h5", i=range({jobs}))
rule one:
    output: "results/{{i}}.h5"
    shell: "touch {{output}}"
"""


def processor_seconds():
    """Of this process and of the processes that it has waited for."""
    used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def snakemake(folder, *options):
    """The output of a call of Snakemake in a folder."""
    command = [sys.executable, "-m", "snakemake", *options]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def options_of_spinlearn(folder, windows):
    """Options that plan stage mbl with so many jobs of windows; only the transition has many."""
    transition = Config().mbl.transition
    cells = len(transition.L) * len(transition.h) * len(transition.energy_density)
    blocks = max(1, windows // cells)
    realisations = blocks * Config().mbl.windows.block
    overlay = folder / "overlay.yaml"
    values = {"mbl": {"transition": {"realisations": realisations}}}
    overlay.write_text(yaml.safe_dump(values), encoding="utf-8")
    profile = str(HOME / "profiles/default")
    workflow = ["--snakefile", str(HOME / "Snakefile"), "--workflow-profile", profile]
    return [*workflow, "--configfile", str(overlay), "--", "mbl"]


def options_of_bare(folder, jobs):
    (folder / "Snakefile").write_text(BARE.format(jobs=jobs - 1), encoding="utf-8")
    return ["--", "all"]


def outputs_of(peer, folder, jobs):
    if peer != "spinlearn":
        return [f"results/{i}.h5" for i in range(jobs - 1)]
    planned = plan(["mbl"], configfiles=[folder / "overlay.yaml"], directory=folder).jobs
    return [name for job in planned for name in job.outputs]


def jobs_planned(folder, options):
    """How many jobs Snakemake would run."""
    total = re.search(r"^total\s+(\d+)$", snakemake(folder, "--dry-run", *options), re.MULTILINE)
    return int(total[1]) if total else 0


def make_all(folder, outputs, options):
    """Every result as an empty file, with Snakemake's record."""
    for name in outputs:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    snakemake(folder, "--touch", "--cores", "1", "--quiet", "all", *options)
    assert jobs_planned(folder, options) == 0


PEERS = ("spinlearn", "bare Snakefile")


def compare(measure, peer, folder, windows, *, all_made=False):
    options = options_of_spinlearn(folder, windows)
    jobs = jobs_planned(folder, options)
    if peer != "spinlearn":
        options = options_of_bare(folder, jobs)
    difference = abs(jobs_planned(folder, options) - jobs)
    if all_made:
        make_all(folder, outputs_of(peer, folder, jobs), options)
    measure(lambda: snakemake(folder, "--dry-run", "--quiet", "all", *options), difference, 0)


@pytest.mark.slow
@pytest.mark.benchmark(group="planning: 1,000 jobs, nothing made", timer=processor_seconds)
@pytest.mark.parametrize("peer", PEERS)
def test_planning_1000(measure, peer, tmp_path):
    compare(measure, peer, tmp_path, 1_000)


@pytest.mark.long
@pytest.mark.benchmark(group="planning: 10,000 jobs, nothing made", timer=processor_seconds)
@pytest.mark.parametrize("peer", PEERS)
def test_planning_10000(measure, peer, tmp_path):
    compare(measure, peer, tmp_path, 10_000)


@pytest.mark.long
@pytest.mark.benchmark(group="planning: 10,000 jobs, all made", timer=processor_seconds)
@pytest.mark.parametrize("peer", PEERS)
def test_planning_10000_made(measure, peer, tmp_path):
    compare(measure, peer, tmp_path, 10_000, all_made=True)
