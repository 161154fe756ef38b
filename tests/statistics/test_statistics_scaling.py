"""Curves, crossings and collapses of made-up data in one table."""

import numpy as np
import pandas as pd
import pytest
from made_up_curves import made_up

from spinlearn.statistics.scaling import scaling_table


def part(table, name):
    return table[table.part == name].dropna(axis=1, how="all").reset_index(drop=True)


def test_table_has_curves_crossings_and_collapses():
    found = scaling_table(made_up(0), 0, 20)
    curves, collapses = part(found, "curve"), part(found, "collapse")
    assert part(found, "crossing").L_large.tolist() == [10, 12]
    assert collapses.L_min.tolist() == [8]
    others = part(found, "other_form").form.tolist()
    assert others == ["Kosterlitz-Thouless", "Kosterlitz-Thouless, drifting"]
    assert len(part(found, "extrapolation")) == 1
    h_c, nu = collapses.h_c[0], collapses.nu[0]
    assert curves.x.tolist() == pytest.approx(((curves.h - h_c) * curves.L ** (1 / nu)).tolist())


def test_table_has_only_curves_if_data_are_too_few():
    """One size or one realisation: no error, no traceback."""
    one_size = {cell: v for cell, v in made_up(0).items() if cell[0] == 8}
    single = {cell: v[:1] for cell, v in made_up(0).items()}
    for data in (one_size, single):
        found = scaling_table(data, 0, 20)
        assert (found.part == "curve").all()
        assert len(found) == len(data)


def test_curves_that_do_not_collapse_are_not_scaled():
    """Their heights depend on the size; h_c is known for no form."""
    lifted = {(L, h): v + 0.02 * L for (L, h), v in made_up(0).items()}
    found = scaling_table(lifted, 0, 20)
    assert "x" not in found
    assert found.h_c.isna().all()
    assert (part(found, "collapse").quality > 3).all()


def test_strengths_without_disorder_are_in_the_curves_only():
    clean = {**made_up(0), **{(L, 0.0): np.full(9, 0.4) for L in (8, 10, 12)}}
    found, expected = scaling_table(clean, 0, 20), scaling_table(made_up(0), 0, 20)
    pd.testing.assert_frame_equal(part(found, "collapse"), part(expected, "collapse"))
    assert len(part(found, "curve")) == len(clean)
