"""What a run leaves beside its results: its whole configuration, and what its code was made of."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from spinlearn.workflow.config import Config, config_yaml, load
from spinlearn.workflow.errors import ConfigError
from spinlearn.workflow.storage import write_text

CONFIGURATION = "config.yaml"
CODE = "code"

HEAD = """\
# The whole configuration of the latest run here that had something to do, overlays resolved.
# It can be laid over again: snakemake --cores all --configfile results/config.yaml
"""


def write_record(
    folder: str | Path, config: Config, code: Iterable[tuple[str, Mapping[str, str]]] = ()
) -> None:
    """Write `config.yaml`, and `code/DIGEST.json` for each code digest, into the folder of results.

    Args:
        folder: the folder of results.
        config: the configuration.
        code: digests, with what each was taken over.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    folder = Path(folder)
    _write_if_other(folder / CONFIGURATION, config_yaml(config, HEAD))
    for digest, parts in code:
        text = json.dumps(parts, indent=1, sort_keys=True) + "\n"
        _write_if_other(folder / CODE / f"{digest}.json", text)


def _write_if_other(path: Path, text: str) -> None:
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text(path, text)


def recorded_configuration(folder: str | Path) -> Config | None:
    """The configuration of the latest run, or None if there is none that can be read."""
    try:
        return load(yaml.safe_load((Path(folder) / CONFIGURATION).read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ConfigError, AttributeError, TypeError, ValueError):
        return None


def recorded_code(folder: str | Path, digest: str) -> dict[str, str] | None:
    """What a code digest was taken over, or None if no run left it."""
    try:
        parts = json.loads((Path(folder) / CODE / f"{digest}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return parts if isinstance(parts, dict) else None
