"""Windows of eigenstates: against all eigenstates by LAPACK, and against limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO, gap_ratios
from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.mbl.window_size import window_states
from spinlearn.mbl.windows import windows_of_block
from spinlearn.spins import pardiso
from spinlearn.spins.hamiltonians import xxz_chain


def streams(row):
    return np.random.default_rng([5, row])


@given(
    L=st.sampled_from([6, 8, 10]),
    h=st.floats(0.5, 8.0),
    energy_density=st.sampled_from([0.05, 0.3, 0.5, 0.95]),
    boundary=st.sampled_from(["ring", "open"]),
    solver=st.sampled_from(["dense", "polfed", "shift_invert"]),
)
@settings(max_examples=25)
def test_indicators_are_those_of_full_diagonalisation(L, h, energy_density, boundary, solver):
    """Second route: `indicators_of_block`, which holds all eigenvectors."""
    if solver == "shift_invert" and not pardiso.available():
        solver = "auto"
    fields = draw_fields(3, L, h, "windows", 0, 2)
    chain, k = xxz_chain(L, boundary), window_states(L, 10, 0.1)
    found = windows_of_block(chain, fields, energy_density, k, streams, solver=solver)
    grid = np.array([energy_density])
    exact = indicators_of_block(chain, fields, grid, k)
    for name in ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction"):
        # Residuals are below 1e-10; gaps, in which the ratio divides, may be 1e-4.
        np.testing.assert_allclose(found[name], exact[name][:, 0], atol=1e-5, err_msg=name)
    np.testing.assert_allclose(found["extremal_energies"], exact["extremal_energies"], atol=1e-9)
    assert found["residual"].max() < 1e-10
    assert found["energies"].shape == (2, k)


def test_a_block_is_the_same_whatever_else_it_holds():
    """Start vectors have a stream of their own for each realisation."""
    fields = draw_fields(1, 12, 2.0, "windows", 0, 3)
    whole = windows_of_block(xxz_chain(12), fields, 0.5, 20, streams)
    part = windows_of_block(xxz_chain(12), fields[:2], 0.5, 20, streams)
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][:2], err_msg=name)


def test_short_chains_have_small_windows():
    assert window_states(8, 50, 0.1) == 7
    assert window_states(14, 50, 0.1) == 50
    assert window_states(4, 50, 0.1) == 3


@pytest.mark.slow
def test_thermal_and_localised_level_statistics():
    """h = 0.5 (spin) is thermal at L = 12 and h = 12 is localised: within 0.02 of the limits.

    40 realisations of 48 ratios have a standard error near 0.006: a false alarm in a thousand.
    """
    means = {}
    for h in (0.5, 12.0):
        fields = draw_fields(4, 12, h, "windows", 0, 40)
        found = windows_of_block(xxz_chain(12), fields, 0.5, 50, streams)
        assert found["certified"].all()
        means[h] = gap_ratios(found["energies"]).mean()
    assert abs(means[0.5] - GOE_GAP_RATIO) < 0.02
    assert abs(means[12.0] - POISSON_GAP_RATIO) < 0.02
