"""Tables and verdicts of the stage mbl, on made-up ensembles of known statistics."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.mbl import claims, schemas, tables
from spinlearn.papers.output import claims_table


def poisson_ensemble(boundary, h, realisations=200, levels=400, seed=0):
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(size=(realisations, levels + 1))
    low, high = np.minimum(gaps[:, 1:], gaps[:, :-1]), np.maximum(gaps[:, 1:], gaps[:, :-1])
    return tables.Ensemble(boundary, 12, h, low / high)


def test_histogram_is_a_density_and_follows_poisson():
    table = tables.level_statistics([poisson_ensemble("ring", 3.9)], bins=20)
    assert table.density.mean() == pytest.approx(1.0)
    expected = 2 / (1 + table.r) ** 2
    # Five standard errors a bin plus the curvature inside a bin of width 1/20 (below 0.4 %).
    assert (abs(table.density - expected) < 5 * table.density_error + 0.004 * expected).all()


@pytest.mark.parametrize(
    ("h", "verdict"), [(3.9, "reproduced"), (0.1, "not reproduced"), (0.5, "not reproduced")]
)
def test_verdicts_follow_the_numbers(h, verdict):
    table = tables.level_statistics([poisson_ensemble("ring", h)], bins=10)
    (claim,) = claims.level_statistics_claims(table)
    assert claim["verdict"] == verdict


def test_too_few_realisations_are_inconclusive():
    table = tables.level_statistics([poisson_ensemble("ring", 3.9, 3, 10)], bins=10)
    (claim,) = claims.level_statistics_claims(table)
    assert claim["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("mean", "error", "expected"),
    [
        (0.388, 0.002, "reproduced"),
        (0.395, 0.002, "inconclusive"),  # two errors straddle the tolerance of 0.01
        (0.405, 0.002, "not reproduced"),
        (0.388, 0.006, "inconclusive"),
        (0.388, 0.0, "inconclusive"),
        (0.388, np.nan, "inconclusive"),
    ],
)
def test_mean_gap_ratios_are_judged_within_a_tolerance(mean, error, expected):
    row = {"boundary": "open", "h": 3.9, "L": 12, "realisations": 9, "mean_gap_ratio": mean}
    table = pd.DataFrame([{**row, "mean_gap_ratio_error": error}])
    (claim,) = claims.level_statistics_claims(table)
    assert claim["verdict"] == expected
    assert (claim["key"], claim["origin"]) == ("hbm.figure10.poisson_open", "paper")


def test_our_own_thermal_point_is_not_the_papers():
    table = tables.level_statistics([poisson_ensemble("ring", h) for h in (0.1, 0.5, 3.9)], bins=9)
    found = claims_table(claims.level_statistics_claims(table)).set_index("key").origin
    assert found["hbm.figure10.own_thermal_ring"] == "spinlearn"
    assert (found == "paper").sum() == 2


def write_indicators(path, L, h, entropy, operators="pauli"):
    R, grid = len(entropy), np.array([0.25, 0.5])
    table = np.ones((R, 2))
    arrays = {
        name: table for name in ("gap_ratio", "number_entropy", "spin_fraction", "window_width")
    }
    schemas.INDICATORS.write(
        path,
        {
            **arrays,
            "fields": np.zeros((R, L)),
            "energy_density": grid,
            "entanglement_entropy": np.stack([0 * entropy, entropy], axis=1),
            "extremal_energies": np.ones((R, 2)),
        },
        {"operators": operators, "h": h, "boundary": "ring", "states_per_window": 5},
    )
    return schemas.INDICATORS.read(path)


def write_windows(path, L, h, energies, entropy):
    R = len(entropy)
    arrays = {name: np.ones(R) for name in ("gap_ratio", "number_entropy", "spin_fraction")}
    schemas.WINDOWS.write(
        path,
        {
            **arrays,
            "fields": np.zeros((R, L)),
            "energies": energies,
            "entanglement_entropy": entropy,
            "extremal_energies": np.ones((R, 2)),
            "certified": np.ones(R),
            "first_level": np.ones(R),
            "residual": np.zeros(R),
            "solver": np.full(R, "shift_invert"),
            "products": np.ones(R),
        },
        {"operators": "spin", "h": h, "boundary": "ring", "energy_density": 0.5},
    )
    return schemas.WINDOWS.read(path)


def test_windows_are_joined_by_size_and_strength(tmp_path):
    rng = np.random.default_rng(0)
    energies = np.sort(rng.uniform(size=(4, 9)), axis=1)
    entropy = np.array([1.0, 2.0, 3.0, 4.0])
    files = [
        write_windows(tmp_path / "a.h5", 8, 6.0, energies[:2], entropy[:2]),
        write_windows(tmp_path / "b.h5", 8, 6.0, energies[2:], entropy[2:]),
        write_windows(tmp_path / "c.h5", 8, 3.0, energies, entropy),
    ]
    assert files[0]["solver"].tolist() == [b"shift_invert"] * 2
    assert tables.certified_share(files) == 1.0
    values = tables.window_values(files, "entanglement_entropy")
    assert list(values) == [(8, 3.0), (8, 6.0)]
    assert values[8, 6.0].tolist() == entropy.tolist()
    ensembles = tables.gather_ensembles(files)
    assert [(e.boundary, e.L, e.h) for e in ensembles] == [("ring", 8, 3.0), ("ring", 8, 6.0)]
    gaps = np.diff(energies, axis=1)  # the definition, written out
    expected = np.minimum(gaps[:, 1:] / gaps[:, :-1], gaps[:, :-1] / gaps[:, 1:])
    np.testing.assert_allclose(ensembles[1].gap_ratio, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("weak", "strong", "error", "expected"),
    [
        (0.98, 0.02, 0.01, ["reproduced", "reproduced"]),
        (0.7, 0.4, 0.01, ["not reproduced", "not reproduced"]),
        (0.98, 0.02, 0.2, ["inconclusive", "inconclusive"]),
        (0.98, 0.02, 0.0, ["inconclusive", "inconclusive"]),
        (1.26, 0.24, 0.02, ["inconclusive"] * 2),
    ],
)
def test_verdicts_on_the_laws_of_entanglement(weak, strong, error, expected):
    table = pd.DataFrame(
        [
            {
                "L": L,
                "h": h,
                "realisations": 9,
                "preferred": "volume",
                "slope_ratio": ratio,
                "slope_ratio_error": error,
                "certified": 0.5,
            }
            for h, ratio in ((1.0, weak), (3.0, 0.5), (8.0, strong))
            for L in (8, 12)
        ]
    )
    found = claims.entanglement_scaling_claims(table)
    assert [claim["verdict"] for claim in found] == expected
    assert "50% of the windows certified" in found[0]["note"]
    assert claims.entanglement_scaling_claims(table.assign(slope_ratio=np.nan)) == []


def test_indicator_map_divides_by_the_normalisation(tmp_path):
    from spinlearn.spins.entanglement import page_entropy

    contents = write_indicators(tmp_path / "a.h5", 8, 6.0, np.full(3, page_entropy(16, 16)))
    table = tables.indicator_map([contents], "page")
    chosen = table[(table.indicator == "entanglement_entropy") & (table.energy_density == 0.5)]
    assert chosen["mean"].tolist() == pytest.approx([1.0])
    assert len(table) == 8


def collapses(h_c=(3.4, 3.5), error=0.1, nu=(3.0, 3.1), nu_error=0.3, at_bound=False):
    return pd.DataFrame(
        {
            "L_min": [8, 10],
            "L_max": [14, 14],
            "h_c": h_c,
            "h_c_error": error,
            "nu": nu,
            "nu_error": nu_error,
            "quality": 1.0,
            "at_bound": at_bound,
        }
    )


CROSSINGS = pd.DataFrame(
    {
        "L_small": [8, 10],
        "L_large": [10, 12],
        "h_crossing": [2.0, np.nan],
        "error": [0.5, np.nan],
        "fraction": [0.9, 0.1],
    }
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["reproduced", "reproduced"]),
        ({"h_c": (2.4, 2.5), "nu": (0.9, 0.8)}, ["not reproduced", "not reproduced"]),
        # The drift when the smallest size is left out counts as an error.
        ({"h_c": (3.4, 2.0)}, ["inconclusive", "reproduced"]),
        ({"nu": (3.0, 1.0)}, ["reproduced", "inconclusive"]),
        ({"error": 0.4, "nu_error": 1.0}, ["inconclusive", "inconclusive"]),
        ({"error": np.nan}, ["inconclusive", "reproduced"]),
        ({"at_bound": True}, ["inconclusive", "inconclusive"]),
    ],
)
def test_verdicts_on_the_transition(changes, expected):
    found = claims.transition_claims(CROSSINGS, collapses(**changes), 1.0)
    assert [claim["verdict"] for claim in found] == expected
    assert [claim["origin"] for claim in found] == ["paper", "spinlearn"]
    assert "unknown (L = 10, 12;" in found[0]["note"]


def test_no_verdict_without_a_collapse():
    assert claims.transition_claims(pd.DataFrame(), pd.DataFrame(), 1.0) == []
    nothing = collapses(h_c=(np.nan, np.nan))
    assert claims.transition_claims(CROSSINGS, nothing, 1.0) == []
