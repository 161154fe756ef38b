"""Images: those of the median run, verdicts by their rules, pixels drawn as tabulated."""

import math

import numpy as np
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.zhong2022 import figure3


@pytest.fixture
def table(trained):
    return figure3.table(trained.files("digits", strengths=(6.0,)), {})


def test_learned_image_is_of_the_median_run(trained, table):
    assert list(table.digit.unique()) == [0, 7]
    results, target = trained.results("digits7", "hidden", 6.0), trained.targets["digits7"][0]
    part = table[table.digit == 7]
    shown = results[part.run.iloc[0]]
    assert np.median([result.loss[-1] for result in results]) == shown.loss[-1]
    learned = part[part.kind == "learned"].sort_values(["row", "column"])
    assert np.array_equal(learned.probability, shown.model_distribution)
    wanted = part[part.kind == "target"].sort_values(["row", "column"])
    assert np.array_equal(wanted.probability, target)
    flat = (np.sqrt(target / 16).sum()) ** 2
    assert part.uniform_fidelity.iloc[0] == pytest.approx(flat, rel=1e-14)
    mean = np.mean([result.fidelity[-1] for result in results])
    assert part.mean_fidelity.iloc[0] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("share", "error", "verdicts"),
    [
        (0.7, 0.01, ("reproduced", "reproduced")),
        (0.02, 0.01, ("inconclusive", "inconclusive")),
        (-0.3, 0.01, ("not reproduced", "not reproduced")),
        (0.7, math.nan, ("inconclusive", "inconclusive")),
        (0.7, 0.0, ("inconclusive", "inconclusive")),
    ],
)
def test_claims_judge_the_gain_over_the_flat_image(table, share, error, verdicts):
    small = claims_table(figure3.claims(table))
    assert small.verdict[0] == "too small to judge"
    assert "h_d = 6 chosen after a scan" in small.note[0]
    table = table.assign(quenches=100, candidates=500, runs=100)
    table["fidelity_error"] = error
    table["mean_fidelity"] = table.uniform_fidelity + share * (1 - table.uniform_fidelity)
    found = claims_table(figure3.claims(table))
    assert tuple(found.verdict) == verdicts
    assert list(found.origin) == ["paper", "spinlearn"]
    gain = share * (1 - table.drop_duplicates("digit").uniform_fidelity).mean()
    assert found.measured[0] == pytest.approx(gain, abs=1e-3)


def test_draw_shows_the_pixels(table):
    fig = figure3.draw(table)
    fig.canvas.draw()
    image = fig.axes[2].images[0].get_array()
    part = table[(table.digit == 0) & (table.kind == "learned")]
    assert np.array_equal(image.ravel(), part.sort_values(["row", "column"]).probability)
