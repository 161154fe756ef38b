"""What runs again: docs/reruns.md against Snakemake's plan and against what scripts compute."""

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext

import h5py
import numpy as np
import pytest
import torch
import yaml
from spinlearn.workflow.plan import plan
from support import NOTHING, REPOSITORY, copy_of_checkout, result_files, script_of, smoke

from spinlearn.config import leaves
from spinlearn.pipeline.errors import DatasetError
from spinlearn.pipeline.job import Job

PRESET = REPOSITORY / "presets/smoke.yaml"
SNAKEFILE = REPOSITORY / "Snakefile"
# Not every change makes another file: these rules show the configuration or gather verdicts.
GATHERING = {"report", "scorecard"}


def load_script(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reruns = load_script(REPOSITORY / "docs/generate_reruns.py")
CHANGES = reruns.changes()


@pytest.fixture(scope="session")
def effects():
    """What the table says, from plans in an empty folder."""
    return reruns.effects()


def planned(folder, values=None, **options):
    """Jobs with files, as Snakemake plans them on what is there."""
    jobs = plan(configfiles=[PRESET], directory=folder, values=values, **options).jobs
    return [job for job in jobs if job.outputs]


def overlay(path, values):
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def test_the_page_is_current_and_holds_every_leaf(effects):
    page = (REPOSITORY / "docs/reruns.md").read_text()
    assert page == reruns.page(effects)
    assert all(f"| `{path}` |" in page for path in leaves())


@pytest.mark.slow
@pytest.mark.parametrize("path", CHANGES)
def test_a_changed_leaf_reruns_what_the_table_says(finished, effects, path):
    """Snakemake's plan on finished results; the table comes from plans without any."""
    row = effects[path]
    jobs = planned(finished, reruns.nested(path, CHANGES[path][1]))
    running = [job for job in jobs if job.runs]
    assert "report" in {job.rule for job in running}
    new = {job.rule for job in running if job.reason.missing}
    own = {job.rule for job in running if job.reason.settings}
    fed = {
        job.rule
        for job in running
        if not job.reason.missing and not job.reason.settings and job.rule not in GATHERING
    }
    assert new == set(row.added)
    assert own == set(row.repeated)
    assert fed == set(row.followed) - GATHERING
    for job in running:
        why = job.reason
        # Newer: an input that the job did not have before may have been made after its outputs.
        causes = (why.missing, why.settings, why.renewed, why.other_inputs, why.newer)
        assert any(causes), job
        assert (why.incomplete, why.old_code) == ((), None), job
    # Nothing that depends on none of the changed jobs is touched.
    touched = {path for job in running for path in job.outputs}
    for job in jobs:
        assert job.runs or touched.isdisjoint(job.inputs), job


def contents(path):
    """What a file says, without its provenance."""
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return {name: file[name][()] for name in file}
    if path.suffix == ".pt":
        return torch.load(path, weights_only=True)
    return path.read_bytes()


def same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    return one == other


def run_into(folder, job, script):
    """Run a rule's script in this process, with its outputs below another folder."""
    moved = {
        name: [str(folder / item) for item in value]
        if isinstance(value, list)
        else str(folder / value)
        for name, value in job.output.items()
    }
    load_script(script).main(Job(**{**job.__dict__, "output": Files(moved), "log": None}))


DEPENDENT = [path for path in CHANGES if path not in reruns.NOTES]
# Figures share what draws them: one of each stage stands for all where a leaf repeats them all.
ONE_OF_EACH = {
    "figures.dpi": {"figures_gru_3", "figures_hbm_5", "figures_sqrbm_2", "figures_vae_8"}
}


@pytest.mark.slow
@pytest.mark.parametrize("path", DEPENDENT)
def test_nothing_is_repeated_that_does_not_depend_on_the_leaf(
    finished, tmp_path, monkeypatch, path
):
    """One job of each repeated rule and variant, run with the new value: another result."""
    changed = reruns.nested(path, CHANGES[path][1])
    extra = overlay(tmp_path / "changed.yaml", changed)
    rules = {}
    for job in planned(finished, changed):
        if job.reason.settings and not job.reason.renewed and not job.reason.other_inputs:
            variant = dict(job.wildcards).get("variant")
            rules.setdefault((job.rule, variant), []).append(job)
    monkeypatch.chdir(finished)
    for (rule, variant), jobs in rules.items():
        if rule not in ONE_OF_EACH.get(path, {rule}):
            continue
        found = set()
        # The last has the largest sizes; another is tried only where that one does not differ.
        for job in reversed(jobs):
            whole = resolve(
                rule,
                dict(job.wildcards),
                snakefile=SNAKEFILE,
                configfiles=[PRESET, extra],
                directory=finished,
            )
            run_into(tmp_path, whole, script_of(rule))
            found = {
                str(output)
                for output in job.outputs
                if not same(contents(finished / output), contents(tmp_path / output))
            }
            if found:
                break
        assert found, f"{rule} {variant}: no job of it gives another result when {path} changes"


def is_training(rule):
    return "_train" in rule


def followed_by_a_training():
    """Leaves of which the page says that a training reads what they change."""
    rows = (REPOSITORY / "docs/reruns.md").read_text().splitlines()
    cells = [row.split("|") for row in rows if row.startswith("| `")]
    return [row[1].strip(" `") for row in cells if is_training(row[5])]


def test_there_are_leaves_that_a_training_follows():
    assert {"mbl.h", "mbl.energy_density", "tfi.hx", "gru.train_L"} <= set(followed_by_a_training())
    assert "mbl.test_realisations" not in followed_by_a_training()


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [path for path in followed_by_a_training() if path not in reruns.NOTES]
)
def test_no_training_follows_that_does_not_learn_from_what_has_changed(results, tmp_path, path):
    """All that follow are run, with all that they follow, and each takes another course."""
    changed = reruns.nested(path, CHANGES[path][1])
    histories = []
    for job in planned(results, changed):
        if job.runs and is_training(job.rule) and not (job.reason.settings or job.reason.missing):
            chosen = [name for name in job.outputs if name.endswith("history.csv")]
            histories += chosen
    assert histories
    before = {name: (results / name).read_bytes() for name in histories}
    extra = overlay(tmp_path / "changed.yaml", changed)
    done = smoke(*before, cwd=results, overlays=[extra])
    assert done.returncode == 0, done.stdout + done.stderr
    same = {name for name in histories if (results / name).read_bytes() == before[name]}
    assert not same


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "variant", "words"),
    [
        (
            {"mbl": {"entropy_normalisation": "page_sz0"}},
            "multitask",
            "learned with entropy_normalisation = page, not page_sz0",
        ),
        ({"mbl": {"entropy_normalisation": "page_sz0"}}, "scratch", None),
        (
            {"gru": {"energy_density": 0.25}},
            "transfer",
            "learned with energy_density = 0.5, not 0.25",
        ),
    ],
)
def test_networks_are_not_tested_on_something_else_than_they_learned(
    finished, tmp_path, monkeypatch, values, variant, words
):
    """As after a model was copied from results of another configuration."""
    monkeypatch.chdir(finished)
    extra = overlay(tmp_path / "changed.yaml", values)
    job = resolve(
        "gru_predict",
        {"variant": variant},
        snakefile=SNAKEFILE,
        configfiles=[PRESET, extra],
        directory=finished,
    )
    with pytest.raises(DatasetError, match=words) if words else nullcontext():
        run_into(tmp_path, job, script_of("gru_predict"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"hbm": {"quenches": 6, "candidates": 4}}, "hbm_train"),
        ({"sqrbm": {"crossfit": {"targets": 3, "starts": 2}}}, "sqrbm_crossfit"),
    ],
)
def test_two_values_that_change_places_are_noticed(finished, values, rule):
    """Snakemake compares parameters as a set without names; the smoke preset has 4, 6 and 2, 3."""
    present = reruns.smoke_values()
    assert (present["hbm"]["quenches"], present["hbm"]["candidates"]) == (4, 6)
    crossfit = present["sqrbm"]["crossfit"]
    assert (crossfit["targets"], crossfit["starts"]) == (2, 3)
    running = [job for job in planned(finished, values) if job.runs]
    own = {job.rule for job in running if job.reason.settings}
    assert own == {rule, "report"}


