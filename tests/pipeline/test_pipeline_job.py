"""A job as a script sees it: files, settings, and the key of its unfinished work."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest

from spinlearn.pipeline.job import Job, all_paths, named_paths


@pytest.fixture
def job(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"first")
    return Job(
        rule="hbm_train",
        wildcards={"task": "parity", "block": "0001"},
        settings={"seed": 7, "block": 2},
        input=named_paths({"one": str(tmp_path / "a.h5"), "many": []}),
        output=named_paths({"runs": "results/hbm/0001.h5"}),
        code="0123",
    )


def changed(job, **values):
    return Job(**{**vars(job), **values})


def test_snakemake_object_becomes_a_job():
    """Snakemake's lists have named items; a name may stand for one file or for several."""
    snakemake = SimpleNamespace(
        rule="gru_train",
        wildcards={"variant": "energy", "block": "0000"},
        params=SimpleNamespace(settings='{"seed":1,"L":[8,10]}', code="0123"),
        input={"indicators": ["results/a.h5"], "model": "results/model.pt"},
        output={"model": "results/gru/model.pt"},
        threads=2,
        resources=SimpleNamespace(gpu=1),
        log=["results/logs/a.log"],
    )
    job = Job.from_snakemake(snakemake)
    assert (job.rule, job.threads, job.gpus, job.code) == ("gru_train", 2, 1, "0123")
    assert job.settings == {"seed": 1, "L": [8, 10]}
    assert job.input.indicators == [Path("results/a.h5")]
    assert job.input.model == Path("results/model.pt")
    assert all_paths(job.input) == [Path("results/a.h5"), Path("results/model.pt")]
    assert job.log == Path("results/logs/a.log")
    snakemake.params, snakemake.resources, snakemake.log = (SimpleNamespace(),) * 2 + ([],)
    plain = Job.from_snakemake(snakemake)
    assert (plain.settings, plain.code, plain.gpus, plain.log) == ({}, "", 0, None)


def test_key_depends_on_everything_that_decides_the_result(job):
    keys = [
        job.key,
        changed(job, rule="other").key,
        changed(job, wildcards={**job.wildcards, "block": "0002"}).key,
        changed(job, settings={"seed": 8, "block": 2}).key,
        changed(job, code="4567").key,
    ]
    job.input.one.write_bytes(b"second")
    keys.append(job.key)
    job.input.one.unlink()
    keys.append(job.key)
    assert len(set(keys)) == len(keys) == 7


def test_key_does_not_depend_on_anything_else(job, tmp_path):
    moved = tmp_path / "moved.h5"
    moved.write_bytes(job.input.one.read_bytes())
    other = changed(
        job,
        input=named_paths({"one": str(moved)}),
        output=named_paths({}),
        settings=dict(reversed(job.settings.items())),
        threads=8,
        gpus=1,
        log=Path("a.log"),
    )
    assert other.key == job.key


def test_provenance_holds_settings_code_and_seed(job):
    assert job.provenance == {
        "rule": "hbm_train",
        "wildcards": {"task": "parity", "block": "0001"},
        "parameters": {"seed": 7, "block": 2},
        "code_digest": "0123",
        "seed": 7,
    }
    assert "seed" not in changed(job, settings={}).provenance


def test_job_can_be_sent_to_another_process(job):
    assert pickle.loads(pickle.dumps(job)) == job
