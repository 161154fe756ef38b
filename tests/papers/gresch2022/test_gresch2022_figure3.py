"""Figure 3: means and spreads of the longest chain, and what is claimed of them."""

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    COUNT,
    ON_TABLES,
    SETTINGS,
    STRENGTHS,
    check_saves,
    files,
    heights,
    noisy,
    predictions_file,
    realisations,
    verdicts_of,
)

from spinlearn.gru.data import Realisations
from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers.gresch2022 import figure3


@pytest.fixture
def table(tmp_path):
    return figure3.table(files(predictions_file(tmp_path / "p.h5")), SETTINGS)


def test_rows_are_mean_and_deviation_of_the_longest_chain(table):
    data = realisations()
    assert set(table["L"]) == {8}
    assert table["held_out"].all()
    for h in STRENGTHS:
        values = data.targets[(data.L == 8) & (data.h == h)][:, 1]
        rows = table[(table["h"] == h) & (table["source"] == "exact")].set_index("indicator")
        rows = rows.loc[list(INDICATORS)]
        assert np.allclose(rows["mean"], values.mean(axis=0))
        assert np.allclose(rows["std"], values.std(axis=0, ddof=1))
        assert np.allclose(rows["mean_error"], values.std(axis=0, ddof=1) / np.sqrt(COUNT))
    assert set(table["test_realisations"]) == {COUNT}


def test_blocks_of_runs_give_the_table_of_the_whole(tmp_path):
    whole = predictions_file(tmp_path / "whole.h5", runs=(0, 1, 2, 3))
    blocks = [predictions_file(tmp_path / f"{r}.h5", runs=(r, r + 1)) for r in (2, 0)]
    found = figure3.table(files(*blocks), SETTINGS)
    assert (found["runs"] == 4).all()
    expected = figure3.table(files(whole), SETTINGS)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_variant_shows_what_it_predicts(tmp_path):
    path = predictions_file(tmp_path / "p.h5", lambda y, run: noisy(y, run) * [np.nan, np.nan, 1])
    table = figure3.table(files(path), SETTINGS)
    assert set(table["indicator"]) == {"spin_fraction"}


def test_a_single_realisation_has_no_spread(tmp_path):
    data = realisations(strengths=(2.0, 5.0))
    first = [getattr(data, name)[::COUNT] for name in ("fields", "L", "h")]
    alone = Realisations(*first, data.energy_density, data.targets[::COUNT])
    table = figure3.table(files(predictions_file(tmp_path / "p.h5", data=alone)), SETTINGS)
    assert table["mean"].notna().all()
    assert table[["std", "mean_error", "std_error"]].isna().all(axis=None)
    assert verdicts_of(figure3.claims(table)) == ["too small to judge"] * 7
    check_saves(figure3.draw(table), tmp_path)


def test_an_absent_energy_density_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"0\.9"):
        figure3.table(
            files(predictions_file(tmp_path / "p.h5")), {**SETTINGS, "energy_density": 0.9}
        )


def test_bars_are_means_and_deviations(table, tmp_path):
    figure = figure3.draw(table)
    assert len(figure.axes) == 3
    for ax, name in zip(figure.axes, INDICATORS, strict=True):
        part = table[(table["indicator"] == name)].sort_values("h")
        exact, network = ax.containers
        assert np.allclose(heights(exact[0]), part[part["source"] == "exact"]["mean"])
        assert np.allclose(heights(network[0]), part[part["source"] == "network"]["mean"])
        bars = exact[2][0].get_segments()
        half = [(bar[1, 1] - bar[0, 1]) / 2 for bar in bars]
        assert np.allclose(half, part[part["source"] == "exact"]["std"])
    assert {text.get_text() for text in figure.axes[0].texts} == {"GOE", "Poisson"}
    check_saves(figure, tmp_path)


def test_further_indicators_have_panels_and_leave_no_claim(table, tmp_path):
    further = ("schmidt_gap", "participation_entropy", "kl_divergence")
    path = predictions_file(tmp_path / "q.h5", data=realisations(further=further))
    wider = figure3.table(files(path), SETTINGS)
    paper = wider[wider["indicator"].isin(INDICATORS)].reset_index(drop=True)
    pd.testing.assert_frame_equal(paper.assign(system="ring"), table, check_exact=True)
    assert figure3.claims(wider) == []  # other networks than the paper's
    figure = figure3.draw(wider)
    shown = [ax.get_ylabel() for ax in figure.axes[3:]]
    assert shown == [
        r"$S_{\rm p}$ / upper limit",
        r"$D_{\rm KL}$ / $\ln D$",
        r"$\Delta\lambda$",
    ]
    check_saves(figure, tmp_path)


