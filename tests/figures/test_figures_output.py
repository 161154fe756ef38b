"""What a figure rule writes, the scorecard and the report."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.figures import captions, output, report, style

CLAIM = {
    "claim": "r < 1 | always",
    "paper": "P1",
    "figure": "10",
    "published": "0.386",
    "measured": 0.38512345,
    "error": 0.002,
    "verdict": "reproduced",
    "scale": "L = 8 & more",
}


def job(folder: Path):
    paths = {kind: folder / f"figure1.{kind}" for kind in ("pdf", "png", "csv")}
    paths["claims"] = folder / "figure1.claims.csv"
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
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["figure1.claims.csv", "figure1.csv", "figure1.pdf", "figure1.png"]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    width = int.from_bytes((tmp_path / "a/figure1.png").read_bytes()[16:20], "big")
    assert width == round(100 * style.COLUMN_WIDTHS[1])


def test_a_figure_without_claims_writes_an_empty_table_with_the_columns(tmp_path):
    output.save(job(tmp_path), small_figure(), pd.DataFrame({"x": [1]}))
    claims = pd.read_csv(tmp_path / "figure1.claims.csv")
    assert claims.empty
    assert tuple(claims.columns) == output.CLAIM_COLUMNS


def test_claims_are_checked():
    with pytest.raises(ValueError, match="a claim has the keys"):
        output.claims_table([{"claim": "x"}])
    with pytest.raises(ValueError, match="'confirmed' is not one of"):
        output.claims_table([{**CLAIM, "verdict": "confirmed"}])


def test_markdown_has_a_row_a_claim_and_escapes_bars():
    table = output.claims_table([CLAIM, {**CLAIM, "verdict": "inconclusive", "error": np.nan}])
    text = report.scorecard_markdown(table)
    assert (
        "2 claims at the configured scale: 1 reproduced, 0 not reproduced, 1 inconclusive" in text
    )
    assert "r < 1 \\| always" in text
    assert "0.3851 ± 0.002" in text
    words = report.scorecard_markdown(table.assign(measured=["0.51358251", "24 of 24"]))
    assert "0.5136 ± 0.002" in words
    assert "24 of 24 | ?" in words
    assert "| 0.3851 | ? inconclusive" in text


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
        output.claims_table([CLAIM]),
        {"seed": 1, "mbl": {"L": [8]}},
        {"spinlearn": "0", "git_commit": "abc", "packages": {"numpy": "2"}},
    )
    assert page.count("data:image/png;base64,") == 4
    assert page.index("hbm-figure3") < page.index("vae-figure5") < page.index("vae-figure10")
    assert "r &lt; 1 | always" in page
    assert "L = 8 &amp; more" in page
    assert "seed: 1" in page
    assert captions.caption("hbm/figure3").split(".")[0] in page


def test_house_style():
    assert len(set(style.COLORS)) == 8
    assert len(style.sequential(5)) == 5
    fig, axes = style.figure(2, 3.0, 2, 2)
    assert axes.shape == (2, 2)
    assert fig.get_size_inches().tolist() == [style.COLUMN_WIDTHS[2], 3.0]
