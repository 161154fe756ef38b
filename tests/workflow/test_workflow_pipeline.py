"""The pipeline as a user runs it: real Snakemake processes in folders of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from spinlearn.workflow.job import opened
from support import NOTHING, REPOSITORY, copy_of_checkout, script_of, smoke, snakemake

from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.hbm.schemas import RUNS
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.sqrbm.schemas import FIT

NOUNS = ("mbl", "gru", "tfi", "vae", "hbm", "sqrbm", "figures", "scorecard", "all")


@pytest.mark.slow
def test_smoke_preset_runs_the_whole_pipeline(finished):
    for name in ("report.html", "scorecard.csv", "scorecard.md"):
        assert (finished / "results" / name).stat().st_size > 0
    figures = list((finished / "results/figures").glob("*/*.png"))
    assert {path.parent.name for path in figures} == {"gru", "hbm", "mbl", "sqrbm", "vae"}
    for picture in figures:
        assert picture.stat().st_size > 5000
        for kind in (".pdf", ".csv", ".claims.csv"):
            assert picture.with_suffix(kind).is_file()
    card = pd.read_csv(finished / "results/scorecard.csv")
    assert set(card.paper) == {"P1", "P2", "P3", "P4"}
    leftovers = [p for p in (finished / "results").rglob(".*") if p.is_file()]
    assert leftovers == []


@pytest.mark.slow
def test_every_job_has_a_log_and_a_benchmark(finished):
    logs = {
        p.relative_to(finished / "results/logs").with_suffix("")
        for p in (finished / "results/logs").rglob("*.log")
    }
    benchmarks = {
        p.relative_to(finished / "results/benchmarks").with_suffix("")
        for p in (finished / "results/benchmarks").rglob("*.tsv")
    }
    assert logs == benchmarks
    assert len(logs) > 30
    for path in (finished / "results/logs").rglob("*.log"):
        text = path.read_text()
        assert "done in" in text, path
        assert "Traceback" not in text, path
        assert "Warning" not in text, f"{path}: {text}"


@pytest.mark.slow
def test_the_report_needs_no_other_file(finished):
    text = (finished / "results/report.html").read_text()
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)
    assert text.count("data:image/png;base64,") == len(
        list((finished / "results/figures").glob("*/*.png"))
    )
    assert "<script" not in text


@pytest.mark.slow
def test_a_second_run_does_nothing_and_says_so(finished):
    again = smoke(cwd=finished)
    assert again.returncode == 0
    assert NOTHING in again.stdout + again.stderr


@pytest.mark.slow
def test_a_fresh_checkout_does_nothing_with_finished_results(results, tmp_path):
    checkout = copy_of_checkout(tmp_path / "clone")
    again = smoke(cwd=results, checkout=checkout)
    assert again.returncode == 0, again.stdout + again.stderr
    assert NOTHING in again.stdout + again.stderr


@pytest.mark.slow
def test_results_are_the_same_again(results, finished):
    """One job of each stage from scratch: the same bytes."""
    targets = [
        "results/mbl/indicators/L8/h8.00/test/0000.h5",
        "results/tfi/povm/N6/hx0.50/0001.h5",
        "results/sqrbm/bars/n4/XYZ/m2.h5",
        "results/figures/hbm/figure10.png",
    ]
    for target in targets:
        (results / target).unlink()
    again = smoke(*targets, cwd=results)
    assert again.returncode == 0, again.stdout + again.stderr
    for target in targets:
        assert (results / target).read_bytes() == (finished / target).read_bytes(), target


@pytest.mark.slow
def test_indicators_at_a_single_energy_density_are_those_of_the_whole_grid(finished):
    """Bit for bit: the networks that see one energy density and those that see all learn alike."""
    root = finished / "results/mbl/indicators"
    singles = sorted(root.glob("L*/h*/train/e*/*.h5"))
    assert len(singles) == 2
    for path in singles:
        single, whole = INDICATORS.read(path), INDICATORS.read(path.parents[1] / path.name)
        assert single["energy_density"] == [0.5]
        column = whole["energy_density"].tolist().index(0.5)
        for dataset in INDICATORS.datasets:
            values = whole[dataset.name]
            if "energy_density" in dataset.dims:
                values = values[..., [column]]
            assert np.array_equal(single[dataset.name], values), dataset.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overlay", "rule", "new", "mark"),
    [
        ("{mbl: {transition: {realisations: 8}}}", "windows", 12, "block 0001"),
        ("{mbl: {transition: {h: [0.5, 2.0, 3.0, 4.0, 8.0]}}}", "windows", 3, "h = 3.00"),
        ("{mbl: {transition: {L: [6, 8, 10, 12]}}}", "windows", 4, "L = 12"),
        ("{mbl: {transition: {energy_density: [0.3, 0.5]}}}", "windows", 12, "e = 0.30"),
        ("{mbl: {level_statistics: {boundary: [ring, open]}}}", "windows", 2, "open"),
        ("{mbl: {test_realisations: 8}}", "diagonalise", 4, "test block 0001"),
        # In the train split, of the shorter chain once more at a single energy density.
        ("{mbl: {train_realisations: 8}}", "diagonalise", 6, "train block 0001"),
        ("{mbl: {h: [2.0, 5.0, 8.0]}}", "diagonalise", 5, "h = 5.00"),
        ("{mbl: {L: [6, 8, 10]}}", "diagonalise", 2, "L = 10"),
        # One diagonalisation serves the whole grid, and its eigenvectors are not kept.
        ("{mbl: {energy_density: [0.25, 0.5, 0.6, 0.75]}}", "diagonalise", 8, ""),
    ],
)
def test_more_data_adds_jobs_and_repeats_none(finished, tmp_path, overlay, rule, new, mark):
    extra = tmp_path / "extra.yaml"
    extra.write_text(overlay)
    plan = smoke("--dry-run", cwd=finished, overlays=[extra])
    assert plan.returncode == 0, plan.stdout + plan.stderr
    jobs = re.findall(r"^Job \d+: (\w+): (.*)$", plan.stdout + plan.stderr, re.MULTILINE)
    listed = {text for name, text in jobs if name == rule}
    assert len(listed) == new
    assert all(mark in text for text in listed), listed
    others = {name for name, _ in jobs} & {"windows", "disorder", "diagonalise"} - {rule}
    assert others <= ({"disorder"} if rule == "diagonalise" and mark else set())


MORE = {
    "{hbm: {runs: 4}}": ("hbm_train_more", 8),
    "{gru: {seeds: 4}}": ("gru_train_more", 4),
    "{sqrbm: {seeds: 6}}": ("sqrbm_train_more", 12),
}
"""What each of these overlays adds to the smoke preset: a rule and the number of its jobs."""


@pytest.mark.slow
@pytest.mark.parametrize("overlay", MORE)
def test_more_runs_and_networks_add_jobs_and_repeat_none(finished, tmp_path, overlay):
    """Beside them only figures, and what gathers figures, are made again."""
    extra = tmp_path / "extra.yaml"
    extra.write_text(overlay)
    plan = smoke("--dry-run", cwd=finished, overlays=[extra])
    assert plan.returncode == 0, plan.stdout + plan.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", plan.stdout + plan.stderr, re.MULTILINE))
    rule, new = MORE[overlay]
    assert int(counts.pop(rule)) == new
    noun = rule.partition("_")[0]
    if noun == "gru":
        assert int(counts.pop("gru_predict_more")) == new
    for name in ("total", "all", "report", "scorecard"):
        assert name in counts
        del counts[name]
    assert counts
    assert all(name.startswith(f"figures_{noun}_") for name in counts), counts


@pytest.mark.slow
def test_added_runs_and_networks_reach_the_figures_and_leave_the_first_block(results, finished):
    extra = results / "extra.yaml"
    extra.write_text("hbm: {runs: 4}\ngru: {seeds: 6}\nsqrbm: {seeds: 6}\n")
    drawn = ("hbm/figure4", "gru/figure3", "gru/figure8", "sqrbm/figure2", "sqrbm/figure3")
    figures = [f"results/figures/{name}.png" for name in drawn]
    first = [
        "results/hbm/digits0/driven/h4.00/runs.h5",
        "results/gru/multitask/predictions.h5",
        "results/gru/multitask/model.pt",
        "results/sqrbm/bars/n4/XZ/m2.h5",
    ]
    times = [(results / path).stat().st_mtime_ns for path in first]
    done = smoke(*figures, cwd=results, overlays=[extra])
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(results / path).stat().st_mtime_ns for path in first] == times
    assert [(results / path).read_bytes() for path in first] == [
        (finished / path).read_bytes() for path in first
    ]
    assert set(pd.read_csv(results / "results/figures/hbm/figure4.csv").runs) == {4}
    assert set(pd.read_csv(results / "results/figures/gru/figure3.csv").networks) == {6}
    assert set(pd.read_csv(results / "results/figures/gru/figure8.csv").network) == set(range(6))
    parts = [
        RUNS.read(results / "results/hbm/digits0/driven/h4.00" / name)
        for name in ("runs.h5", "runs/0001.h5")
    ]
    assert [part["run"].tolist() for part in parts] == [[0, 1], [2, 3]]
    # The mean over runs at the first quench, by hand.
    losses = np.concatenate([part["loss"][:, 0] for part in parts])
    table = pd.read_csv(results / "results/figures/hbm/figure4.csv")
    mean = table[(table.model == "driven") & (table.quench == 1)]["mean"].item()
    assert mean == pytest.approx(np.log10(losses).mean(), rel=1e-9)
    blocks = ["", "0001/", "0002/"]
    networks = [
        PREDICTIONS.read(results / f"results/gru/multitask/{block}predictions.h5")["network"]
        for block in blocks
    ]
    assert [numbers.tolist() for numbers in networks] == [[0, 1], [2, 3], [4, 5]]
    fits = [
        FIT.read(results / "results/sqrbm/bars/n4/XZ" / name) for name in ("m2.h5", "m2/0001.h5")
    ]
    assert [fit["run"].tolist() for fit in fits] == [[0, 1, 2], [3, 4, 5]]
    table = pd.read_csv(results / "results/figures/sqrbm/figure2.csv")
    assert set(table.runs) == {6}
    mean = table.query("dataset == 'bars' and n == 4 and paulis == 'XZ' and m == 2").tvd.item()
    assert mean == pytest.approx(np.concatenate([fit["tvd"] for fit in fits]).mean(), rel=1e-9)
    assert set(pd.read_csv(results / "results/figures/sqrbm/figure3.csv").runs) == {6}
    again = smoke(*figures, cwd=results, overlays=[extra])
    assert NOTHING in again.stdout + again.stderr
    # Fewer again: what was added stays on disk and is drawn no more.
    fewer = smoke(*figures, cwd=results)
    assert fewer.returncode == 0, fewer.stdout + fewer.stderr
    assert [(results / path).stat().st_mtime_ns for path in first] == times
    for path in figures:
        assert (results / path).read_bytes() == (finished / path).read_bytes(), path


@pytest.mark.slow
def test_a_block_of_another_configuration_is_named_before_it_is_drawn(results):
    """A file that Snakemake takes to be up to date, but that other settings made."""
    extra = results / "extra.yaml"
    extra.write_text("hbm: {runs: 4}\n")
    folder = results / "results/hbm/digits0/basic/h4.00"
    contents = RUNS.read(folder / "runs.h5")
    settings = {**contents.attributes["parameters"], "seed": 3}
    RUNS.write(
        folder / "runs/0001.h5",
        {**contents.arrays, "run": contents["run"] + 2},
        {**contents.attributes, "parameters": settings},
    )
    figure = "results/figures/hbm/figure4.png"
    failed = smoke(figure, "--rerun-triggers", "mtime", cwd=results, overlays=[extra])
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert (
        "SchemaError: results/hbm/digits0/basic/h4.00/runs/0001.h5: computed with "
        "parameters.seed = 3, but results/hbm/digits0/basic/h4.00/runs.h5 with " in output
    )
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_truncated_input_is_named_and_remade_by_the_command_given(results):
    victim = "results/mbl/disorder/L8/h8.00/test/0000.h5"
    dependent = "results/mbl/indicators/L8/h8.00/test/0000.h5"
    before = (results / dependent).read_bytes()
    os.truncate(results / victim, 900)
    (results / dependent).unlink()
    failed = smoke(dependent, cwd=results)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert f"CorruptFileError: {victim}: not what was written (checksum)" in output
    assert "Traceback" not in output
    # As it stands: run in a folder of its own under a preset, the command says both.
    command = re.search(r"to remake it: (.+)", output)[1]
    assert "--snakefile" in command
    assert "--configfile" in command
    remade = subprocess.run(
        command,
        shell=True,
        cwd=results,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert remade.returncode == 0, remade.stdout + remade.stderr
    assert smoke(dependent, cwd=results).returncode == 0
    assert (results / dependent).read_bytes() == before


@pytest.mark.slow
def test_a_foreign_input_is_named(results):
    victim = results / "results/tfi/povm/N3/hx0.50/0000.h5"
    shutil.copyfile(results / "results/mbl/disorder/L8/h8.00/test/0000.h5", victim)
    failed = smoke("results/vae/N3/model.pt", cwd=results)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "SchemaError: results/tfi/povm/N3/hx0.50/0000.h5" in output
    assert "expected a file of kind 'tfi/povm', found 'mbl/disorder'" in output
    assert "Traceback" not in output


def test_wrong_configuration_stops_before_any_job(tmp_path):
    (tmp_path / "wrong.yaml").write_text(
        "mbl: {bondary: open, states_per_window: -3}\ngru: {seeds: 0}\n"
    )
    failed = snakemake("--configfile", "wrong.yaml", cwd=tmp_path)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "3 faults in the configuration; nothing was started." in output
    assert "mbl.bondary: unknown key; did you mean mbl.boundary?" in output
    assert "mbl.states_per_window = -3: must be an integer >= 3" in output
    assert "gru.seeds = 0: must be an integer >= 1" in output
    assert "Traceback" not in output
    assert "rule" not in output.lower().replace("rerun", "")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("obstacle", ["a file", "a folder that nobody can write to"])
def test_an_unwritable_results_folder_stops_before_any_job(tmp_path, obstacle):
    if obstacle == "a file":
        (tmp_path / "results").write_text("a file is in the way")
    else:
        (tmp_path / "results").symlink_to("/proc")  # even root cannot make a file there
    failed = smoke("mbl", cwd=tmp_path)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "results: cannot be written to" in output
    assert "nothing was started" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_a_target(noun, tmp_path):
    plan = smoke("--dry-run", noun, cwd=tmp_path, cores=False)
    assert plan.returncode == 0, plan.stderr
    assert "Job stats" in plan.stdout + plan.stderr


def test_the_papers_sizes_can_be_planned(tmp_path):
    """A few thousand jobs; no time is asserted, since machines differ."""
    preset = str(REPOSITORY / "presets/paper.yaml")
    plan = snakemake(
        "--dry-run", "--quiet", "rules", "--configfile", preset, cwd=tmp_path, cores=False
    )
    assert plan.returncode == 0, plan.stderr
    jobs = int(re.search(r"^total\s+(\d+)", plan.stdout + plan.stderr, re.MULTILINE)[1])
    assert 1000 < jobs < 6000


def test_every_rule_declares_what_it_must(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with opened(REPOSITORY / "Snakefile") as workflow:
        rules = [rule for rule in workflow.rules if rule.script]
        assert len(rules) > 20
        for rule in rules:
            # A variant of a rule (`use rule ... as ..._VARIANT`) shares its script.
            assert script_of(rule.name).name == Path(rule.script).name
            assert rule.resources["_cores"] is not None, rule.name
            assert len(rule.log) == 1, rule.name
            assert rule.benchmark, rule.name
            assert rule.message, rule.name
            assert "\n" not in rule.message.strip(), rule.name
            assert {"mem_mb", "runtime"} <= set(rule.resources), rule.name
            assert "code" in dict(rule.params.items()), rule.name
            for files in (rule.input, rule.output):
                assert all(name for name, _ in files.items()) or not files, rule.name
        scripts = {path.stem for path in (REPOSITORY / "workflow_scripts").glob("*.py")}
        assert scripts == {Path(rule.script).stem for rule in rules}


@pytest.mark.slow
def test_a_script_runs_alone_and_touches_nothing_finished(results):
    script = REPOSITORY / "workflow_scripts/mbl_indicators.py"
    target = "results/mbl/indicators/L8/h2.00/train/0000.h5"
    before = (results / target).stat().st_mtime_ns
    command = [
        sys.executable,
        str(script),
        "L=8",
        "h=2.00",
        "split=train",
        "block=0000",
        "--configfile",
        str(REPOSITORY / "presets/smoke.yaml"),
    ]
    done = subprocess.run(command, cwd=results, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "mbl_indicators" in done.stderr
    assert (results / target).stat().st_mtime_ns == before
    assert (results / "debug" / target).read_bytes() == (results / target).read_bytes()
    # No terminal here: progress comes as lines.
    assert re.search(r"diagonalising: \d+/\d+ \[", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["L=8"], "rule mbl_indicators needs block, h, split"),
        (["L=8", "h=8", "split=test", "block=0000"], "h=8 is not written as in file names"),
        (["L=8", "h=8.00", "split=both", "block=0000"], "split=both is not written as"),
        (["L=8", "h=8.00", "split=test", "block=0000", "hx=1.00"], "mbl_indicators has no hx"),
        (["--rule", "mbl_indicator", "L=8"], "has no rule 'mbl_indicator'"),
        (["--directory", "nowhere", "L=8"], "nowhere: there is no such folder"),
        (["--configfile", "nowhere.yaml", "L=8"], "nowhere.yaml: there is no such file"),
    ],
)
def test_a_script_alone_says_in_plain_words_what_is_wrong(tmp_path, arguments, words):
    script = REPOSITORY / "workflow_scripts/mbl_indicators.py"
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "JobError: " in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
