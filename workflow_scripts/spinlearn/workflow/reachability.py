"""Which definitions of the library the code of a script can reach; nothing is imported for that.

A script is reached as a whole. What is reached reaches the definitions that its names refer to, and
what runs on importing the modules that it imports. Where names do not tell, everything that could
be meant is reached: the whole module if it is passed on as an object, the whole library if modules
are looked up by strings.

Reached wrongly, a definition costs a needless run; missed, a stale result. So only what is listed
in `PURE` counts as free of effects on others when a module's definitions are executed.
"""

import ast
import builtins
import hashlib
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from spinlearn.workflow.syntax import (
    DIGITS,
    NAMESPACES,
    Definition,
    Module,
    bound_names,
    is_docstring,
    parsed,
)

_PURE = {
    "": "bool complex dict enumerate float frozenset int len list max min range set sorted str sum",
    "abc": "ABC abstractmethod",
    "contextlib": "contextmanager",
    "dataclasses": "dataclass field",
    "enum": "Enum StrEnum",
    "functools": "cache cached_property lru_cache partial wraps",
    "llvmlite.ir": "DoubleType VectorType",
    "logging": "getLogger",
    "math": "log sqrt",
    "numba.core.types": "Type",
    "numba.extending": "intrinsic",
    "numpy": "arange array einsum exp eye linspace log ones sqrt stack zeros",
    "pathlib": "Path",
    "re": "compile",
    "spinlearn.spins.compiling": "compiled kept_in",
    "tenpy.models.model": "CouplingMPOModel",
    "torch.autograd": "Function",
    "torch.nn": "Module",
    "typing": "Generic NamedTuple Protocol TypeVar get_args no_type_check runtime_checkable",
}
_PURE[""] += " tuple zip object property staticmethod classmethod Exception"

PURE = frozenset(
    f"{module}.{name}".lstrip(".") for module, names in _PURE.items() for name in names.split()
)
"""Callables and base classes that make an object and change nothing else. A definition that needs
another one when it is executed (as a decorator, a default, a value) counts as run on import."""