def test_one_field_and_one_run_still_draw(tmp_path):
    path = predictions_file(tmp_path / "p.h5", runs=(0,), data=realisations(strengths=(4.0,)))
    check_saves(figure3.draw(figure3.table(files(path), SETTINGS)), tmp_path)


def statistics(offset, ratio, error=0.02):
    """A table with network means off by `offset` exact deviations."""
    rows = []
    for indicator in INDICATORS:
        for h in (1.0, 4.0, 8.0):
            for source in ("exact", "network"):
                network = source == "network"
                rows.append(
                    {
                        "indicator": indicator,
                        "L": 12,
                        "h": h,
                        "energy_density": 0.5,
                        "source": source,
                        "mean": 0.5 + 0.1 * offset * network,
                        "std": 0.1 * (ratio[indicator] if network else 1.0),
                        "mean_error": error,
                        "std_error": error / np.sqrt(2),
                        "held_out": True,
                        **ON_TABLES,
                    }
                )
    return pd.DataFrame(rows)


PAPER_RATIO = {"gap_ratio": 0.2, "entanglement_entropy": 0.9, "spin_fraction": 0.9}


def test_claims_reproduced_as_in_the_paper():
    claims = figure3.claims(statistics(0.2, PAPER_RATIO, error=0.02))
    assert verdicts_of(claims) == ["reproduced"] * 6 + ["too small to judge"]  # 40 realisations
    # At two h, each with an error of 0.02 / 0.1: together 0.2/sqrt(2).
    assert (claims[0]["measured"], claims[0]["error"]) == (0.2, 0.14)
    assert claims[1]["measured"] == pytest.approx(0.2)


def test_claims_in_other_cases():
    """Claims on means and on spreads alternate; the last one needs more realisations."""
    same = dict.fromkeys(INDICATORS, 1.0)
    found = verdicts_of(figure3.claims(statistics(1.8, same, error=0.01))[:6])
    assert found[::2] == ["not reproduced"] * 3
    assert found[1::2] == ["not reproduced", "reproduced", "reproduced"]
    small = dict.fromkeys(INDICATORS, 0.1)
    found = verdicts_of(figure3.claims(statistics(0.7, small))[:6])
    assert found[::2] == ["inconclusive"] * 3
    assert found[1::2] == ["reproduced", "not reproduced", "not reproduced"]
    for error in (0.2, 0.0, np.nan):
        vague = verdicts_of(figure3.claims(statistics(1.8, same, error=error))[:6])
        assert vague == ["inconclusive"] * 6
    # A deviation that is small, but not surely so.
    assert verdicts_of(figure3.claims(statistics(0.4, same, error=0.02)))[0] == "inconclusive"


def test_claims_without_large_fields():
    table = statistics(0.1, PAPER_RATIO)
    found = verdicts_of(figure3.claims(table[table["h"] < 3]))
    assert found == ["too small to judge"] * 7


def test_only_the_mean_of_r_is_judged_again_at_ten_times_the_data():
    for ratio, expected in ((0.2, "reproduced"), (1.0, "not reproduced")):
        spreads = {**PAPER_RATIO, "gap_ratio": ratio}
        table = statistics(0.2, spreads).assign(train_realisations=800)
        *_, claim = figure3.claims(table)
        assert claim["key"] == "gresch2022.figure3.std_gap_ratio_with_more_data"
        assert (claim["verdict"], claim["measured"]) == (expected, ratio)


def test_baselines_are_beside_the_network(tmp_path):
    data = realisations()
    paths = [
        predictions_file(tmp_path / f"{name}.h5", lambda y, _, s=shift: y + s, (0,), variant=name)
        for shift, name in ((0.0, "mean"), (0.1, "deviation"), (0.2, "regression"))
    ]
    network = predictions_file(tmp_path / "p.h5", data=data)
    table = figure3.table(files(network, baselines=paths), SETTINGS)
    exact = table[table["source"] == "exact"].reset_index()
    for shift, name in ((0.0, "mean"), (0.1, "deviation"), (0.2, "regression")):
        part = table[table["source"] == name].reset_index()
        assert np.allclose(part["mean"] - exact["mean"], shift)
        assert np.allclose(part["std"], exact["std"])
    figure = figure3.draw(table)
    bars = figure.axes[1].containers[2]
    rows = table[(table["indicator"] == INDICATORS[1]) & (table["source"] == "regression")]
    assert np.allclose(heights(bars[0]), rows.sort_values("h")["mean"])
    check_saves(figure, tmp_path)
    note = figure3.claims(table)[1]["note"]
    assert note == "baselines: 1 ± 0.21 mean, 1 ± 0.21 deviation, 1 ± 0.21 regression"
