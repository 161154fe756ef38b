# ruff: noqa: E501 (the page's own lines)
"""The report: every figure and verdict on one self-contained HTML page."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, StrictUndefined
from PIL import Image

from spinlearn.papers.keys import PAPERS, cited
from spinlearn.papers.scorecard import (
    HEADINGS,
    SIGNS,
    SUBJECTS,
    expected_errors,
    measured_text,
    number_text,
    verdict_counts,
)
from spinlearn.pipeline.errors import CorruptFileError
from spinlearn.storage.files import existing_file


@dataclass(frozen=True)
class Picture:
    """One figure on the page: its PNG file and its caption."""

    paper: str
    stem: str
    png: bytes
    caption: str

    @classmethod
    def of(cls, path: str | Path) -> "Picture":
        """Read the PNG file of a figure rule, which contains the caption.

        Raises:
            MissingFileError: if there is no such file.
            CorruptFileError: if it is not the picture of a figure rule.
        """
        path = existing_file(path)
        try:
            with Image.open(path, formats=["PNG"]) as image:
                caption = image.info["Description"]
        except (OSError, SyntaxError, KeyError) as error:
            raise CorruptFileError(path, f"not the picture of a figure ({error})") from None
        return cls(path.parent.name, path.stem, path.read_bytes(), caption)

    @property
    def name(self) -> str:
        """Folder and stem, e.g. "zhong2022/figure10"."""
        return f"{self.paper}/{self.stem}"

    @property
    def title(self) -> str:
        """The heading: "Figure 10", or the stem in words."""
        number = re.fullmatch(r"figure(\d+)", self.stem)
        return f"Figure {number[1]}" if number else self.stem.replace("_", " ").capitalize()

    @property
    def data(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>spinlearn report</title>
<style>
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; margin: 0; background: #fff; }
main { max-width: 1040px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { margin-top: 2.4rem; border-bottom: 2px solid #0072B2; }
nav a { margin-right: 1rem; } a { color: #0b5e94; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid #d8dee4; }
th { background: #f3f6f9; position: sticky; top: 0; }
.verdict { white-space: nowrap; font-weight: 600; }
.reproduced { color: #00704f; } .not-reproduced { color: #b03a00; } .inconclusive, .too-small-to-judge { color: #5a5a5a; }
figure { margin: 1.4rem 0; padding: .8rem; border: 1px solid #d8dee4; border-radius: 6px; }
figure img { max-width: 100%; height: auto; display: block; margin: 0 auto; }
figcaption { margin-top: .6rem; font-size: .9rem; } figcaption b { color: #0b5e94; }
td code { font-size: .75rem; color: #5a6772; } small { color: #44515d; }
pre { background: #f3f6f9; padding: .8rem; overflow-x: auto; font-size: .8rem; border-radius: 6px; }
.counts span { display: inline-block; margin-right: 1.2rem; font-size: 1.05rem; }
</style>
</head>
<body><main>
<h1>spinlearn: report</h1>
<p>What four papers claim about learning from quantum many-body data, and what this run found at the
sizes that its configuration states. spinlearn {{ provenance.spinlearn }}, commit
<code>{{ provenance.git_commit }}</code>.</p>
<nav><a href="#scorecard">Scorecard</a>{% for folder, title, _ in groups %}
<a href="#{{ folder }}">{{ title }}</a>{% endfor %}<a href="#configuration">Configuration</a></nav>
<h2 id="scorecard">Scorecard</h2>
<p>{{ expected_errors }}</p>
{% for origin, counts, claims in parts %}<h3 id="{{ origin }}">{{ headings[origin] }}</h3>
<p class="counts">{{ subjects[origin] }}: {{ claims | length }} {% for verdict, count in counts.items() %}<span class="{{ verdict | replace(' ', '-') }}">
<b>{{ count }}</b> {{ verdict }}</span>{% endfor %}</p>
<table><thead><tr><th>paper</th><th>figure</th><th>claim</th><th>published</th><th>measured</th>
<th>verdict</th><th>needs</th><th>scale</th></tr></thead><tbody>
{% for row in claims %}<tr id="{{ row.key }}"><td>{{ cited(row.paper) }}</td><td>{{ row.figure }}</td>
<td>{{ row.claim }}<br><code>{{ row.key }}</code></td><td>{{ row.published }}</td>
<td>{{ row.measured_text }}{% if row.note_text %}<br><small>{{ row.note_text }}</small>{% endif %}</td>
<td class="verdict {{ row.verdict | replace(' ', '-') }}">{{ row.sign }} {{ row.verdict }}</td>
<td>{{ row.needs_text }}</td>
<td>{{ row.scale }}</td></tr>
{% endfor %}</tbody></table>
{% endfor %}{% for folder, title, entries in groups %}
<h2 id="{{ folder }}">{{ title }}</h2>
{% for entry in entries %}<figure id="{{ entry.name | replace('/', '-') }}">
<img src="{{ entry.data }}" alt="{{ entry.title }}: {{ entry.caption }}">
<figcaption><b>{{ entry.title }}.</b> {{ entry.caption }}
Numbers: <code>results/figures/{{ entry.name }}.csv</code>.</figcaption></figure>
{% endfor %}{% endfor %}
<h2 id="configuration">Configuration</h2>
<details><summary>Every setting of this run</summary><pre>{{ configuration }}</pre></details>
<p>Packages: {% for name, version in provenance.packages.items() %}{{ name }} {{ version }}{{ ", " if not loop.last }}{% endfor %}.</p>
</main></body></html>
"""


def report_html(
    entries: Sequence[Picture],
    scorecard: pd.DataFrame,
    configuration: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> str:
    """One page that needs no other file: scorecard, figures with captions, configuration.

    Args:
        entries: the figures, in order.
        scorecard: the table of claims.
        configuration: the resolved configuration.
        provenance: versions and commit.
    """
    groups = []
    for paper, title in PAPERS.items():
        drawn = [entry for entry in entries if entry.paper == paper]
        heading = title if paper == "spinlearn" else f"{cited(paper)}: {title}"
        if drawn:
            groups.append((paper, heading, drawn))
    parts = [
        (
            origin,
            counts,
            [
                {
                    **row,
                    "measured_text": measured_text(row),
                    "note_text": number_text(row["note"]),
                    "needs_text": number_text(row["needs"]),
                    "sign": SIGNS[row["verdict"]],
                }
                for row in scorecard[scorecard.origin == origin].to_dict("records")
            ],
        )
        for origin, counts in verdict_counts(scorecard).items()
    ]
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(PAGE).render(
        groups=groups,
        parts=parts,
        headings=HEADINGS,
        subjects=SUBJECTS,
        expected_errors=expected_errors(scorecard),
        cited=cited,
        configuration=yaml.safe_dump(dict(configuration), sort_keys=False, width=96),
        provenance=provenance,
    )
