"""Tables and verdicts of the stage mbl, on made-up ensembles of known statistics."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.figures.output import claims_table
from spinlearn.mbl import claims, schemas, tables


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


def test_entanglement_scaling_joins_blocks_and_converts_h(tmp_path):
    entropy = np.array([1.0, 2.0, 3.0, 4.0])
    files = [
        write_indicators(tmp_path / "a.h5", 8, 6.0, entropy[:2]),
        write_indicators(tmp_path / "b.h5", 8, 6.0, entropy[2:]),
        write_indicators(tmp_path / "c.h5", 8, 3.0, entropy, operators="spin"),
    ]
    table = tables.entanglement_scaling(files, 0.5)
    assert table.h_spin.tolist() == [3.0]
    assert table.realisations.tolist() == [8]
    assert table.entropy_per_site[0] == pytest.approx(2.5 / 8)


def scaling_table(values, error=0.001):
    return pd.DataFrame(
        [
            {
                "L": L,
                "h_spin": h,
                "realisations": 9,
                "entropy": L * s,
                "entropy_per_site": s,
                "entropy_per_site_error": error,
            }
            for (L, h), s in values.items()
        ]
    )


def test_scaling_verdicts():
    values = {(8, 1.0): 0.3, (12, 1.0): 0.31, (8, 8.0): 0.1, (12, 8.0): 0.07}
    both = claims.entanglement_scaling_claims(scaling_table(values))
    assert [c["verdict"] for c in both] == ["reproduced"] * 2
    # S itself is L times as large: 2.4 and 3.72; 0.8 and 0.84.
    assert both[0]["measured"] == pytest.approx(np.log(3.72 / 2.4) / np.log(1.5), abs=0.01)
    assert both[1]["measured"] == pytest.approx(np.log(0.84 / 0.8) / np.log(1.5), abs=0.04)
    for error in (0.02, 0.0, np.nan):
        vague = claims.entanglement_scaling_claims(scaling_table(values, error))
        assert vague[1]["verdict"] == "inconclusive"
    between = {**values, (12, 1.0): 0.247, (12, 8.0): 0.082}
    assert [c["verdict"] for c in claims.entanglement_scaling_claims(scaling_table(between))] == [
        "inconclusive"
    ] * 2
    neither = scaling_table({(8, 1.0): 0.3, (12, 1.0): 0.2, (8, 8.0): 0.1, (12, 8.0): 0.2})
    assert [c["verdict"] for c in claims.entanglement_scaling_claims(neither)] == [
        "not reproduced"
    ] * 2


def test_indicator_map_divides_by_the_normalisation(tmp_path):
    from spinlearn.spins.entanglement import page_entropy

    contents = write_indicators(tmp_path / "a.h5", 8, 6.0, np.full(3, page_entropy(16, 16)))
    table = tables.indicator_map([contents], "page")
    chosen = table[(table.indicator == "entanglement_entropy") & (table.energy_density == 0.5)]
    assert chosen["mean"].tolist() == pytest.approx([1.0])
    assert len(table) == 6
