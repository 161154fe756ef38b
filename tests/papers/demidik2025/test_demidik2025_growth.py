"""Growth of the fewest hidden units with the visible ones."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from spinlearn.papers.demidik2025.growth import draw_power_law, growth, growth_claims
from spinlearn.papers.style import figure
from spinlearn.statistics.lines import weighted_line

N = np.array([6, 8, 10, 12])


def invented(laws, n=N, error=0.1, runs=100, iterations=2000):
    """m of each (data set, Pauli set) by a law, with the given error."""
    frames = [
        pd.DataFrame(
            {
                "dataset": dataset, "paulis": paulis, "n": n, "m": law(n), "m_error": error,
                "status": "reached", "runs": runs, "iterations": iterations,
            }
        )
        for (dataset, paulis), law in laws.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def power(c, b):
    return lambda n: c * n**b


def exponential(c, r):
    return lambda n: c * np.exp(r * n)


def judged(table):
    return {claim["key"].rpartition(".")[2]: claim for claim in growth_claims(table)}


def test_line_agrees_with_scipy():
    """The same least squares by `curve_fit`; these points scatter less than their errors."""
    x, e = np.array([1.0, 2.0, 4.0, 7.0]), np.array([0.3, 0.2, 0.4, 0.5])
    y = 1.0 + 0.5 * x + np.array([0.1, -0.1, 0.2, -0.2])
    best, covariance = curve_fit(lambda x, a, b: a + b * x, x, y, sigma=e, absolute_sigma=True)
    line = weighted_line(x, y, e)
    np.testing.assert_allclose([line.intercept, line.slope], best, rtol=1e-6)
    assert line.error == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-4)
    wide = weighted_line(x, y, e / 10)
    assert wide.error > np.sqrt(covariance[1, 1]) / 10  # chi-square above its degrees of freedom


@pytest.mark.parametrize("e", [[0.1, 0.1, np.nan], [0.1, 0.1, 0.0]])
def test_line_without_errors_is_unknown(e):
    assert np.isnan(weighted_line([1, 2, 3], [1, 2, 3], e)).all()
    assert np.isnan(weighted_line([1, 2, 2], [1, 2, 3], [0.1] * 3)).all()


def test_exponents_and_rates_are_found():
    table = invented({("random", "Z"): power(0.3, 2.0), ("parity", "XZ"): exponential(0.2, 0.4)})
    found = growth(table).set_index("dataset")
    assert found.b["random"] == pytest.approx(2.0)
    assert found.r["parity"] == pytest.approx(0.4)
    assert found.power["random"] < 1e-9 < found.exponential["random"]
    assert found.exponential["parity"] < 1e-9 < found.power["parity"]


def test_error_of_an_exponent_is_the_spread_over_noise():
    """100 tables with normal errors of m: the spread of b is the error that is given."""
    rng, found = np.random.default_rng(3), []
    for _ in range(100):
        table = invented({("random", "Z"): power(0.3, 2.0)}, error=1.0)
        table["m"] += rng.normal(scale=np.hypot(1.0, 1 / np.sqrt(12)), size=len(table))
        found.append(growth(table).iloc[0])
    spread = np.std([row.b for row in found])
    errors = np.median([row.b_error for row in found])
    assert errors == pytest.approx(spread, rel=0.25)  # scaled up where chi-square is large


def test_bounds_are_left_out():
    table = invented({("bars", "Z"): power(0.5, 1.0)})
    table.loc[0, ["status", "m_error"]] = ["at_smallest_m", np.nan]
    assert growth(table).points.tolist() == [3]
    table.loc[1, ["status", "m_error"]] = ["not_reached", np.nan]
    assert growth(table).empty


def test_power_law_is_drawn_through_the_points():
    _, ax = figure()
    curve = invented({("random", "Z"): power(0.3, 2.0)})
    draw_power_law(ax, curve.assign(x=curve.n + 0.1), "k")
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_ydata(), 0.3 * (line.get_xdata() - 0.1) ** 2, rtol=1e-9)
    draw_power_law(ax, curve[:2].assign(x=curve.n), "k")
    assert len(ax.lines) == 1


def test_power_and_exponential_are_told_apart():
    laws = {("random", "Z"): power(0.3, 2.0), ("random", "XZ"): power(0.15, 2.0)}
    assert judged(invented(laws))["growth_polynomial"]["verdict"] == "reproduced"
    laws = {("random", "Z"): exponential(0.6, 0.4), ("random", "XZ"): exponential(0.3, 0.4)}
    assert judged(invented(laws))["growth_polynomial"]["verdict"] == "not reproduced"
    vague = judged(invented(laws, error=10.0))["growth_polynomial"]
    assert vague["verdict"] == "inconclusive"
    assert "exponentials" in vague["note"]


def test_difference_has_an_error():
    laws = {
        (dataset, paulis): power(0.3, b)
        for dataset, b in (("bars", 0.5), ("parity", 2.5))
        for paulis in ("Z", "XZ", "XYZ")
    }
    found = judged(invented(laws))["growth_differs"]
    assert found["measured"] == pytest.approx(2.0, abs=0.01)
    assert 0 < found["error"] < 0.5
    assert found["verdict"] == "reproduced"


def test_two_sizes_are_too_small():
    laws = {("bars", "Z"): power(0.5, 1.0), ("parity", "Z"): power(0.3, 2.0)}
    found = judged(invented(laws, n=np.array([6, 8])))
    assert {claim["verdict"] for claim in found.values()} == {"too small to judge"}
    for changes in ({"runs": 5}, {"iterations": 1000}):
        few = judged(invented(laws, **changes))
        assert {claim["verdict"] for claim in few.values()} == {"too small to judge"}
