"""Files of the user's own: every learner trained by one overlay, changed content, faults."""

import os
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from support import PRESET, REPOSITORY, planned, run_script, smoke, snakemake, text_of

from spinlearn.datasets.strings import load
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.pipeline.alone import find_job
from spinlearn.pipeline.errors import UserFileError

STRINGS = "string,count\n000111,5\n111000,3\n"


SMALL = {"quenches": 4, "candidates": 6, "runs": 2}


@pytest.fixture
def folder(tmp_path):
    """A working folder with a file for each learner, and the overlay that names them."""
    rng = np.random.default_rng(1)
    (tmp_path / "strings.csv").write_text(STRINGS)
    np.save(tmp_path / "fields.npy", rng.uniform(-5, 5, (10, 6)))
    p = [0.7, 0.1, 0.1, 0.1]  # a model must be better than guessing
    outcomes = ["".join(map(str, row)) for row in rng.choice(4, size=(60, 3), p=p)]
    table = pd.DataFrame({"outcomes": outcomes, "temperature": np.repeat([0.5, 1.0], 30)})
    table.to_csv(tmp_path / "outcomes.csv", index=False)
    values = {
        "datasets": {"files": {"mine": "strings.csv"}},
        "hbm": {"experiments": {"mine": {"datasets": ["mine"], "h": [4.0], **SMALL}}},
        "sqrbm": {"datasets": ["mine"], "n": [6], "m": [1], "paulis": ["XZ"]},
        "mbl": {"fields_files": {"mine": "fields.npy"}},
        "gru": {"fields": ["mine"]},
        "tfi": {"outcomes_files": {"device": "outcomes.csv"}},
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(values))
    return tmp_path


LEARNED = (
    "results/hbm/mine/hidden/h4.00/M4N6/0000.h5",
    "results/sqrbm/mine/n6/XZ/m1/0000.h5",
    "results/gru/default/multitask/mine/0000/predictions.h5",
    "results/vae/device/factorised/0000/likelihood.csv",
)


@pytest.mark.slow
def test_every_learner_takes_the_users_files(folder, monkeypatch):
    monkeypatch.chdir(folder)  # the working folder of the test is set back after it
    overlays = [folder / "own.yaml"]
    done = smoke(*LEARNED, cwd=folder, overlays=overlays)
    assert done.returncode == 0, text_of(done)
    q = load(folder / "results/datasets/mine/n6/0000.h5")
    assert q.target(0)[[0b000111, 0b111000]].tolist() == [5 / 8, 3 / 8]
    predictions = PREDICTIONS.read(folder / LEARNED[2])
    own = np.load(folder / "fields.npy")
    assert np.array_equal(predictions["fields"], own[4::5])  # every fifth is kept for the test
    conditions = pd.read_csv(folder / LEARNED[3]).groupby("run").conditions.agg(list)
    assert conditions.tolist() == 2 * [["temperature = 0.5", "temperature = 1"]]
    assert not rules_that_run(folder, overlays)

    touch_later(folder / "strings.csv")
    assert not rules_that_run(folder, overlays)
    rewrite(folder / "strings.csv", STRINGS.replace("3", "4"))
    assert rules_that_run(folder, overlays) == {"dataset", "hbm_train", "sqrbm_train_small"}
    rewrite(folder / "strings.csv", STRINGS)
    rewrite(folder / "outcomes.csv", (folder / "outcomes.csv").read_text().replace("0.5", "0.6"))
    assert rules_that_run(folder, overlays) == {
        "tfi_outcomes", "vae_train_outcomes", "vae_likelihood",
    }  # fmt: skip


def rules_that_run(folder, overlays):
    jobs = planned(folder, overlays=overlays, targets=LEARNED)
    return {job.rule for job in jobs if job.runs}


def touch_later(path):
    later = path.stat().st_mtime_ns + 10**10
    os.utime(path, ns=(later, later))


