"""POVM outcomes of the user's own: what good files give, and what is said of bad ones."""

import json

import numpy as np
import pytest

from spinlearn.config import Config, load
from spinlearn.pipeline.content import content_digest
from spinlearn.pipeline.errors import ConfigError, UserFileError
from spinlearn.storage.hdf5 import Schema
from spinlearn.tfi import files
from spinlearn.tfi.own_outcomes import Outcomes, read_outcomes, save, shape_of
from spinlearn.tfi.own_outcomes import load as load_outcomes
from spinlearn.tfi.povm_samples import write_block

GOOD = "# a device\nhx,outcomes,temperature\n0.5,0312,20\n\n0.5,0312,1e-3\n1,3330,-20\n"


@pytest.fixture
def written(tmp_path):
    """A function that writes a CSV file."""

    def write(text):
        path = tmp_path / "device.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_strings_and_conditions_are_kept_as_given(written):
    """Columns in any order; strings may repeat, and begin with zeros."""
    found = read_outcomes(written(GOOD))
    assert found.outcomes.tolist() == [[0, 3, 1, 2], [0, 3, 1, 2], [3, 3, 3, 0]]
    assert found.outcomes.dtype == np.uint8
    assert found.names == ("hx", "temperature")
    assert found.conditions.tolist() == [[0.5, 20.0], [0.5, 0.001], [1.0, -20.0]]
    assert found.source == "outcomes in device.csv"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "is empty"),
        ("outcomes,hx\n", None, "no rows below"),
        ("03,1\n12,1\n", None, "its first line must name outcomes and the conditions"),
        ("strings,hx\n03,1\n", None, "a column outcomes with strings is missing"),
        ("outcomes\n03\n", None, "needs a column with condition values"),
        ("outcomes,\n03,1\n", None, "column without a name"),
        ("outcomes,hx,hx\n03,1,1\n", 1, "the same"),
        ("outcomes,hx\n03,1\n031,1\n", 3, "does not have 2 outcomes"),
        ("outcomes,hx\n,1\n03,1\n", 2, "must not be empty"),
        ("# x\noutcomes,hx\n\n03,1\n04,1\n", 5, "consists of 0, 1, 2 and 3"),
        ("outcomes,hx\n03,1\n0²,1\n", 3, "consists of 0, 1, 2 and 3"),
        ("outcomes,hx\n03,1\n0\N{GRINNING FACE},1\n", 3, "consists of 0, 1, 2 and 3"),
        ("outcomes,hx\n03,1\n-3,1\n", 3, "consists of 0, 1, 2 and 3"),
        ("outcomes,hx\n03,1\n03,cold\n", 3, "'cold' is not a finite number"),
        ("outcomes,hx\n03,nan\n", 2, "'nan' is not a finite number"),
        ("outcomes,hx\n03,1\n03,-1e99\n", 3, "at most 1e+30"),
        ("outcomes,hx\n03,1\n03\n", 3, "has 1 cells"),
    ],
)
def test_bad_files_are_refused_with_the_line(written, text, line, message):
    path = written(text)
    with pytest.raises(UserFileError) as caught:
        read_outcomes(path)
    assert message in caught.value.what
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserFileError, match=r"must end in \.csv or \.h5"):
        read_outcomes(tmp_path / "device.txt")
    with pytest.raises(UserFileError, match="No such file"):
        read_outcomes(tmp_path / "device.csv")
    (tmp_path / "device.h5").write_bytes(b"not HDF5")
    with pytest.raises(UserFileError, match="no POVM outcomes of spinlearn: not a readable"):
        read_outcomes(tmp_path / "device.h5")


def test_samples_of_a_ground_state_have_the_condition_hx(tmp_path):
    outcomes = np.array([[0, 3], [2, 1]], dtype=np.uint8)
    write_block(tmp_path / "povm.h5", outcomes, np.array([-1.0, -2.0]), 0.7, 0)
    found = read_outcomes(tmp_path / "povm.h5")
    assert found.names == ("hx",)
    assert found.conditions.tolist() == [[0.7], [0.7]]
    assert (found.outcomes == outcomes).all()


def test_hdf5_of_another_kind_is_refused(tmp_path):
    other = Schema("tfi/other", 1, "x", "another kind", ())
    other.write(tmp_path / "other.h5", {}, {})
    with pytest.raises(UserFileError, match="found 'tfi/other'"):
        read_outcomes(tmp_path / "other.h5")


def test_a_file_without_samples_is_refused(tmp_path):
    nothing = Outcomes(np.zeros((0, 3), np.uint8), np.zeros((0, 1)), ("hx",), "nothing")
    save(tmp_path / "empty.h5", nothing, "empty", {})
    with pytest.raises(UserFileError, match="holds no samples"):
        read_outcomes(tmp_path / "empty.h5")


def test_stored_outcomes_come_back(written, tmp_path):
    found = read_outcomes(written(GOOD))
    save(tmp_path / "device.h5", found, "device", {"rule": "tfi_outcomes"})
    for read in (load_outcomes, read_outcomes):
        back = read(tmp_path / "device.h5")
        assert (back.outcomes == found.outcomes).all()
        assert (back.conditions == found.conditions).all()
        assert back.names == found.names
    assert load_outcomes(tmp_path / "device.h5").source == found.source
    assert shape_of(tmp_path / "device.h5") == [3, 4, 2]


def test_a_file_that_has_changed_is_refused(written, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = written(GOOD)
    digest = content_digest(path)
    assert len(read_outcomes(path, digest).outcomes) == 3
    written(GOOD + "1,0000,0\n")
    with pytest.raises(UserFileError, match="has changed since this run was planned"):
        read_outcomes(path, digest)


def test_faults_and_settings_follow_the_content(written, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = str(written(GOOD))
    tfi = Config().tfi.model_copy(update={"outcomes_files": {"device": path, "gone": "gone.csv"}})
    assert files.outcomes(tfi) == ["results/tfi/outcomes/device.h5", "results/tfi/outcomes/gone.h5"]
    assert files.outcomes_shape(tfi, "device") == (3, 4, 2)
    (fault,) = files.faults(tfi)
    assert fault.startswith("tfi.outcomes_files.gone: gone.csv: cannot be read")
    before = json.loads(files.outcomes_settings(tfi, "device"))
    assert before == {"digest": content_digest(path)}
    written(GOOD + "1,00,0\n")
    assert "line 7: its string does not have 4 outcomes" in next(files.faults(tfi))
    assert json.loads(files.outcomes_settings(tfi, "device")) != before


@pytest.mark.parametrize("name", ["N5", "5", "a-b", "../x", ""])
def test_names_cannot_be_taken_for_chain_lengths_or_folders(name):
    with pytest.raises(ConfigError, match=r"tfi\.outcomes_files"):
        load({"tfi": {"outcomes_files": {name: "device.csv"}}})
