"""What surrounds a run stays outside: other libraries, variables, odd paths, times."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from support import NOTHING, copy_of_checkout, smoke, snakemake, text_of

from spinlearn.papers import style
from spinlearn.pipeline.errors import JobError, MissingFileError, UnwritableError
from spinlearn.pipeline.workflow import check_characters, check_library, job_environment

DISORDER = "results/mbl/disorder/default/L6/h2.00/train/0000.h5"
WILDCARDS = ["chain=default", "L=6", "h=2.00", "split=train", "block=0000"]


@pytest.fixture
def other(tmp_path):
    """Another checkout, whose drawing of disorder says that it is in use."""
    folder = copy_of_checkout(tmp_path / "other")
    module = folder / "src/spinlearn/mbl/disorder.py"
    module.write_text(module.read_text() + "\nprint('the other library')\n")
    return folder


def alone(script, *arguments, **variables):
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(
        command,
        cwd=script.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **variables},
    )


@pytest.mark.slow
def test_script_alone_uses_the_library_of_its_checkout(repository, other):
    script = other / "workflow_scripts/mbl_disorder.py"
    done = alone(script, *WILDCARDS, PYTHONPATH=str(repository / "src"), MPLBACKEND="none")
    assert done.returncode == 0, text_of(done)
    assert "the other library" in done.stdout


def test_library_of_another_checkout_is_refused(repository, other):
    check_library(repository)
    check_library(other / "workflow_scripts")  # no checkout
    with pytest.raises(JobError, match=f"not that of {other}, whose workflow this is"):
        check_library(other)


def test_jobs_do_not_inherit_what_changes_results():
    bad = {
        "MKL_INTERFACE_LAYER": "ILP64",
        "NUMBA_DISABLE_JIT": "1",
        "OPENBLAS_CORETYPE": "Haswell",
        "TENPY_OPTIMIZE": "0",
        "PYTHONWARNINGS": "error",
        "NVIDIA_TF32_OVERRIDE": "1",
        "MATPLOTLIBRC": "/x",
        "LC_NUMERIC": "de_DE",
    }
    good = {"HOME": "/h", "CUDA_VISIBLE_DEVICES": "1", "NUMBA_CACHE_DIR": "/c", "TMPDIR": "/t"}
    found = job_environment({**bad, **good, "PYTHONPATH": "/a", "MPLBACKEND": "no"}, "/b/src")
    assert not found.keys() & bad.keys()
    assert good.items() <= found.items()
    assert (found["PYTHONPATH"], found["MPLBACKEND"]) == ("/b/src", "Agg")
    assert job_environment(found, "/b/src") == found


def test_figures_do_not_depend_on_a_matplotlibrc():
    with mpl.rc_context({"image.origin": "lower", "savefig.bbox": "tight"}):
        style.figure()
        assert mpl.rcParams["image.origin"] == "upper"
        assert mpl.rcParams["savefig.bbox"] is None


@pytest.mark.parametrize("bad", [" ", "'", '"', "&", "(", "$", ";", "\\", "{"])
def test_python_that_a_shell_cannot_call_is_refused(bad):
    with pytest.raises(JobError, match="jobs cannot be started"):
        check_characters("/checkout", f"/a{bad}b/.venv/bin/python")
    if bad != "{":
        check_characters(f"/a{bad}b", "/ä~-b/.venv/bin/python")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a:b", "a{}b"])
def test_checkout_that_jobs_cannot_use_is_refused_in_plain_words(tmp_path, name):
    folder = copy_of_checkout(tmp_path / name)
    done = snakemake(DISORDER, cwd=folder, checkout=folder)
    assert done.returncode != 0
    assert "the path of the checkout contains" in done.stderr
    assert "Traceback" not in text_of(done)
    assert not (folder / "results").exists()


@pytest.mark.slow
def test_code_edited_during_a_run_ends_the_jobs_planned_with_the_old(tmp_path):
    """The first job edits a module that the second one imports."""
    folder = copy_of_checkout(tmp_path / "clone")
    module, script = "src/spinlearn/spins/spectra.py", folder / "workflow_scripts/mbl_disorder.py"
    text = script.read_text()
    edit = f"    with open({str(folder / module)!r}, 'a') as file:\n        file.write('NEW = 1')\n"
    place = "def main(job: Job) -> None:\n"
    assert place in text
    docstring = text.partition(place)[2].partition("\n")[0] + "\n"
    script.write_text(text.replace(place + docstring, place + docstring + edit))
    target = DISORDER.replace("disorder", "indicators")
    failed = smoke(target, cwd=tmp_path, checkout=folder)
    assert failed.returncode != 0
    assert "JobError: the code has changed since this run was planned." in text_of(failed)
    assert "Give the same command again" in text_of(failed)
    assert (tmp_path / DISORDER).is_file()
    assert not (tmp_path / target).exists()
    again = smoke(target, cwd=tmp_path, checkout=folder)
    assert again.returncode == 0, text_of(again)
    assert (tmp_path / target).is_file()
    assert NOTHING in text_of(smoke(target, cwd=tmp_path, checkout=folder))


@pytest.mark.slow
def test_touch_is_refused_and_changes_nothing(tmp_path):
    assert snakemake(DISORDER, cwd=tmp_path).returncode == 0
    (tmp_path / "overlay.yaml").write_text("seed: 7\n")
    options = [DISORDER, "--configfile", "overlay.yaml"]
    touched = snakemake("--touch", *options, cwd=tmp_path)
    assert touched.returncode != 0
    assert "--touch is not used here" in touched.stderr
    again = snakemake("--dry-run", *options, cwd=tmp_path)
    assert "Params have changed" in text_of(again)


def test_make_checks_an_overlay_that_snakemake_cannot_read(tmp_path, repository):
    """Snakemake reads overlays before the Snakefile, and ends in a traceback."""
    overlay = tmp_path / "latin1.yaml"
    overlay.write_bytes(b"# f\nseed: 3 # f\xfcr\n")
    settings = ["READY=", f"BIN={Path(sys.executable).parent}", f"CONFIGFILE={overlay}"]
    done = subprocess.run(
        ["make", "plan", *settings],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
    )
    assert done.returncode != 0
    assert f"{overlay}, line 2: is not text in UTF-8" in done.stderr
    assert "Traceback" not in text_of(done)


def test_command_for_a_file_elsewhere_can_be_run(tmp_path, repository):
    root = tmp_path / "run/results"
    root.mkdir(parents=True)
    (root / "config.yaml").touch()
    message = str(MissingFileError(root / "mbl/a.h5", "is gone"))
    words = f"--force results/mbl/a.h5 --directory={root.parent} --snakefile={repository}/Snakefile"
    assert words in message
    shutil.copytree(root, tmp_path / "results/run1")
    copied = str(MissingFileError(tmp_path / "results/run1/mbl/a.h5", "is gone"))
    assert "use Snakemake in the folder where its results were made" in copied


def test_link_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "results").symlink_to("/nowhere")
    path = tmp_path / "results/config.yaml"
    with pytest.raises(FileExistsError) as caught:
        path.parent.mkdir(parents=True, exist_ok=True)
    assert "results is a link to /nowhere, which does not exist" in str(
        UnwritableError(path, caught.value)
    )
