"""Reading indicator files into arrays."""

import logging

import numpy as np
import pytest
from chains import about_chain

from spinlearn.gru.data import (
    Realisations,
    defined_splits,
    leave_out_undefined,
    load_realisations,
    split_validation,
)
from spinlearn.mbl.schemas import INDICATORS as INDICATOR_FILE
from spinlearn.pipeline.errors import (
    DatasetError,
    MissingFileError,
    SchemaError,
    UndefinedError,
)
from spinlearn.spins.entanglement import entropy_normalisation

GRID = np.array([0.25, 0.5, 0.75])


def write(folder, L, h, block=0, grid=GRID, operators="pauli", R=3, further=(), **about):
    """A file of random but recognisable indicators."""
    rng = np.random.default_rng([L, int(100 * h), block])
    shape = (R, len(grid))
    path = folder / f"L{L}" / f"h{h:.2f}" / f"{block:04d}.h5"
    arrays = {
        "fields": rng.uniform(-h, h, (R, L)),
        "energy_density": grid,
        "extremal_energies": np.tile([-1.0, 1.0], (R, 1)),
    }
    for name in (
        "gap_ratio",
        "entanglement_entropy",
        "number_entropy",
        "spin_fraction",
        "window_mean",
        "window_width",
        *further,
    ):
        arrays[name] = rng.uniform(size=shape)
    INDICATOR_FILE.write(
        path,
        arrays,
        {**about_chain(operators, **about), "h": h, "states_per_window": 3},
    )
    return path


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path, L, h, block) for L in (6, 4) for h in (2.0, 10.0) for block in (1, 0)]


@pytest.mark.parametrize("normalisation", ["page", "page_sz0", "gresch2022_code"])
def test_rows_hold_what_the_files_hold(files, normalisation):
    data = load_realisations(files, normalisation)
    assert len(data) == 24
    assert data.fields.shape == (24, 6)
    seen = 0
    for path in files:
        block = INDICATOR_FILE.read(path)
        L = block["fields"].shape[1]
        for fields, r, S, f in zip(
            block["fields"],
            block["gap_ratio"],
            block["entanglement_entropy"],
            block["spin_fraction"],
            strict=True,
        ):
            row = np.flatnonzero((data.fields[:, :L] == fields).all(axis=1) & (data.L == L))
            assert row.size == 1
            assert data.h[row[0]] == block.attributes["h"]
            assert np.isnan(data.fields[row[0], L:]).all()
            wanted = np.stack([r, S / entropy_normalisation(L, normalisation), f], axis=1)
            assert np.allclose(data.targets[row[0]], wanted, rtol=1e-14)
            seen += 1
    assert seen == len(data)


def test_files_come_in_any_order(files):
    first, second = load_realisations(files), load_realisations(files[::-1])
    assert np.array_equal(first.fields, second.fields, equal_nan=True)
    assert np.array_equal(first.targets, second.targets)


def test_selections(files):
    data = load_realisations(files)
    short = data.where(data.L == 4)
    assert (set(short.L), len(short)) == ({4}, 12)
    middle = data.at(0.5)
    assert middle.energy_density.tolist() == [0.5]
    assert np.array_equal(middle.targets[:, 0], data.targets[:, 1])
    assert data.per_ensemble == 6
    with pytest.raises(ValueError, match=r"0\.3"):
        data.at(0.3)


def test_faults_name_the_file(tmp_path, files):
    with pytest.raises(MissingFileError, match=r"9999\.h5"):
        load_realisations([*files, tmp_path / "9999.h5"])
    spin = write(tmp_path / "spin", 4, 2.0, operators="spin")
    with pytest.raises(SchemaError, match="Pauli"):
        load_realisations([spin])
    other = write(tmp_path / "other", 4, 2.0, grid=np.array([0.2, 0.5, 0.8]))
    with pytest.raises(DatasetError, match="energy_density"):
        load_realisations([*files, other])
    binary = write(tmp_path / "binary", 4, 2.0, disorder="binary")
    with pytest.raises(DatasetError, match="its chain is not the"):
        load_realisations([*files, binary])
    with pytest.raises(DatasetError, match="'schmidt_gap' is missing"):
        load_realisations(files, "page", ["schmidt_gap"])
    with pytest.raises(ValueError, match="no file"):
        load_realisations([])


