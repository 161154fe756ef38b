"""The job that a script's command line names, as Snakemake itself would build it."""

from pathlib import Path

import pytest

from spinlearn.pipeline.alone import find_job, job_of_command_line
from spinlearn.pipeline.digest import code_digest
from spinlearn.pipeline.errors import JobError

WILDCARDS = {"chain": "default", "L": "8", "h": "2.00", "split": "test", "block": "0000"}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_job_is_that_of_the_rule(repository, elsewhere):
    job = find_job("mbl_disorder", WILDCARDS, snakefile=repository / "Snakefile")
    assert (job.rule, job.wildcards) == ("mbl_disorder", WILDCARDS)
    assert job.code == code_digest(repository / "workflow_scripts/mbl_disorder.py")
    assert job.settings["seed"] == 20261120
    assert [str(path) for path in vars(job.output).values()] == [
        "results/mbl/disorder/default/L8/h2.00/test/0000.h5"
    ]
    assert not (elsewhere / "results").exists()


def test_script_alone_writes_below_debug(repository, elsewhere):
    (elsewhere / "work").mkdir()
    overlay = elsewhere / "overlay.yaml"
    overlay.write_text("seed: 3\n")
    arguments = [f"{name}={value}" for name, value in WILDCARDS.items()]
    arguments += ["--configfile", str(overlay), "--directory", "work"]
    script = repository / "workflow_scripts/mbl_disorder.py"
    job = job_of_command_line(script, arguments)
    assert job.settings["seed"] == 3
    assert [str(path) for path in vars(job.output).values()] == [
        "debug/results/mbl/disorder/default/L8/h2.00/test/0000.h5"
    ]
    assert job.log is None
    assert Path.cwd() == elsewhere / "work"
    in_place = job_of_command_line(script, [*arguments[: len(WILDCARDS)], "--in-place"])
    assert str(in_place.log).startswith("results/logs/mbl/")


def test_script_of_the_figures_takes_the_rule_of_one(repository, elsewhere):
    script = repository / "workflow_scripts/figure.py"
    job = job_of_command_line(script, ["--rule", "figure_spinlearn_transition"])
    assert str(job.output.pdf) == "debug/results/figures/spinlearn/transition.pdf"
    assert job.settings["dpi"] == 300
    assert isinstance(job.input.windows, list)


@pytest.mark.parametrize(
    ("rule", "changes", "words"),
    [
        ("mbl_chaos", {}, "has no rule 'mbl_chaos'"),
        (
            "mbl_disorder",
            {"h": None},
            "rule mbl_disorder needs h; give it as: L=... block=...",
        ),
        ("mbl_disorder", {"N": "3"}, "rule mbl_disorder has no wildcard N"),
        ("mbl_disorder", {"h": "2.0"}, "h=2.0 is not written as in file names"),
    ],
)
def test_other_rules_and_wildcards_are_refused(repository, elsewhere, rule, changes, words):
    given = {**WILDCARDS, **changes}
    wildcards = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(JobError, match=words):
        find_job(rule, wildcards, snakefile=repository / "Snakefile")


def test_missing_files_and_folders_are_named(repository, elsewhere):
    snakefile = repository / "Snakefile"
    for options, words in (
        ({"configfiles": [elsewhere / "a.yaml"]}, r"a\.yaml: the file does not exist"),
        ({"directory": elsewhere / "none"}, "none: the folder does not exist"),
        ({"snakefile": elsewhere / "Snakefile"}, "Snakefile: the file does not exist"),
    ):
        with pytest.raises(JobError, match=words):
            find_job("mbl_disorder", WILDCARDS, **{"snakefile": snakefile, **options})
