"""The scorecard and the report."""

import re

import numpy as np
import pytest

from spinlearn.papers import scorecard, style
from spinlearn.papers.cards import CARDS
from spinlearn.papers.intervals import interval_svg
from spinlearn.papers.keys import PAPERS
from spinlearn.papers.output import claims_table, save_picture
from spinlearn.papers.registry import FIGURES
from spinlearn.papers.report import LINE, Picture, report_html
from spinlearn.papers.spinlearn.leaderboard_page import Matrix
from spinlearn.papers.verdicts import CLAIM_COLUMNS, ORIGINS, VERDICTS
from spinlearn.pipeline.errors import CorruptFileError, MissingFileError

CLAIM = {
    "claim": "r < 1 | always",
    "paper": "zhong2022",
    "figure": "10",
    "published": "0.386",
    "measured": 0.38512345,
    "error": 0.002,
    "low": 0.376,
    "high": 0.396,
    "verdict": "reproduced",
    "needs": "L 8",
    "error_rate": 0.0228,
    "scale": "L = 8 & more",
    "key": "zhong2022.figure10.ratio",
    "origin": "paper",
    "note": "as <expected>",
}
OWN = {**CLAIM, "key": "zhong2022.figure10.own", "origin": "spinlearn", "note": ""}


def picture(path, caption="What it shows.", columns=1):
    fig, ax = style.figure(columns)
    ax.plot([0, 1], [0, 1])
    save_picture(path, fig, 50, {"Description": caption})
    return path


def test_words_of_the_scorecard_are_those_of_the_verdicts():
    assert tuple(scorecard.SIGNS) == VERDICTS
    assert tuple(scorecard.HEADINGS) == tuple(scorecard.SUBJECTS) == ORIGINS


def test_scorecard_is_in_the_order_of_papers_and_figures():
    figures = [
        ("spinlearn", "transition"),
        ("gresch2022", "3"),
        ("zhong2022", "10"),
        ("zhong2022", "5"),
    ]
    parts = [
        claims_table([{**CLAIM, "paper": paper, "figure": figure, "key": f"{paper}.{figure}"}])
        for paper, figure in figures
    ]
    card = scorecard.scorecard([*parts, claims_table([])])
    assert [(row.paper, row.figure) for row in card.itertuples()] == figures[::-1]
    assert tuple(card.columns) == CLAIM_COLUMNS
    assert scorecard.scorecard([claims_table([])]).empty


def test_scorecard_refuses_a_key_of_two_figures():
    parts = [claims_table([CLAIM]), claims_table([{**CLAIM, "figure": "11"}])]
    with pytest.raises(ValueError, match=r"two claims have the key 'zhong2022\.figure10\.ratio'"):
        scorecard.scorecard(parts)


def test_markdown_has_one_row_per_claim_and_counts_origins_separately():
    undecided = {**CLAIM, "key": "zhong2022.figure10.x", "verdict": "inconclusive", "error": np.nan}
    table = claims_table([CLAIM, undecided, {**OWN, "error_rate": 0.05}])
    text = scorecard.scorecard_markdown(table)
    counts = "(1 reproduced, 0 not reproduced, 1 inconclusive, 0 too small to judge)."
    assert f"Claims of the papers: 2 {counts}" in text
    assert f"Claims of the papers: 2 {counts}\n" in scorecard.summary(table)
    own = f"own: 1 {counts.replace('1 inconclusive', '0 inconclusive')}"
    assert "at most 0.1 are expected to be wrong by chance" in text  # 0.0228 + 0.05
    assert text.index("figure10.x") < text.index(own) < text.index("figure10.own")
    assert "| Zhong 2022 | 10 | r < 1 \\| always |" in text
    assert "| 0.38512345 ± 0.002 | ✓ reproduced | L 8 | as <expected> |" in text
    assert "| 0.38512345 | ? inconclusive" in text
    words = scorecard.scorecard_markdown(table.assign(measured=["0.5136", "24 of 24", 1]))
    assert "0.5136 ± 0.002" in words
    assert "24 of 24 | ?" in words


