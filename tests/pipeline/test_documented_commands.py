"""Commands and overlays of all pages: run where two cores suffice, planned or parsed elsewhere.

`spinlearn` and scripts run as they stand. Calls of Snakemake run with the smoke preset, on
results of which one file is missing. Not run here are

- `make`, `make test`: CI is for them; `make` is asked for its recipe;
- calls at the sizes of presets/workstation.yaml and paper.yaml, which take hours: planned;
- those with `--profile profiles/slurm`, which need a cluster: planned; `test_snakemake_slurm` runs
  the profile where SLURM is installed;
- those with `--sdm conda`, which load gigabytes, and two that take minutes at any size, since they
  make nearly everything again, with `--config seed=2` and with the overlay `mine.yaml`: planned
  (`test_snakemake_chains` makes a part of the latter);
- those on a reader's own data, or of a page that adds something: `test_snakemake_own_data` and
  `test_add_*` run them, with what they need.
"""

import re
import shlex
import shutil
import subprocess
import sys

import pytest
from documents import OTHERS, block_commands, blocks, inline_commands, pages
from snakemake.cli import get_argument_parser
from support import REPOSITORY, command, snakemake, text_of

from spinlearn.check import check
from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.workflow import load_workflow

COMMANDS = sorted({call for _, call in (*block_commands(), *inline_commands())})

NO_PLAN = ("--unlock", "--report", "--list-untracked", "--lint", "...")
"""Of calls with one of these no plan is made: they act on results, or leave out words."""

MADE_BY_EXAMPLES = ("independent", "domain_wall", "number_entropy")
"""In targets of the pages that add something; the tests `test_add_*` make them."""


def of(program):
    return [call for call in COMMANDS if call.split()[0] == program]


def arguments(call):
    return [word for word in shlex.split(call)[1:] if word != "..."]


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    """Names of all rules, and all files of the default configuration."""
    with load_workflow(REPOSITORY / "Snakefile") as workflow:
        rules = {rule.name for rule in workflow.rules}
    jobs = plan(directory=tmp_path_factory.mktemp("plan")).jobs
    return rules | {str(path) for job in jobs for path in job.outputs}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder from which commands find what they name in a checkout; results are its own."""
    for name in ("presets", "profiles", "workflow_scripts", "benchmarks"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    overlay = blocks(pages()["docs/howto/change_a_value.md"], "yaml")[0]
    (tmp_path / "mine.yaml").write_text(overlay)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_line_of_a_shell_block_is_known():
    """A block without a language either begins with a call, or is a listing or what is printed."""
    assert len(COMMANDS) > 40
    first = {line.split()[0] for page in pages().values() for line in shell_lines(page)}
    assert first <= {"make", "snakemake", ".venv/bin/snakemake", "python", "pytest", *OTHERS}


def shell_lines(page):
    for block in blocks(page, ""):
        lines = [line for line in block.splitlines() if line.strip()]
        if re.match(r"(\.venv/bin/)?(make|snakemake|python|pytest|git|tmux|apptainer)\b", lines[0]):
            yield from lines


@pytest.mark.parametrize("call", of("make"))
def test_make_knows_its_targets(call):
    done = subprocess.run(
        ["make", "--dry-run", *arguments(call)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, text_of(done)


@pytest.mark.slow
@pytest.mark.parametrize("call", of("spinlearn"))
def test_commands_of_spinlearn_run(call, checkout, finished):
    """On results of the smoke run, which lie under every name that a page gives to a folder."""
    for name in ("results", "OLD/results", "seed2/results", "FOLDER"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).symlink_to(finished / "results")
    file = next((finished / "results/mbl/disorder").rglob("*.h5"))
    words = [str(file) if word == "FILE" else word for word in arguments(call)]
    done = command(*words, cwd=checkout)
    assert done.returncode == 0, text_of(done)
    assert done.stdout.strip()


@pytest.mark.slow
def test_snakemake_takes_its_arguments_and_targets(targets):
    for call in of("snakemake"):
        options = get_argument_parser().parse_args(arguments(call))
        for file in options.configfile or ():
            known = (REPOSITORY / file).is_file() or str(file) in overlays()
            assert known, f"{call}: {file}"
        for target in options.targets:
            if not any(name in target for name in MADE_BY_EXAMPLES):
                assert target in targets, f"{call}: {target}"


def overlays():
    """Names of overlays that pages write, or call the reader's own."""
    return {"mine.yaml", "fields.yaml", "device.yaml"}


PLANNED = sorted(
    {
        call
        for _, call in block_commands()
        if call.startswith("snakemake ") and not any(word in call for word in NO_PLAN)
    }
)


