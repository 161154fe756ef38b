"""Values of single realisations, read from files of several blocks."""

import numpy as np
import pytest
from chains import about_chain

from spinlearn.mbl.choices import DEFAULT_OBSERVABLES
from spinlearn.mbl.realisations import certified_share, observables_in, window_values
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.pipeline.errors import DatasetError


def write_windows(path, L, h, entropy, certified=True, **others):
    R = len(entropy)
    arrays = {name: np.ones(R) for name in ("gap_ratio", "number_entropy", "spin_fraction")}
    WINDOWS.write(
        path,
        {
            **arrays,
            "fields": np.zeros((R, L)),
            "energies": np.ones((R, 5)),
            "entanglement_entropy": entropy,
            "extremal_energies": np.ones((R, 2)),
            "certified": np.full(R, certified),
            "first_level": np.ones(R),
            "residual": np.zeros(R),
            "solver": np.full(R, "shift_invert"),
            "matvecs": np.ones(R),
            **others,
        },
        {**about_chain(), "h": h, "energy_density": 0.5},
    )
    return WINDOWS.read(path)


def test_windows_are_joined_by_size_and_strength(tmp_path):
    entropy = np.array([1.0, 2.0, 3.0, 4.0])
    files = [
        write_windows(tmp_path / "a.h5", 8, 6.0, entropy[:2]),
        write_windows(tmp_path / "b.h5", 8, 6.0, entropy[2:]),
        write_windows(tmp_path / "c.h5", 8, 3.0, entropy, certified=False),
    ]
    assert files[0]["solver"].tolist() == [b"shift_invert"] * 2
    assert certified_share(files) == 0.5
    values = window_values(files, "entanglement_entropy")
    assert list(values) == [(8, 3.0), (8, 6.0)]
    assert values[8, 6.0].tolist() == entropy.tolist()


def test_undefined_values_are_left_out(tmp_path):
    ratios = np.array([1.0, np.nan, 3.0])
    files = [
        write_windows(tmp_path / "a.h5", 8, 6.0, np.ones(3), gap_ratio=ratios),
        write_windows(tmp_path / "b.h5", 8, 3.0, np.ones(2), gap_ratio=np.full(2, np.nan)),
    ]
    values = window_values(files, "gap_ratio")
    assert {cell: found.tolist() for cell, found in values.items()} == {
        (8, 3.0): [],
        (8, 6.0): [1.0, 3.0],
    }


def test_observables_are_those_that_all_files_have(tmp_path):
    files = [
        write_windows(tmp_path / "a.h5", 8, 6.0, np.ones(3), schmidt_gap=np.ones(3)),
        write_windows(tmp_path / "b.h5", 8, 3.0, np.ones(2)),
    ]
    assert observables_in(files) == list(DEFAULT_OBSERVABLES)
    assert observables_in(files[:1]) == [*DEFAULT_OBSERVABLES, "schmidt_gap"]
    with pytest.raises(DatasetError, match=r"b\.h5: dataset 'schmidt_gap' is missing"):
        window_values(files, "schmidt_gap")