NAMES = ("luchnikov2019/figure5", "luchnikov2019/figure10", "spinlearn/maps", "zhong2022/figure10")
PROVENANCE = {"spinlearn": "0", "git_commit": "abc", "packages": {"numpy": "2"}}


def page_of(folder, claims):
    """The report of four pictures and a few claims on the last of them."""
    entries = [
        Picture.of(
            picture(folder / f"{name}.png", f"Caption of {name} & more."), f"subject <of> {name}"
        )
        for name in NAMES
    ]
    costs = {"mbl": 0.5, "report": 0.01}
    configuration = {"seed": 1, "mbl": {"L": [8]}}
    return report_html(
        entries, claims_table(claims), configuration, PROVENANCE, costs, "<svg></svg>"
    )


def test_report_is_one_escaped_page_with_every_figure(tmp_path):
    page = page_of(tmp_path, [CLAIM, {**OWN, "note": np.nan}])  # as it is read back from its file
    assert page.count("data:image/png;base64,") == 4 + 3  # the figures, and one on each card
    places = [page.index(f'id="{name.replace("/", "-")}"') for name in NAMES]
    assert places[3] < places[0] < places[1] < places[2]
    for words in (
        "Caption of zhong2022/figure10 &amp; more.",
        "<h3>Figure 10: subject &lt;of&gt; zhong2022/figure10</h3>",
        "<h3>Subject &lt;of&gt; spinlearn/maps</h3>",
        "r &lt; 1 | always",
        "Sizes: L = 8 &amp; more<",
        "as &lt;expected&gt;",
        "seed: 1",
        "numpy 2",
        '<td class="number">30.0</td>',
        "<svg></svg>",
    ):
        assert words in page
    assert ">nan<" not in page
    assert "the bar is the value with two standard errors" in page
    assert page.index("Claims of the papers: 1") < page.index("Claims of our own: 1")


def test_leaderboard_has_its_tables_below_its_figure(tmp_path):
    board = Picture.of(picture(tmp_path / "spinlearn/leaderboard.png"), "models")
    rows = [["RBM", "6 hidden units", "0.1 ± 0.02"], ["a & b", "", "0.3"]]
    matrices = [
        Matrix("n = 6 bits: KL", ["model", "width", "parity"], rows, ["no less", "", "0.01"]),
        Matrix("n = 6 bits: TVD", ["model", "width", "parity"], rows, []),
    ]
    page = report_html([board], claims_table([]), {}, PROVENANCE, {}, leaderboard=matrices)
    entry = page[page.index('id="spinlearn-leaderboard"') :].partition("</article>")[0]
    assert entry.count("<table>") == 2
    for words in ("<summary>n = 6 bits: KL, mean", "<td>0.1 ± 0.02</td>", ">a &amp; b<", "<i>no l"):
        assert words in entry
    assert entry.count("<i>") == 1
    assert "<table>" not in page_of(tmp_path, []).partition("<footer>")[0]


def test_claims_stand_beside_their_figure_and_are_counted_on_its_card(tmp_path):
    page = page_of(tmp_path, [CLAIM, {**OWN, "verdict": "inconclusive"}])
    entry = page[page.index('id="zhong2022-figure10"') :].partition("</article>")[0]
    assert entry.count('class="claim"') == page.count('class="claim"') == 2
    assert entry.count("Sizes:") == page.count("Sizes:") == 1
    cards = page.partition("<nav")[0].split('<li class="card">')[1:]
    assert ["1 reproduced" in card for card in cards] == [True, False, False]
    assert ["1 inconclusive" in card for card in cards] == [True, False, False]
    papers, own = cards[0].index("Claims of the papers: 1"), cards[0].index("Claims of our own: 1")
    assert papers < cards[0].index("1 reproduced") < own < cards[0].index("1 inconclusive")


