"""A module's code in definitions: a canonical form of each, and the names that it refers to.

The top level of a module falls into definitions (functions, classes as a whole, assignments to
names) and the rest, which runs when the module is imported. A script is one definition.

Comments, docstrings and layout do not enter the form, nor does the order of a module's definitions.
"""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

DIGITS = 12
"""Hexadecimal digits of the digest of one definition."""

NAMESPACES = frozenset({"globals", "locals", "vars"})
"""What gives all names of a module, or, with an argument, those of an object."""


def is_docstring(node: object) -> bool:
    """Whether a node is a bare string: a docstring or a comment, wherever it stands."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class _Fields(dict[type, tuple[str, ...]]):
    """The fields of a kind of node that tell code apart: neither hints nor what follows from where
    the node stands."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        skipped = ("ctx", "kind", "type_comment", "type_ignores")
        self[kind] = tuple(name for name in kind._fields if name not in skipped)
        return self[kind]


_FIELDS = _Fields()


class _Scope:
    """Names of one function, class or comprehension.

    Attributes:
        bound: names that it binds.
        declared: names that it declares as global or nonlocal.
        imports: for each name bound by an import, the dotted names that it may mean.
        loads: for each name that it uses, the attributes taken of it: "" or ".b.c" of `a.b.c`.
        owner: the scope in which `:=` binds.
    """

    __slots__ = ("bound", "declared", "imports", "loads", "owner")

    def __init__(self, owner: "_Scope | None" = None) -> None:
        self.bound: set[str] = set()
        self.declared: set[str] = set()
        self.imports: dict[str, list[str]] = {}
        self.loads: dict[str, set[str]] = {}
        self.owner = owner or self

    def load(self, name: str, attributes: str = "") -> None:
        self.loads.setdefault(name, set()).add(attributes)


