"""The record of a run, and the explanations in words that use it."""

import json
from pathlib import Path

import pytest

from spinlearn import config
from spinlearn.pipeline.digest import code_digest, code_parts
from spinlearn.pipeline.errors import UnwritableError
from spinlearn.pipeline.plan import PlannedJob, Reason
from spinlearn.pipeline.record import recorded_code, recorded_configuration, write_record
from spinlearn.pipeline.why import explanation, words

ENTRY = "spinlearn.streams"


def planned(rule="hbm_train", name="results/hbm/0000.h5", **reason):
    return PlannedJob(
        rule=rule,
        wildcards=(),
        inputs=(),
        outputs=(name,),
        logs=(),
        benchmarks=(),
        settings="",
        code="",
        entry=ENTRY,
        threads=1,
        resources={},
        work=0.0,
        runs=bool(reason),
        reason=Reason(**reason),
    )


def test_record_can_be_read_and_laid_over_again(tmp_path):
    chosen = config.load({"seed": 3, "mbl": {"h": [1.0, 2.5]}, "tfi": {"longitudinal_field": 1e-5}})
    write_record(tmp_path / "results", config.config_yaml(chosen), {ENTRY})
    assert config.load(recorded_configuration(tmp_path / "results")) == chosen
    assert recorded_code(tmp_path / "results", code_digest(ENTRY)) == code_parts(ENTRY)


@pytest.mark.parametrize("content", [None, b"a: [", b"\xff\xfe"])
def test_missing_or_damaged_record_is_none(tmp_path, content):
    (tmp_path / "code").mkdir()
    for path in (tmp_path / "config.yaml", tmp_path / "code/0123.json"):
        if content is not None:
            path.write_bytes(content)
    assert recorded_configuration(tmp_path) is None
    assert recorded_code(tmp_path, "0123") is None


def test_record_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(UnwritableError, match="cannot be written to"):
        write_record(tmp_path / "results", "", [])


def test_every_reason_has_its_words(tmp_path):
    (tmp_path / "code").mkdir()
    old = {**code_parts(ENTRY), "numpy": "1.0", ENTRY: "0"}
    (tmp_path / "code/0123.json").write_text(json.dumps(old))
    job = planned(
        missing=("a.h5",),
        incomplete=("b.h5",),
        settings={"h": (1.0, [1.0, 2.0]), "training.new": (None, 3)},
        old_code="0123",
        renewed=("c.h5",),
        newer=("d.h5",),
        other_inputs=True,
        environment=True,
        forced=True,
    )
    numpy = code_parts(ENTRY)["numpy"]
    assert words(job, {"c.h5": "mbl_disorder"}, tmp_path) == [
        "it is forced",
        "output missing",
        "an earlier run was interrupted while making it",
        "setting h: 1.0 → [1.0, 2.0]",
        "setting new: nothing → 3",
        f"numpy 1.0 → {numpy}",
        "spinlearn.streams changed",
        "its list of inputs changed",
        "its inputs are made again, by mbl_disorder",
        "its input d.h5 is newer",
        "its conda environment changed",
    ]
    unknown = planned(old_code="4567")
    assert words(unknown, {}, tmp_path) == ["its code has changed"]


def test_explanation_joins_jobs_of_a_rule_with_one_reason():
    jobs = [planned(name=f"results/{n}.h5", missing=(f"results/{n}.h5",)) for n in range(3)]
    jobs += [planned("mbl_disorder", "results/d.h5", forced=True), planned(name="results/x.h5")]
    text = explanation(jobs, Path())
    assert text.splitlines() == [
        "4 of 5 jobs would run.",
        "",
        "hbm_train: 3 jobs",
        "  output missing",
        "",
        "mbl_disorder: 1 job",
        "  it is forced",
        "  (results/d.h5)",
    ]
    assert explanation(jobs, Path(), each=True).count("output missing") == 3
    assert explanation(jobs[-1:], Path()).startswith("Nothing would run")


def test_long_explanations_are_cut():
    job = planned(newer=tuple(f"{n}.h5" for n in range(9)))
    lines = explanation([job], Path()).splitlines()
    assert "  and 3 lines more" in lines
    assert sum("is newer" in line for line in lines) == 6
