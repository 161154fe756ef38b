"""Figure 5: three ways of training, compared."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from papers.gresch2022.examples import (
    SETTINGS,
    check_saves,
    heights,
    predictions_file,
    score_table,
    verdicts_of,
)

from spinlearn.gru.schemas import INDICATORS
from spinlearn.papers.gresch2022 import figure5

VARIANTS = ("transfer", "scratch", "multitask")


@pytest.fixture
def table(tmp_path):
    """Of equal predictions under three names."""
    named = {name: [predictions_file(tmp_path / name, variant=name)] for name in VARIANTS}
    return figure5.table(SimpleNamespace(**named, baselines=[]), SETTINGS)


def test_all_variants_are_resampled_alike(table):
    parts = [part.drop(columns="variant") for _, part in table.groupby("variant", sort=False)]
    assert tuple(table["variant"].unique()) == VARIANTS
    for part in parts[1:]:
        assert np.array_equal(part["error"], parts[0]["error"])
        assert np.array_equal(part["r2_norm"], parts[0]["r2_norm"])
    assert set(table["indicator"]) == {"spin_fraction"}


def test_every_length_has_a_panel(table, tmp_path):
    figure = figure5.draw(table)
    assert [ax.get_title() for ax in figure.axes] == ["$L = 6$", "$L = 8$ (not trained on)"]
    for ax, L in zip(figure.axes, (6, 8), strict=True):
        for line, name in zip(ax.lines, VARIANTS, strict=False):
            part = table[(table["variant"] == name) & (table["L"] == L)].sort_values("h")
            assert np.allclose(heights(line), part["r2_norm"])
    check_saves(figure, tmp_path)


@pytest.mark.parametrize(
    ("transfer", "spread", "expected"),
    [
        # The gain of the others is 0.2, half of it 0.1.
        (0.70, 0.01, "reproduced"),
        (0.63, 0.01, "reproduced"),
        (0.60, 0.01, "inconclusive"),
        (0.55, 0.01, "not reproduced"),
        (0.70, np.nan, "inconclusive"),
        (0.55, 0.50, "inconclusive"),
        (0.70, 0.50, "inconclusive"),
    ],
)
def test_claims_compare_three_ways_of_training(transfer, spread, expected):
    ripple = {"spin_fraction": lambda L, h: 0.7 + 0.01 * np.sin(L * h)}
    table = pd.concat(
        [
            score_table({"spin_fraction": transfer}, variant="transfer", spread=spread),
            score_table(ripple, variant="scratch", spread=spread),
            score_table(ripple, variant="multitask", spread=spread),
        ]
    )
    claims = figure5.claims(table)
    assert verdicts_of(claims)[:2] == [expected] * 2
    assert all("within half of the gain" in claim["claim"] for claim in claims[:2])
    assert claims[0]["measured"] == pytest.approx(transfer - 0.7, abs=0.01)


def test_claims_without_large_fields():
    table = score_table({"spin_fraction": 0.7}, variant="transfer", h=(1.0,))
    assert verdicts_of(figure5.claims(table)) == ["too small to judge"] * 5


def test_each_indicator_has_a_row_of_panels(tmp_path):
    """A network with frozen features shows the indicator that its new head learns."""
    names = (*VARIANTS, "transfer_entropy", "transfer_gap_ratio")
    named = {name: [predictions_file(tmp_path / name, variant=name)] for name in names}
    named["baselines"] = [
        predictions_file(tmp_path / f"{name}.h5", runs=(0,), variant=name)
        for name in ("mean", "deviation", "regression")
    ]
    table = figure5.table(SimpleNamespace(**named), SETTINGS)
    shown = table.groupby("variant")["indicator"].unique().map(list)
    assert shown["transfer_entropy"] == ["entanglement_entropy"]
    assert shown["transfer"] == ["spin_fraction"]
    assert shown["regression"] == list(INDICATORS)
    figure = figure5.draw(table)
    assert len(figure.axes) == 3 * 2
    for row, (variant, indicator) in enumerate(figure5.TRANSFERS.items()):
        part = table[(table["variant"] == variant) & (table["L"] == 6)].sort_values("h")
        assert set(part["indicator"]) == {indicator}
        assert np.allclose(heights(figure.axes[2 * row].lines[0]), part["r2_norm"])
    check_saves(figure, tmp_path)


def transfers(fraction=0.7, entropy=0.7, gap_ratio=0.51):
    """Networks with frozen features, and multitask networks that reach 0.7, and 0.5 for r."""
    ripple = {name: lambda L, h: 0.7 + 0.01 * np.sin(L * h) for name in INDICATORS[1:]}
    ripple["gap_ratio"] = lambda L, h: 0.5 + 0.01 * np.sin(L * h)
    own = {"transfer": {"spin_fraction": fraction}, "scratch": {"spin_fraction": fraction}}
    own["transfer_entropy"] = {"entanglement_entropy": entropy}
    own["transfer_gap_ratio"] = {"gap_ratio": gap_ratio}
    tables = [score_table(scores, variant=name) for name, scores in own.items()]
    return pd.concat([*tables, score_table(ripple, variant="multitask")])


def test_transfer_to_every_indicator_is_judged():
    claims = figure5.claims(transfers())
    assert verdicts_of(claims) == ["reproduced"] * 5
    claims = figure5.claims(transfers(fraction=0.5, entropy=0.5, gap_ratio=0.4))
    # From scratch as bad as by transfer: equal, with no gain to be half of.
    assert verdicts_of(claims) == ["inconclusive"] + ["not reproduced"] * 4
    assert claims[4]["key"] == "gresch2022.figure5.transfer_learned"