_EVALUATES = frozenset({"eval", "exec", "compile", "__import__"})
_LOOK_UP = (
    "importlib.import_module",
    "importlib.reload",
    "importlib.machinery",
    "importlib.util.module_from_spec",
    "importlib.util.spec_from",
    "pickle.load",
    "pickle.Unpickler",
    "pkgutil",
    "runpy",
    "sys.modules",
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Whole:
    """Everything in a module."""

    module: Module


@dataclass(frozen=True)
class Alias:
    """A name that a module imports from elsewhere, referred to as that module's own."""

    name: str
    target: str


@dataclass(frozen=True)
class Package:
    """A package that is not of this library, by the name that it is imported under."""

    name: str


Item = Definition | Module | Whole | Alias | Package


@dataclass(frozen=True)
class Reached:
    """What a script can reach.

    Attributes:
        definitions: digests of definitions, by name; that of the script by its file's name.
        packages: other packages, by the names that they are imported under.
        modules: dotted names of the library's modules that are imported.
    """

    definitions: dict[str, str]
    packages: frozenset[str]
    modules: frozenset[str]


class Library:
    """The source files of this library.

    Args:
        folder: the folder of the package; its name is the package's.
        neutral: dotted names of modules and definitions that are never reached.
    """

    def __init__(self, folder: Path, neutral: Collection[str] = ()) -> None:
        self.folder = folder
        self.package = folder.name
        self.neutral = frozenset(neutral)
        self._modules: dict[str, Module | None] = {}
        self._targets: dict[str, tuple[Item, ...]] = {}
        self._next: dict[Item, tuple[Item, ...]] = {}

    def file(self, name: str) -> Path | None:
        """The file of a module, or None if `name` is not a module of this library."""
        parts = name.split(".")
        if parts[0] != self.package:
            return None
        stem = self.folder.joinpath(*parts[1:])
        for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
            if candidate.is_file():
                return candidate
        return None

    def module(self, name: str) -> Module | None:
        """A module of this library, or None if there is none of that name."""
        if name not in self._modules:
            path = self.file(name)
            if path is None:
                self._modules[name] = None
            else:
                package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                text = path.read_text(encoding="utf-8")
                self._modules[name] = parsed(text, name, package, "")
        return self._modules[name]

    def every_module(self) -> Iterator[Module]:
        """All modules of this library."""
        for path in sorted(self.folder.rglob("*.py")):
            parts = path.relative_to(self.folder.parent).with_suffix("").parts
            module = self.module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
            if module is not None:
                yield module

    def reach(self, script: Path) -> Reached:
        """Everything that a script can reach."""
        start = parsed(script.read_text(encoding="utf-8"), "", "", script.name)
        definitions: dict[str, str] = {}
        packages, modules = set(), set()
        seen: set[Item] = set()
        waiting: list[Item] = [start]
        while waiting:
            item = waiting.pop()
            if item in seen:
                continue
            seen.add(item)
            if isinstance(item, Definition):
                definitions[item.name] = item.digest
            elif isinstance(item, Package):
                packages.add(item.name)
            elif isinstance(item, Alias):
                words = hashlib.sha256(item.target.encode()).hexdigest()
                definitions[item.name] = words[:DIGITS]
            elif isinstance(item, Module) and item is not start:
                modules.add(item.name)
            waiting += self._follow(item)
        return Reached(definitions, frozenset(packages), frozenset(modules))

    def _follow(self, item: Item) -> tuple[Item, ...]:
        """What is reached next from what is reached."""
        if item not in self._next:
            if isinstance(item, Definition):
                found = self._from_definition(item)
            elif isinstance(item, Module):
                found = self._on_import(item)
            elif isinstance(item, Whole):
                found = self._from_whole(item.module)
            else:
                found = iter(())
            self._next[item] = tuple(dict.fromkeys(found))
        return self._next[item]

    def _load(self, name: str) -> Iterator[Item]:
        """`import a.b.c` imports `a`, then `a.b`, then `a.b.c`."""
        parts = name.split(".")
        if parts[0] != self.package:
            return
        for length in range(1, len(parts) + 1):
            module = self.module(".".join(parts[:length]))
            if module is not None:
                yield module

    def _on_import(self, module: Module) -> Iterator[Item]:
        for name in module.imports:
            yield from self._load(name)
        if module.name in self.neutral:
            return
        for definition in module.definitions:
            if definition is module.rest or not all(
                self._is_pure(node, module) for node in definition.nodes
            ):
                yield from self._allowed(definition)
        for name in module.stars:
            yield from self._everything_of(name)
        for target in module.unused_imports:
            if not target.startswith(self.package + "."):
                yield from self._resolve(target)

    def _from_whole(self, module: Module) -> Iterator[Item]:
        yield module
        if module.name in self.neutral:
            return
        for definition in module.definitions:
            yield from self._allowed(definition)
        for targets in module.aliases.values():
            for target in targets:
                yield from self._resolve(target)

    def _from_definition(self, definition: Definition) -> Iterator[Item]:
        read, module = definition.read, definition.module
        for name in sorted(read.modules):
            yield from self._load(name)
            if name.split(".")[0] != self.package:
                yield from self._resolve(name)
        for name in sorted(read.keys):
            if name.split(".")[0] == self.package:
                yield from self._resolve(name)
        for name in sorted(read.stars):
            yield from self._everything_of(name)
        for name in sorted(read.absolute):
            yield from self._resolve(name)
        for name, chains in read.root.loads.items():
            if name in module.names:
                yield from self._allowed(module.names[name])
            if name in module.aliases:
                for target in module.aliases[name]:
                    for chain in chains:
                        yield from self._resolve(target + chain)
            elif name in NAMESPACES and name not in module.names:
                yield Whole(module)
            elif name in _EVALUATES and name not in module.names:
                yield from self._whole_library()

    def _allowed(self, definition: Definition) -> Iterator[Definition]:
        if definition.name not in self.neutral and definition.module.name not in self.neutral:
            yield definition

    def _whole_library(self) -> Iterator[Item]:
        for module in self.every_module():
            yield Whole(module)

    def _everything_of(self, name: str) -> Iterator[Item]:
        """What `from name import *` binds."""
        yield from self._load(name)
        module = self.module(name)
        if module is not None:
            yield Whole(module)
        else:
            yield from self._resolve(name)

    def _resolve(self, dotted: str) -> tuple[Item, ...]:
        """What a dotted name means, from its first part on."""
        if dotted not in self._targets:
            self._targets[dotted] = ()  # two modules may import a name from each other
            self._targets[dotted] = tuple(dict.fromkeys(self._meanings(dotted)))
        return self._targets[dotted]

    def _meanings(self, dotted: str) -> Iterator[Item]:
        parts = dotted.split(".")
        if parts[0] != self.package:
            if any(dotted == name or dotted.startswith(name) for name in _LOOK_UP):
                yield from self._whole_library()
            if parts[0] not in sys.stdlib_module_names:
                yield Package(parts[0])
            return
        yield from self._load(dotted)
        length = len(parts)
        while self.module(".".join(parts[:length])) is None and length > 1:
            length -= 1
        module, rest = self.module(".".join(parts[:length])), parts[length:]
        if module is None:
            return
        if not rest:
            yield Whole(module)
            yield from self._shadowing(parts)
            return
        name = rest[0]
        if name in module.names:
            yield from self._allowed(module.names[name])
        for target in module.aliases.get(name, ()):
            if not target.startswith(self.package + "."):
                yield Alias(f"{module.name}.{name}", target)
            yield from self._resolve(".".join([target, *rest[1:]]))
        if name not in module.names and name not in module.aliases:
            yield Whole(module)

    def _shadowing(self, parts: list[str]) -> Iterator[Item]:
        """A package may bind a name of its own that is also a module's."""
        package = self.module(".".join(parts[:-1])) if len(parts) > 1 else None
        if package is not None and parts[-1] in package.names:
            yield from self._allowed(package.names[parts[-1]])

    def _is_pure(self, node: ast.AST | None, module: Module) -> bool:
        """Whether executing a definition, or evaluating an expression, changes nothing else."""
        if node is None or isinstance(node, ast.Lambda):
            return True
        if isinstance(node, _FUNCTIONS):
            evaluated = [*node.args.defaults, *node.args.kw_defaults]
            return all(self._is_known(item, module) for item in node.decorator_list) and all(
                self._is_pure(item, module) for item in evaluated
            )
        if isinstance(node, ast.ClassDef):
            makers = [*node.decorator_list, *node.bases]
            return (
                not node.keywords
                and all(self._is_known(item, module) for item in makers)
                and all(self._is_pure(item, module) for item in node.body)
            )
        if isinstance(node, ast.Assign):
            return bound_names(node) != [] and self._is_pure(node.value, module)
        if isinstance(node, ast.AnnAssign):
            return isinstance(node.target, ast.Name) and self._is_pure(node.value, module)
        if isinstance(node, ast.stmt):
            return isinstance(node, ast.Pass) or is_docstring(node)
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(node, ast.Call):
            inside = [*node.args, *node.keywords]
            return self._is_known(node.func, module) and all(
                self._is_pure(item, module) for item in inside
            )
        return all(self._is_pure(item, module) for item in ast.iter_child_nodes(node))

    def _is_known(self, node: ast.expr, module: Module) -> bool:
        """Whether calling something, or deriving from it, changes nothing else."""
        if isinstance(node, ast.Call):
            return self._is_pure(node, module)
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        if node.id in module.aliases:
            targets = module.aliases[node.id]
        elif node.id in module.names:
            targets = [f"{module.name}.{node.id}"]
        elif hasattr(builtins, node.id):
            targets = [node.id]
        else:
            return False
        dotted = [".".join([target, *attributes]) for target in targets]
        return all(name in PURE or self._is_record(name) for name in dotted)

    def _is_record(self, dotted: str) -> bool:
        """Whether a class of this library does nothing but hold what it is given."""
        where, _, name = dotted.rpartition(".")
        module = self.module(where)
        if module is None or name not in module.names:
            return False
        nodes = module.names[name].nodes
        if len(nodes) != 1 or not isinstance(nodes[0], ast.ClassDef):
            return False
        own = {item.name for item in nodes[0].body if isinstance(item, _FUNCTIONS)}
        makers = {"__init__", "__new__", "__post_init__", "__init_subclass__"}
        return not own & makers and self._is_pure(nodes[0], module)
