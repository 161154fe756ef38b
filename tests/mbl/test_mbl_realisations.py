"""Values of single realisations, read from files of several blocks."""

import numpy as np
from chains import about_chain

from spinlearn.mbl.realisations import certified_share, window_values
from spinlearn.mbl.schemas import WINDOWS


def write_windows(path, L, h, entropy, certified=True):
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
