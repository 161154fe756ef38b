"""Code as an input: a digest of what a rule's script would execute.

Snakemake's own code trigger sees the script file alone and fires on file times. Here the digest is
taken over the syntax trees of what the script can reach (`workflow.reachability`), comments and
docstrings left out, and over the pinned versions of the packages that this code uses. Nothing is
imported to find that out.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from spinlearn.workflow.reachability import Library, Reached

LIBRARY = Path(__file__).resolve().parents[1]
PACKAGE = LIBRARY.name

NEUTRAL = {
    "spinlearn.workflow.errors": "words errors",
    "spinlearn.workflow.progress.LOG_INTERVAL": "times lines of progress",
    "spinlearn.workflow.progress._line": "words progress",
    "spinlearn.workflow.progress._goes_to_a_file": "chooses how progress is shown",
    "spinlearn.workflow.provenance": "says what made a file, not what is in it",
    "spinlearn.__version__": "says what made a file, not what is in it",
    "spinlearn.workflow.job._alone": "runs when a script is started by hand, never under Snakemake",
    "spinlearn.workflow.job._logging": "writes logs",
    "spinlearn.workflow.job._end_with_snakemake": "ends a job whose Snakemake was killed",
}
"""Modules and definitions that cannot change a result that is written, and why."""

NEUTRAL_PACKAGES = {
    "beartype": "checks types under tests",
    "h5py": "stores values, and reads them, as they are",
    "jaxtyping": "writes shapes into annotations",
    "psutil": "measures",
    "pydantic": "checks the configuration, whose values are parameters",
    "snakemake": "starts jobs",
    "threadpoolctl": "sets numbers of threads",
    "tqdm": "shows progress",
}
"""Packages that cannot change a value that is written, and why."""

DISTRIBUTIONS = {
    "PIL": "pillow",
    "mpl_toolkits": "matplotlib",
    "sklearn": "scikit-learn",
    "tenpy": "physics-tenpy",
    "yaml": "pyyaml",
}
"""Names under which packages are imported, where they are published under another one."""

ENGINES = {
    "matplotlib": ("contourpy", "fonttools", "kiwisolver", "pillow"),
    "numba": ("llvmlite",),
    "pandas": ("numpy",),
    "physics-tenpy": ("numpy", "scipy"),
    "pypardiso": ("mkl",),
    "quspin": ("numpy", "parallel-sparse-tools", "quspin-extensions", "scipy"),
    "scikit-learn": ("numpy", "scipy"),
    "scipy": ("numpy",),
}
"""Packages that compute for another one, unseen by who imports that."""

LOCK = "requirements.lock"


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


@cache
def pins(lock: Path) -> dict[str, str]:
    """Versions that a lock states, with markers (`1.0 ; sys_platform == ...`), by package.

    Args:
        lock: its path; none are stated if there is no such file.
    """
    found: dict[str, str] = {}
    if not lock.is_file():
        return found
    for line in lock.read_text(encoding="utf-8").splitlines():
        requirement, _, marker = line.partition("#")[0].partition(";")
        name, equals, version = requirement.partition("==")
        if equals:
            pin = " ; ".join(filter(None, (version.strip(), marker.strip())))
            name = _normal(name.strip())
            found[name] = f"{found[name]} | {pin}" if name in found else pin
    return found


@cache
def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def package_versions(imported: Iterable[str], lock: Path) -> dict[str, str]:
    """Versions of packages and of the engines beneath them, neutral ones left out.

    Args:
        imported: names that they are imported under.
        lock: the file that pins them; a version that it does not state is the installed one.

    Returns:
        Versions by the names that the packages are published under.
    """
    versions: dict[str, str] = {}
    waiting = [_normal(DISTRIBUTIONS.get(name, name)) for name in imported]
    while waiting:
        name = waiting.pop()
        if name not in versions and name not in NEUTRAL_PACKAGES:
            versions[name] = pins(lock).get(name) or _installed(name)
            waiting += ENGINES.get(name, ())
    return versions


@cache
def _library(folder: Path) -> Library:
    return Library(folder, NEUTRAL)


@cache
def _reached(script: Path) -> tuple[Library, Reached]:
    # A script's own folder is where Python looks first.
    beside = script.parent / PACKAGE
    library = _library(beside if beside.is_dir() else LIBRARY)
    return library, library.reach(script)


def dependencies(path: str | Path) -> list[Path]:
    """The files of this library that a script's reachable code imports, and the script, sorted."""
    script = Path(path).resolve()
    library, reached = _reached(script)
    files = (library.file(name) for name in reached.modules)
    return sorted([script, *(file for file in files if file is not None)])


def code_parts(script: str | Path) -> dict[str, str]:
    """What a rule's code is made of.

    Args:
        script: path of the rule's script.

    Returns:
        In alphabetical order: digests of definitions, by dotted names; that of the script, by its
        file's name; versions of packages, by the names that they are published under. All are equal
        on every machine and Python version for the same code and lock.
    """
    script = Path(script).resolve()
    library, reached = _reached(script)
    versions = package_versions(reached.packages, library.folder.parents[1] / LOCK)
    return dict(sorted({**reached.definitions, **versions}.items()))


@cache
def code_digest(script: str | Path) -> str:
    """Digest of a rule's code: of all of its parts; see `code_parts`.

    Args:
        script: path of the rule's script.

    Returns:
        16 hex digits, equal on every machine and Python version for the same code and lock.
    """
    lines = "".join(f"{name}:{value}\n" for name, value in code_parts(script).items())
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _is_package(name: str) -> bool:
    return name != PACKAGE and not name.startswith(f"{PACKAGE}.") and not name.endswith(".py")


def changed_parts(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """In words, what differs between two versions of a rule's code.

    Args:
        old, new: as `code_parts` gives them.

    >>> changed_parts({"numpy": "2.3.5", "a.py": "0"}, {"numpy": "2.4.1", "b.py": "0"})
    ['a.py is gone', 'b.py is new', 'numpy 2.3.5 → 2.4.1']
    """
    lines = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            lines.append(f"{name} is gone")
        elif name not in old:
            lines.append(f"{name} is new")
        elif old[name] != new[name] and _is_package(name):
            before, _, condition = old[name].partition(" ; ")
            after, _, still = new[name].partition(" ; ")
            whole = condition != still
            change = (old[name], new[name]) if whole else (before, after)
            lines.append(f"{name} {change[0]} → {change[1]}")
        elif old[name] != new[name]:
            lines.append(f"{name} changed")
    return lines
