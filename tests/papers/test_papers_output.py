"""The four files of a figure."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spinlearn.papers import output, style
from spinlearn.papers.verdicts import CLAIM_COLUMNS, claim
from spinlearn.pipeline.errors import DatasetError
from spinlearn.storage.tables import write_csv

CLAIM = claim(
    "zhong2022.figure10.ratio",
    "r < 1 | always",
    published="<r> = 0.386",
    measured=(0.3851, 0.002),
    verdict="reproduced",
    scale="L = 8",
)
TABLE = pd.DataFrame({"x": [1.0, 2.0]})


def files(folder: Path) -> SimpleNamespace:
    stem = folder / "zhong2022/figure10"
    paths = {kind: stem.with_suffix(f".{kind}") for kind in ("pdf", "png", "csv")}
    return SimpleNamespace(**paths, claims=stem.with_suffix(".claims.csv"))


def small_figure():
    fig, ax = style.figure()
    ax.plot([0, 1], [0, 1])
    style.reference_line(ax, 0.5, "half")
    style.label_panels([ax])
    style.mean_and_band(ax, [0, 1], [0.2, 0.3], [0.1, 0.1], color=style.COLORS[0])
    return fig


def save(folder, claims=(CLAIM,), caption="What it shows: ⟨r⟩."):
    output.save(files(folder), small_figure(), TABLE, claims, caption=caption, dpi=100)


def test_equal_figures_are_equal_files(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / name)
    one, two = (sorted((tmp_path / name / "zhong2022").iterdir()) for name in ("a", "b"))
    names = ["figure10.claims.csv", "figure10.csv", "figure10.pdf", "figure10.png"]
    assert [path.name for path in one] == names
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_picture_has_the_resolution_and_carries_the_caption(tmp_path):
    save(tmp_path)
    with Image.open(files(tmp_path).png) as image:
        assert image.width == round(100 * style.COLUMN_WIDTHS[1])
        assert image.info["Description"] == "What it shows: ⟨r⟩."


def test_figure_without_claims_has_an_empty_table_with_the_columns(tmp_path):
    save(tmp_path, claims=[])
    claims = output.read_claims(files(tmp_path).claims)
    assert claims.empty
    assert tuple(claims.columns) == CLAIM_COLUMNS


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ([{"claim": "x"}], "a claim has the keys"),
        ([{**CLAIM, "more": 1}], "a claim has the keys"),
        ([CLAIM, CLAIM], r"two claims have the key 'zhong2022\.figure10\.ratio'"),
        ([{**CLAIM, "key": "zhong2022.figure4.ratio"}], r"begin with 'zhong2022\.figure10\.'"),
    ],
)
def test_wrong_claims_are_refused_before_anything_is_written(tmp_path, claims, words):
    with pytest.raises(ValueError, match=words):
        save(tmp_path, claims=claims)
    assert list(tmp_path.iterdir()) == []


def test_claims_come_back(tmp_path):
    save(tmp_path)
    [row] = output.read_claims(files(tmp_path).claims).to_dict("records")
    blank = ("figure", "note", "needs", "low", "high")
    kept = {name: value for name, value in CLAIM.items() if name not in blank}
    assert {name: row[name] for name in kept} == kept


@pytest.mark.parametrize(("column", "value"), [("verdict", "perhaps"), ("origin", np.nan)])
def test_unknown_words_are_not_read(tmp_path, column, value):
    path = tmp_path / "a.claims.csv"
    write_csv(path, pd.DataFrame([{**CLAIM, column: value}]))
    with pytest.raises(DatasetError, match=f"column '{column}' holds"):
        output.read_claims(path)


def test_house_style_has_journal_widths_and_distinct_colours():
    assert len(set(style.COLORS)) == len(style.MARKERS) == 8
    assert len(set(style.sequential(5))) == 5
    fig, axes = style.figure(2, 3.0, 2, 2)
    assert axes.shape == (2, 2)
    assert fig.get_size_inches().tolist() == [style.COLUMN_WIDTHS[2], 3.0]


def test_claims_on_noisy_strings_are_not_judged(tmp_path):
    """What noise changes tells nothing about a model; the numbers are shown all the same."""
    small = {**CLAIM, "key": "zhong2022.figure10.other", "needs": "L 16 (has 8)"}
    claims, caption = output.of_noisy_strings([CLAIM, small], "What it shows.", 0.05)
    paths = files(tmp_path)
    output.save(paths, small_figure(), TABLE, claims, caption=caption, dpi=50)
    found = output.read_claims(paths.claims)
    assert list(found.verdict) == ["too small to judge"] * 2
    assert list(found.needs) == ["noise 0 (has 0.05)", "L 16 (has 8), noise 0 (has 0.05)"]
    assert list(found.error_rate) == [0, 0]
    assert list(found.measured) == [CLAIM["measured"]] * 2
    with Image.open(paths.png) as picture:
        assert picture.info["Description"].startswith("What it shows. The strings have depolar")
