# ruff: noqa: E501 (the page's own lines)
"""The scorecard as Markdown and the report as one self-contained HTML page."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, StrictUndefined

from spinlearn.figures.captions import PAPERS, caption
from spinlearn.figures.output import read_picture

SIGNS = {"reproduced": "✓", "not reproduced": "✗", "inconclusive": "?"}

HEADINGS = {"paper": "What the papers claim", "spinlearn": "Beside the papers"}
"""Who makes a claim: heading of its part of the scorecard."""

SUBJECTS = {"paper": "Claims of the papers", "spinlearn": "Statements of spinlearn's own"}


def _number(value: Any) -> str:
    if pd.isna(value):
        return ""
    try:  # a column that also holds words holds its numbers as words
        return f"{float(value):.10g}"
    except ValueError:
        return str(value)


def _measured(row: Mapping[Any, Any]) -> str:
    error = _number(row["error"])
    return _number(row["measured"]) + (f" ± {error}" if error else "")


def verdict_counts(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many claims have each verdict, for each origin that is present.

    The papers' claims and our own are never counted together.
    """
    return {
        origin: {
            verdict: int(((table.origin == origin) & (table.verdict == verdict)).sum())
            for verdict in SIGNS
        }
        for origin in HEADINGS
        if (table.origin == origin).any()
    }


def scorecard_markdown(table: pd.DataFrame) -> str:
    """The scorecard as Markdown: for each origin a line of counts and a table."""
    lines = ["# Scorecard", "", "Verdicts at the configured scale. The rule of each verdict is in "
             "the docstring of the function that states it, in `spinlearn/*/claims.py`."]  # fmt: skip
    for origin, counts in verdict_counts(table).items():
        head = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        lines += [
            "",
            f"## {HEADINGS[origin]}",
            "",
            f"{SUBJECTS[origin]}: {sum(counts.values())} ({head}).",
            "",
            "| paper | figure | claim | published | measured | verdict | note | scale | key |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in table[table.origin == origin].to_dict("records"):
            cells = (
                row["paper"],
                row["figure"],
                row["claim"],
                row["published"],
                _measured(row),
                f"{SIGNS[row['verdict']]} {row['verdict']}",
                _number(row["note"]),
                row["scale"],
                f"`{row['key']}`",
            )
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class FigureEntry:
    """One figure on the page."""

    folder: str
    stem: str
    png: bytes

    @classmethod
    def of(cls, path: str | Path) -> "FigureEntry":
        """Read the picture of a figure rule; raises as `spinlearn.figures.output.read_picture`."""
        path = Path(path)
        return cls(path.parent.name, path.stem, read_picture(path))

    @property
    def name(self) -> str:
        """Folder and stem, e.g. "hbm/figure10"."""
        return f"{self.folder}/{self.stem}"

    @property
    def title(self) -> str:
        """What a heading calls it: "Figure 10", or the stem in words."""
        number = re.fullmatch(r"figure(\d+)", self.stem)
        return f"Figure {number[1]}" if number else self.stem.replace("_", " ").capitalize()

    @property
    def order(self) -> tuple[int, int, str]:
        """Papers in their order, figures by number."""
        number = re.fullmatch(r"figure(\d+)", self.stem)
        folders = list(PAPERS)
        place = folders.index(self.folder) if self.folder in folders else len(folders)
        return (place, int(number[1]) if number else 99, self.stem)

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
.reproduced { color: #00704f; } .not-reproduced { color: #b03a00; } .inconclusive { color: #5a5a5a; }
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
{% for origin, counts, claims in parts %}<h3 id="{{ origin }}">{{ headings[origin] }}</h3>
<p class="counts">{{ subjects[origin] }}: {{ claims | length }} {% for verdict, count in counts.items() %}<span class="{{ verdict | replace(' ', '-') }}">
<b>{{ count }}</b> {{ verdict }}</span>{% endfor %}</p>
<table><thead><tr><th>paper</th><th>figure</th><th>claim</th><th>published</th><th>measured</th>
<th>verdict</th><th>scale</th></tr></thead><tbody>
{% for row in claims %}<tr id="{{ row.key }}"><td>{{ row.paper }}</td><td>{{ row.figure }}</td>
<td>{{ row.claim }}<br><code>{{ row.key }}</code></td><td>{{ row.published }}</td>
<td>{{ row.measured_text }}{% if row.note_text %}<br><small>{{ row.note_text }}</small>{% endif %}</td>
<td class="verdict {{ row.verdict | replace(' ', '-') }}">{{ row.sign }} {{ row.verdict }}</td>
<td>{{ row.scale }}</td></tr>
{% endfor %}</tbody></table>
{% endfor %}{% for folder, title, entries in groups %}
<h2 id="{{ folder }}">{{ title }}</h2>
{% for entry in entries %}<figure id="{{ entry.name | replace('/', '-') }}">
<img src="{{ entry.data }}" alt="{{ entry.title }}: {{ caption(entry.name) }}">
<figcaption><b>{{ entry.title }}.</b> {{ caption(entry.name) }}
Numbers: <code>results/figures/{{ entry.name }}.csv</code>.</figcaption></figure>
{% endfor %}{% endfor %}
<h2 id="configuration">Configuration</h2>
<details><summary>Every setting of this run</summary><pre>{{ configuration }}</pre></details>
<p>Packages: {% for name, version in provenance.packages.items() %}{{ name }} {{ version }}{{ ", " if not loop.last }}{% endfor %}.</p>
</main></body></html>
"""


def report_html(
    entries: Sequence[FigureEntry],
    scorecard: pd.DataFrame,
    configuration: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> str:
    """One page that needs no other file: scorecard, figures with captions, configuration.

    Args:
        entries: the figures.
        scorecard: the table of claims.
        configuration: the resolved configuration.
        provenance: versions and commit.
    """
    ordered = sorted(entries, key=lambda entry: entry.order)
    groups = []
    for folder in dict.fromkeys(entry.folder for entry in ordered):
        short, title = PAPERS.get(folder, ("", folder))
        heading = f"{short}: {title}" if short.startswith("P") else title
        groups.append((folder, heading, [e for e in ordered if e.folder == folder]))
    parts = [
        (
            origin,
            counts,
            [
                {
                    **row,
                    "measured_text": _measured(row),
                    "note_text": _number(row["note"]),
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
        caption=caption,
        configuration=yaml.safe_dump(dict(configuration), sort_keys=False, width=96),
        provenance=provenance,
    )