def test_further_indicators_are_divided_by_their_upper_limit(tmp_path):
    """ln C(L, L/2) for the participation entropy; also for the divergence, which has no limit."""
    further = ("participation_entropy", "kl_divergence")
    paths = [write(tmp_path, L, 2.0, further=further, disorder="binary") for L in (6, 4)]
    data = load_realisations(paths, "page", further)
    assert data.indicators == ("gap_ratio", "entanglement_entropy", "spin_fraction", *further)
    assert data.disorder == "binary"
    paper = load_realisations(paths, "page")
    np.testing.assert_array_equal(data.targets[..., :3], paper.targets)
    for path, L, states in zip(paths, (6, 4), (20, 6), strict=True):
        block = INDICATOR_FILE.read(path)
        found = data.where(data.L == L).targets
        np.testing.assert_allclose(found[..., 3], block["participation_entropy"] / np.log(states))
        np.testing.assert_allclose(found[..., 4], block["kl_divergence"] / np.log(states))


def test_realisations_with_undefined_indicators_are_left_out(files, caplog):
    """At the energy densities that are used."""
    data = load_realisations(files)
    data.targets[3, 0, 0] = data.targets[5, 2, 0] = np.nan
    with caplog.at_level(logging.WARNING, "spinlearn.gru"):
        kept = leave_out_undefined(data)
        middle = leave_out_undefined(data.at(0.5))
    assert (len(kept), len(middle)) == (22, 24)
    np.testing.assert_array_equal(kept.fields, np.delete(data.fields, [3, 5], axis=0))
    (line,) = caplog.messages
    assert line == "left out 2 of 24 realisations, of which an indicator is undefined (NaN)"
    data.targets[:, 1, 0] = np.nan
    with pytest.raises(UndefinedError, match=r"none of the 24 realisations .* gap_ratio is NaN"):
        leave_out_undefined(data)


# --- validation split -------------------------------------------------------------------------


def numbered(count=10, lengths=(6, 4), strengths=(1.0, 2.0)):
    """Realisations whose first field is their number within (L, h); lengths are interleaved."""
    rows = [(n, L, h) for n in range(count) for h in strengths for L in lengths]
    fields = np.array([[n, *range(1, 6)] for n, _, _ in rows], dtype=float)
    L, h = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    return Realisations(fields, L, h, np.array([0.5]), np.zeros((len(rows), 1, 3)))


def test_every_fifth_realisation_of_an_ensemble_validates():
    training, validation = split_validation(numbered())
    for L in (4, 6):
        for h in (1.0, 2.0):
            chosen = (part.where((part.L == L) & (part.h == h)) for part in (training, validation))
            first, second = ([int(n) for n in part.fields[:, 0]] for part in chosen)
            assert (first, second) == ([0, 1, 2, 3, 5, 6, 7, 8], [4, 9])
    assert training.per_ensemble == 8


def test_more_realisations_move_none_between_the_splits():
    """The first realisations of a longer split are in the same part as before."""
    few, many = split_validation(numbered(10)), split_validation(numbered(15))
    for short, long in zip(few, many, strict=True):
        assert {int(n) for n in short.fields[:, 0]} == {int(n) for n in long.fields[:, 0] if n < 10}


def test_few_realisations_leave_no_validation():
    training, validation = split_validation(numbered(4))
    assert (len(training), len(validation)) == (16, 0)


@pytest.mark.parametrize("undefined", [0, 3, 4])
def test_undefined_realisations_move_none_between_the_splits(undefined):
    """Each part is what it is without them, but for their own rows."""
    data = numbered()
    data.targets[data.fields[:, 0] == undefined] = np.nan
    parts = (split_validation(numbered()), defined_splits(data))
    for whole, found in zip(*parts, strict=True):
        expected = whole.where(whole.fields[:, 0] != undefined)
        np.testing.assert_array_equal(found.fields, expected.fields)
        np.testing.assert_array_equal(found.L, expected.L)
        assert not np.isnan(found.targets).any()
    train, _ = defined_splits(data, first=4)
    assert set(train.fields[:, 0]) == {0, 1, 2, 3} - {undefined}


def test_few_realisations_have_defined_splits_too():
    training, validation = defined_splits(numbered(4))
    assert (len(training), len(validation)) == (16, 0)
    data = numbered()
    data.targets[data.fields[:, 0] % 5 == 4] = np.nan
    with pytest.raises(UndefinedError, match="none of the 8 realisations"):
        defined_splits(data)


def test_first_realisations_of_each_ensemble():
    data = numbered()
    assert data.first(3).per_ensemble == 3
    assert sorted(set(data.first(3).fields[:, 0])) == [0, 1, 2]
    assert len(data.first(0)) == len(data)


def test_unknown_strengths_are_one_ensemble():
    data = numbered(5, lengths=(4,), strengths=(np.nan,))
    assert data.numbers.tolist() == [0, 1, 2, 3, 4]
    assert len(split_validation(data)[1]) == 1
