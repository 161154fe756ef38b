"""Images: those of the median run, verdicts by their rules, pixels drawn as tabulated."""

import math

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.zhong2022 import figure3


@pytest.fixture
def table(trained):
    return figure3.table(trained.files("digits", strengths=(6.0,)), {})


def test_learned_image_is_of_the_median_run(trained, table):
    assert list(table.dataset.unique()) == ["digits0", "digits7"]
    results, target = trained.results("digits7", "hidden", 6.0), trained.targets["digits7"][0]
    part = table[table.dataset == "digits7"]
    shown = results[part.run.iloc[0]]
    assert np.median([result.loss[-1] for result in results]) == shown.loss[-1]
    learned = part[part.kind == "learned"].sort_values(["row", "column"])
    assert np.array_equal(learned.probability, shown.last_distribution)
    wanted = part[part.kind == "target"].sort_values(["row", "column"])
    assert np.array_equal(wanted.probability, target)
    flat = (np.sqrt(target / 16).sum()) ** 2
    assert part.uniform_fidelity.iloc[0] == pytest.approx(flat, rel=1e-14)
    mean = np.mean([result.fidelity[-1] for result in results])
    assert part.mean_fidelity.iloc[0] == pytest.approx(mean)


def ten_digits(table, name="digits"):
    """The images of digit 0 as those of ten digits."""
    one = table[table.dataset == "digits0"]
    copies = [one.assign(dataset=f"{name}{digit}") for digit in range(10)]
    return pd.concat(copies, ignore_index=True)


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
    small = claims_table(figure3.claims(table), "zhong2022.figure3.")
    assert small.verdict[0] == "too small to judge"
    assert "h_d = 6 chosen after a scan" in small.note[0]
    assert small.needs[0].startswith("digits 10 (has 2), quenches 100 (has 8)")
    table = ten_digits(table).assign(quenches=100, candidates=500, runs=100)
    table["fidelity_error"] = error
    table["mean_fidelity"] = table.uniform_fidelity + share * (1 - table.uniform_fidelity)
    found = claims_table(figure3.claims(table), "zhong2022.figure3.")
    assert tuple(found.verdict) == verdicts
    assert list(found.origin) == ["paper", "spinlearn"]
    gain = share * (1 - table.drop_duplicates("dataset").uniform_fidelity).mean()
    assert found.measured[0] == pytest.approx(gain, abs=1e-3)


def test_every_digit_must_exceed_the_flat_image(table):
    """The smallest mean may be uncertain while another digit refutes."""
    table = ten_digits(table).assign(quenches=100, candidates=500, runs=100, fidelity_error=0.01)
    table["mean_fidelity"] = table.uniform_fidelity + 0.3
    for digit, gain, error in ((4, -0.05, 0.01), (7, -0.1, 0.5)):
        one = table.dataset == f"digits{digit}"
        table.loc[one, "mean_fidelity"] = table.uniform_fidelity[one] + gain
        table.loc[one, "fidelity_error"] = error
    row = claims_table(figure3.claims(table), "zhong2022.figure3.").iloc[1]
    assert row.verdict == "not reproduced"
    assert row.measured == pytest.approx(-0.1)
    assert row.note.count("holds for ") == 8
    assert "fails for 4: -0.05 ± 0.01" in row.note
    assert "open for 7: " in row.note


def test_draw_shows_the_pixels(table):
    fig = figure3.draw(table)
    fig.draw_without_rendering()
    image = fig.axes[2].images[0].get_array()
    part = table[(table.dataset == "digits0") & (table.kind == "learned")]
    assert np.array_equal(image.ravel(), part.sort_values(["row", "column"]).probability)


def texts(fig):
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_draw_shows_ten_digits_and_their_source(table):
    fig = figure3.draw(ten_digits(table))
    assert len(fig.axes) == 20
    fig.draw_without_rendering()
    assert any("load_digits" in text and "(paper: MNIST)" in text for text in texts(fig))
    mnist = ten_digits(table, "mnist").assign(source="class mean of MNIST, 8 x 8 pixels")
    assert figure3.claims(mnist)[0]["scale"].startswith("10 digits (MNIST); ")
    assert not any("paper" in text for text in texts(figure3.draw(mnist)))


def test_other_data_sets_are_drawn_and_not_judged(trained):
    """Digits come first: other data sets are shown only if there is no digit."""
    files = trained.files("parity", strengths=(6.0,))
    alone = figure3.table(files, {})
    assert set(alone.dataset) == {"parity"}
    assert figure3.claims(alone) == []
    assert any("even parity" in text for text in texts(figure3.draw(alone)))
    files.runs += trained.files("digits0", strengths=(6.0,)).runs
    assert set(figure3.table(files, {}).dataset) == {"digits0"}


def test_the_first_strength_is_shown(trained):
    files = trained.files("digits0", strengths=(1.0, 6.0))
    assert set(figure3.table(files, {}).h) == {1.0}
