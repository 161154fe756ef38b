"""What a figure rule writes, the scorecard and the report."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers import captions, output, report, style
from spinlearn.papers.verdicts import CLAIM_COLUMNS
from spinlearn.pipeline.errors import CorruptFileError, DatasetError, SchemaError
from spinlearn.storage.tables import write_csv

CLAIM = {
    "claim": "r < 1 | always",
    "paper": "P1",
    "figure": "10",
    "published": "0.386",
    "measured": 0.38512345,
    "error": 0.002,
    "verdict": "reproduced",
    "scale": "L = 8 & more",
    "key": "hbm.figure10.ratio",
    "origin": "paper",
    "note": "as <expected>",
}
OWN = {**CLAIM, "key": "hbm.figure10.own", "origin": "spinlearn", "claim": "beside it", "note": ""}


def job(folder: Path):
    folder = folder / "hbm"
    paths = {kind: folder / f"figure10.{kind}" for kind in ("pdf", "png", "csv")}
    paths["claims"] = folder / "figure10.claims.csv"
    return SimpleNamespace(output=SimpleNamespace(**paths), settings={"dpi": 100})


def small_figure():
    fig, ax = style.figure()
    ax.plot([0, 1], [0, 1])
    style.reference_line(ax, 0.5, "half")
    style.panel_label(ax, "a")
    style.mean_and_band(ax, [0, 1], [0.2, 0.3], [0.1, 0.1], color=style.COLORS[0])
    return fig


def test_save_writes_four_files_and_equal_pictures_are_equal_files(tmp_path):
    table = pd.DataFrame({"x": [1.0, 2.0]})
    for name in ("a", "b"):
        output.save(job(tmp_path / name), small_figure(), table, [CLAIM])
    files = sorted(path.name for path in (tmp_path / "a/hbm").iterdir())
    assert files == ["figure10.claims.csv", "figure10.csv", "figure10.pdf", "figure10.png"]
    for name in files:
        assert (tmp_path / "a/hbm" / name).read_bytes() == (tmp_path / "b/hbm" / name).read_bytes()
    width = int.from_bytes((tmp_path / "a/hbm/figure10.png").read_bytes()[16:20], "big")
    assert width == round(100 * style.COLUMN_WIDTHS[1])


def test_a_figure_without_claims_writes_an_empty_table_with_the_columns(tmp_path):
    output.save(job(tmp_path), small_figure(), pd.DataFrame({"x": [1]}))
    claims = pd.read_csv(tmp_path / "hbm/figure10.claims.csv")
    assert claims.empty
    assert tuple(claims.columns) == CLAIM_COLUMNS


def test_claims_are_checked():
    with pytest.raises(ValueError, match="a claim has the keys"):
        output.claims_table([{"claim": "x"}])
    with pytest.raises(ValueError, match="'confirmed' is not one of"):
        output.claims_table([{**CLAIM, "verdict": "confirmed"}])
    with pytest.raises(ValueError, match="'nature' is not one of"):
        output.claims_table([{**CLAIM, "origin": "nature"}])
    with pytest.raises(ValueError, match=r"two claims have the key 'hbm\.figure10\.ratio'"):
        output.claims_table([CLAIM, CLAIM])


def test_a_key_names_its_figure_so_that_keys_are_unique_in_the_scorecard(tmp_path):
    stray = {**CLAIM, "key": "hbm.figure4.ratio"}
    with pytest.raises(ValueError, match=r"does not begin with 'hbm\.figure10\.'"):
        output.save(job(tmp_path), small_figure(), pd.DataFrame({"x": [1]}), [stray])
    assert list(tmp_path.iterdir()) == []
    one, two = output.claims_table([CLAIM]), output.claims_table([{**CLAIM, "paper": "P0"}])
    with pytest.raises(ValueError, match=r"two claims have the key 'hbm\.figure10\.ratio'"):
        output.scorecard([one, two])


def test_scorecard_is_in_the_order_of_papers_and_figures():
    parts = [
        output.claims_table([{**CLAIM, "paper": paper, "figure": figure, "key": f"a.b.{key}"}])
        for paper, figure, key in (("P2", "3", "c"), ("P1", "10", "d"), ("P1", "5a", "e"))
    ]
    card = output.scorecard([*parts, output.claims_table([])])
    assert card.key.tolist() == ["a.b.e", "a.b.d", "a.b.c"]
    assert tuple(card.columns) == CLAIM_COLUMNS
    assert output.scorecard([output.claims_table([])]).empty


def test_markdown_has_a_row_a_claim_and_escapes_bars():
    open_one = {**CLAIM, "key": "hbm.figure10.other", "verdict": "inconclusive", "error": np.nan}
    table = output.claims_table([CLAIM, open_one, OWN])
    text = report.scorecard_markdown(table)
    assert "Claims of the papers: 2 (1 reproduced, 0 not reproduced, 1 inconclusive)." in text
    own = "own: 1 (1 reproduced, 0 not reproduced, 0 inconclusive)."
    assert text.index("hbm.figure10.other") < text.index(own) < text.index("hbm.figure10.own")
    assert "r < 1 \\| always" in text
    assert "| 0.38512345 ± 0.002 | ✓ reproduced | as <expected> |" in text
    words = report.scorecard_markdown(table.assign(measured=["0.5136", "24 of 24", 1]))
    assert "0.5136 ± 0.002" in words
    assert "24 of 24 | ?" in words
    assert "| 0.38512345 | ? inconclusive" in text


def test_counts_keep_the_papers_and_our_own_apart():
    assert report.verdict_counts(output.claims_table([OWN])) == {
        "spinlearn": {"reproduced": 1, "not reproduced": 0, "inconclusive": 0}
    }


def test_report_is_one_escaped_page_with_every_figure(tmp_path):
    entries = []
    for folder, stem in (
        ("vae", "figure10"),
        ("vae", "figure5"),
        ("hbm", "figure3"),
        ("mbl", "indicator_maps"),
    ):
        path = tmp_path / folder / f"{stem}.png"
        output.save_figure(path, small_figure(), 60)
        entries.append(report.FigureEntry.of(path))
    page = report.report_html(
        entries,
        # as it is read back from its file: nothing is NaN there
        output.claims_table([CLAIM, {**OWN, "note": np.nan}]),
        {"seed": 1, "mbl": {"L": [8]}},
        {"spinlearn": "0", "git_commit": "abc", "packages": {"numpy": "2"}},
    )
    assert page.count("data:image/png;base64,") == 4
    assert page.index("hbm-figure3") < page.index("vae-figure5") < page.index("vae-figure10")
    assert "r &lt; 1 | always" in page
    assert "L = 8 &amp; more" in page
    assert "as &lt;expected&gt;" in page
    assert "nan" not in page.split("<h2 id=")[1]
    assert page.index("Claims of the papers: 1") < page.index("Statements of spinlearn&#39;s own")
    assert "seed: 1" in page
    assert captions.caption("hbm/figure3").split(".")[0] in page


def test_house_style():
    assert len(set(style.COLORS)) == 8
    assert len(style.sequential(5)) == 5
    fig, axes = style.figure(2, 3.0, 2, 2)
    assert axes.shape == (2, 2)
    assert fig.get_size_inches().tolist() == [style.COLUMN_WIDTHS[2], 3.0]


def picture(path: Path) -> Path:
    output.save_figure(path, small_figure(), 50)
    return path


def test_every_damage_to_a_picture_is_noticed(tmp_path):
    path = picture(tmp_path / "results/figures/hbm/figure10.png")
    whole = path.read_bytes()
    assert output.read_picture(path) == whole
    for place in np.linspace(0, len(whole) - 1, 40).astype(int):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        for content in (damaged, whole[:place]):
            path.write_bytes(content)
            with pytest.raises(CorruptFileError, match=r"figure10\.png"):
                output.read_picture(path)
    picture(path).rename(path.with_name("figure11.png"))
    with pytest.raises(SchemaError, match="belongs at results/figures/hbm/figure10"):
        output.read_picture(path.with_name("figure11.png"))


def test_claims_of_another_figure_or_with_another_verdict_are_refused(tmp_path):
    path = tmp_path / "hbm/figure10.claims.csv"
    write_csv(path, output.claims_table([CLAIM, OWN]))
    assert len(output.read_claims(path)) == 2
    path.rename(path.with_name("figure11.claims.csv"))
    with pytest.raises(SchemaError, match=r"'hbm\.figure10\.ratio' of another figure"):
        output.read_claims(path.with_name("figure11.claims.csv"))
    write_csv(path, pd.DataFrame([{**CLAIM, "verdict": "perhaps"}]))
    with pytest.raises(DatasetError, match="column 'verdict' holds 'perhaps'"):
        output.read_claims(path)
