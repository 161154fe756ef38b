"""What runs again: docs/reruns.md against Snakemake's plan and against what scripts compute."""

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
from support import (
    NOTHING,
    PRESET,
    REPOSITORY,
    command,
    copy_of_checkout,
    few,
    load_module,
    planned,
    run_script,
    smoke,
    snakemake,
    text_of,
)

from spinlearn.config import Config, load
from spinlearn.pipeline.alone import find_job
from spinlearn.pipeline.errors import DatasetError
from spinlearn.pipeline.settings import all_settings

SNAKEFILE = REPOSITORY / "Snakefile"
# Not every change makes another file: these rules show the configuration or gather verdicts.
GATHERING = {"report", "scorecard"}

reruns = load_module(REPOSITORY / "docs/generate_reruns.py")
CHANGES = reruns.changes()


@pytest.fixture(scope="session")
def effects():
    """What the table says, from plans in an empty folder."""
    return reruns.effects()


def overlay(path, values):
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


@pytest.mark.slow
def test_page_is_current_and_complete(effects):
    page = (REPOSITORY / "docs/reruns.md").read_text()
    assert page == reruns.page(effects)
    assert all(f"| `{path}` |" in page or path in reruns.OWN_FILES for path in all_settings(Config))


@pytest.mark.slow
@pytest.mark.parametrize("path", few(CHANGES, 3))
def test_changed_setting_reruns_what_the_page_says(finished, effects, path):
    """Snakemake's plan on finished results; the page comes from plans without any."""
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
    assert not any(job.reason.incomplete or job.reason.old_code for job in running)
    # Nothing that depends on none of the changed jobs is touched.
    touched = {output for job in running for output in job.outputs}
    assert all(job.runs or touched.isdisjoint(job.inputs) for job in jobs)


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


DEPENDENT = [path for path in CHANGES if path not in reruns.NOTES]
# Figures share what draws them: one of each paper stands for all where a setting repeats them all.
ONE_OF_EACH = {"figures.dpi": {"figure_gresch2022_figure3", "figure_luchnikov2019_figure8"}}


@pytest.mark.slow
@pytest.mark.parametrize("path", few(DEPENDENT, 6))
def test_every_repeated_job_depends_on_the_setting(finished, tmp_path, monkeypatch, path):
    """One job of each repeated rule and variant, run with the new value: another result."""
    changed = reruns.nested(path, CHANGES[path][1])
    extra = overlay(tmp_path / "changed.yaml", changed)
    rules = {}
    for job in planned(finished, changed):
        if job.reason.settings and not job.reason.renewed and not job.reason.other_inputs:
            rules.setdefault((job.rule, dict(job.wildcards).get("variant")), []).append(job)
    monkeypatch.chdir(finished)
    for (rule, variant), jobs in rules.items():
        if rule not in ONE_OF_EACH.get(path, {rule}):
            continue
        # The last has the largest sizes; another is tried only where that one does not differ.
        assert any(result_differs(job, extra, finished, tmp_path) for job in reversed(jobs)), (
            f"{rule} {variant}: no job of it gives another result when {path} changes"
        )


def result_differs(job, extra, finished, folder):
    whole = find_job(
        job.rule,
        dict(job.wildcards),
        snakefile=SNAKEFILE,
        configfiles=[PRESET, extra],
        directory=finished,
    )
    run_script(whole, folder)
    return any(not same(contents(finished / o), contents(folder / o)) for o in job.outputs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "variant", "words"),
    [
        ({"mbl": {"entropy_normalisation": "page_sz0"}}, "multitask", "page, not page_sz0"),
        ({"mbl": {"entropy_normalisation": "page_sz0"}}, "scratch", None),
        ({"gru": {"energy_density": 0.25}}, "transfer", "energy_density = 0.5, not 0.25"),
    ],
)
def test_predict_refuses_other_settings_of_a_training(
    finished, tmp_path, monkeypatch, values, variant, words
):
    """As after a model was copied from results of another configuration."""
    monkeypatch.chdir(finished)
    extra = overlay(tmp_path / "changed.yaml", values)
    job = find_job(
        "gru_predict",
        {"chain": "default", "variant": variant, "block": "0000"},
        snakefile=SNAKEFILE,
        configfiles=[PRESET, extra],
        directory=finished,
    )
    with pytest.raises(DatasetError, match=words) if words else nullcontext():
        run_script(job, tmp_path)


