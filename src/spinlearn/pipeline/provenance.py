"""Version, commit and packages of the running code."""

import os
import subprocess
from functools import lru_cache
from importlib import metadata
from typing import Any

from spinlearn import __version__
from spinlearn.pipeline.errors import HOME

PACKAGES = ("numpy", "scipy", "numba", "h5py", "quspin", "physics-tenpy", "torch", "pandas")
"""Packages whose versions are written into every file."""


CODE = ("Snakefile", "rules", "workflow_scripts", "src", "requirements.lock")
"""What a commit must hold unchanged to describe the running code."""


@lru_cache(maxsize=1)
def git_commit() -> str:
    """The commit of the checkout that holds this library, "+changes" if its code was edited.

    "unknown" if the library is not in a checkout of its own: if it was installed, or copied into
    another repository.
    """
    # Variables such as GIT_DIR, which are set in hooks, name another repository.
    variables = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}

    def git(*arguments: str) -> str:
        command = ["git", "--no-optional-locks", f"--git-dir={HOME / '.git'}"]
        command += [f"--work-tree={HOME}", *arguments]
        done = subprocess.run(
            command, cwd=HOME, env=variables, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "--", __file__)
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--", *CODE)
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
