"""Every rule, every input: empty, cut, damaged, foreign, missing, or a folder.

The jobs run in this process, one script after another, on a copy of finished results.
test_snakemake_runs.py has what a real Snakemake process makes of such a file.
"""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
from support import PRESET, REPOSITORY, few, run_script

from spinlearn.pipeline.errors import FileError
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.workflow import load_workflow, snakemake_job

FOREIGN = {
    ".h5": (
        "results/mbl/disorder/default/L8/h8.00/test/0000.h5",
        "results/hbm/parity/hidden/h0.50/M4N6/0000.h5",
    ),
    ".csv": ("results/gru/default/multitask/0000/history.csv",),
    ".pt": (
        "results/gru/default/multitask/0000/model.pt",
        "results/vae/N3/factorised/0000/model.pt",
    ),
    ".png": ("results/scorecard.md",),
}
"""Files of another kind, for each suffix; the first that is of another kind is taken."""


OWN_DATA = {
    "mbl_fields", "mbl_indicators_fields", "gru_train_fields", "gru_predict_fields",
    "tfi_outcomes", "vae_train_outcomes", "vae_likelihood",
}  # fmt: skip
"""Rules on files of the user's own, which this preset has none of; test_snakemake_own_data.py."""


@pytest.fixture(scope="session")
def jobs(finished):
    """One job of every rule that reads files, from Snakemake's own list of rules."""
    made = sorted(str(p.relative_to(finished)) for p in finished.glob("results/**/*.*"))
    found, without = [], set()
    with load_workflow(REPOSITORY / "Snakefile", [PRESET], finished) as workflow:
        for rule in workflow.rules:
            if rule.script and rule.input:
                matches = list(filter(None, (rule.output[0].match(path) for path in made)))
                if not matches:
                    without.add(rule.name)
                    continue
                wildcards = matches[0].groupdict()
                found.append(Job.from_snakemake(snakemake_job(workflow, rule, wildcards)))
    assert without == OWN_DATA
    assert {
        "mbl_indicators",
        "gru_train",
        "gru_predict",
        "vae_entropies",
        "scorecard",
        "report",
    } <= {job.rule for job in found}
    return found


def victims(jobs: list[Job]) -> Iterator[tuple[Job, Path]]:
    """Every named input of every job; of a list the file in the middle, if it has any."""
    for job in jobs:
        for value in vars(job.input).values():
            if value != []:
                yield job, value[len(value) // 2] if isinstance(value, list) else value


def flip(path: Path) -> None:
    """Change one bit of every dataset, of the largest tensor, or in the middle of other files.

    In a table it is a bit that makes the text invalid: a digit that becomes another digit shows in
    no way.
    """
    content = bytearray(path.read_bytes())
    places = [len(content) // 2]
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            data = [file[name].id for name in file if file[name].size]
            places = [
                item.get_offset() if item.get_offset() is not None
                # the middle of a compressed chunk
                else item.get_chunk_info(0).byte_offset + item.get_chunk_info(0).size // 2
                for item in data
            ]  # fmt: skip
        assert places
    elif path.suffix == ".pt":
        with zipfile.ZipFile(path) as archive:
            largest = max(archive.infolist(), key=lambda member: member.file_size)
            places = [bytes(content).index(archive.read(largest)) + largest.file_size // 2]
    for place in places:
        content[place] ^= 0x80
    path.write_bytes(content)


def schema_of(path: Path) -> str:
    with h5py.File(path) as file:
        return str(file.attrs["schema"])


def kind_of(path: Path) -> str:
    """What makes two files of results interchangeable at first sight."""
    if path.suffix == ".h5":
        return schema_of(path)
    if path.suffix == ".pt":
        return path.parts[1]
    if path.name == "scorecard.csv":
        return "scorecard"
    return path.read_text().splitlines()[0] if path.suffix == ".csv" else path.suffix


def foreign(path: Path) -> None:
    others = [other for other in map(Path, FOREIGN[path.suffix]) if kind_of(other) != kind_of(path)]
    shutil.copyfile(others[0], path)


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def cut_between_lines(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: max(1, len(lines) // 2)]))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut in the middle": cut,
    "cut between two lines": cut_between_lines,
    "a flipped bit": flip,
    "of another kind": foreign,
    "missing": Path.unlink,
    "a folder": folder,
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", few(DAMAGES, 3))
def test_every_rule_names_a_bad_input(damage, jobs, results, tmp_path, monkeypatch):
    """The file and the way to remake it are named, and nothing is left of the outputs."""
    monkeypatch.chdir(results)
    scratch = tmp_path / "scratch"
    faults = []
    cases = 0
    for job, victim in victims(jobs):
        if damage == "cut between two lines" and victim.suffix != ".csv":
            continue
        if damage in ("cut in the middle", "a flipped bit") and victim.suffix == ".png":
            continue  # pictures carry no checksum; a browser shows what is left
        cases += 1
        kept = victim.read_bytes()
        DAMAGES[damage](victim)
        told = f"{job.rule}: {victim}: "
        try:
            run_script(job, scratch)
        except FileError as error:
            message = str(error)
            if not message.startswith(f"{victim}: ") or "\n  To remake it: " not in message:
                faults.append(told + message)
        except Exception as error:
            faults.append(told + repr(error))
        else:
            faults.append(told + "not noticed")
        faults += [told + f"left {p}" for p in scratch.rglob("*") if p.is_file()]
        shutil.rmtree(scratch, ignore_errors=True)
        if victim.is_dir():
            victim.rmdir()
        victim.write_bytes(kept)
    assert faults == []
    assert cases > (3 if damage == "cut between two lines" else 30)
