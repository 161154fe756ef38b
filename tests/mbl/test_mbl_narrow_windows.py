"""Windows of short chains: where a fixed number of states misses its energy density."""

import numpy as np
import pytest
from chains import about_chain

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.indicators import indicators_of_windows
from spinlearn.mbl.narrow_windows import leave_out_wide_windows
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.mbl.window_size import window_states
from spinlearn.spins.hamiltonians import xxz_chain

GRID = np.array([0.05, 0.1, 0.15, 0.2, 0.5])
LIMITS = {"largest_shift": 0.025, "largest_width": 0.15}


def stored(folder, L, sizes, h=4.5, R=10, block=0):
    """Files of real chains, one per number of states."""
    fields = draw_fields(1, L, h, "test", block, R)
    about = {**about_chain("pauli"), "h": h}
    chain = xxz_chain(L, operators="pauli")
    files = []
    for states, found in zip(sizes, indicators_of_windows(chain, fields, GRID, sizes), strict=True):
        path = folder / f"{L}-{block}-{states}.h5"
        INDICATORS.write(path, {"fields": fields, **found}, {**about, "states_per_window": states})
        files.append(INDICATORS.read(path))
    return files


def test_a_hundred_states_of_ten_sites_do_not_resolve_the_energy_density(tmp_path):
    """All windows up to 0.2 hold the lowest 100 of 252 levels, which the levels themselves show."""
    (file,) = stored(tmp_path, 10, [100])
    chain = xxz_chain(10, operators="pauli")
    levels = np.array([np.linalg.eigvalsh(chain.dense(h)) for h in file["fields"]])
    densities = (levels - levels[:, :1]) / np.ptp(levels, axis=1)[:, None]
    lowest = densities[:, :100].mean(axis=1)
    for column in range(3):
        np.testing.assert_allclose(file["window_mean"][:, column], lowest, atol=1e-10)
    assert lowest.mean() > 0.3
    (shown,) = leave_out_wide_windows([file], **LIMITS)
    assert np.isnan(shown["gap_ratio"][:, :4]).all()


@pytest.mark.parametrize("L", [8, 10])
def test_a_fraction_of_the_spectrum_resolves_more_of_it(tmp_path, L):
    """Expected by the definition: mean shift and mean span of the stored windows, per column."""
    narrow = window_states(L, 30, 0.05)
    shown = {}
    for file in stored(tmp_path, L, [30, narrow]):
        (kept,) = leave_out_wide_windows([file], **LIMITS)
        undefined = np.isnan(kept["entanglement_entropy"])
        shift = abs(np.mean(file["window_mean"], axis=0) - GRID)
        expected = (shift > 0.025) | (np.mean(file["window_width"], axis=0) > 0.15)
        np.testing.assert_array_equal(undefined, np.tile(expected, (10, 1)))
        assert not np.isnan(file["entanglement_entropy"]).any()
        shown[file.attributes["states_per_window"]] = GRID[~expected].tolist()
    assert (
        shown
        == {
            8: {30: [], 3: [0.05, 0.1, 0.15, 0.2, 0.5]},
            10: {30: [0.5], 12: [0.15, 0.2, 0.5]},
        }[L]
    )


def test_windows_are_judged_over_all_blocks(tmp_path):
    """One wide realisation among many leaves nothing out, and selects no realisation."""
    files = [stored(tmp_path, 8, [3], block=block)[0] for block in (0, 1)]
    files[0]["window_width"][0] = 1.0
    for kept in leave_out_wide_windows(files, **LIMITS):
        assert not np.isnan(kept["gap_ratio"][:, 4]).any()
    files[0]["window_width"][:] = 1.0
    for kept in leave_out_wide_windows(files, **LIMITS):
        assert np.isnan(kept["gap_ratio"]).all()
        assert kept["window_width"].shape == (10, 5)
