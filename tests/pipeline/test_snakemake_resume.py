"""Training that is killed resumes from its checkpoint: real processes, killed by SIGKILL.

Snakemake runs one job of each kind of training three times: undisturbed, killed as soon as it has
written a checkpoint, and started again after that.
"""

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from support import running_smoke, script_processes, smoke

from spinlearn.hbm.config import Hbm
from spinlearn.storage.checkpoints import INTERVAL_VARIABLE

# Long enough to be caught in the middle.
EPOCHS = {"gru": 4000, "vae": 150, "hbm": 250, "sqrbm": 20000}
OVERLAY = yaml.safe_dump(
    {
        "gru": {"epochs": EPOCHS["gru"]},
        "vae": {"recipes": {"efficient": {"epochs": EPOCHS["vae"], "patience": 0}}},
        "hbm": {
            "block": EPOCHS["hbm"],
            "experiments": {name: {"runs": EPOCHS["hbm"]} for name in Hbm().experiments},
        },
        "sqrbm": {"iterations": EPOCHS["sqrbm"], "runs": 6},
    }
)
# Seconds after which a training keeps its first checkpoint, and is killed; it takes 2 or more.
INTERVAL = 0.3


@dataclass(frozen=True)
class Training:
    """A job: its folder and outputs below results/, its log, and what that says on resuming.

    The first number in what it says is where it resumes, the second how far it has to go.
    """

    folder: str
    outputs: tuple[str, ...]
    log: str
    resumes: str


TRAININGS = {
    "gru_train": Training(
        "gru/default/multitask/0000",
        ("model.pt", "history.csv"),
        "gru/default/multitask/0000/train.log",
        r"multitask: features: resuming after epoch (\d+) of (\d+)",
    ),
    "vae_train": Training(
        "vae/N3/factorised/0000",
        ("model.pt", "history.csv"),
        "vae/N3/factorised/0000/train.log",
        r"training run 0 of N = 3: resuming after epoch (\d+) of (\d+)",
    ),
    "hbm_train": Training(
        "hbm/parity/hidden/h4.00/M4N6",
        ("0000.h5",),
        "hbm/parity/hidden/h4.00/M4N6/0000.log",
        r"(\d+) of (\d+) runs are in the checkpoint",
    ),
    "sqrbm_train_small": Training(
        "sqrbm/parity/n4/XYZ/m2",
        ("0001.h5",),
        "sqrbm/parity/n4/small/0001.log",
        r"parity, n = 4, XYZ, m = 2: resuming after step (\d+) of (\d+)",
    ),
}
TARGETS = [f"results/{job.folder}/{job.outputs[0]}" for job in TRAININGS.values()]


def hidden_files(work: Path, rule: str) -> list[Path]:
    return list((work / "results" / TRAININGS[rule].folder).glob(".*"))


def checkpoints(work: Path, rule: str) -> list[Path]:
    return [path for path in hidden_files(work, rule) if ".partial" not in path.name]


def kill_each_that_has_kept_a_checkpoint(process, output: Path, work: Path) -> set[str]:
    """Kill the script of every training; returns the rules whose script was running then."""
    killed: set[str] = set()
    deadline = time.monotonic() + 120
    while killed != set(TRAININGS):
        assert process.poll() is None, f"over with {killed} killed: {output.read_text()}"
        assert time.monotonic() < deadline, f"only {killed} killed: {output.read_text()}"
        for rule in set(TRAININGS) - killed:
            if checkpoints(work, rule):
                for script in script_processes(process, rule.removesuffix("_small")):
                    script.kill()
                    killed.add(rule)
        time.sleep(0.02)
    return killed


@pytest.fixture(scope="module")
def folders(finished, tmp_path_factory):
    """Finished results of an undisturbed run, and of one that was killed and started again."""
    base = tmp_path_factory.mktemp("resume")
    overlay = base / "overlay.yaml"
    overlay.write_text(OVERLAY)
    calm, broken = base / "calm", base / "broken"
    for folder in (calm, broken):
        shutil.copytree(finished, folder, symlinks=True)
    options = {"overlays": [overlay], "cores": False}
    arguments = (*TARGETS, "--cores", str(len(TARGETS)))

    undisturbed = smoke(*arguments, cwd=calm, **options)
    assert undisturbed.returncode == 0, undisturbed.stdout + undisturbed.stderr

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(INTERVAL_VARIABLE, str(INTERVAL))
        with running_smoke(*arguments, cwd=broken, **options) as (process, output):
            kill_each_that_has_kept_a_checkpoint(process, output, broken)
            assert process.wait(timeout=120) != 0
    for rule, job in TRAININGS.items():
        assert checkpoints(broken, rule), rule
        for name in job.outputs:
            assert not (broken / "results" / job.folder / name).exists()

    again = smoke(*arguments, cwd=broken, **options)
    assert again.returncode == 0, again.stdout + again.stderr
    return calm, broken


@pytest.mark.slow
@pytest.mark.parametrize("rule", TRAININGS)
def test_killed_training_resumes_to_the_same_bytes(folders, rule):
    calm, broken = folders
    job = TRAININGS[rule]
    log = (broken / "results/logs" / job.log).read_text()
    found = re.search(job.resumes, log)
    assert found, log
    assert 0 < int(found[1]) < int(found[2]) == EPOCHS[rule.split("_")[0]]
    assert not re.search(job.resumes, (calm / "results/logs" / job.log).read_text())
    for name in job.outputs:
        expected = (calm / "results" / job.folder / name).read_bytes()
        assert (broken / "results" / job.folder / name).read_bytes() == expected, name
    assert not hidden_files(broken, rule)
