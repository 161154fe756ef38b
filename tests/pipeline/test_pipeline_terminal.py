"""What a run shows in the terminal, from the events of a made-up run."""

import fcntl
import io
import os
import shlex
import struct
import termios

import pytest

from snakemake_logger_plugin_spinlearn import options_of_run
from snakemake_logger_plugin_spinlearn.progress import Progress

JOBS = {
    "mbl_windows": 4,
    "mbl_disorder": 2,
    "gru_train": 3,
    "figure_zhong2022_figure5": 1,
    "all": 1,
}


class Clock:
    """Time that passes only when told to."""

    now = 100.0

    def __call__(self):
        return self.now


def begun(*, live=False):
    clock = Clock()
    progress = Progress(io.StringIO(), live=live, clock=clock)
    progress.plan(JOBS)
    return progress, clock


def run(progress, clock, rule, jobs, seconds):
    """Jobs of a rule, one after the other."""
    for job in jobs:
        progress.describe(job, rule)
        clock.now += seconds
        progress.finish(job)


def text(progress):
    return progress.stream.getvalue()


def test_plan_counts_jobs_by_stage_without_the_target_rule():
    progress, _ = begun()
    assert text(progress) == "10 jobs: mbl 6, gru 3, figures 1\n"


def test_plan_is_said_once_as_snakemake_tells_a_dry_run_its_jobs_twice():
    progress, _ = begun()
    progress.plan(JOBS)
    assert text(progress) == "10 jobs: mbl 6, gru 3, figures 1\n"


def test_stage_is_told_when_its_last_rule_is_done():
    progress, clock = begun()
    run(progress, clock, "mbl_windows", range(4), 20.0)
    assert "jobs done in" not in text(progress)
    run(progress, clock, "mbl_disorder", range(4, 6), 5.0)
    assert text(progress).count("mbl: 6 jobs done in 1 minute and 30 seconds\n") == 1
    run(progress, clock, "figure_zhong2022_figure5", [6], 5.0)
    assert text(progress).count("figures: 1 job done in 5 seconds\n") == 1


def test_time_left_is_the_mean_of_each_rule_over_the_jobs_at_once():
    progress, clock = begun()
    assert progress.time_left() != progress.time_left()  # NaN: nothing is known
    run(progress, clock, "mbl_disorder", range(2), 3.0)
    run(progress, clock, "mbl_windows", range(2, 4), 9.0)
    # left: 2 windows of 9 s, and 4 jobs of unknown rules, at the mean of 6 s; one at a time
    assert progress.time_left() == pytest.approx(2 * 9 + 4 * 6)


def test_two_jobs_at_once_take_half_the_time():
    progress, clock = begun()
    for job in (0, 1):
        progress.describe(job, "mbl_windows")
    clock.now += 10.0
    for job in (0, 1):
        progress.finish(job)
    assert progress.time_left() == pytest.approx(8 * 10 / 2)


def test_line_names_what_runs_now():
    progress, clock = begun()
    run(progress, clock, "mbl_disorder", range(2), 3.0)
    for job, rule in ((2, "mbl_windows"), (3, "mbl_windows"), (4, "gru_train")):
        progress.describe(job, rule)
    assert progress.line() == (
        "2 of 10 jobs (20%), about 24 seconds left; running: mbl_windows (2), gru_train"
    )


def test_lines_are_few_without_a_terminal_and_one_line_is_renewed_in_one():
    quiet, clock = begun()
    run(quiet, clock, "mbl_windows", range(4), 1.0)
    assert text(quiet).count("running:") == 4  # one at 10, 20, 30 and 40 %
    live, clock = begun(live=True)
    run(live, clock, "mbl_windows", range(4), 1.0)
    assert text(live).count("\r\033[K") == text(live).count("running:") + 1  # the plan
    assert text(live).count("\n") == 1


def test_line_in_a_terminal_is_there_from_the_first_job_and_after_a_warning():
    """What stands in the last line, which the next one overwrites."""
    live, clock = begun(live=True)

    def shown():
        return text(live).rpartition("\r\033[K")[2]

    live.describe(0, "mbl_windows")
    assert shown() == "0 of 10 jobs (0%); running: mbl_windows"
    live.describe(1, "gru_train")
    assert shown().endswith("running: mbl_windows, gru_train")
    live.say("a warning")
    assert shown().endswith("running: mbl_windows, gru_train")
    clock.now += 5.0
    live.finish(0)
    live.describe(2, "mbl_disorder")
    assert shown().endswith("running: gru_train, mbl_disorder")
    live.fail({"rule_name": "gru_train", "jobid": 1, "input": [], "output": [], "log": []})
    assert shown().endswith("running: mbl_disorder")


