"""What differs between two results folders: settings, verdicts, measured numbers, tables."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spinlearn.papers.output import read_claims
from spinlearn.papers.scorecard import measured_text
from spinlearn.pipeline.why import value_text

ERRORS = 2.0
"""Smallest change of a measured number, in its standard errors, that is listed."""

Pair = tuple[dict[str, Any], dict[str, Any]]
"""A claim in two runs."""


def comparison(
    first: Path, second: Path, settings: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> str:
    """What differs between two runs, as text of several paragraphs.

    Listed are the settings that differ; the claims that only one run has; those with another
    verdict; those whose number changed by at least `ERRORS` standard errors, the errors of the two
    runs taken as independent (a number without an error: by any amount); and the tables of figures
    that differ in any digit.

    Args:
        first, second: results folders, each with `scorecard.csv`.
        settings: the configuration of each run.

    Raises:
        MissingFileError, CorruptFileError, DatasetError: as `read_claims` of the scorecards.
    """
    old, new = _rows(first), _rows(second)
    shared = [key for key in old if key in new]
    pairs = {key: (old[key], new[key]) for key in shared}
    parts = (
        ("Settings", list(_settings(*settings))),
        (f"Claims in {first} only", [old[key]["claim"] for key in old if key not in new]),
        (f"Claims in {second} only", [new[key]["claim"] for key in new if key not in old]),
        ("Verdicts", list(_verdicts(pairs))),
        (f"Numbers that changed by {ERRORS:g} standard errors or more", list(_numbers(pairs))),
        ("Tables of figures", list(_tables(first, second))),
    )
    lines = [f"{first} → {second}: {len(shared)} claims in both."]
    for heading, found in parts:
        lines += ["", f"{heading}: {len(found) or 'none'}", *(f"  {line}" for line in found)]
    return "\n".join(lines)


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The claims of a run by their keys."""
    table = read_claims(folder / "scorecard.csv")
    return {str(row["key"]): row for row in table.to_dict("records")}


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['claim']} [{row['key']}]"


def _settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    old, new = dict(_flat(first)), dict(_flat(second))
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{name}: {value_text(old.get(name))} → {value_text(new.get(name))}"


def _flat(values: Mapping[str, Any], begin: str = "") -> Iterator[tuple[str, Any]]:
    """The settings of a configuration by their full names."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{begin}{name}.")
        else:
            yield f"{begin}{name}", value


def _verdicts(pairs: Mapping[str, Pair]) -> Iterator[str]:
    for old, new in pairs.values():
        if old["verdict"] != new["verdict"]:
            before, after = (f"{row['verdict']} ({measured_text(row)})" for row in (old, new))
            yield f"{_named(old)}: {before} → {after}"


def _numbers(pairs: Mapping[str, Pair]) -> Iterator[str]:
    """The claims whose numbers changed, the largest change in standard errors first."""
    changes = {key: _change(*pair) for key, pair in pairs.items()}
    for key in sorted(changes, key=lambda key: -changes[key]):
        if changes[key] >= ERRORS:
            old, new = pairs[key]
            size = f" ({changes[key]:.1f} errors)" if math.isfinite(changes[key]) else ""
            yield f"{_named(old)}: {measured_text(old)} → {measured_text(new)}{size}"


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Change of a number in standard errors; infinite if there is none to compare with."""
    if str(old["measured"]) == str(new["measured"]):
        return 0.0
    numbers = pd.to_numeric(
        pd.Series([old["measured"], new["measured"], old["error"], new["error"]]), errors="coerce"
    )
    before, after, *errors = map(float, numbers)
    spread = math.hypot(*(0.0 if math.isnan(error) else error for error in errors))
    if math.isnan(after - before) or spread == 0.0:
        return math.inf
    return abs(after - before) / spread


def _tables(first: Path, second: Path) -> Iterator[str]:
    """The tables of figures that differ, or that only one folder has."""
    names = {
        path.relative_to(folder)
        for folder in (first, second)
        for path in (folder / "figures").rglob("*.csv")
        if not path.name.endswith(".claims.csv")
    }
    for name in sorted(names):
        paths = first / name, second / name
        missing = [path for path in paths if not path.exists()]
        if missing:
            yield f"{name}: not in {missing[0].parents[len(name.parts) - 1]}"
        elif paths[0].read_bytes() != paths[1].read_bytes():
            yield f"{name}: differs"