@pytest.mark.slow
def test_blocks_of_snakemake_plan_their_jobs(checkout):
    """One plan per set of overlays, with and without a folder; the test above has the targets."""
    done = set()
    for call in PLANNED:
        words = [word.replace("/somewhere/", "") for word in arguments(call)]
        options = get_argument_parser().parse_args(words)
        key = (*map(str, options.configfile or ()), options.directory is None)
        if key in done:
            continue
        done.add(key)
        found = snakemake(*words, "--dry-run", "--quiet", "all", cwd=checkout, cores=False)
        assert found.returncode == 0, f"{call}\n{text_of(found)}"
    assert len(done) > 5


NOT_RUN = ("--profile", "--sdm", "--config ", "-n", "--dry-run", "paper.yaml", "workstation.yaml")
NOT_RUN += ("mine.yaml", "fields.yaml", "device.yaml", *MADE_BY_EXAMPLES)
"""Words in calls of Snakemake that are not run; the first lines of this file say why."""

RUN = {
    re.sub(r"--cores \w+| report\.zip", "", call): call
    for call in of("snakemake")
    if not any(word in call for word in NOT_RUN)
}
"""Calls that are run; of those that differ in the number of cores or a name, one."""


@pytest.fixture(scope="module")
def work(finished, tmp_path_factory):
    """A folder as a checkout, with results of the smoke preset, under all names that pages use."""
    folder = tmp_path_factory.mktemp("documented") / "work"
    shutil.copytree(finished, folder, symlinks=True)
    (folder / "presets").symlink_to(REPOSITORY / "presets")
    for name in ("runs/default", "runs/mine", "somewhere/else"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(folder)
    return folder


def at_smoke_size(call):
    """The call's arguments, with the smoke preset."""
    words = [word.replace("/somewhere/", "somewhere/") for word in arguments(call)]
    return words if "--configfile" in words else [*words, "--configfile", "presets/smoke.yaml"]


def missing_file(folder, words):
    """A file that the call makes: the target's, one of its stage that is quick, or the report."""
    target = words[2] if len(words) > 2 and not words[2].startswith("--") else ""
    if "/" in target:
        return folder / target
    if target:
        files = [path for path in (folder / "results" / target).rglob("*.*") if path.is_file()]
        tables = [path for path in files if path.suffix == ".csv"]
        tables = [path for path in tables if path.stem not in ("history", "times")]
        return max(tables or [path for path in files if path.suffix == ".h5"])
    return folder / "results/report.html"


@pytest.mark.slow
@pytest.mark.parametrize("call", RUN.values())
def test_calls_of_snakemake_run_at_the_smoke_size(call, work):
    words = at_smoke_size(call)
    file = missing_file(work, words)
    if words[0] == "--cores":
        file.unlink()
    done = snakemake(*words, cwd=work, cores=False)
    assert done.returncode == 0, text_of(done)
    assert words[0] != "--cores" or file.exists()


@pytest.mark.slow
def test_script_alone_runs(checkout):
    """The debugging commands of the pages, after the jobs that they read from."""
    calls = [call for call in of("python") if "mbl_indicators.py" in call]
    fields = "results/mbl/disorder/default/L8/h{}/test/0000.h5"
    strengths = [re.search(r"h=([\d.]+)", call)[1] for call in calls]
    first = snakemake(*map(fields.format, strengths), cwd=checkout)
    assert first.returncode == 0, text_of(first)
    for call, h in zip(calls, strengths, strict=True):
        script = REPOSITORY / arguments(call)[0]
        done = subprocess.run(
            [sys.executable, str(script), *arguments(call)[1:]],
            cwd=checkout, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, text_of(done)
        made = [path for path in (checkout / "debug").rglob("0000.h5") if f"h{h}" in path.parts]
        assert made, call
    assert len(calls) > 1


def test_scripts_exist():
    for call in of("python"):
        assert (REPOSITORY / arguments(call)[0]).is_file(), call


def test_overlays_of_the_pages_are_configurations(tmp_path):
    """Each YAML block is an overlay without faults, or one of a page with a test of its own."""
    own = ("docs/own_data.md", "docs/howto/add_an_observable.md")
    found = [(page, block) for page, text in pages().items() for block in blocks(text, "yaml")]
    assert len(found) > 5
    for page, block in found:
        if page in own:
            continue
        file = tmp_path / "overlay.yaml"
        file.write_text(block)
        assert "a configuration, without faults" in check(file), page


@pytest.mark.slow
def test_snakemake_makes_its_own_report(tmp_path):
    """As the workflow catalogue declares it; on a figure that needs no data."""
    figure = "results/figures/zhong2022/appendix_a.png"
    made = snakemake(figure, cwd=tmp_path)
    assert made.returncode == 0, text_of(made)
    done = snakemake(figure, "--report", "report.html", cwd=tmp_path)
    assert done.returncode == 0, text_of(done)
    page = (tmp_path / "report.html").read_text()
    for text in ("figure_zhong2022_appendix_a", "what hidden spins and pulses can express"):
        assert text in page
