"""Code as an input: a digest of the modules that a rule runs.

Snakemake's own code trigger only sees the script file and file times. The digest here covers the
script, every module of this library that it imports, directly or indirectly, and the pinned
versions of the packages that these import. It is taken over syntax trees: comments, docstrings and
layout do not matter. The packages in `CARRIERS` only store results (HDF5 exactly, tables to ten
digits), so they do not count; the number `FORMAT` does. Package `__init__`s contain only exports
and do not count either, since modules are imported by their full names. The code is parsed, never
imported.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

FORMAT = 3
"""Version of all result files; raise it when `CARRIERS`, `papers.output` or `figure.py` write
files differently, or tables with other than ten significant digits.

Every rule then runs again. HDF5 files and weights of another version are refused, unless it is one
of `OLDER_FORMATS`; CSV tables do not contain it.
"""

OLDER_FORMATS = (2,)
"""Versions that are still read. In files of version 2 some axes have a name but no scale."""

LIBRARY = Path(__file__).resolve().parents[1]
LOCK = LIBRARY.parents[1] / "requirements.lock"
CARRIERS = ("spinlearn.pipeline", "spinlearn.storage")
NOT_COUNTED = {"jaxtyping", *sys.stdlib_module_names}
"""Packages whose version does not count: jaxtyping only writes shapes into annotations."""

DISTRIBUTIONS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "tenpy": "physics-tenpy",
    "yaml": "pyyaml",
}
"""Name on PyPI of each package whose import name differs."""


def code_digest(entry: str | Path) -> str:
    """Digest of all code that a script (path) or a module (dotted name) runs; 16 hex digits.

    It is equal on every machine and Python version for the same code and lock.
    """
    lines = "".join(f"{name}:{value}\n" for name, value in code_parts(entry).items())
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


@cache
def code_parts(entry: str | Path) -> dict[str, str]:
    """The parts of the code that a script or a module runs.

    Returns:
        The digest of each module under its name (of a script under its file name), the version of
        each package under its name, and `FORMAT`.
    """
    module = str(entry) if _file(str(entry)) else ""
    parts = {"FORMAT": str(FORMAT)}
    waiting = [module]
    packages: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = _file(name) or Path(entry)
        key = name or path.name
        if key in parts:
            continue
        parts[key], imported = _module(path)
        for found in imported:
            if found.partition(".")[0] != LIBRARY.name:
                packages.add(found.partition(".")[0])
            elif _file(found) and not found.startswith(CARRIERS):
                waiting.append(found)
    lock = _pins(LOCK)
    for package in packages:
        distribution = DISTRIBUTIONS.get(package, package).lower().replace("_", "-")
        if distribution in lock and package not in NOT_COUNTED:
            parts[distribution] = lock[distribution]
    return dict(sorted(parts.items()))


def changed_parts(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The differences between two results of `code_parts`, in words.

    >>> changed_parts({"numpy": "2.3", "spinlearn.a": "0"}, {"numpy": "2.4", "spinlearn.a": "1"})
    ['numpy 2.3 → 2.4', 'spinlearn.a changed']
    """
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            lines.append(f"{name} is {'new' if before is None else 'no longer used'}")
        elif before != after:
            is_code = name.startswith(f"{LIBRARY.name}.") or name.endswith(".py")
            lines.append(f"{name} changed" if is_code else f"{name} {before} → {after}")
    return lines


def _file(module: str) -> Path | None:
    """The file of a module of this library; None for packages and for other names."""
    package, _, rest = module.partition(".")
    if package != LIBRARY.name or not rest:
        return None
    path = LIBRARY.joinpath(*rest.split(".")).with_suffix(".py")
    return path if path.is_file() else None


@cache
def _module(path: Path) -> tuple[str, frozenset[str]]:
    """Digest of a module's syntax tree, and the dotted names that it may import."""
    tree = ast.parse(path.read_bytes())
    imported = frozenset(_imports(tree))
    return hashlib.sha256(_text(tree).encode()).hexdigest()[:16], imported


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _text(node: object) -> str:
    """A syntax tree as text, without positions and docstrings, equal on every Python version."""
    if isinstance(node, list):
        return "[" + ",".join(map(_text, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list):
            value = [item for item in value if not _is_docstring(item)]
        if value not in (None, []) and name not in ("kind", "type_comment", "type_ignores"):
            fields.append(f"{name}={_text(value)}")
    return f"{type(node).__name__}({','.join(fields)})"


def _is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a bare string: the docstring of a module, function, class or value."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _pins(lock: Path) -> dict[str, str]:
    """The versions that a lock states, by package; none if there is no such file."""
    pins = {}
    for line in lock.read_text(encoding="utf-8").splitlines() if lock.is_file() else ():
        name, equals, version = line.partition("#")[0].partition(";")[0].partition("==")
        if equals:
            pins[name.strip().lower().replace("_", "-")] = version.strip()
    return pins