def test_failure_shows_inputs_the_end_of_the_log_and_a_command(tmp_path):
    log = tmp_path / "job.log"
    log.write_text("".join(f"line {i}\n" for i in range(30)))
    progress, _ = begun()
    progress.describe(7, "gru_train")
    progress.fail(
        {
            "rule_name": "gru_train",
            "jobid": 7,
            "input": ["a.h5", "b.h5"],
            "output": ["model.pt", "history.csv"],
            "log": [str(log), str(tmp_path / "missing.log")],
        }
    )
    shown = text(progress)
    assert "FAILED: gru_train\n  input: a.h5, b.h5\n  output: model.pt, history.csv\n" in shown
    assert "line 29" in shown
    assert "line 17" not in shown
    assert "(there is none)" in shown
    assert "snakemake --cores 1 model.pt\n" in shown
    assert progress.line().endswith("running: none")
    progress.end()
    progress.end()
    assert text(progress).count("jobs done in") == 1
    assert text(progress).endswith("0 of 10 jobs done in 0 seconds, 1 failed\n")


@pytest.mark.parametrize(
    ("call", "options"),
    [
        ("--cores 2 mbl", ""),
        ("mbl --configfile a.yaml 'my b.yaml' -c 2", "--configfile a.yaml 'my b.yaml'"),
        ("--configfiles=a.yaml -n --configfile b.yaml", "--configfile b.yaml"),
        ("-d /my/runs -C seed=7 x=y", "--directory /my/runs --config seed=7 x=y"),
        ("-s '/it'\"'\"'s/Snakefile' all", "--snakefile '/it'\"'\"'s/Snakefile'"),
        ("--profile mine", "--directory runs --configfile overlay.yaml --config seed=7"),
    ],
)
def test_options_that_choose_settings_and_folders_are_kept(tmp_path, monkeypatch, call, options):
    """From the command line, where the last of equal options counts, or from a profile."""
    (tmp_path / "mine").mkdir()
    profile = "directory: runs\nconfigfile: [overlay.yaml]\nconfig: [seed=7]\n"
    (tmp_path / "mine/config.yaml").write_text(profile)
    monkeypatch.chdir(tmp_path)
    assert options_of_run(shlex.split(call)) == options


def test_command_of_a_failed_job_is_for_a_shell():
    progress, _ = begun()
    progress.options = "--configfile 'my overlay.yaml'"
    job = {"rule_name": "dataset", "jobid": 7, "input": [], "output": ["my $data.h5"], "log": []}
    progress.fail(job)
    assert text(progress).endswith(
        "snakemake --cores 1 'my $data.h5' --configfile 'my overlay.yaml'\n"
    )


def test_a_job_that_ends_well_when_tried_again_has_not_failed():
    progress, clock = begun()
    progress.describe(0, "gru_train")
    progress.fail({"rule_name": "gru_train", "jobid": 0, "input": [], "output": [], "log": []})
    run(progress, clock, "gru_train", range(1), 5.0)
    progress.end()
    assert text(progress).endswith("\n1 of 10 jobs done in 5 seconds\n")


def test_line_of_progress_fits_into_a_narrow_terminal(monkeypatch):
    """The width is that of a pseudo-terminal of 40 columns; what is written is kept."""
    ends = os.openpty()
    fcntl.ioctl(ends[1], termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    progress, clock = begun(live=True)
    monkeypatch.setattr(progress.stream, "fileno", lambda: ends[1])
    run(progress, clock, "mbl_windows", range(2), 5.0)
    for end in ends:
        os.close(end)
    lines = text(progress).split("\r\033[K")[-2:]
    assert [len(line) for line in lines] == [39, 39]
    assert lines[1].startswith("2 of 10 jobs (20%)")


def test_nothing_is_said_at_the_end_of_a_run_without_jobs():
    progress = Progress(io.StringIO())
    progress.say("Nothing to be done")
    progress.end()
    assert text(progress) == "Nothing to be done\n"
