"""What limits predictions: ceilings from quarters of windows, scores, learning curves."""

from types import SimpleNamespace

import numpy as np
import pytest
from chains import about_chain
from papers.gresch2022.examples import GRID, check_saves, predictions_file, realisations
from papers.gresch2022.test_gresch2022_figure9 import as_published, curve

from spinlearn.mbl.schemas import INDICATORS
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import indicator_extrapolation, indicator_limits
from spinlearn.papers.spinlearn.ceilings import ceilings

NAMES = ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction")
SHARES = dict(zip(NAMES, (0.0, 0.95, 0.9, 0.8), strict=True))


def indicators_file(path, L, h, R=400, states=5):
    """Quarters and means of 28 values whose explainable share is known, at two energies."""
    rng = np.random.default_rng([L, int(h)])
    arrays = {}
    for name, share in SHARES.items():
        s = np.sqrt(share / (1 - share) / 28) * rng.standard_normal((R, 2, 1))
        values = s + rng.standard_normal((R, 2, 28))
        arrays[name] = values.mean(axis=2)
        arrays[f"{name}_quarters"] = np.stack([values[..., i::4].mean(2) for i in range(4)], 2)
    arrays |= {
        "fields": np.zeros((R, L)),
        "energy_density": np.array([0.25, 0.5]),
        "window_mean": np.tile([0.25, 0.5], (R, 1)),
        "window_width": np.full((R, 2), 0.1),
        "extremal_energies": np.ones((R, 2)),
    }
    INDICATORS.write(path, arrays, {**about_chain("pauli"), "h": h, "states_per_window": states})
    return path


def poor(target, run):
    """Predictions with R^2_norm of about 0.4 for targets that are uniform in [0, 1]."""
    return target + 0.5 * np.sin(1e6 * target + run)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    cells = [(L, h) for L in (6, 8) for h in (2.0, 5.0)]
    files = SimpleNamespace(
        network=[predictions_file(folder / "n.h5", poor, range(5))],
        regression=[predictions_file(folder / "r.h5", runs=(0,), variant="regression")],
        curve=[curve(folder / "c.h5", as_published).path],
        indicators=[indicators_file(folder / f"{L}_{h}.h5", L, h) for L, h in cells],
    )
    found = indicator_limits.table(files, {"dpi": 150, "seed": 1, "energy_density": 0.5})
    trained = found["part"] == "trained"  # the longest ring of the made-up learning curve has 12
    return found.assign(L=found["L"].mask(trained & (found["L"] == 8), 12))


def test_ceilings_are_the_shares_of_the_windows(tmp_path):
    paths = [indicators_file(tmp_path / f"{h}.h5", 8, h) for h in (2.0, 5.0)]
    found = ceilings([INDICATORS.read(path) for path in paths], None, 1)
    assert len(found) == 2 * 2 * 4
    for row in found.itertuples():
        assert abs(row.share - SHARES[row.indicator]) < 4 * row.share_error
        assert row.r2_norm == pytest.approx(1 / (2 - row.share))
    assert set(ceilings([INDICATORS.read(paths[0])], 0.25, 1)["energy_density"]) == {0.25}
    few = indicators_file(tmp_path / "few.h5", 8, 2.0, R=2)
    assert ceilings([INDICATORS.read(few)], None, 1).empty


def test_table_has_all_parts_at_one_energy_density(table):
    assert set(table["part"]) == {"score", "ceiling", "curve", "loss", "trained"}
    assert set(table["energy_density"].dropna()) == {0.5}
    assert set(table.loc[table["part"] == "score", "predictor"]) == {"network", "regression"}


def test_claims_tell_noise_from_what_can_be_learned(table):
    enough = table.assign(
        test_realisations=table["test_realisations"].mask(table.part == "score", 60)
    )
    claims = {claim["key"].rpartition(".")[2]: claim for claim in indicator_limits.claims(enough)}
    claims_table(list(claims.values()), "spinlearn.indicator_limits.")
    assert {key: claim["verdict"] for key, claim in claims.items()} == {
        "gap_ratio_noise": "reproduced",
        "entropy_room": "reproduced",
        "fraction_room": "reproduced",
        "fewer_data": "reproduced",  # networks of the file are poor
    }
    assert all(claim["origin"] == "spinlearn" for claim in claims.values())
    noise = claims["gap_ratio_noise"]
    assert noise["measured"] == pytest.approx(0.0, abs=0.15)


def test_losses_of_trained_networks_are_mean_squared_errors(table):
    """By the formula, from the predictions; equally many realisations at each h."""
    data = realisations()
    rows = table[table["part"] == "trained"].set_index("L")
    assert list(rows.index) == [6, 12]
    for L, row in zip((6, 8), rows.to_dict("records"), strict=True):
        exact = data.targets[data.L == L][:, GRID == 0.5]
        losses = [np.mean((poor(exact, run) - exact) ** 2) for run in range(5)]
        assert row["test_loss"] == pytest.approx(np.mean(losses))
        assert row["test_error"] == pytest.approx(np.std(losses, ddof=1) / np.sqrt(5))
        assert (row["size"], row["repeats"]) == (40, 5)


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [(0.02, "reproduced"), (0.0075, "inconclusive"), (0.001, "not reproduced")],
)
def test_data_limit_is_judged_by_networks_trained_to_the_end(table, loss, verdict):
    """The regression with few data has 0.0075; the networks of the learning curve do not count."""
    trained = table["part"] == "trained"
    changed = table.assign(test_loss=table["test_loss"].mask(trained, loss))
    for name in ("test_error", "sampling_error"):
        changed[name] = changed[name].mask(trained, 0.0002)
    paper = (changed["part"] == "loss") & (changed["predictor"] == "network")
    for factor in (1.0, 10.0):
        other = changed.assign(test_loss=changed["test_loss"].mask(paper, factor * 0.0075))
        claim = indicator_limits.claims(other)[-1]
        assert claim["verdict"] == verdict
        assert f"{loss:g} ± 0.00028 (networks, N_train = 40)" in claim["note"]
        assert "(networks after 1350 updates, 48)" in claim["note"]


def test_windows_of_much_of_the_spectrum_say_nothing_about_noise(tmp_path, table):
    """Noises of their states cancel; 30 of the 70 states of L = 8 are such a window."""
    found = ceilings(
        [INDICATORS.read(indicators_file(tmp_path / "a.h5", 8, 5.0, states=30))], 0.5, 1
    )
    assert set(found["of_spectrum"]) == {30 / 70}
    assert set(table["of_spectrum"].dropna()) == {5 / 20, 5 / 70}
    wide = table["of_spectrum"] == 5 / 20
    noise = indicator_limits.claims(table.assign(of_spectrum=table["of_spectrum"].mask(wide, 0.4)))[
        0
    ]
    assert "(L = 8)" in noise["note"]
    assert "(L = 6)" not in noise["note"]
    noise = indicator_limits.claims(table.assign(of_spectrum=0.4))[0]
    assert noise["note"] == "no windows of at most a quarter of the spectrum"


def test_predictors_look_alike_in_both_figures():
    """Colours go by the order."""
    names = list(indicator_limits.PREDICTORS.values())
    assert names == list(indicator_extrapolation.PREDICTORS.values())


def test_few_realisations_are_too_few(table):
    claims = indicator_limits.claims(table)
    assert claims[0]["verdict"] == "too small to judge"
    assert indicator_limits.claims(table.assign(system="open chain")) == []


def test_the_picture_shows_the_ceiling_above_all(table, tmp_path):
    figure = indicator_limits.draw(table)
    assert len(figure.axes) == 6
    check_saves(figure, tmp_path)