@pytest.mark.slow
def test_swapped_values_are_noticed(finished):
    """Snakemake compares parameters as a set without names."""
    present = load(reruns.smoke_values()).tfi
    assert (present.bond_dimension, present.max_sweeps) == (25, 30)
    jobs = planned(finished, {"tfi": {"bond_dimension": 30, "max_sweeps": 25}})
    assert {job.rule for job in jobs if job.reason.settings} == {"tfi_ground_state", "report"}


def reordered(values):
    if isinstance(values, dict):
        return {name: reordered(value) for name, value in reversed(values.items())}
    return values


@pytest.mark.slow
def test_order_of_keys_reruns_nothing(finished, tmp_path):
    extra = overlay(tmp_path / "reordered.yaml", reordered(reruns.smoke_values()))
    assert not [job for job in planned(finished, overlays=[extra]) if job.runs]


@pytest.mark.slow
def test_value_removed_and_put_back_recomputes_no_data(results, tmp_path):
    """Its files stay: what gathers them runs on fewer, and on all again, and ends as it was."""
    target = "results/figures/spinlearn/transition.csv"
    before = (results / target).read_bytes()
    fewer = {"mbl": {"h": [2.0], "transition": {"h": [0.5, 2.0, 4.0]}}}
    running = {job.rule for job in planned(results, fewer) if job.runs}
    assert not {rule for rule in running if rule.startswith(("mbl_", "tfi_"))}
    assert {"figure_spinlearn_transition", "gru_train"} <= running
    done = smoke(target, cwd=results, overlays=[overlay(tmp_path / "fewer.yaml", fewer)])
    assert done.returncode == 0, text_of(done)
    assert (results / target).read_bytes() != before
    running = {job.rule for job in planned(results) if job.runs}
    assert running == {"figure_spinlearn_transition", "scorecard", "report"}
    done = smoke(target, cwd=results)
    assert done.returncode == 0, text_of(done)
    assert (results / target).read_bytes() == before


@pytest.mark.slow
def test_touched_and_commented_code_reruns_nothing(results, tmp_path):
    """Every module and script: new times, another comment, another docstring."""
    checkout = copy_of_checkout(tmp_path / "clone")
    for folder in ("src", "workflow_scripts"):
        for path in (checkout / folder).rglob("*.py"):
            head, quotes, rest = path.read_text().partition('"""')
            path.write_text(f"{head}{quotes}Reworded. {rest}\n# One more comment.\n")
    for number, path in enumerate(sorted(checkout.rglob("*"))):
        os.utime(path, (2_000_000_000 + number, 2_000_000_000 + number))
    again = smoke(cwd=results, checkout=checkout)
    assert NOTHING in text_of(again)


@pytest.mark.slow
def test_edited_module_reruns_what_imports_it(results, tmp_path):
    """As Snakemake plans it: a figure's module, a carrier, and a module of physics."""
    checkout = copy_of_checkout(tmp_path / "clone")

    def running_after(path, old, new):
        text = (checkout / path).read_text()
        assert old in text
        (checkout / path).write_text(text.replace(old, new))
        done = smoke("--dry-run", cwd=results, checkout=checkout)
        (checkout / path).write_text(text)
        lines = text_of(done).partition("Job stats:")[2].partition("\n\n")[0].splitlines()
        return {line.split()[0] for line in lines[3:]} - {"total", "all", *GATHERING}

    figure = "src/spinlearn/papers/demidik2025/theorem1.py"
    assert running_after(figure, "def draw", "NEW = 1\n\n\ndef draw") == {
        "figure_demidik2025_theorem1"
    }
    log = "src/spinlearn/pipeline/script.py"
    assert running_after(log, '"%s: started, %d thread(s)"', '"%s: begins, %d thread(s)"') == set()
    physics = "src/spinlearn/tfi/exact.py"
    found = running_after(physics, "import numpy as np\n", "import numpy as np\n\nNEW = 1\n")
    assert "tfi_ground_state" in found
    assert not {rule for rule in found if rule.startswith(("mbl_", "hbm_", "sqrbm_", "gru_"))}


