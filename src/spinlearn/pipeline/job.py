"""One job of one rule, as a script sees it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def named_paths(files: Mapping[str, Any]) -> SimpleNamespace:
    """Named files of a rule; `named.fields` is a path, or a list of paths for several files."""
    return SimpleNamespace(
        **{
            name: Path(value) if isinstance(value, str) else [Path(str(item)) for item in value]
            for name, value in files.items()
        }
    )


def all_paths(files: SimpleNamespace) -> list[Path]:
    """Every path of `named_paths`, in order."""
    values = vars(files).values()
    return [path for value in values for path in (value if isinstance(value, list) else [value])]


@dataclass(frozen=True)
class Job:
    """One job of one rule.

    Attributes:
        rule: the rule's name.
        wildcards: the wildcards' values, as written in file names.
        settings: the configuration values that the rule uses, and nothing else.
        input, output: named files, see `named_paths`.
        threads: threads that the job may use.
        gpus: GPUs that it may use: the rule's resource `gpu`, which is not part of `key`.
        log: its log file, if it has one.
        code: digest of the code that it runs.
    """

    rule: str
    wildcards: dict[str, str]
    settings: dict[str, Any]
    input: SimpleNamespace
    output: SimpleNamespace
    threads: int = 1
    gpus: int = 0
    log: Path | None = None
    code: str = ""

    @classmethod
    def from_snakemake(cls, snakemake: Any) -> "Job":
        """The job that a script's `snakemake` object describes."""
        return cls(
            rule=str(snakemake.rule),
            wildcards={name: str(value) for name, value in snakemake.wildcards.items()},
            settings=json.loads(getattr(snakemake.params, "settings", "{}")),
            input=named_paths(dict(snakemake.input.items())),
            output=named_paths(dict(snakemake.output.items())),
            threads=int(snakemake.threads),
            gpus=int(getattr(snakemake.resources, "gpu", 0)),
            log=Path(str(snakemake.log[0])) if len(snakemake.log) else None,
            code=getattr(snakemake.params, "code", ""),
        )

    @property
    def key(self) -> str:
        """Digest of everything that determines the job's result, including its inputs' bytes."""
        parts = json.dumps([self.rule, self.wildcards, self.settings, self.code], sort_keys=True)
        digest = hashlib.sha256(parts.encode())
        for path in all_paths(self.input):
            digest.update(path.read_bytes() if path.is_file() else b"absent")
        return digest.hexdigest()[:24]

    @property
    def provenance(self) -> dict[str, Any]:
        """Attributes for every file that the job writes: rule, wildcards, parameters, seed."""
        attributes: dict[str, Any] = {
            "rule": self.rule,
            "wildcards": self.wildcards,
            "parameters": self.settings,
            "code_digest": self.code,
        }
        if "seed" in self.settings:
            attributes["seed"] = self.settings["seed"]
        return attributes
