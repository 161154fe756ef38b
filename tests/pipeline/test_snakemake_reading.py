"""What Snakemake, `spinlearn` and single scripts say of files and targets that they cannot use."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from support import PRESET, REPOSITORY, copy_of_checkout, smoke, snakemake, text_of

from spinlearn.config import Config, load
from spinlearn.datasets import files as datasets_files
from spinlearn.mbl import files as mbl_files
from spinlearn.pipeline.alone import find_job
from spinlearn.pipeline.errors import ConfigError
from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.settings import all_settings
from spinlearn.pipeline.workflow import load_workflow

DISORDER = "results/mbl/disorder/default/L6/h2.00/train/0000.h5"

TWICE = "vae:\n  epochs: 2\ntfi: {}\nvae:\n  hidden: 3\n"
TWICE_FAULT = "mine.yaml, line 4: vae stands twice in the same section, first in line 1"


def lines_of_fault(done):
    """What follows the head of the list of faults."""
    _, _, faults = text_of(done).partition("in the configuration; nothing was started.\n")
    assert done.returncode == 1, text_of(done)
    assert "Traceback" not in text_of(done)
    return faults.splitlines()


@pytest.mark.parametrize("how", ["run", "dry"])
def test_snakemake_refuses_an_overlay_that_is_read_otherwise(tmp_path, how):
    (tmp_path / "mine.yaml").write_text(TWICE + "gru:\n  epochs: 1:30\n")
    options = ["--dry-run"] if how == "dry" else []
    done = smoke(*options, DISORDER, cwd=tmp_path, overlays=[tmp_path / "mine.yaml"])
    twice, sexagesimal = lines_of_fault(done)
    assert TWICE_FAULT in twice
    assert 'mine.yaml, line 7: 1:30 is read as 90; write 90 or, for a text, "1:30"' in sexagesimal
    assert not (tmp_path / "results").exists()


def test_snakemake_refuses_the_checkouts_own_configuration(tmp_path):
    """Before Snakemake reads it, which would end in a traceback."""
    checkout = copy_of_checkout(tmp_path / "checkout")
    (checkout / "config.yaml").write_bytes(b"# f\xfcr\nseed: 3\n")
    done = snakemake("--dry-run", DISORDER, cwd=tmp_path, checkout=checkout)
    (fault,) = lines_of_fault(done)
    assert fault.endswith("config.yaml, line 1: is not text in UTF-8 (byte 0xfc); save it as UTF-8")


@pytest.mark.parametrize("content", [TWICE.encode(), b"# f\xfcr\n", b"# seed: 3\n", b"a:\n\tb: 3"])
def test_plan_and_scripts_refuse_the_same_overlays(tmp_path, content):
    """Also those at which Snakemake itself ends before it reads the Snakefile."""
    mine = tmp_path / "mine.yaml"
    mine.write_bytes(content)
    options = {"snakefile": REPOSITORY / "Snakefile", "configfiles": [PRESET, mine]}
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        plan([DISORDER], directory=tmp_path, **options)
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        find_job("mbl_disorder", {}, directory=tmp_path, **options)


def test_spinlearn_check_reads_configurations(tmp_path):
    """docs/faults.md sends a user there when Snakemake's own message names no file."""
    command = [sys.executable, "-c", "from spinlearn.cli import main; main()", "check"]
    for name, content, words in (
        ("mine.yaml", TWICE.encode(), TWICE_FAULT),
        ("latin.yaml", b"# f\xfcr\n", "latin.yaml, line 1: is not text in UTF-8 (byte 0xfc)"),
        ("no.yml", b"# seed: 3", "no.yml: holds no settings, only comments; leave it out, or"),
        ("wrong.json", b'{"sed": 3}', "sed: unknown key; did you mean seed?"),
        ("good.json", b'{"seed":\t3}', "good.json: a configuration, without faults over the"),
    ):
        (tmp_path / name).write_bytes(content)
        done = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True)
        assert words in text_of(done)
        assert "Traceback" not in text_of(done)
        assert done.returncode == (name != "good.json")
    assert "spinlearn check mine.yaml" in (REPOSITORY / "docs/faults.md").read_text()


# --- targets by name --------------------------------------------------------------------------