@pytest.mark.slow
def test_why_answers_in_words(results, tmp_path):
    done = command("why", "--configfile", PRESET, cwd=results)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Nothing would run: everything that these targets need is up to date.\n"
    extra = overlay(
        tmp_path / "changed.yaml", {"gru": {"epochs": 6}, "mbl": {"h": [2.0, 4.0, 8.0]}}
    )
    (results / "results/figures/zhong2022/figure10.png").unlink()
    text = command("why", "--configfile", PRESET, extra, cwd=results).stdout
    assert "  mbl.h: [2.0, 8.0] → [2.0, 4.0, 8.0]\n" in text
    assert "  gru.epochs: 5 → 6\n" in text
    # Two networks read the whole grid of energy densities, the four others one of them.
    for jobs, maker in (("4 jobs", "mbl_indicators_single"), ("2 jobs", "mbl_indicators")):
        assert f"\ngru_train: {jobs}\n  setting epochs: 5 → 6\n" in text
        assert f"its inputs are made again, by {maker}\n" in text
    assert "\nmbl_disorder: 4 jobs\n  output missing\n" in text
    assert "\nfigure_zhong2022_figure10: 1 job\n  output missing\n" in text
    assert "hbm_train" not in text


@pytest.mark.slow
def test_why_names_changed_modules(results, tmp_path):
    """The code that a figure was made with is kept in results/code by its digest."""
    checkout = copy_of_checkout(tmp_path / "clone")
    path = checkout / "src/spinlearn/papers/style.py"
    path.write_text(path.read_text() + "\nNEW = 1\n")
    program = "from spinlearn.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "why", "--configfile", str(PRESET)],
        cwd=results,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(checkout / "src")},
    )
    assert "  spinlearn.papers.style changed\n" in done.stdout, text_of(done)
    assert "train" not in done.stdout


def test_why_says_plainly_what_is_wrong(tmp_path):
    (tmp_path / "broken.yaml").write_text("mbl: {L: [8")
    for arguments, words in (
        (["why", "--configfile", "nowhere.yaml"], "nowhere.yaml: the file does not exist"),
        (["why", "nothing/like/that.h5"], "No rule to produce nothing/like/that.h5"),
        (["why", "--configfile", "broken.yaml"], "broken.yaml, line 1: is not YAML: "),
    ):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert words in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_why_takes_values_as_snakemake_does(tmp_path):
    target = "results/mbl/disorder/default/L6/h2.00/train/0000.h5"
    made = snakemake(target, "--config", "seed=7", cwd=tmp_path)
    assert made.returncode == 0, text_of(made)
    text = command("why", target, cwd=tmp_path).stdout
    assert "  seed: 7 → 20261120\n" in text
    assert "\nmbl_disorder: 1 job\n  setting seed: 7 → 20261120\n" in text
    stronger = overlay(tmp_path / "mine.yaml", {"seed": 8})
    done = command("why", target, "--configfile", stronger, "--config", "seed=7", cwd=tmp_path)
    assert done.stdout.startswith("Nothing would run"), text_of(done)
    wrong = command("why", target, "--config", "seed", cwd=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("--config: "), wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.slow
def test_record_of_a_run_can_be_laid_over(finished, tmp_path):
    record = finished / "results/config.yaml"
    values = yaml.safe_load(record.read_text())
    assert values["mbl"]["states_per_window"] == 8  # the preset's
    assert values["figures"]["dpi"] == 300  # the default
    assert not [job for job in planned(finished, overlays=[record]) if job.runs]


@pytest.mark.slow
def test_untracked_results_can_be_listed(results, tmp_path):
    """docs/concepts.md sends a user to this option for results of removed settings."""
    shutil.copy(results / "results/scorecard.csv", results / "results/mbl/stray.csv")
    listed = text_of(smoke("--list-untracked", cwd=results))
    assert "results/mbl/stray.csv" in listed
    assert "results/scorecard.csv" not in listed.split()