def rewrite(path, text):
    """Other content under the old time."""
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.slow
def test_file_that_changes_after_the_plan_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    job = find_job(
        "dataset",
        {"dataset": "mine", "n": "6", "block": "0000"},
        snakefile=REPOSITORY / "Snakefile",
        configfiles=[PRESET, folder / "own.yaml"],
        directory=folder,
    )
    (folder / "strings.csv").write_text(STRINGS.replace("3", "4"))
    with pytest.raises(UserFileError, match="has changed since this run was planned"):
        run_script(job, folder / "elsewhere")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "string,count\n000111,5\n0001a1,3\n",
            "strings.csv, line 3: a string must consist of 0 and 1",
        ),
        ("string,count\n0001,5\n", "strings.csv has 4-bit strings; hbm.visible is 6"),
        ("", "strings.csv: is empty"),
        (None, "strings.csv: cannot be read (No such file or directory)"),
    ],
)
def test_faults_are_told_before_anything_starts(folder, content, fault):
    (folder / "strings.csv").unlink()
    if content is not None:
        (folder / "strings.csv").write_text(content)
    done = smoke("-n", cwd=folder, overlays=[folder / "own.yaml"])
    assert done.returncode == 1
    assert "nothing was started" in done.stderr
    assert f"datasets.files.mine: {fault}" in done.stderr
    assert "Traceback" not in text_of(done)


@pytest.mark.slow
def test_mnist_replaces_the_digits(tmp_path):
    """IDX files written here: figure 3 shows their mean, and says that they are not MNIST's own."""
    images = np.random.default_rng(0).integers(256, size=(20, 28, 28), dtype=np.uint8)
    labels = np.arange(20, dtype=np.uint8) % 10
    for name, head, array in (
        ("train-images-idx3-ubyte", [0x0803, 20, 28, 28], images),
        ("train-labels-idx1-ubyte", [0x0801, 20], labels),
    ):
        content = np.array(head, dtype=">u4").tobytes() + array.tobytes()
        (tmp_path / name).write_bytes(content)
    (tmp_path / "mnist.yaml").write_text("datasets: {mnist_folder: .}\n")
    stem = "results/figures/zhong2022/figure3"
    done = smoke(f"{stem}.csv", cwd=tmp_path, overlays=[tmp_path / "mnist.yaml"])
    assert done.returncode == 0, text_of(done)
    table = pd.read_csv(tmp_path / f"{stem}.csv")
    assert set(table.dataset) == {"mnist0"}
    target = table[table.kind == "target"].sort_values(["row", "column"]).probability.to_numpy()
    padded = np.pad(images[labels == 0].mean(axis=0), 2)
    small = padded.reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel()
    assert target == pytest.approx(small / small.sum(), abs=1e-9)
    claims = pd.read_csv(tmp_path / f"{stem}.claims.csv")
    assert claims.scale.str.contains(r"1 digits \(own images\)").all()


@pytest.mark.slow
def test_commands_of_the_page_plan_their_jobs(folder):
    """Each overlay of docs/own_data.md with the command below it."""
    page = (REPOSITORY / "docs/own_data.md").read_text()
    parts = re.findall(r"```yaml\n(.*?)```\n\n`snakemake ([^`]+)`", page, re.DOTALL)
    assert [re.findall(r"\w+\.yaml", command) for _, command in parts] == [
        ["mine.yaml"], ["fields.yaml"], ["device.yaml"],
    ]  # fmt: skip
    (folder / "data").mkdir()
    (folder / "strings.csv").rename(folder / "data/mine.csv")
    fields = np.random.default_rng(2).uniform(-5, 5, (10, 8))
    np.savetxt(folder / "data/fields.csv", fields, delimiter=",")
    (folder / "outcomes.csv").rename(folder / "data/device.csv")
    for overlay, command in parts:
        arguments = command.split()
        (folder / arguments[-1]).write_text(overlay)
        done = snakemake("-n", *arguments[2:], cwd=folder)
        assert done.returncode == 0, text_of(done)
        assert re.search(r"(_train|_fields|_outcomes) +\d", done.stdout), text_of(done)