def reordered(values):
    if isinstance(values, dict):
        return {name: reordered(value) for name, value in reversed(values.items())}
    return values


@pytest.mark.slow
def test_the_same_configuration_in_another_order_of_keys_reruns_nothing(finished, tmp_path):
    extra = overlay(tmp_path / "reordered.yaml", reordered(reruns.smoke_values()))
    again = smoke(cwd=finished, overlays=[extra])
    assert again.returncode == 0
    assert NOTHING in again.stdout + again.stderr


DATA = {
    "mbl_disorder",
    "mbl_indicators",
    "mbl_indicators_single",
    "mbl_windows",
    "tfi_ground_state",
    "tfi_povm",
}


@pytest.mark.slow
def test_a_value_taken_away_and_put_back_computes_no_data_again(results, tmp_path):
    """Its files stay: what gathers them runs on fewer, and on all again, and ends as it was."""
    shown = results / "results/figures/mbl/transition.csv"
    before = shown.read_bytes()
    fewer = {"mbl": {"h": [2.0], "transition": {"h": [0.5, 2.0, 4.0]}}}
    running = {job.rule for job in planned(results, fewer) if job.runs}
    assert running.isdisjoint(DATA)
    assert {"figures_mbl_transition", "figures_mbl_maps", "gru_train"} <= running
    target = "results/figures/mbl/transition.csv"
    done = smoke(target, cwd=results, overlays=[overlay(tmp_path / "fewer.yaml", fewer)])
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown.read_bytes() != before
    running = {job.rule for job in planned(results) if job.runs}
    assert running == {"figures_mbl_transition", "scorecard", "report"}
    done = smoke(target, cwd=results)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown.read_bytes() == before


