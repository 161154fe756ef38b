"""Distributions over strings and samples: order of strings, targets, files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinlearn.datasets.schemas import DATASET
from spinlearn.datasets.strings import (
    Strings,
    bit_strings,
    from_dense,
    from_samples,
    index_of,
    load,
    load_targets,
    save,
    uniform_over,
)
from spinlearn.pipeline.errors import CorruptFileError, DatasetError, MissingFileError


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_bit_strings_are_in_order(n):
    table = bit_strings(n)
    assert table.shape == (2**n, n)
    assert ["".join(map(str, row)) for row in table] == [format(i, f"0{n}b") for i in range(2**n)]
    np.testing.assert_array_equal(index_of(table.astype(np.uint8)), np.arange(2**n))


@given(n=st.integers(1, 6), draws=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_dense_distributions_come_back(n, draws, seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(2**n), size=draws) * (rng.random((draws, 2**n)) < 0.5)
    p[:, 0] += 1 - p.sum(axis=1)
    runs = [3 + 2 * row for row in range(draws)]
    data = from_dense(p, "made up", runs)
    assert len(data.strings) == np.count_nonzero(p.any(axis=0))
    for row, run in enumerate(runs):
        np.testing.assert_array_equal(data.target(run), p[row])
    np.testing.assert_array_equal(from_dense(p[:1], "made up").target(99), p[0])


def test_repeated_samples_add_up():
    data = from_samples(np.array([[0, 1], [1, 1], [0, 1], [0, 0]], dtype=np.uint8), "made up")
    np.testing.assert_array_equal(data.target(0), [0.25, 0.5, 0.0, 0.25])
    assert (data.n, data.form) == (2, "samples")


def test_uniform_over_a_mask():
    data = uniform_over(np.array([True, False, True, True]), "made up")
    np.testing.assert_allclose(data.target(0), [1 / 3, 0, 1 / 3, 1 / 3], rtol=1e-15)


def test_targets_are_refused_if_too_long_or_not_drawn():
    with pytest.raises(ValueError, match="at most 20"):
        from_samples(np.zeros((2, 21), dtype=np.uint8), "made up").target(0)
    with pytest.raises(ValueError, match="no draw for run 2"):
        from_dense(np.eye(4)[:2], "made up", [0, 1]).target(2)


@pytest.mark.parametrize("kind", ["shared", "drawn", "samples"])
def test_files_hold_what_was_saved(tmp_path, kind):
    rng = np.random.default_rng(5)
    data = {
        "shared": from_dense(rng.dirichlet(np.ones(8), size=1), "made up"),
        "drawn": from_dense(rng.dirichlet(np.ones(8), size=3), "made up", [3, 4, 5]),
        "samples": from_samples(rng.integers(2, size=(9, 5), dtype=np.uint8), "made up"),
    }[kind]
    save(tmp_path / "0000.h5", data, "some", {"seed": 4})
    found = load(tmp_path / "0000.h5")
    assert (found.source, found.form, found.runs) == (data.source, data.form, data.runs)
    np.testing.assert_array_equal(found.strings, data.strings)
    np.testing.assert_array_equal(found.probability, data.probability)
    about = DATASET.read(tmp_path / "0000.h5").attributes
    assert (about["name"], about["n"], about["seed"]) == ("some", data.n, 4)


def test_targets_of_runs_come_from_several_blocks(tmp_path):
    p = np.random.default_rng(5).dirichlet(np.ones(8), size=6)
    paths = []
    for block in range(2):
        runs = range(3 * block, 3 * block + 3)
        paths.append(tmp_path / f"{block}.h5")
        save(paths[-1], from_dense(p[list(runs)], "made up", runs), "some", {})
    found, source = load_targets(reversed(paths), [1, 2, 3, 5])
    np.testing.assert_array_equal(found, p[[1, 2, 3, 5]])
    assert source == "made up"
    with pytest.raises(DatasetError, match=r"0\.h5: holds no draw for run 3"):
        load_targets(paths[:1], range(5))


def test_a_shared_target_is_one_row(tmp_path):
    p = np.random.default_rng(5).dirichlet(np.ones(8), size=1)
    save(tmp_path / "0.h5", from_dense(p, "made up"), "some", {})
    found, _ = load_targets([tmp_path / "0.h5"], range(7))
    np.testing.assert_array_equal(found, p)


def test_damaged_and_missing_files_are_named(tmp_path):
    path = tmp_path / "0.h5"
    with pytest.raises(MissingFileError, match=r"0\.h5"):
        load(path)
    save(path, from_dense(np.eye(4)[:1], "made up"), "some", {})
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(CorruptFileError, match=r"0\.h5"):
        load(path)


def test_strings_hold_bits_only():
    strings = np.array([[0, 2], [1, 1]], dtype=np.uint8)
    with pytest.raises(ValueError, match=r"strings: holds 2 at index \(0, 1\)"):
        Strings(strings, np.array([[0.5, 0.5]]), "made up")