IMPOSSIBLE = [
    "mbl/disorder/default/L7/h1.00/train/0000.h5",
    "mbl/disorder/default/L08/h1.00/train/0000.h5",
    "mbl/disorder/default/L22/h1.00/train/0000.h5",
    "mbl/disorder/default/L8/h1.0/train/0000.h5",
    "mbl/disorder/default/L8/h1.000/train/0000.h5",
    "mbl/disorder/default/L8/h01.00/train/0000.h5",
    "mbl/disorder/default/L8/h100.01/train/0000.h5",
    "mbl/disorder/default/L8/h-1.00/train/0000.h5",
    "mbl/disorder/default/L8/h1.00/train/10000.h5",
    "mbl/indicators/default/L4/h1.00/train/0000.h5",  # 6 states, fewer than a window has
    "mbl/indicators/default/L4/h1.00/train/e0.50/0000.h5",
    "mbl/windows/ring/L7/h1.00/e0.50/0000.h5",
    "mbl/windows/ring/L8/h1.00/e0.00/0000.h5",
    "mbl/windows/ring/L8/h1.00/e1.00/0000.h5",
    "mbl/dynamics/ring/neel/L7/h1.00/0000.h5",
    "tfi/ground_states/N1/hx0.50.h5",
    "tfi/ground_states/N257/hx0.50.h5",
    "tfi/ground_states/N4/hx10.01.h5",
    "vae/N9/factorised/0000/mass_function.h5",  # 4^9 outcomes
    "datasets/parity/n0/0000.h5",
    "datasets/parity/n06/0000.h5",
    "datasets/unknown/n6/0000.h5",
    "sqrbm/bars/n6/XZ/m0/0000.h5",
    "sqrbm/bars/n6/XZ/m501/0000.h5",
    "sqrbm/bars/n22/XZ/m1/0000.h5",
    "sqrbm/crossfit/n1/XZ/m1.csv",
    "sqrbm/crossfit/n11/XZ/m1.csv",
    "sqrbm/crossfit/n6/XZ/m0.csv",
    "sqrbm/machines/bars/n9.csv",
    "phases/ising/L2/0000.h5",
    "phases/ising/L129/0000.h5",
    "phases/spectra/ring/L7/0000.h5",
    "phases/confusion/unknown.csv",
]


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """Snakemake's own object for the smoke size; its rules say which files they match."""
    folder = tmp_path_factory.mktemp("work")
    with load_workflow(REPOSITORY / "Snakefile", [PRESET], folder) as loaded:
        loaded.is_rule("all")
        yield loaded


def producers(workflow, path):
    return [rule.name for rule in workflow.rules if rule.is_producer(f"results/{path}")]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_no_rule_makes_what_settings_refuse(workflow, path):
    assert producers(workflow, path) == []


LIMITS = {"L": "mbl.L", "N": "tfi.N", "m": "sqrbm.m", "h": "mbl.h", "hx": "tfi.hx"}
"""Settings whose limits are those of a wildcard."""


def accepted(path, value):
    """Whether the limits of a setting that is a list allow a value."""
    item, _ = all_settings(Config)[path].annotation.__args__
    try:
        TypeAdapter(item).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", LIMITS)
def test_wildcards_have_the_limits_of_the_settings(workflow, name):
    """Every number up to beyond the largest, once as it is written and once with a leading zero."""
    pattern = workflow.wildcard_constraints[name]
    for number in range(1100):
        for value in [number] if name in "LNm" else [float(number), number + 0.01, number + 0.99]:
            text = f"{value:.2f}" if isinstance(value, float) else str(value)
            assert bool(re.fullmatch(pattern, text)) == accepted(LIMITS[name], value), text
            assert not re.fullmatch(pattern, f"0{text}")


def test_faults_of_data_sets_and_own_files_say_what_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("0,1,1,0,1,1\n1,1,1,1,0,0\n")
    Path("rows.csv").write_text("0.5,1,2,3,-1,2\n1,1,2,1,0,0\n2,3,1,1,0,0\n")
    values = {"datasets": {"files": {"mine": "mine.csv"}}}
    values["mbl"] = {"fields_files": {"rows": "rows.csv"}, "block": 2}
    cfg = load(values)
    for name, n, block, words in (
        ("bars", 7, "0000", "data set bars has an even number of bits, not 7"),
        ("quench", 1, "0000", "data set quench has at least 2 bits, not 1"),
        ("random", 21, "0000", "data set random has at most 20 bits, not 21"),
        ("digits_pixels", 6, "0000", "data set digits_pixels has 64 bits, not 6"),
        ("bars", 6, "0001", "data set bars has the one block 0000, not 0001; all runs share it"),
        ("mine", 4, "0000", "data set mine: mine.csv has no 4-bit strings"),
        ("mine", 6, "0000", ""),
        ("random", 6, "0123", ""),
    ):
        assert datasets_files.fault(cfg.datasets, name, n, block) == words
    assert mbl_files.own_fault(cfg.mbl, "rows", "0001") == ""
    assert mbl_files.own_fault(cfg.mbl, "rows", "0002") == "rows has blocks 0000 to 0001, no 0002"
    assert mbl_files.dynamics_fault("neel", 18) == mbl_files.dynamics_fault("random_product", 16)
    assert mbl_files.dynamics_fault("random_product", 18).endswith("at most 16 sites, not 18")
    small = cfg.mbl.model_copy(update={"states_per_window": 21})
    assert list(mbl_files.faults(small)) == [
        "mbl.fields_files.rows: 6 sites have 20 states, fewer than mbl.states_per_window = 21"
    ]


def test_snakemake_ends_plainly_for_a_target_that_cannot_be_made(tmp_path):
    done = smoke("results/sqrbm/bars/n7/XZ/m1/0000.h5", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in text_of(done)
    last = text_of(done).strip().splitlines()[-1]
    assert last == "Nothing was started: data set bars has an even number of bits, not 7."
    done = smoke("results/mbl/dynamics/ring/random_product/L18/h1.00/0000.h5", cwd=tmp_path)
    assert done.returncode == 1
    last = text_of(done).strip().splitlines()[-1]
    assert last.startswith("Nothing was started: evolutions from random product states, ")
    missing = smoke(f"results/{IMPOSSIBLE[0]}", cwd=tmp_path)  # the folder is not left locked
    assert f"No rule to produce results/{IMPOSSIBLE[0]}" in text_of(missing)
    assert "Traceback" not in text_of(missing)