@pytest.mark.slow
def test_a_value_put_back_before_any_run_reruns_nothing(finished):
    values = reruns.nested("mbl.states_per_window", 7)
    assert any(job.runs for job in planned(finished, values))
    assert not any(job.runs for job in planned(finished))


@pytest.mark.slow
def test_touched_and_commented_code_reruns_nothing(results, tmp_path):
    """Every module and script: new times, another comment, another docstring."""
    checkout = copy_of_checkout(tmp_path / "clone")
    for path in (checkout / "workflow_scripts").rglob("*.py"):
        text = path.read_text()
        head, quotes, rest = text.partition('"""')
        assert all(line.startswith("#") for line in head.removesuffix("r").splitlines())
        path.write_text(f"{head}{quotes}Reworded. {rest}\n# One more comment.\n")
    for number, path in enumerate(sorted(checkout.rglob("*"))):
        os.utime(path, (2_000_000_000 + number, 2_000_000_000 + number))
    again = smoke(cwd=results, checkout=checkout)
    assert again.returncode == 0, again.stdout + again.stderr
    assert NOTHING in again.stdout + again.stderr


def command(*arguments, cwd):
    """The command `spinlearn`, as a process."""
    return subprocess.run(
        [sys.executable, "-c", "from spinlearn.workflow.cli import main; main()", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow_scripts")},
    )


@pytest.mark.slow
def test_why_tells_in_words(results, tmp_path):
    done = command("why", "--configfile", str(PRESET), cwd=results)
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout == "Nothing would run: all that these targets need is there and up to date.\n"
    )
    extra = overlay(
        tmp_path / "changed.yaml", {"gru": {"epochs": 6}, "mbl": {"h": [2.0, 4.0, 8.0]}}
    )
    (results / "results/figures/hbm/figure10.png").unlink()
    done = command("why", "--configfile", str(PRESET), str(extra), cwd=results)
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert (
        "differs from that of the latest run here:\n  mbl.h: [2.0, 8.0] → [2.0, 4.0, 8.0]" in text
    )
    assert "  gru.epochs: 5 → 6\n" in text
    # The variant `energy` reads the whole grid of energy densities, the three others one of them.
    for jobs, maker in (("3 jobs", "mbl_indicators_single"), ("1 job", "mbl_indicators")):
        assert f"\ngru_train: {jobs}\n  setting epochs: 5 → 6\n" in text
        assert f"what it reads is made again, by {maker}\n" in text
    assert "\nmbl_disorder: 4 jobs\n  what it makes is not there\n" in text
    assert "\nfigures_hbm_10: 1 job\n  what it makes is not there\n" in text
    assert "hbm_train" not in text
    one = command(
        "why",
        "results/figures/hbm/figure10.png",
        "--configfile",
        str(PRESET),
        "--each",
        cwd=results,
    )
    assert one.stdout.startswith("1 of ")
    assert "\nresults/figures/hbm/figure10.pdf\n" in one.stdout


