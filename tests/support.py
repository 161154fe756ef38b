"""Shared by the tests of the pipeline: real Snakemake processes, copies of the checkout."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil

from spinlearn.pipeline.plan import plan

REPOSITORY = Path(__file__).resolve().parents[1]
NOTHING = "Nothing to be done (all requested files are present and up to date)."


PRESET = REPOSITORY / "presets/smoke.yaml"
STRESS = bool(os.environ.get("SPINLEARN_STRESS"))
"""Whether `make stress` runs the tests: every case instead of a few."""


def few(cases, every):
    """All cases under `make stress`, otherwise every n-th."""
    chosen = list(cases)
    return chosen if STRESS else chosen[::every]


def script_of(rule):
    """The script that a rule runs."""
    name = "figure" if rule.startswith("figure_") else rule
    path = REPOSITORY / "workflow_scripts" / f"{name}.py"
    return path if path.is_file() else path.with_name(f"{name.rpartition('_')[0]}.py")


def load_module(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def planned(folder, values=None, overlays=(), **options):
    """The jobs with files that Snakemake plans at the smoke size, on what a folder holds."""
    files = [PRESET, *overlays]
    jobs = plan(configfiles=files, directory=folder, values=values, **options).jobs
    return [job for job in jobs if job.outputs]


def run_script(job, folder):
    """Run a job's script in this process, with its outputs below another folder."""

    def moved(value):
        return [moved(item) for item in value] if isinstance(value, list) else folder / value

    outputs = SimpleNamespace(**{name: moved(value) for name, value in vars(job.output).items()})
    load_module(script_of(job.rule)).main(replace(job, output=outputs, log=None))


def text_of(done):
    """Everything that a process printed."""
    return done.stdout + done.stderr


def command_line(*arguments, checkout=REPOSITORY, cores=True):
    """A call of Snakemake under profiles/default, for any folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(checkout / "Snakefile")]
    command += ["--workflow-profile", str(checkout / "profiles/default")]
    return [*command, *(["--cores", "2"] if cores else []), *arguments]


def environment(cwd):
    """Variables of a call: caches of its own."""
    return {**os.environ, "XDG_CACHE_HOME": str(Path(cwd) / ".cache")}


def presets(checkout=REPOSITORY, overlays=()):
    """Options that lay the smoke preset, and overlays, over the configuration."""
    return ["--configfile", str(checkout / "presets/smoke.yaml"), *map(str, overlays)]


def snakemake(*arguments, cwd, checkout=REPOSITORY, cores=True, timeout=600):
    return subprocess.run(
        command_line(*arguments, checkout=checkout, cores=cores),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(cwd),
    )


def smoke(*arguments, cwd, checkout=REPOSITORY, overlays=(), **options):
    return snakemake(
        *arguments, *presets(checkout, overlays), cwd=cwd, checkout=checkout, **options
    )


def command(*arguments, cwd):
    """The command `spinlearn`, as a process."""
    return subprocess.run(
        [sys.executable, "-c", "from spinlearn.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
    )


def result_files(folder):
    """Bytes of every result below a folder, by path; without logs, times and temporary files."""
    root = Path(folder) / "results"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.name.startswith(".")
        and path.name not in ("times.csv", "report.html")  # what trainings and jobs took
        and path.relative_to(root).parts[0] not in ("logs", "benchmarks", "code", "config.yaml")
    }


@contextmanager
def running_smoke(*arguments, cwd, checkout=REPOSITORY, overlays=(), cores=True):
    """`smoke`, while it runs: the process and the file that takes its output.

    Whatever is left of it and of its jobs when the block ends is killed.
    """
    output = Path(cwd) / "output.txt"
    options = presets(checkout, overlays)
    command = command_line(*arguments, *options, checkout=checkout, cores=cores)
    with output.open("w") as file:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment(cwd), stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield process, output
    finally:
        if process.poll() is None:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                child.kill()
            process.wait()


def script_processes(process, rule="") -> Iterator[psutil.Process]:
    """The processes below a Snakemake that run the script of a rule, or of any."""
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            command = child.cmdline()
        except psutil.Error:  # it has just ended
            continue
        script = command[-1] if command and "python" in Path(command[0]).name else ""
        if ".snakemake/scripts/" in script and script.endswith(f".{rule}.py" if rule else ".py"):
            yield child


def copy_of_checkout(target: Path) -> Path:
    """What a fresh clone of the present state holds: every file that git would track, new times."""
    listed = (
        subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .split("\0")
    )
    for name in filter(None, listed):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, target / name)
    return target
