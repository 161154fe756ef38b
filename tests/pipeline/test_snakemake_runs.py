"""The pipeline as a user runs it: real Snakemake processes in folders of their own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support import (
    NOTHING,
    PRESET,
    REPOSITORY,
    copy_of_checkout,
    environment,
    planned,
    script_of,
    smoke,
    snakemake,
    text_of,
)

from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.hbm.schemas import RUNS
from spinlearn.mbl.schemas import DYNAMICS, INDICATORS
from spinlearn.papers.keys import PAPERS
from spinlearn.papers.registry import FIGURES
from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.workflow import load_workflow
from spinlearn.sqrbm.schemas import FIT

pytestmark = pytest.mark.slow
MODEL = "results/vae/N3/factorised/0000/model.pt"


def test_smoke_preset_makes_every_figure_and_the_report(finished):
    for name in ("report.html", "scorecard.csv", "scorecard.md"):
        assert (finished / "results" / name).stat().st_size > 0
    for figure in FIGURES:
        stem = finished / figure.stem
        assert stem.with_suffix(".png").stat().st_size > 5000, figure.rule
        for kind in (".pdf", ".csv", ".claims.csv"):
            assert stem.with_suffix(kind).is_file(), figure.rule
    card = pd.read_csv(finished / "results/scorecard.csv")
    assert set(card.paper) == set(PAPERS)
    assert [p for p in (finished / "results").rglob(".*") if p.is_file()] == []


def test_every_job_has_a_log_and_a_benchmark(finished):
    def stems(folder, suffix):
        root = finished / "results" / folder
        return {p.relative_to(root).with_suffix("") for p in root.rglob(f"*{suffix}")}

    logs = stems("logs", ".log")
    assert logs == stems("benchmarks", ".tsv")
    assert len(logs) > 30
    for path in (finished / "results/logs").rglob("*.log"):
        text = path.read_text()
        assert "done in" in text, path
        assert "Traceback" not in text, path
        assert "Warning" not in text, f"{path}: {text}"


def test_report_needs_no_other_file(finished):
    text = (finished / "results/report.html").read_text()
    assert not re.search(r'src="(?!data:)', text)
    assert not re.search(r"<link(?! rel=.icon. href=.data:)|<script[^>]+>|@import|url\(", text)
    papers = {figure.paper for figure in FIGURES}
    assert text.count("data:image/png;base64,") == len(FIGURES) + len(papers)  # one on each card


def test_finished_results_need_nothing_even_in_a_fresh_checkout(results, tmp_path):
    assert NOTHING in text_of(smoke(cwd=results))
    checkout = copy_of_checkout(tmp_path / "clone")
    assert NOTHING in text_of(smoke(cwd=results, checkout=checkout))


def test_results_made_again_are_the_same_bytes(results, finished):
    targets = [
        "results/mbl/indicators/default/L8/h8.00/test/0000.h5",
        "results/tfi/povm/N6/hx0.50/0001.h5",
        "results/sqrbm/bars/n4/XYZ/m2/0000.h5",
        "results/figures/zhong2022/figure10.png",
    ]
    for target in targets:
        (results / target).unlink()
    again = smoke(*targets, cwd=results)
    assert again.returncode == 0, text_of(again)
    for target in targets:
        assert (results / target).read_bytes() == (finished / target).read_bytes(), target


def test_single_energy_indicators_equal_the_grid(finished):
    """Bit for bit: the networks that see one energy density and those that see all learn alike."""
    singles = sorted((finished / "results/mbl/indicators").glob("default/L*/h*/train/e*/*.h5"))
    assert len(singles) == 2
    for path in singles:
        single, whole = INDICATORS.read(path), INDICATORS.read(path.parents[1] / path.name)
        assert single["energy_density"] == [0.5]
        assert {"gap_ratio", "entanglement_entropy", "spin_fraction"} <= single.arrays.keys()
        column = whole["energy_density"].tolist().index(0.5)
        for dataset in INDICATORS.datasets:
            if dataset.name not in single:
                continue
            values = whole[dataset.name]
            if "energy_density" in dataset.dims:
                values = values[..., [column]]
            assert np.array_equal(single[dataset.name], values), dataset.name


def test_predictors_of_longer_rings_say_how_they_were_trained(finished):
    """The same as their predictions of the test split, which were written by other rules."""
    folder = finished / "results/gru/default"
    for test, name in (("multitask/0000", "multitask"), ("symmetric", "symmetric")):
        known = PREDICTIONS.read(folder / test / "predictions.h5").attributes
        found = PREDICTIONS.read(folder / f"extrapolation/{name}.h5").attributes
        names = ("recipe", "train_L", "train_realisations", "parameters", "seed")
        for attribute in (*names, "training_code_digest"):
            assert found[attribute] == known[attribute], (name, attribute)


def test_chains_are_evolved_from_the_same_realisations(finished):
    """Same disorder, other couplings: another state only after some time."""
    folder = finished / "results/mbl/dynamics"
    ring, free = (
        DYNAMICS.read(folder / f"{chain}/neel/L6/h5.00/0000.h5") for chain in ("ring", "anderson")
    )
    assert np.array_equal(ring["fields"], free["fields"])
    assert np.abs(ring["imbalance"] - free["imbalance"])[:, -1].min() > 1e-6


MORE = [
    # overlay, what it adds: jobs of each rule; only what gathers them runs again besides
    ({"mbl": {"transition": {"realisations": 8}}}, {"mbl_windows": 12}),
    ({"mbl": {"transition": {"L": [6, 8, 10, 12]}}}, {"mbl_windows": 4}),
    ({"mbl": {"transition": {"energy_density": [0.3, 0.5]}}}, {"mbl_windows": 12}),
    ({"mbl": {"dynamics": {"realisations": 8}}}, {"mbl_dynamics": 2}),
    ({"mbl": {"dynamics": {"initial_state": "random_product"}}}, {"mbl_dynamics": 2}),
    ({"mbl": {"test_realisations": 8}}, {"mbl_indicators": 4, "mbl_disorder": 4}),
    (
        {"mbl": {"h": [2.0, 5.0, 8.0]}},
        {"mbl_indicators": 4, "mbl_indicators_single": 1, "mbl_disorder": 4},
    ),
    ({"tfi": {"samples": 600}}, {"tfi_povm": 6}),
    ({"hbm": {"experiments": {"parity": {"runs": 4}}}}, {"hbm_train": 4}),
    ({"gru": {"runs": 4}}, {"gru_train": 6, "gru_predict": 6}),
    ({"sqrbm": {"runs": 6}}, {"sqrbm_train_small": 2}),
    ({"sqrbm": {"m": [1, 2, 17]}}, {"sqrbm_train": 2}),
    ({"sqrbm": {"n": [4, 6]}}, {"sqrbm_train_small": 2, "dataset": 1}),  # stage hbm has parity
]


@pytest.mark.parametrize(("values", "added"), MORE, ids=lambda value: str(value))
def test_more_work_only_adds_jobs(finished, values, added):
    jobs = planned(finished, values)
    new = [job.rule for job in jobs if job.reason.missing]
    assert {rule: new.count(rule) for rule in set(new)} == added
    assert {job.rule for job in jobs if job.reason.settings} == {"report"}


def test_added_runs_reach_the_figures_and_leave_the_first_block(results, finished):
    extra = results / "extra.yaml"
    extra.write_text(
        "hbm: {experiments: {comparison: {runs: 4}}}\ngru: {runs: 6}\nsqrbm: {runs: 6}\n"
    )
    names = ("zhong2022/figure4", "gresch2022/figure3", "gresch2022/figure8", "demidik2025/figure2")
    figures = [f"results/figures/{name}.png" for name in names]
    first = [
        "results/hbm/digits0/driven/h4.00/M4N6/0000.h5",
        "results/gru/default/multitask/0000/model.pt",
        "results/sqrbm/bars/n4/XZ/m2/0000.h5",
    ]
    times = [(results / path).stat().st_mtime_ns for path in first]
    done = smoke(*figures, cwd=results, overlays=[extra])
    assert done.returncode == 0, text_of(done)
    assert [(results / path).stat().st_mtime_ns for path in first] == times

    tables = {name: pd.read_csv(results / f"results/figures/{name}.csv") for name in names}
    assert set(tables["zhong2022/figure4"].runs) == {4}
    assert set(tables["demidik2025/figure2"].runs) == {6}
    # The mean over runs of two files, by hand.
    folder = results / "results/hbm/digits0/driven/h4.00/M4N6"
    parts = [RUNS.read(folder / f"{block}.h5") for block in ("0000", "0001")]
    assert [part["run"].tolist() for part in parts] == [[0, 1], [2, 3]]
    losses = np.concatenate([part["loss"][:, 0] for part in parts])
    rows = tables["zhong2022/figure4"].query("machine == 'driven' and quench == 1")
    assert rows["mean"].item() == pytest.approx(np.log10(losses).mean(), rel=1e-9)
    folder = results / "results/sqrbm/bars/n4/XZ/m2"
    fits = [FIT.read(folder / f"{block}.h5") for block in ("0000", "0001")]
    rows = tables["demidik2025/figure2"].query(
        "dataset == 'bars' and n == 4 and paulis == 'XZ' and m == 2"
    )
    assert rows.tvd.item() == pytest.approx(np.concatenate([f["tvd"] for f in fits]).mean())
    # Fewer again: what was added stays on disk and is drawn no more.
    fewer = smoke(*figures, cwd=results)
    assert fewer.returncode == 0, text_of(fewer)
    for path in figures:
        assert (results / path).read_bytes() == (finished / path).read_bytes(), path


def test_block_of_another_configuration_is_named(results):
    """A file that Snakemake takes to be up to date, but that other settings made."""
    extra = results / "extra.yaml"
    extra.write_text("hbm: {experiments: {comparison: {runs: 4}}}\n")
    folder = results / "results/hbm/digits0/basic/h4.00/M4N6"
    contents = RUNS.read(folder / "0000.h5")
    settings = {**contents.attributes["parameters"], "seed": 3}
    RUNS.write(
        folder / "0001.h5",
        {**contents.arrays, "run": contents["run"] + 2},
        {**contents.attributes, "parameters": settings},
    )
    figure = "results/figures/zhong2022/figure4.png"
    failed = smoke(figure, "--rerun-triggers", "mtime", cwd=results, overlays=[extra])
    assert failed.returncode != 0
    path = "results/hbm/digits0/basic/h4.00/M4N6/0001.h5"
    assert f"SchemaError: {path}: computed with parameters.seed = 3" in text_of(failed)
    assert "Traceback" not in text_of(failed)


def test_damaged_and_foreign_inputs_are_named_with_the_way_out(results):
    victim = "results/mbl/disorder/default/L8/h8.00/test/0000.h5"
    dependent = "results/mbl/indicators/default/L8/h8.00/test/0000.h5"
    before = (results / dependent).read_bytes()
    foreign = "results/tfi/povm/N3/hx0.50/0000.h5"
    shutil.copyfile(results / victim, results / foreign)
    os.truncate(results / victim, 900)
    (results / dependent).unlink()
    failed = smoke(dependent, MODEL, cwd=results)
    output = text_of(failed)
    assert failed.returncode != 0
    assert f"CorruptFileError: {victim}: not what was written (checksum)" in output
    assert f"SchemaError: {foreign}: expected a file of kind 'tfi/povm'" in output
    assert "Traceback" not in output
    told = text_of(smoke(dependent, "--logger", "spinlearn", cwd=results))
    assert f"FAILED: mbl_indicators\n  input: {victim}\n  output: {dependent}" in told
    assert "the end of results/logs/mbl/indicators/default/L8/h8.00/test/0000.log" in told
    assert f"to run it alone: snakemake --cores 1 {dependent}" in told
    assert "0 of 1 jobs done" in told
    assert "1 failed" in told
    # The advice is followed, with the options of the run, as it says.
    advice = re.search(r"To remake it: snakemake (.+?) \(and the options", output)[1].split()
    remade = smoke(*advice[2:], cwd=results)
    assert remade.returncode == 0, text_of(remade)
    assert smoke(dependent, cwd=results).returncode == 0
    assert (results / dependent).read_bytes() == before


def test_command_for_a_failed_job_has_the_settings_and_the_folder_of_the_run(results):
    """It is given to a shell as it is printed, in the folder where the run was started."""
    victim = "results/mbl/disorder/default/L8/h8.00/test/0000.h5"
    dependent = "results/mbl/indicators/default/L8/h8.00/test/0000.h5"
    os.truncate(results / victim, 900)
    (results / dependent).unlink()
    start = results.parent / "start"
    start.mkdir()
    shutil.copyfile(PRESET, start / "my preset.yaml")
    options = ["--logger", "spinlearn", "--directory", str(results), "--configfile"]
    told = text_of(snakemake(dependent, *options, "my preset.yaml", cwd=start))
    assert f"FAILED: mbl_indicators\n  input: {victim}" in told
    printed = re.search(r"to run it alone: snakemake (.+)", told)[1]
    assert printed.endswith("--configfile 'my preset.yaml'")
    alone = subprocess.run(
        f"{shlex.quote(sys.executable)} -m snakemake {printed}",
        shell=True, cwd=start, env=environment(start), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert alone.returncode != 0
    assert f"CorruptFileError: {victim}: not what was written (checksum)" in text_of(alone)


def test_results_of_an_older_version_are_refused_with_one_line(results):
    """As after an update of the code, where Snakemake's own records are lost."""
    victim = "results/mbl/disorder/default/L8/h8.00/test/0000.h5"
    program = (
        "from spinlearn.mbl.schemas import DISORDER\n"
        f"old = DISORDER.read({victim!r})\n"
        f"DISORDER.write({victim!r}, old.arrays, old.attributes | {{'format': 1}})\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=results, check=True)
    dependent = "results/mbl/indicators/default/L8/h8.00/test/0000.h5"
    (results / dependent).unlink()
    failed = smoke(dependent, cwd=results)
    assert f"SchemaError: {victim}: made by another version of spinlearn (format 1" in text_of(
        failed
    )
    assert "To remake it: " in text_of(failed)
    assert "Traceback" not in text_of(failed)


def test_wrong_configuration_stops_before_any_job(tmp_path):
    (tmp_path / "wrong.yaml").write_text(
        "mbl: {chians: {}, states_per_window: -3}\ngru: {runs: 0}\n"
    )
    failed = snakemake("--configfile", "wrong.yaml", cwd=tmp_path)
    output = text_of(failed)
    assert failed.returncode != 0
    assert "3 faults in the configuration; nothing was started." in output
    assert "mbl.chians: unknown key; did you mean mbl.chains?" in output
    assert "mbl.states_per_window = -3: must be an integer >= 3" in output
    assert "gru.runs = 0: must be an integer >= 1" in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


def test_every_stage_is_a_target(tmp_path):
    for stage in (
        "mbl",
        "gru",
        "tfi",
        "vae",
        "hbm",
        "sqrbm",
        "phases",
        "figures",
        "scorecard",
        "report",
    ):
        rules = {job.rule for job in planned(tmp_path, targets=[stage])}
        assert any(rule.startswith(stage.rstrip("s")) for rule in rules), stage


def test_papers_sizes_can_be_planned(tmp_path):
    jobs = plan(configfiles=[REPOSITORY / "presets/paper.yaml"], directory=tmp_path).jobs
    assert 1000 < len(jobs) < 6000


def test_every_rule_declares_what_it_must(tmp_path):
    with load_workflow(REPOSITORY / "Snakefile", directory=tmp_path) as workflow:
        rules = [rule for rule in workflow.rules if rule.script]
    assert len(rules) > 20
    for rule in rules:
        assert script_of(rule.name).name == Path(rule.script).name
        assert len(rule.log) == 1, rule.name
        assert rule.benchmark, rule.name
        assert rule.message, rule.name
        assert {"mem_mb", "runtime", "_cores"} <= set(rule.resources), rule.name
        assert "code" in dict(rule.params.items()), rule.name
        for files in (rule.input, rule.output):
            assert all(name for name, _ in files.items()) or not files, rule.name
    scripts = {path.stem for path in (REPOSITORY / "workflow_scripts").glob("*.py")}
    assert scripts == {Path(rule.script).stem for rule in rules}


def test_gpu_reruns_nothing_and_a_missing_one_is_reported(results):
    gpu = ("--set-resources", "vae_train:gpu=1")
    assert NOTHING in text_of(smoke(MODEL, "--dry-run", *gpu, cwd=results))
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    failed = smoke(MODEL, "--force", *gpu, cwd=results)
    assert failed.returncode != 0
    assert "DeviceError: a GPU is requested (resource gpu=1)" in text_of(failed)
    assert "Traceback" not in text_of(failed)


def run_alone(*arguments, cwd):
    script = REPOSITORY / "workflow_scripts/mbl_indicators.py"
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_script_runs_alone_and_touches_nothing_finished(results):
    target = "results/mbl/indicators/default/L8/h2.00/train/0000.h5"
    before = (results / target).stat().st_mtime_ns
    wildcards = ("chain=default", "L=8", "h=2.00", "split=train", "block=0000")
    done = run_alone(*wildcards, "--configfile", str(PRESET), cwd=results)
    assert done.returncode == 0, done.stderr
    assert (results / target).stat().st_mtime_ns == before
    assert (results / "debug" / target).read_bytes() == (results / target).read_bytes()
    # No terminal here: progress comes as lines.
    assert re.search(r"diagonalising: \d+/\d+ \[", done.stderr)