def test_sizes_of_many_claims_take_one_line_that_unfolds(tmp_path):
    """All of them if they fit; otherwise the first, and the others where it unfolds."""
    scales = [f"digit {digit}, h = {h} (paper: 100 runs)" for digit in (0, 1) for h in (4, 8, 16)]
    rows = [{**CLAIM, "key": f"{CLAIM['key']}_{i}", "scale": s} for i, s in enumerate(scales)]
    some, every = page_of(tmp_path, rows[:2]), page_of(tmp_path, rows)
    assert len("; ".join(scales[:2])) <= LINE < len("; ".join(scales))
    assert f'<p class="sizes soft">Sizes: {"; ".join(scales[:2])}</p>' in some
    assert every.count("Sizes:") == 1
    folded = every.partition('<details class="sizes soft">')[2].partition("</details>")[0]
    assert folded.startswith(f"<summary>Sizes: {scales[0]}; others differ</summary>")
    assert re.findall("<li>(.*?)</li>", folded) == scales[1:]


def test_picture_of_one_column_is_not_as_wide_as_one_of_two(tmp_path):
    """Nor as narrow as its share of the width, at which nobody could read it."""
    entries = [
        Picture.of(picture(tmp_path / f"zhong2022/figure{number}.png", columns=columns), "")
        for number, columns in ((4, 1), (5, 2))
    ]
    assert entries[0].width < 0.6 * entries[1].width
    page = report_html(entries, claims_table([]), {}, PROVENANCE, {})
    assert re.findall(r"--share: (\d+)%", page) == ["70", "100"]


def number(svg, mark, attribute):
    """An attribute of the first element with this mark."""
    return float(re.search(f'{mark}[^>]* {attribute}="([\\d.]+)"', svg)[1])


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [(0.376, 0.396, True), (0.4, np.nan, False), (np.nan, 0.4, True), (np.nan, 0.3, False)],
)
def test_interval_shows_the_value_inside_or_outside_the_range_of_the_claim(low, high, inside):
    svg = interval_svg({**CLAIM, "low": low, "high": high})
    start = number(svg, 'class="holds"', "x")
    end = start + number(svg, 'class="holds"', "width")
    point = number(svg, "<circle", "cx")
    assert (start < point < end) is inside
    bar = [number(svg, 'class="error"', end) for end in ("x1", "x2")]
    assert bar[0] < point < bar[1]
    assert svg.count('class="limit"') == np.isfinite([low, high]).sum()


@pytest.mark.parametrize(
    "change",
    [{"measured": "24 of 24"}, {"measured": np.nan}, {"low": np.nan, "high": np.nan}],
)
def test_no_interval_without_a_number_or_a_limit(change):
    assert interval_svg({**CLAIM, **change}) == ""


def test_picture_is_embedded_as_it_is_and_other_files_are_refused(tmp_path):
    path = picture(tmp_path / "zhong2022/figure10.png")
    whole = path.read_bytes()
    assert Picture.of(path, "").png == whole
    for content in (b"", whole[:20], b"# Scorecard\n"):
        path.write_bytes(content)
        with pytest.raises(CorruptFileError, match=r"figure10\.png"):
            Picture.of(path, "")


def test_picture_without_a_caption_or_a_file_is_named(tmp_path):
    path = tmp_path / "zhong2022/figure10.png"
    with pytest.raises(MissingFileError):
        Picture.of(path, "")
    fig, _ = style.figure()
    save_picture(path, fig, 50, {})
    with pytest.raises(CorruptFileError, match="not the picture of a figure"):
        Picture.of(path, "")


def test_every_paper_has_a_card_with_a_figure_that_exists():
    assert tuple(CARDS) == tuple(PAPERS)
    names = {(figure.paper, figure.name) for figure in FIGURES}
    assert {(paper, card.figure) for paper, card in CARDS.items()} <= names


def test_numbers_are_shown_as_they_are_stored():
    assert scorecard.measured_text({"measured": "0.5", "error": np.nan}) == "0.5"
    assert scorecard.measured_text({"measured": 0.25, "error": 0.125}) == "0.25 ± 0.125"
    assert scorecard.number_text("3 of 4") == "3 of 4"
