"""Figures of the stage mbl draw what their tables say."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers import mbl


def statistics_table():
    rows = []
    for boundary in ("ring", "open"):
        for h in (0.1, 3.9):
            for r in np.linspace(0.05, 0.95, 10):
                rows.append(
                    {
                        "boundary": boundary,
                        "L": 10,
                        "h": h,
                        "realisations": 7,
                        "r": r,
                        "density": 1 + h - r,
                        "density_error": 0.1,
                        "mean_gap_ratio": 0.4,
                        "mean_gap_ratio_error": 0.01,
                    }
                )
    return pd.DataFrame(rows)


def test_figure10_has_a_panel_a_boundary_and_the_two_laws():
    fig = mbl.figure10(statistics_table())
    assert len(fig.axes) == 2
    labels = fig.axes[0].get_legend_handles_labels()[1]
    assert labels[0] == "Poisson"
    assert labels[1].startswith("GOE")
    assert len(labels) == 4
    poisson, goe = (line.get_ydata() for line in fig.axes[0].lines[:2])
    grid = fig.axes[0].lines[0].get_xdata()
    # Both are densities on [0, 1]; means 2 ln 2 - 1 and 4 - 2 sqrt 3.
    for density, mean in ((poisson, 2 * np.log(2) - 1), (goe, 4 - 2 * np.sqrt(3))):
        assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-4)
        assert np.trapezoid(density * grid, grid) == pytest.approx(mean, abs=1e-4)


def test_figure10_with_one_boundary():
    table = statistics_table()
    assert len(mbl.figure10(table[table.boundary == "ring"]).axes) == 1


def test_maps_have_a_panel_for_each_indicator_and_size():
    table = pd.DataFrame(
        [
            {
                "L": L,
                "h": h,
                "energy_density": e,
                "indicator": name,
                "mean": 0.4,
                "entropy_normalisation": "gresch2022_code",
                "states_per_window": 100,
            }
            for L in (8, 10)
            for h in (1.0, 5.0)
            for e in (0.3, 0.5)
            for name in ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction")
        ]
    )
    fig = mbl.indicator_maps(table)
    panels = [ax for ax in fig.axes if ax.get_label() != "<colorbar>"]
    assert len(panels) == 8
    # A window holds at most the C(L, L/2) states of its sector.
    titles = [ax.get_title() for ax in panels[:2]]
    assert titles == ["$L$ = 8\n70 of 70 states", "$L$ = 10\n100 of 252 states"]
    bars = [ax.get_ylabel() for ax in fig.axes if ax.get_label() == "<colorbar>"]
    assert all(name in label for name, label in zip(("r", "P2's", "nat", "f"), bars, strict=True))
    fig.canvas.draw()
