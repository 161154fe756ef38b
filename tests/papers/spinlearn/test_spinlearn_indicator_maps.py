"""Maps of the indicators, and the mobility edges over them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from chains import about_chain

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.mobility_edges import has_edge
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.papers.spinlearn import indicator_maps
from spinlearn.spins.entanglement import page_entropy

SETTINGS = {
    "dpi": 150,
    "seed": 0,
    "resamples": 20,
    "entropy_normalisation": "page",
    "largest_shift": 0.025,
    "largest_width": 0.15,
}


def write_indicators(path, L, h, entropy, **others):
    R = len(entropy)
    names = ("gap_ratio", "number_entropy", "spin_fraction", "extremal_energies")
    INDICATORS.write(
        path,
        {
            **dict.fromkeys(names, np.ones((R, 2))),
            "fields": np.zeros((R, L)),
            "energy_density": np.array([0.25, 0.5]),
            "window_mean": np.tile([0.25, 0.5], (R, 1)),
            "window_width": np.full((R, 2), 0.1),
            "entanglement_entropy": np.stack([0 * entropy, entropy], axis=1),
            **others,
        },
        {**about_chain("pauli"), "h": h, "states_per_window": 5},
    )
    return path


def test_table_divides_by_the_normalisation(tmp_path):
    path = write_indicators(tmp_path / "a.h5", 8, 6.0, np.full(3, page_entropy(16, 16)))
    table = indicator_maps.table(SimpleNamespace(indicators=[path]), SETTINGS)
    chosen = table[(table.indicator == "entanglement_entropy") & (table.energy_density == 0.5)]
    assert chosen["mean"].tolist() == pytest.approx([1.0])
    assert len(table) == 8
    assert indicator_maps.claims(table) == []
    indicator_maps.draw(table).draw_without_rendering()


def test_every_observable_of_the_files_is_shown_with_its_edge(tmp_path):
    """In the registry's order; a realisation that is undefined does not count."""
    rng = np.random.default_rng(0)
    paths = []
    for L in (6, 8):
        for h in (2.0, 5.0, 8.0):
            made = {name: rng.uniform(0.1, 0.3, (4, 2)) for name in OBSERVABLES}
            made["kl_divergence"] = rng.uniform(2, 3, (4, 2))
            made["gap_ratio"][0, 1] = np.nan
            path = tmp_path / f"{L}-{h}.h5"
            paths.append(write_indicators(path, L, h, np.ones(4), **made))
    table = indicator_maps.table(SimpleNamespace(indicators=paths), SETTINGS)
    shown = table[table.L.notna()]
    assert list(dict.fromkeys(shown.indicator)) == list(OBSERVABLES)
    counts = shown[shown.indicator == "gap_ratio"].groupby("energy_density").realisations.unique()
    assert [found.tolist() for found in counts] == [[4], [3]]
    assert shown["mean"].notna().all()
    edges = table[table.L.isna()]
    assert set(edges.indicator) == {name for name in OBSERVABLES if has_edge(name)}
    fig = indicator_maps.draw(table)
    bars = [ax for ax in fig.axes if ax.get_label() == "<colorbar>"]
    expected = [f"${each.symbol}$" for each in OBSERVABLES.values()]
    found = [ax.get_ylabel() for ax in bars]
    assert found[0] == expected[0]
    assert all(label.startswith(one) for label, one in zip(found[2:], expected[2:], strict=True))
    assert found[5] == r"$D_{\rm KL}$ (nat)"
    fig.draw_without_rendering()


def test_an_indicator_that_is_undefined_everywhere_leaves_its_map_empty(tmp_path):
    undefined = {"gap_ratio": np.full((3, 2), np.nan)}
    path = write_indicators(tmp_path / "a.h5", 8, 6.0, np.ones(3), **undefined)
    table = indicator_maps.table(SimpleNamespace(indicators=[path]), SETTINGS)
    rows = table[table.indicator == "gap_ratio"]
    assert rows["mean"].isna().all()
    assert rows.realisations.tolist() == [0, 0]
    indicator_maps.draw(table).draw_without_rendering()


def test_wide_windows_leave_their_place_on_the_map_empty(tmp_path):
    """Too wide at L = 8, shifted at L = 10, each at one energy density and strength."""
    wide = {"window_width": np.tile([0.1, 0.2], (3, 1))}
    shifted = {"window_mean": np.tile([0.29, 0.5], (3, 1))}
    paths = [
        write_indicators(tmp_path / f"{L}-{h}.h5", L, h, np.ones(3), **others)
        for L, h, others in ((8, 2.0, wide), (8, 6.0, {}), (10, 2.0, shifted), (10, 6.0, {}))
    ]
    table = indicator_maps.table(SimpleNamespace(indicators=paths), SETTINGS)
    left_out = table[table["mean"].isna()]
    places = set(zip(left_out.L, left_out.h, left_out.energy_density, strict=True))
    assert places == {(8, 2.0, 0.5), (10, 2.0, 0.25)}
    assert set(left_out.indicator) == set(table.indicator)
    assert (left_out.realisations == 0).all()
    assert sorted(left_out.window_width.unique()) == pytest.approx([0.1, 0.2])
    first, second = panels(indicator_maps.draw(table))[:2]
    assert first.collections[0].get_array().mask.tolist() == [[False, False], [True, False]]
    assert second.collections[0].get_array().mask.tolist() == [[True, False], [False, False]]
    assert first.patch.get_hatch()