class _Reader:
    """One walk over statements: their canonical form, and what they refer to.

    The form is a list of words, the same for equal code under every supported Python version: empty
    fields are dropped, since later versions add optional ones; positions never enter.

    Attributes:
        form: the words.
        root: the scope of the module, as far as these statements fill it.
        absolute: dotted names that are referred to by imports inside functions.
        modules: dotted names that these statements import when they run.
        stars: modules of which they import everything.
        keys: modules that they look up in `sys.modules`.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.form: list[str] = []
        self.root = self.scope = _Scope()
        self.absolute: set[str] = set()
        self.modules: set[str] = set()
        self.stars: set[str] = set()
        self.keys: set[str] = set()
        self._known: set[int] = set()

    def visit(self, node: Any) -> None:
        kind = node.__class__
        handler = _HANDLERS.get(kind)
        if handler is None:
            self._generic(node, kind)
        else:
            handler(self, node)

    def _generic(self, node: Any, kind: type) -> None:
        form = self.form
        form.append("(" + kind.__name__)
        for name in _FIELDS[kind]:
            value = getattr(node, name, None)
            if value is None or value == []:
                continue
            form.append(name)
            self._value(value)
        form.append(")")

    def _value(self, value: Any) -> None:
        if isinstance(value, ast.AST):
            self.visit(value)
        elif isinstance(value, list):
            self.form.append("[")
            for item in value:
                if not (item.__class__ is ast.Expr and is_docstring(item)):
                    self._value(item)
            self.form.append("]")
        else:
            self.form.append(repr(value))

    def _all(self, nodes: list[Any]) -> None:
        self._value(nodes)

    def _constant(self, node: ast.Constant) -> None:
        self.form.append(f"{node.value.__class__.__name__} {node.value!r}")

    def _name(self, node: ast.Name) -> None:
        self.form.append("name " + node.id)
        if node.ctx.__class__ is ast.Load:
            self.scope.load(node.id)
        else:
            self.scope.bound.add(node.id)

    def _attribute(self, node: ast.Attribute) -> None:
        attributes, base = [node.attr], node.value
        while base.__class__ is ast.Attribute:
            attributes.append(base.attr)
            base = base.value
        attributes.append("")
        chain = ".".join(reversed(attributes))
        if isinstance(base, ast.Name):
            self.form.append(f"name {base.id}{chain}")
            self.scope.load(base.id, "" if id(node) in self._known else chain)
        else:
            self.form.append("of " + chain)
            self.visit(base)

    def _call(self, node: ast.Call) -> None:
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "get" and node.args:
            self._module_by_name(called, called.value, node.args[0])
        elif isinstance(called, ast.Name) and called.id in NAMESPACES and node.args:
            # Of an object, not of this module.
            self.form.append("(Call of " + called.id)
            self._all(node.args)
            self._all(node.keywords)
            self.form.append(")")
            return
        self._generic(node, ast.Call)

    def _subscript(self, node: ast.Subscript) -> None:
        self._module_by_name(node.value, node.value, node.slice)
        self._generic(node, ast.Subscript)

    def _module_by_name(self, whole: ast.expr, table: ast.expr, key: ast.expr) -> None:
        """`sys.modules["a"]` means the module `a` and no other."""
        if (
            isinstance(table, ast.Attribute)
            and table.attr == "modules"
            and isinstance(table.value, ast.Name)
            and isinstance(key, ast.Constant)
            and isinstance(key.value, str)
        ):
            self._known.add(id(whole))
            self.keys.add(key.value)

    def _function(self, node: Any) -> None:
        self.scope.bound.add(node.name)
        self.form.append(f"({node.__class__.__name__} {node.name}")
        self._all(node.decorator_list)
        inner = _Scope()
        self._parameters(node.args, inner)
        if node.returns is not None:
            self.form.append("returns")
            self.visit(node.returns)
        outer, self.scope = self.scope, inner
        for parameter in getattr(node, "type_params", ()):
            self.visit(parameter)
        self._all(node.body)
        self._leave(inner, outer)
        self.form.append(")")

    def _lambda(self, node: ast.Lambda) -> None:
        self.form.append("(Lambda")
        inner = _Scope()
        self._parameters(node.args, inner)
        outer, self.scope = self.scope, inner
        self.visit(node.body)
        self._leave(inner, outer)
        self.form.append(")")

    def _parameters(self, node: ast.arguments, inner: _Scope) -> None:
        kinds = (node.posonlyargs, node.args, [node.vararg], node.kwonlyargs, [node.kwarg])
        for arguments in kinds:
            self.form.append("[")
            for argument in arguments:
                if argument is not None:
                    inner.bound.add(argument.arg)
                    self.form.append(argument.arg)
                    if argument.annotation is not None:
                        self.visit(argument.annotation)
            self.form.append("]")
        self._all(node.defaults)
        self._all(node.kw_defaults)

    def _comprehension(self, node: Any) -> None:
        self.form.append("(" + node.__class__.__name__)
        self.visit(node.generators[0].iter)
        outer, self.scope = self.scope, _Scope(self.scope.owner)
        for number, part in enumerate(node.generators):
            self.form.append(f"for {part.is_async}")
            self.visit(part.target)
            if number:
                self.visit(part.iter)
            self._all(part.ifs)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._leave(self.scope, outer)
        self.form.append(")")

    def _class(self, node: ast.ClassDef) -> None:
        self.scope.bound.add(node.name)
        self.form.append("(ClassDef " + node.name)
        self._all(node.decorator_list)
        self._all(node.bases)
        self._all(node.keywords)
        inner = _Scope()
        outer, self.scope = self.scope, inner
        for parameter in getattr(node, "type_params", ()):
            self.visit(parameter)
        self._all(node.body)
        # Its names are no names of its methods, and its body may mean the module's.
        self.absolute.update(target for targets in inner.imports.values() for target in targets)
        inner.bound.clear()
        self._leave(inner, outer)
        self.form.append(")")

    def _leave(self, inner: _Scope, outer: _Scope) -> None:
        """Hand what a scope does not bind itself to the one around it."""
        for name, chains in inner.loads.items():
            if name not in inner.bound or name in inner.declared:
                known = outer.loads.get(name)
                if known is None:
                    outer.loads[name] = chains
                else:
                    known |= chains
            elif name in inner.imports:
                targets = inner.imports[name]
                self.absolute.update(target + chain for target in targets for chain in chains)
        self.scope = outer

    def _walrus(self, node: ast.NamedExpr) -> None:
        self.form.append("(NamedExpr " + node.target.id)
        self.scope.owner.bound.add(node.target.id)
        self.scope.load(node.target.id)
        self.visit(node.value)
        self.form.append(")")

    def _declaration(self, node: ast.Global | ast.Nonlocal) -> None:
        self.form.append(" ".join([node.__class__.__name__, *node.names]))
        self.scope.declared.update(node.names)
        for name in node.names:
            if isinstance(node, ast.Global):
                self.root.load(name)
            self.scope.load(name)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._generic(node, node.__class__)
        found = imported(node, self.package)
        self.modules.update(found.modules)
        self.stars.update(found.stars)
        for name, target in found.names:
            self.scope.bound.add(name)
            self.scope.imports.setdefault(name, []).append(target)

    def _binding(self, node: Any) -> None:
        """Nodes that hold the name that they bind as a plain string."""
        bound = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if bound:
            self.scope.bound.add(bound)
        self._generic(node, node.__class__)


_HANDLERS: dict[type, Any] = {
    ast.Constant: _Reader._constant,
    ast.Name: _Reader._name,
    ast.Attribute: _Reader._attribute,
    ast.Call: _Reader._call,
    ast.Subscript: _Reader._subscript,
    ast.FunctionDef: _Reader._function,
    ast.AsyncFunctionDef: _Reader._function,
    ast.Lambda: _Reader._lambda,
    ast.ListComp: _Reader._comprehension,
    ast.SetComp: _Reader._comprehension,
    ast.DictComp: _Reader._comprehension,
    ast.GeneratorExp: _Reader._comprehension,
    ast.ClassDef: _Reader._class,
    ast.NamedExpr: _Reader._walrus,
    ast.Global: _Reader._declaration,
    ast.Nonlocal: _Reader._declaration,
    ast.Import: _Reader._import,
    ast.ImportFrom: _Reader._import,
    ast.ExceptHandler: _Reader._binding,
    ast.MatchAs: _Reader._binding,
    ast.MatchStar: _Reader._binding,
    ast.MatchMapping: _Reader._binding,
}


@dataclass(frozen=True)
class Imported:
    """What one import statement does.

    Attributes:
        names: the names that it binds, and the dotted names that they mean.
        modules: dotted names of what it imports, where they are modules.
        stars: modules of which it imports everything.
    """

    names: list[tuple[str, str]]
    modules: list[str]
    stars: list[str]


def imported(node: ast.Import | ast.ImportFrom, package: str) -> Imported:
    """What an import statement in a module of `package` does; `package` resolves leading dots."""
    if isinstance(node, ast.Import):
        names = [
            (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
            for alias in node.names
        ]
        return Imported(names, [alias.name for alias in node.names], [])
    base = node.module or ""
    if node.level:
        parents = package.split(".")
        kept = parents[: len(parents) - (node.level - 1)]
        base = ".".join([*kept, *([base] if base else [])])
    plain = [alias for alias in node.names if alias.name != "*"]
    return Imported(
        [(alias.asname or alias.name, f"{base}.{alias.name}") for alias in plain],
        [base, *(f"{base}.{alias.name}" for alias in plain)],
        [base] if len(plain) < len(node.names) else [],
    )


class Definition:
    """Statements at the top level of a module that bind the same names.

    Attributes:
        module: the module that holds them.
        name: what they are called: the dotted name, or the file's name for a script.
        nodes: the statements, in order.
    """

    def __init__(self, module: "Module", name: str, nodes: list[ast.stmt]) -> None:
        self.module = module
        self.name = name
        self.nodes = nodes

    @cached_property
    def read(self) -> _Reader:
        """Form and references."""
        reader = _Reader(self.module.package)
        for node in self.nodes:
            reader.visit(node)
        return reader

    @cached_property
    def digest(self) -> str:
        """Hexadecimal digest of the code, and of what the names that it uses are imported from."""
        aliases = self.module.aliases
        used = sorted(name for name in self.read.root.loads if name in aliases)
        words = [*self.read.form, *(f"{name} is {' or '.join(aliases[name])}" for name in used)]
        # No word holds the separator: names cannot, and constants are quoted.
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:DIGITS]


class Module:
    """The top level of one file.

    Attributes:
        name: its dotted name; empty for a script.
        package: the dotted name of the package that it is in, or is.
        aliases: for each name bound by an import, the dotted names that it may mean.
        names: for each other name, the definition that binds it.
        imports: dotted names of what it imports when it is imported.
        rest: what else it runs on import, if anything.
    """

    def __init__(self, text: str, name: str, package: str, title: str = "") -> None:
        self.name = name
        self.package = package
        self.aliases: dict[str, list[str]] = {}
        self.names: dict[str, Definition] = {}
        self.imports: list[str] = []
        self.stars: list[str] = []
        body, waiting = list(ast.parse(text, filename=title or name).body), []
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found = imported(node, package)
                self.imports += found.modules
                self.stars += found.stars
                for bound, target in found.names:
                    self.aliases.setdefault(bound, []).append(target)
            elif not is_docstring(node):
                waiting.append(node)
        loose: list[ast.stmt] = []
        for node in waiting:
            if isinstance(node, ast.If) and self._is_for_type_checkers(node.test):
                loose += node.orelse
            elif title or not (own := bound_names(node)):
                loose.append(node)
            else:
                self._define(node, own)
        self.rest = Definition(self, title or f"{name} (on import)", loose) if loose else None
        if self.rest is not None:
            read = self.rest.read
            for alias, targets in read.root.imports.items():
                self.aliases.setdefault(alias, []).extend(targets)
            for bound in sorted(read.root.bound - read.root.imports.keys()):
                self.names.setdefault(bound, self.rest)

    def _is_for_type_checkers(self, test: ast.expr) -> bool:
        """Whether a condition is `typing.TYPE_CHECKING`, false whenever code runs."""
        if isinstance(test, ast.Attribute):
            owner = test.value.id if isinstance(test.value, ast.Name) else ""
            return test.attr == "TYPE_CHECKING" and self.aliases.get(owner) == ["typing"]
        name = test.id if isinstance(test, ast.Name) else ""
        return self.aliases.get(name) == ["typing.TYPE_CHECKING"]

    def _define(self, node: ast.stmt, bound: list[str]) -> None:
        """Statements that share a name are one definition, since their order matters."""
        known = list(dict.fromkeys(self.names[name] for name in bound if name in self.names))
        titles = list(dict.fromkeys([n for n, d in self.names.items() if d in known] + bound))
        nodes = [*(old for definition in known for old in definition.nodes), node]
        nodes.sort(key=lambda item: item.lineno)
        merged = Definition(self, f"{self.name}.{', '.join(titles)}", nodes)
        for name in titles:
            self.names[name] = merged

    @cached_property
    def definitions(self) -> list[Definition]:
        """All of them, each once, and what runs on import."""
        found = [*self.names.values(), *([self.rest] if self.rest else [])]
        return list(dict.fromkeys(found))

    @cached_property
    def unused_imports(self) -> list[str]:
        """Dotted names that are imported and not referred to: imported for their effect."""
        used = {name for definition in self.definitions for name in definition.read.root.loads}
        return [
            target
            for name, targets in self.aliases.items()
            if name not in used
            for target in targets
        ]


def bound_names(node: ast.stmt) -> list[str]:
    """The names that a definition binds; none if the statement is no plain definition."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if not isinstance(node, ast.Assign):
        return []
    names: list[str] = []
    for target in node.targets:
        items = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        for item in items:
            if not isinstance(item, ast.Name):
                return []
            names.append(item.id)
    return names


@cache
def parsed(text: str, name: str, package: str, title: str) -> Module:
    """A module; see `Module`. A script has a title, its file's name, and is one definition."""
    return Module(text, name, package, title)


def definition_lines(module: Module) -> Mapping[int, str]:
    """For each line of a module's definitions, decorators included, the definition's name."""
    lines = {}
    for definition in module.definitions:
        for node in definition.nodes:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(item.lineno for item in decorators)])
            for line in range(first, (node.end_lineno or first) + 1):
                lines[line] = definition.name
    return lines
