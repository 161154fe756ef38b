"""Runs of several blocks are joined before anything is tabulated."""

from types import SimpleNamespace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from spinlearn.config import Config
from spinlearn.hbm.choices import StartState
from spinlearn.hbm.results import load, save
from spinlearn.hbm.runs import TrainingResult
from spinlearn.hbm.schemas import RUNS
from spinlearn.papers.zhong2022 import figure3, figure4, figure5, figure6, figure7, figure8
from spinlearn.papers.zhong2022.common import (
    CHOICE_OF_STRENGTH,
    STATES,
    all_positive,
    data_label,
    spread,
)
from spinlearn.pipeline.errors import SchemaError

SETTINGS = {"localised_h": 6.0}


def saved(path, trained, key, runs, like, **attributes):
    """A file of some runs with the attributes of another file."""
    known = RUNS.read(like).attributes
    about = {name: known[name] for name in RUNS.attributes} | attributes
    save(path, TrainingResult(trained.targets[key[0]], tuple(runs)), about)
    return path


@pytest.mark.parametrize(
    ("figure", "dataset"),
    [(figure3, "digits0"), (figure4, "digits0"), (figure5, "digits0"), (figure8, "parity")],
)
def test_tables_do_not_depend_on_the_blocks(trained, tmp_path, figure, dataset):
    key = (dataset, "hidden", 6.0)
    blocks = trained.blocks[key]
    whole = saved(tmp_path / "whole.h5", trained, key, trained.runs[key], blocks[0])
    found, expected = (
        figure.table(SimpleNamespace(runs=list(paths)), SETTINGS)
        for paths in (reversed(blocks), [whole])
    )
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_load_keeps_machines_apart(trained):
    found = load(trained.files("parity", ("hidden", "anderson")).runs, "loss")
    keys = [(contents.attributes["machine"], contents.attributes["h"]) for contents in found]
    assert keys == [(name, h) for name in ("hidden", "anderson") for h in (1.0, 6.0)]
    assert {len(contents["run"]) for contents in found} == {3}


def test_load_refuses_blocks_computed_otherwise(trained, tmp_path):
    key = ("parity", "hidden", 6.0)
    first, second = trained.blocks[key]
    last = trained.runs[key][2:]
    other = saved(tmp_path / "other.h5", trained, key, last, second, candidates=7)
    with pytest.raises(SchemaError, match="computed with candidates = 7"):
        load([first, other], "loss")


@pytest.mark.parametrize("figure", [figure3, figure4, figure5])
def test_another_chain_is_named_and_not_judged(trained, figure):
    """The paper's claims are about its own chains."""
    files = trained.files("digits0", ("tilted",))
    files.runs = files.runs[-2:] if figure is figure3 else files.runs
    table = figure.table(files, SETTINGS)
    assert set(table.system) == {"ring, J2 = 0.2, h_x = 0.3, Pauli matrices"}
    assert figure.claims(table) == []
    fig = figure.draw(table)
    texts = [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert any("J2 = 0.2, h_x = 0.3, Pauli matrices" in text for text in texts)
    assert not any("h_c" in text for text in texts)


def test_spread_of_a_single_run_is_unknown():
    single = spread(np.array([[1.0, 2.0]]))
    assert single["mean"].tolist() == [1.0, 2.0]
    assert np.isnan([single["std"], single["error"]]).all()


@pytest.mark.parametrize(
    ("dataset", "source", "label"),
    [
        ("digits3", "class mean of scikit-learn's load_digits, 8 x 8 pixels", "scikit-learn"),
        ("mnist3", "class mean of MNIST, 8 x 8 pixels", "MNIST"),
        ("mnist3", "class mean of 9 images (not MNIST's own, by the checksum)", "own images"),
    ],
)
def test_labels_name_the_source_of_images(dataset, source, label):
    assert data_label({"dataset": dataset, "source": source}) == f"digit 3 ({label})"
    assert data_label({"dataset": "parity", "source": ""}) == "even parity"
    assert data_label({"dataset": "my_data", "source": ""}) == "my_data"


def test_every_initial_state_has_a_name_for_figures_and_rows():
    assert set(STATES) == set(get_args(StartState))


@pytest.mark.parametrize("figure", [figure3, figure5, figure6, figure7, figure8])
def test_captions_say_that_the_strength_was_chosen(figure):
    assert CHOICE_OF_STRENGTH in figure.CAPTION
    assert f"the default here, h_d = {Config().hbm.localised_h:g}," in figure.CAPTION


def test_all_positive_names_each_condition():
    """Three conditions may refute a claim; for "reproduced" all must hold, at the rate of one."""
    found = {"above a": (0.3, 0.1), "above b": (0.01, 0.1)}
    verdict, _, note = all_positive(found, 100)
    assert (verdict, note) == ("inconclusive", "holds above a: 0.3 ± 0.1; open above b: 0.01 ± 0.1")
    verdict, rate, note = all_positive({**found, "above c": (-0.5, 0.1)}, 100)
    assert verdict == "not reproduced"
    assert rate == pytest.approx(3 * 0.0228, rel=1e-2)
    assert note.endswith("fails above c: -0.5 ± 0.1")
    verdict, rate, _ = all_positive({"above a": (0.3, 0.1)}, 100)
    assert verdict == "reproduced"
    assert rate == pytest.approx(0.0228, rel=1e-2)
