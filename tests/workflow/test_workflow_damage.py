"""Every rule, every input: empty, cut, damaged, foreign, swapped, missing, or a folder.

The jobs run in this process, one script after another, on a copy of finished results; what a real
Snakemake process makes of such a file is at the end and in test_workflow_pipeline.py.
"""

import dataclasses
import importlib.util
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
from support import REPOSITORY, script_of, smoke

from spinlearn.pipeline.errors import FileError
from spinlearn.pipeline.job import Job

FOREIGN = {
    ".h5": (
        "results/mbl/disorder/L8/h8.00/test/0000.h5",
        "results/hbm/parity/hidden/h0.50/runs.h5",
    ),
    ".csv": ("results/gru/multitask/history.csv",),
    ".pt": ("results/gru/multitask/model.pt", "results/vae/N3/model.pt"),
    ".png": ("results/scorecard.md",),
}
"""Files of another kind, for each suffix; the first that is of another kind is taken."""


@pytest.fixture(scope="session")
def jobs(finished):
    """One job of every rule that reads files, from Snakemake's own list of rules."""
    made = sorted(str(p.relative_to(finished)) for p in finished.glob("results/**/*.*"))
    found, without = [], set()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        presets = [REPOSITORY / "presets/smoke.yaml"]
        with opened(REPOSITORY / "Snakefile", presets, finished) as workflow:
            for rule in workflow.rules:
                if rule.script and rule.input:
                    matches = list(filter(None, (rule.output[0].match(path) for path in made)))
                    if not matches:
                        without.add(rule.name)
                        continue
                    wildcards = matches[0].groupdict()
                    found.append(_from_snakemake(snakemake_job(workflow, rule, wildcards)))
    # Further blocks, which the preset has none of.
    assert without == {"gru_train_more", "gru_predict_more"}
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
    """Every named input of every job; of a list the file in the middle."""
    for job in jobs:
        for _, value in job.input.items():
            yield job, value[len(value) // 2] if isinstance(value, list) else value


def script_main(job: Job):
    """The function `main` of the job's script."""
    script = script_of(job.rule)
    spec = importlib.util.spec_from_file_location(f"script_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


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


def swapped(path: Path) -> None:
    """Another file of the same kind, intact, from elsewhere in the results."""
    decoder = "autoregressive" in path.parts
    others = (
        other
        for other in sorted(Path("results").rglob(f"*{path.suffix}"))
        if other.read_bytes() != path.read_bytes()
        and kind_of(other) == kind_of(path)
        # tables say nothing of the decoder in their path, and an empty one nothing at all
        and (path.suffix != ".csv" or ("autoregressive" in other.parts) == decoder)
        and (path.suffix != ".csv" or len(other.read_text().splitlines()) > 2)
    )
    shutil.copyfile(next(others), path)


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
    "of another place": swapped,
    "missing": Path.unlink,
    "a folder": folder,
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_rule_names_an_input_that_is(damage, jobs, results, tmp_path, monkeypatch):
    """The file and the way to remake it are named, and nothing is left of the outputs."""
    monkeypatch.chdir(results)
    scratch = tmp_path / "scratch"
    faults = []
    cases = 0
    for job, victim in victims(jobs):
        if damage == "cut between two lines" and victim.suffix != ".csv":
            continue
        if damage == "of another place" and victim.name == "scorecard.csv":
            continue  # there is one only
        cases += 1
        kept = victim.read_bytes()
        DAMAGES[damage](victim)
        outputs = {name: str(scratch / path) for name, path in job.output.items()}
        told = f"{job.rule}: {victim}: "
        try:
            script_main(job)(dataclasses.replace(job, output=Files(outputs)))
        except FileError as error:
            message = str(error)
            if not message.startswith(f"{victim}: ") or "\n  to remake it: " not in message:
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


@pytest.mark.slow
def test_a_run_names_what_is_damaged_and_what_is_out_of_place(results):
    """A real process: a flipped bit in trained weights, and a ground state of another field."""
    weights = "results/gru/multitask/model.pt"
    state = "results/tfi/ground_states/N3/hx0.50.h5"
    flip(results / weights)
    shutil.copyfile(results / "results/tfi/ground_states/N3/hx0.00.h5", results / state)
    failed = smoke(
        "results/figures/gru/figure8.png", "results/tfi/povm/N3/hx0.50/0000.h5", cwd=results
    )
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert f"CorruptFileError: {weights}: " in output
    assert f"SchemaError: {state}: it belongs at results/tfi/ground_states/N3/hx0.00.h5" in output
    assert "Traceback" not in output
