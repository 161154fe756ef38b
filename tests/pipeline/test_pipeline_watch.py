"""Scripts: plain errors, logs, and an end when their Snakemake is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SCRIPT = """
import sys
from types import SimpleNamespace
from spinlearn.pipeline.errors import SpinlearnError
from spinlearn.pipeline.script import run

snakemake = SimpleNamespace(
    rule="test", wildcards={{"L": "8"}}, params=SimpleNamespace(), input={{}},
    output={{"out": "results/a.h5"}}, threads=1, resources=SimpleNamespace(), log=["logs/a.log"],
)

def main(job):
    {work}

run(main, __file__)
"""


def run_script(folder, work):
    """A script as Snakemake starts it, with one line of work."""
    script = folder / "script.py"
    script.write_text(SCRIPT.format(work=work))
    # Not those of a Snakemake that started the tests.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("SPINLEARN_")}
    return subprocess.run(
        [sys.executable, str(script)],
        cwd=folder, env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_finished_job_is_logged(tmp_path):
    done = run_script(tmp_path, "import warnings; warnings.warn('beware')")
    assert (done.returncode, done.stderr) == (0, "")
    log = (tmp_path / "logs/a.log").read_text()
    for words in ("test L=8: started, 1 thread(s)", "beware", "done in", "wrote results/a.h5"):
        assert words in log


def test_error_that_a_user_can_mend_is_plain(tmp_path):
    done = run_script(tmp_path, "raise SpinlearnError('what to do')")
    assert (done.returncode, done.stderr) == (1, "SpinlearnError: what to do\n")
    assert "SpinlearnError: what to do" in (tmp_path / "logs/a.log").read_text()


def test_library_that_a_job_misses_is_named(tmp_path):
    """One that `main` imports, not the script."""
    work = "sys.modules['sklearn.cluster'] = None; import spinlearn.phases.unsupervised"
    done = run_script(tmp_path, work)
    assert done.returncode == 1
    assert done.stderr.startswith("MissingDependencyError: rule phases_unsupervised finds")
    assert done.stderr.endswith("pip install scikit-learn\n")


def test_libraries_that_a_job_imports_have_its_threads(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    done = run_script(
        tmp_path,
        "import threadpoolctl, sklearn.cluster; "
        "print({pool['num_threads'] for pool in threadpoolctl.threadpool_info()})",
    )
    assert (done.stdout, done.stderr) == ("{1}\n", "")


def test_any_other_error_keeps_its_traceback(tmp_path):
    done = run_script(tmp_path, "1 / 0")
    assert done.returncode == 1
    for text in (done.stderr, (tmp_path / "logs/a.log").read_text()):
        assert "Traceback" in text
        assert "ZeroDivisionError" in text


def test_log_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "logs").write_text("in the way")
    done = run_script(tmp_path, "pass")
    assert done.returncode == 1
    assert done.stderr.startswith("UnwritableError: logs/a.log: cannot be written to")
    assert "Traceback" not in done.stderr


CHILD = (
    "import time; from spinlearn.pipeline.watch import end_with_snakemake as end;"
    "end(); print('started', flush=True); time.sleep(60)"
)
PARENT = """
import os, subprocess, sys
os.environ["SPINLEARN_SNAKEMAKE_PID"] = str(os.getpid())
command = [sys.executable, "-c", sys.argv[1]]
if sys.argv[2] == "shell":  # two commands: the shell stays between the two
    command = ["sh", "-c", '"$@"; true', "sh", *command]
subprocess.run(command)
"""


def is_alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("between", ["nothing", "shell"])
def test_job_ends_when_its_snakemake_is_killed(between):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, between], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "started\n"
    below = psutil.Process(parent.pid).children(recursive=True)
    job = next(
        child
        for child in below
        if "end_with_snakemake" in child.cmdline()[-1]
        and Path(child.exe()).name.startswith("python")
    )
    time.sleep(0.5)
    assert job.is_running(), "it goes on as long as its Snakemake does"
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while is_alive(job) and time.monotonic() < deadline:
        time.sleep(0.1)
    ended = not is_alive(job)
    for child in filter(is_alive, below):
        child.kill()
    parent.stdout.close()
    assert ended
