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

from spinlearn.papers.cards import CARDS
from spinlearn.papers.intervals import interval_svg
from spinlearn.papers.keys import PAPERS, cited
from spinlearn.papers.report_page import PAGE, SCRIPT, STYLE
from spinlearn.papers.scorecard import (
    SIGNS,
    SUBJECTS,
    expected_errors,
    measured_text,
    number_text,
    verdict_counts,
)
from spinlearn.papers.spinlearn.leaderboard_page import Matrix
from spinlearn.pipeline.errors import CorruptFileError
from spinlearn.storage.files import existing_file

LINE = 170
"""Longest line of all sizes of a figure (characters); of longer ones the first is shown."""


@dataclass(frozen=True)
class Picture:
    """One figure on the page: what it shows, its PNG file, its caption, its size in pixels."""

    paper: str
    stem: str
    subject: str
    png: bytes
    caption: str
    width: int
    height: int

    @classmethod
    def of(cls, path: str | Path, subject: str) -> "Picture":
        """Read the PNG file of a figure rule, which contains the caption.

        Args:
            path: the file, FOLDER/PAPER/STEM.png.
            subject: what the figure shows, in a few words.

        Raises:
            MissingFileError: if there is no such file.
            CorruptFileError: if it is not the picture of a figure rule.
        """
        path = existing_file(path)
        try:
            with Image.open(path, formats=["PNG"]) as image:
                caption, size = image.info["Description"], image.size
        except (OSError, SyntaxError, KeyError) as error:
            raise CorruptFileError(path, f"not the picture of a figure ({error})") from None
        return cls(path.parent.name, path.stem, subject, path.read_bytes(), caption, *size)

    @property
    def name(self) -> str:
        """Folder and stem, e.g. "zhong2022/figure10"."""
        return f"{self.paper}/{self.stem}"

    @property
    def title(self) -> str:
        """The heading: "Figure 10: gap ratio", or only what it shows if it has no number."""
        number = re.fullmatch(r"figure(\d+)", self.stem)
        subject = self.subject[:1].upper() + self.subject[1:]
        return f"Figure {number[1]}: {self.subject}" if number else subject

    @property
    def data(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


def report_html(
    pictures: Sequence[Picture],
    scorecard: pd.DataFrame,
    configuration: Mapping[str, Any],
    provenance: Mapping[str, Any],
    core_hours: Mapping[str, float],
    graph: str = "",
    leaderboard: Sequence[Matrix] = (),
) -> str:
    """One page: a card per paper, then its figures, each with its claims beside it.

    Pictures are embedded. Links to CSV and PDF files are relative: they work where the page lies in
    its results folder.

    Args:
        pictures: the figures, in order.
        scorecard: the table of claims.
        configuration: the resolved configuration.
        provenance: versions and commit.
        core_hours: cost of the run, per stage.
        graph: the workflow as an SVG element; left out if empty.
        leaderboard: tables below the figure `spinlearn/leaderboard`.
    """
    costs = {stage: 60 * hours for stage, hours in core_hours.items()}
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(PAGE).render(
        style=STYLE,
        script=SCRIPT,
        parts=[
            _part(paper, drawn, scorecard)
            for paper in PAPERS
            if (drawn := [picture for picture in pictures if picture.paper == paper])
        ],
        totals=verdict_counts(scorecard),
        subjects=SUBJECTS,
        signs=SIGNS,
        widest=max((picture.width for picture in pictures), default=1),
        expected_errors=expected_errors(scorecard),
        costs=costs,
        longest=max(costs.values(), default=0.0),
        graph=graph,
        tables={"spinlearn/leaderboard": leaderboard},
        configuration=yaml.safe_dump(dict(configuration), sort_keys=False, width=96),
        provenance=provenance,
    )


def _part(paper: str, pictures: Sequence[Picture], scorecard: pd.DataFrame) -> dict[str, Any]:
    """One paper: its card, its cover, its counts of verdicts, its figures with their claims."""
    card = CARDS[paper]
    entries = [_entry(picture, scorecard) for picture in pictures]
    keys = [row["key"] for entry in entries for row in entry["claims"]]
    return {
        "key": paper,
        "title": PAPERS[paper] if paper == "spinlearn" else f"{PAPERS[paper]} ({cited(paper)})",
        "card": card,
        "cover": next((p for p in pictures if p.stem == card.figure), pictures[0]),
        "counts": verdict_counts(scorecard[scorecard.key.isin(keys)]),
        "entries": entries,
    }


def _entry(picture: Picture, scorecard: pd.DataFrame) -> dict[str, Any]:
    """One figure with the rows of the scorecard whose keys begin with its name."""
    begin = f"{picture.paper}.{picture.stem}."
    rows = scorecard[scorecard.key.str.startswith(begin)].to_dict("records")
    claims = [
        {
            **row,
            "measured_text": measured_text(row),
            "note_text": number_text(row["note"]),
            "needs_text": number_text(row["needs"]),
            "interval": interval_svg(row),
        }
        for row in rows
    ]
    scales = list(dict.fromkeys(row["scale"] for row in rows))
    line = "; ".join(scales)
    return {
        "picture": picture,
        "claims": claims,
        "sizes": [line] if len(line) <= LINE else scales,
        "words": f"{cited(picture.paper)} {picture.title} {picture.caption}".lower(),
    }