@pytest.mark.parametrize(("strengths", "energies"), [((6.0,), (0.25, 0.5)), ((6.0,), (0.5,))])
def test_a_single_value_on_an_axis_fills_a_cell(strengths, energies):
    """A map of one column, or of one cell, covers some area."""
    table = maps((8,), energies)
    table = table[table.h == 5.0].assign(h=strengths[0])
    fig = indicator_maps.draw(table)
    fig.draw_without_rendering()
    mesh = fig.axes[0].collections[0]
    corners = mesh.get_coordinates()
    assert corners.shape == (len(energies) + 1, 2, 2)
    assert (np.diff(corners[:, :, 0], axis=1) == 1.0).all()
    assert (np.diff(corners[:, :, 1], axis=0) > 0).all()
    assert mesh.get_array().size == len(energies)


def maps(sizes, energies, normalisation="page"):
    rows = [
        {"L": L, "h": h, "energy_density": energy, "indicator": name, "mean": 0.4}
        for L in sizes
        for h in (1.0, 5.0)
        for energy in energies
        for name in ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction")
    ]
    about = {"system": "ring", "entropy_normalisation": normalisation}
    table = pd.DataFrame(rows)
    return table.assign(**about, states_per_window=table.L - 5, error=0.01)


def edge(indicator):
    return pd.DataFrame(
        {
            "indicator": indicator,
            "energy_density": [0.3, 0.5, 0.7],
            "L_small": 10,
            "L_large": 12,
            "crossings": [1, 0, 1],
            "h_crossing": [3.0, np.nan, 2.5],
            "low": [2.0, np.nan, 2.0],
            "high": [3.5, np.nan, 3.0],
            "fraction": [1.0, 0.2, 0.7],
            "h_c": [2.8, 3.6, np.nan],
            "quality": [1.0, 1.2, 50.0],
            "h_c_error": [0.3, 0.9, np.nan],
            "fraction_at_bound": [0.0, 0.1, np.nan],
            "at_bound": [False, False, False],
        }
    )


def panels(fig):
    return [ax for ax in fig.axes if ax.get_label() != "<colorbar>"]


def test_figure_has_a_panel_per_indicator_and_size():
    fig = indicator_maps.draw(maps((8, 10), (0.3, 0.5), "gresch2022_code"))
    assert len(panels(fig)) == 8
    titles = [ax.get_title() for ax in panels(fig)[:2]]
    assert titles == ["$L$ = 8\n3 of 70 states", "$L$ = 10\n5 of 252 states"]
    bars = [ax.get_ylabel() for ax in fig.axes if ax.get_label() == "<colorbar>"]
    expected = ("r", "2022's", "nat", "f")
    assert all(name in label for name, label in zip(expected, bars, strict=True))
    fig.draw_without_rendering()


def test_cells_with_large_errors_are_left_out():
    """A tenth of the colour scale is 0.0145 for the gap ratio, and 0.1 from 0 to 1."""
    table = maps((8,), (0.3, 0.5))
    table = table.assign(error=np.where(table.energy_density == 0.3, 0.016, 0.014))
    found = panels(indicator_maps.draw(table))
    ratio, entropy = (found[n].collections[0].get_array().mask for n in (0, 1))
    assert ratio.tolist() == [[True, True], [False, False]]
    assert not np.any(entropy)


def test_cells_with_unknown_errors_are_left_out():
    """One realisation, whose single value says little."""
    table = maps((8,), (0.3, 0.5))
    table = table.assign(error=np.where(table.energy_density == 0.3, np.nan, 0.01))
    mask = panels(indicator_maps.draw(table))[0].collections[0].get_array().mask
    assert mask.tolist() == [[True, True], [False, False]]


def test_mobility_edges_lie_over_the_maps_of_their_indicator():
    plain = maps((8, 10, 12), (0.3, 0.5, 0.7))
    table = pd.concat([plain, edge("entanglement_entropy")], ignore_index=True)
    found = panels(indicator_maps.draw(table))
    assert [len(ax.containers) for ax in found] == [0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0]
    before = panels(indicator_maps.draw(plain))[4]
    assert (found[4].get_xlim(), found[4].get_ylim()) == (before.get_xlim(), before.get_ylim())


def test_uncertain_mobility_edges_are_hollow_or_omitted():
    table = pd.concat([maps((10, 12), (0.3, 0.5, 0.7)), edge("gap_ratio")], ignore_index=True)
    ax = panels(indicator_maps.draw(table))[0]
    points = [c.lines[0] for c in ax.containers]
    assert [(p.get_xdata()[0], p.get_ydata()[0]) for p in points] == [(3.0, 0.3), (2.5, 0.7)]
    assert [p.get_markerfacecolor() for p in points] == ["white", "none"]
    line = next(line for line in ax.lines if line.get_linestyle() == "--")
    np.testing.assert_equal(line.get_xdata(), [2.8, 3.6, np.nan])


def test_collapses_with_large_errors_or_at_the_edge_are_not_drawn():
    """Too large an error, too many resamples at the edge, an unknown error."""
    poor = edge("gap_ratio").assign(
        h_c=[2.8, 3.6, 3.0], h_c_error=[1.0, 0.5, np.nan], fraction_at_bound=[0.0, 0.11, 0.0]
    )
    found = pd.concat([maps((10, 12), (0.3, 0.5, 0.7)), poor], ignore_index=True)
    lines = panels(indicator_maps.draw(found))[0].lines
    dashed = next(line for line in lines if line.get_linestyle() == "--")
    assert np.isnan(dashed.get_xdata()).all()
