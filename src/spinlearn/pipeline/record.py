"""The record of a run, stored with its results: its configuration and the parts of its code."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from spinlearn.pipeline.digest import code_digest, code_parts
from spinlearn.pipeline.errors import UnwritableError

CONFIGURATION = "config.yaml"
CODE = "code"


def write_record(folder: Path, configuration: str, code: Iterable[str | Path]) -> None:
    """Write `config.yaml`, and `code/DIGEST.json` for each script or module that would run.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    texts = {folder / CONFIGURATION: configuration}
    for entry in code:
        parts = json.dumps(code_parts(entry), indent=1) + "\n"
        texts[folder / CODE / f"{code_digest(entry)}.json"] = parts
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UnwritableError(path, error) from None


def recorded_configuration(folder: Path) -> dict[str, Any] | None:
    """The configuration of the latest run as read from YAML, or None if it cannot be read."""
    try:
        return yaml.safe_load((folder / CONFIGURATION).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, ValueError):
        return None


def recorded_code(folder: Path, digest: str) -> dict[str, str] | None:
    """The code parts behind a digest (see `code_parts`), or None if no run recorded them."""
    try:
        return json.loads((folder / CODE / f"{digest}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