def test_why_and_leftovers_say_in_plain_words_what_is_wrong(tmp_path):
    (tmp_path / "broken.yaml").write_text("mbl: {L: [8")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x81")
    for arguments, words in (
        (["why", "--configfile", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
        (["why", "nothing/like/that.h5"], "No rule to produce nothing/like/that.h5"),
        (["why", "--configfile", "broken.yaml"], "Snakemake cannot plan this"),
        (["why", "--configfile", "binary.yaml"], "Snakemake cannot plan this"),
        (["leftovers", "--directory", "nowhere"], "nowhere: there is no such folder"),
    ):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert words in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    (tmp_path / "wrong.yaml").write_text("mbl: {bondary: open}\n")
    done = command("why", "--configfile", "wrong.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "mbl.bondary: unknown key; did you mean mbl.boundary?" in done.stderr


@pytest.mark.slow
def test_the_record_of_a_run_is_its_configuration_and_can_be_laid_over(finished, tmp_path):
    record = finished / "results/config.yaml"
    values = yaml.safe_load(record.read_text())
    assert values["mbl"]["states_per_window"] == 8  # the preset's
    assert values["figures"]["dpi"] == 160  # the default
    folder = tmp_path / "again"
    shutil.copytree(finished, folder)
    again = smoke(cwd=folder, overlays=[record])
    assert NOTHING in again.stdout + again.stderr


@pytest.mark.slow
def test_leftovers_are_listed_and_removed_on_request(results, tmp_path):
    ours = ["--configfile", str(PRESET)]
    done = command("leftovers", *ours, cwd=results)
    assert done.stdout == "No leftovers: every file below results/ belongs to the configuration.\n"
    fewer = overlay(tmp_path / "fewer.yaml", {"mbl": {"h": [2.0]}})
    kept = {p for p in (results / "results").rglob("*") if p.is_file() and "h8.00" not in str(p)}
    partial = results / "results/mbl/disorder/L6/h2.00/test/.0000.abc.partial.h5"
    partial.write_bytes(b"cut off")
    # With another configuration than the latest run's, nothing is removed.
    done = command("leftovers", "--remove", *ours, str(fewer), cwd=results)
    assert done.returncode == 1
    assert "Nothing was removed." in done.stderr
    assert "mbl.h: [2.0, 8.0] → [2.0]" in done.stderr
    assert partial.exists()
    ran = smoke("mbl", cwd=results, overlays=[fewer])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    done = command("leftovers", *ours, str(fewer), "--each", cwd=results)
    assert str(partial.relative_to(results)) in done.stdout
    assert "--remove" in done.stdout
    assert partial.exists()
    done = command("leftovers", "--remove", *ours, str(fewer), "--other-configuration", cwd=results)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Removed.\n")
    left = {p for p in (results / "results").rglob("*") if p.is_file()}
    mbl = results / "results/mbl"
    assert {p for p in left if mbl in p.parents and "windows" not in str(p)} == {
        p for p in kept if mbl in p.parents and "windows" not in str(p)
    }
    assert not (mbl / "indicators/L6/h8.00").exists()
    assert (mbl / "windows/ring/L6/h8.00").is_dir()
    again = smoke("--dry-run", "mbl", cwd=results, overlays=[fewer])
    assert NOTHING in again.stdout + again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("record", [None, b"{{{", b"\xff\x00", b"", b"oldkey: 3\n"])
def test_nothing_is_removed_where_no_run_left_its_configuration(results, record):
    """As in a folder that is not ours, or under a preset that was forgotten."""
    path = results / "results/config.yaml"
    path.unlink()
    if record is not None:
        path.write_bytes(record)
    before = result_files(results)
    # The default configuration, to which most files of the preset do not belong.
    done = command("leftovers", "--remove", cwd=results)
    assert done.returncode == 1
    assert "Nothing was removed." in done.stderr
    assert "Traceback" not in done.stderr
    assert result_files(results) == before


@pytest.mark.slow
def test_a_stage_that_lies_elsewhere_is_no_leftover(results, tmp_path):
    """A link to a scratch disk, as on clusters."""
    (results / "results/mbl").rename(tmp_path / "scratch")
    (results / "results/mbl").symlink_to(tmp_path / "scratch")
    done = command("leftovers", "--remove", "--configfile", str(PRESET), cwd=results)
    assert done.stdout.startswith("No leftovers"), done.stdout + done.stderr
    assert (results / "results/mbl/disorder").is_dir()


@pytest.mark.slow
def test_nothing_is_removed_while_a_run_holds_the_folder(results):
    stray = results / "results/stray.csv"
    stray.write_text("a\n")
    locks = results / ".snakemake/locks"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "0.input.lock").write_text("x\n")
    done = command("leftovers", "--remove", "--configfile", str(PRESET), cwd=results)
    assert done.returncode == 1
    assert "a run of Snakemake holds this folder" in done.stderr
    assert stray.exists()
