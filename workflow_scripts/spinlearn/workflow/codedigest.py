"""Code as an input: a digest of what a rule's script would execute.

Snakemake's own code trigger sees the script file alone and fires on file times. Here the digest is
taken over syntax trees, comments and docstrings left out, of the script and of every module of this
library that it imports, transitively. Nothing is imported to find that out.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
PACKAGE = LIBRARY.name

NEUTRAL = frozenset({"workflow/errors.py", "workflow/progress.py"})
"""Modules that cannot change a result that is written: wordings of errors and of progress."""


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _canonical(node: object) -> object:
    """A nested tuple of a syntax tree that is the same under every supported Python version.

    Empty fields are dropped, since later versions add optional ones; positions never enter. A bare
    string statement, wherever it stands, is a docstring or a comment.
    """
    if isinstance(node, ast.AST):
        fields = [(name, _canonical(value)) for name, value in ast.iter_fields(node)]
        kept = [
            (name, value) for name, value in fields if value not in (None, ()) and name != "kind"
        ]
        return (type(node).__name__, tuple(kept))
    if isinstance(node, list):
        return tuple(
            _canonical(item)
            for item in node
            if not (isinstance(item, ast.stmt) and _is_docstring(item))
        )
    return None if node is None else (type(node).__name__, repr(node))


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def module_digest(path: Path) -> str:
    """SHA-256 (hex) of one file's code, without comments, docstrings and layout."""
    return hashlib.sha256(repr(_canonical(_parse(path))).encode()).hexdigest()


def _module_file(name: str) -> Path | None:
    """The file of a module of this library, or None if `name` is not a module of it."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return None
    stem = LIBRARY.joinpath(*parts[1:])
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _package_of(path: Path) -> str:
    """The dotted name of the package that holds a file of the library (empty for a script)."""
    try:
        relative = path.relative_to(LIBRARY)
    except ValueError:
        return ""
    return ".".join([PACKAGE, *relative.parts[:-1]])


def _imported_names(path: Path) -> Iterator[str]:
    """Dotted names that a file may import; `from a import b` gives both `a` and `a.b`."""
    package = _package_of(path)
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: len(parents) - (node.level - 1)]
                base = ".".join([*kept, *([base] if base else [])])
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}"


def _with_parents(name: str) -> Iterator[str]:
    """`a.b.c` imports `a`, then `a.b`, then `a.b.c`."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


@cache
def _direct_dependencies(path: Path) -> frozenset[Path]:
    files = (
        _module_file(parent)
        for name in _imported_names(path)
        if name.split(".")[0] == PACKAGE
        for parent in _with_parents(name)
    )
    return frozenset(file for file in files if file is not None)


def dependencies(path: Path) -> list[Path]:
    """The files of this library that `path` imports, directly or not, itself included, sorted."""
    seen: set[Path] = set()
    waiting = [Path(path).resolve()]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(_direct_dependencies(current) - seen)
    return sorted(seen)


@cache
def code_digest(script: str | Path) -> str:
    """Digest of a rule's code: the script and every library module that it imports, transitively.

    Args:
        script: path of the rule's script.

    Returns:
        16 hex digits, equal on every machine and Python version for the same code.
    """
    script = Path(script).resolve()
    whole = hashlib.sha256()
    for path in dependencies(script):
        name = path.name if path == script else path.relative_to(LIBRARY).as_posix()
        if name in NEUTRAL:
            continue
        whole.update(f"{name}:{module_digest(path)}\n".encode())
    return whole.hexdigest()[:16]
