"""The section of docs/results.md on a results folder, and the command that prints it."""

import h5py
import pytest

from spinlearn.cli import main
from spinlearn.config import Config
from spinlearn.papers.costs import core_hours
from spinlearn.papers.output import claims_table
from spinlearn.papers.results_page import commits, results_section
from spinlearn.papers.verdicts import claim
from spinlearn.storage.tables import write_csv

HEADER = "s\th:m:s\tmax_rss\tcpu_time\n"


@pytest.fixture
def folder(tmp_path):
    """A results folder with two claims, three benchmarks and two data files."""
    about = {"published": "0.391", "verdict": "reproduced", "scale": "L = 12"}
    rows = [
        claim(
            "zhong2022.figure10.poisson_ring",
            "<r> | Poisson",
            measured=(0.39, 0.01),
            needs=[("L", 12, 16)],
            **about,
        ),
        claim(
            "spinlearn.dynamics.memory_kept", "memory", measured=1.0, origin="spinlearn", **about
        ),
    ]
    write_csv(tmp_path / "scorecard.csv", claims_table(rows))
    jobs = {"mbl/a/0000": "3600\t1:00:00\t9\t1800", "mbl/b": "1800\t0:30:00\t9\t7200"}
    for name, line in {**jobs, "report": "36\t0:00:36\t-\t-"}.items():
        path = tmp_path / f"benchmarks/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + line + "\n")
    (tmp_path / "mbl").mkdir()
    for name, commit in (("a", "0123456789"), ("b", "abcdefghij+changes")):
        with h5py.File(tmp_path / f"mbl/{name}.h5", "w") as file:
            file.attrs["git_commit"] = commit
    return tmp_path


def test_core_hours_are_wall_time_or_the_time_of_several_threads(folder):
    assert core_hours(folder) == {"mbl": 1.0 + 2.0, "report": 0.01}


def test_commits_are_those_of_the_data(folder):
    assert commits(folder) == ["0123456", "abcdefg+"]


def test_section_has_a_row_per_claim_with_its_cost(folder):
    text = results_section(folder, Config(), "A run")
    assert text.startswith("## A run\n\n3 core-hours (mbl 3, report 0.01). Of the 1 verdicts")
    paper, own = (line for line in text.splitlines() if "L = 12 |" in line)
    assert paper.startswith("| <r> \\| Poisson | Zhong 2022, 10 | 0.391 | 0.39 ± 0.01 | ")
    assert "| too small to judge (needs L 16 (has 12)) | L = 12 | 0123456, abcdefg+ | 20" in paper
    assert paper.endswith(" | 3 |")
    assert "| reproduced | L = 12 |" in own


def test_command_prints_the_section(folder, capsys):
    main(["results", str(folder), "--title", "A run"])
    assert capsys.readouterr().out == results_section(folder, Config(), "A run")


def test_command_names_a_missing_scorecard(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["results", str(tmp_path)])
    assert "scorecard.csv" in capsys.readouterr().err
