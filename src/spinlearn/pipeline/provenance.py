"""Version, commit and packages of the running code."""

import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from spinlearn import __version__

PACKAGES = ("numpy", "scipy", "numba", "h5py", "quspin", "physics-tenpy", "torch", "pandas")
"""Packages whose versions are written into every file."""


@lru_cache(maxsize=1)
def git_commit() -> str:
    """The commit of the checkout that holds this library, "+changes" if edited, else "unknown"."""
    folder = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no", "--", str(folder.parent))
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+changes" if changed else commit


def provenance() -> dict[str, Any]:
    """Attributes of every file: this library's version, the git commit, the package versions."""
    return {"spinlearn": __version__, "git_commit": git_commit(), "packages": _package_versions()}


@lru_cache(maxsize=1)
def _package_versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
