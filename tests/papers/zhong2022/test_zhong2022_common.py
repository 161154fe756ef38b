"""Runs of several blocks are joined before anything is tabulated."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.hbm.results import load, save
from spinlearn.hbm.schemas import RUNS
from spinlearn.papers.zhong2022 import figure3, figure4, figure5, figure8
from spinlearn.papers.zhong2022.common import read_runs, spread
from spinlearn.pipeline.errors import SchemaError

SETTINGS = {"thermal_h": 1.0, "localised_h": 6.0}


@pytest.mark.parametrize(
    ("figure", "task"),
    [(figure3, "digits0"), (figure4, "digits0"), (figure5, "digits0"), (figure8, "parity")],
)
def test_tables_do_not_depend_on_the_blocks(trained, tmp_path, figure, task):
    blocks = trained.blocks[task, "hidden", 6.0]
    whole = tmp_path / "whole.h5"
    attributes = RUNS.read(blocks[0]).attributes
    about = {name: attributes[name] for name in RUNS.attributes}
    save(whole, load(blocks), trained.targets[task], about)
    found, expected = (
        figure.table(SimpleNamespace(runs=list(paths)), SETTINGS)
        for paths in (reversed(blocks), [whole])
    )
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_read_runs_keeps_machines_apart(trained):
    found = read_runs(trained.files("parity", ("hidden", "anderson")).runs, "loss")
    assert [(c.attributes["model"], c.attributes["h"]) for c in found] == [
        ("hidden", 1.0), ("hidden", 6.0), ("anderson", 1.0), ("anderson", 6.0),
    ]  # fmt: skip
    assert {len(contents["run"]) for contents in found} == {3}


def test_read_runs_refuses_blocks_computed_otherwise(trained, tmp_path):
    first, second = trained.blocks["parity", "hidden", 6.0]
    attributes = RUNS.read(second).attributes
    about = {name: attributes[name] for name in RUNS.attributes} | {"candidates": 7}
    save(tmp_path / "other.h5", load(second), trained.targets["parity"], about)
    with pytest.raises(SchemaError, match="computed with candidates = 7"):
        read_runs([first, tmp_path / "other.h5"], "loss")


def test_spread_of_a_single_run_is_unknown():
    single = spread(np.array([[1.0, 2.0]]))
    assert single["mean"].tolist() == [1.0, 2.0]
    assert np.isnan([single["std"], single["error"]]).all()
