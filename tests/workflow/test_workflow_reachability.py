"""What a script reaches: small libraries, each with one way of referring to code."""

import textwrap

import pytest
from spinlearn.workflow.reachability import Library

USED = "def used(): return 1\ndef unused(): return 2\n"


@pytest.fixture
def reach(tmp_path):
    """What a script reaches in a library that is written down as `name=source`."""

    def reached(script, **modules):
        folder = tmp_path / "spinlearn"
        for name, source in {"__init__": "", **modules}.items():
            path = folder.joinpath(*name.split("__IN__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(source))
        (tmp_path / "rule.py").write_text(textwrap.dedent(script))
        return Library(folder, ["spinlearn.words", "spinlearn.a.by_hand"]).reach(
            tmp_path / "rule.py"
        )

    return reached


def names(reached):
    """Definitions, the script apart, without the library's name."""
    return {name.removeprefix("spinlearn.") for name in reached.definitions} - {"rule.py"}


WAYS_TO_REFER = {
    "from module import name": "from spinlearn.a import used\nused()",
    "under another name": "from spinlearn.a import used as other\nother()",
    "a module's attribute": "from spinlearn import a\na.used()",
    "a dotted name": "import spinlearn.a\nspinlearn.a.used()",
    "a dotted name under another": "import spinlearn.a as m\nm.used()",
    "inside a function": "def main():\n    from spinlearn.a import used\n    return used()",
    "a module inside a function": "def main():\n    import spinlearn.a as m\n    return m.used()",
    "in a nested function": """
        def main():
            from spinlearn import a
            def inner():
                return a.used()
            return inner
    """,
    "in a comprehension": "from spinlearn.a import used\nx = [used() for _ in range(3)]",
    "in the first iterable, whose name the target takes": """
        from spinlearn.a import used
        x = [used for used in [used()]]
    """,
    "as a default": "from spinlearn.a import used\ndef main(f=used): return f",
    "as a decorator": "from spinlearn.a import used\n@used\ndef main(): return 1",
    "in an annotation": "from spinlearn.a import used\ndef main(x: used): return x",
    "as a base class": "from spinlearn.a import used\nclass C(used): pass",
    "in a lambda": "from spinlearn.a import used\nmain = lambda: used()",
    "in a class body that binds the name too": """
        from spinlearn.a import used
        class C:
            used = used
    """,
    "in a method of a class that binds the name too": """
        from spinlearn.a import used
        class C:
            used = 1
            def method(self): return used()
    """,
    "in a match": """
        from spinlearn import a
        match 1:
            case a.used: pass
    """,
    "in an f-string": "from spinlearn.a import used\nx = f'{used()}'",
    "by sys.modules": "import sys\nimport spinlearn.a\nsys.modules['spinlearn.a'].used()",
}


@pytest.mark.parametrize("script", WAYS_TO_REFER.values(), ids=WAYS_TO_REFER)
def test_what_is_referred_to_is_reached(reach, script):
    found = names(reach(script, a=USED))
    assert "a.used" in found
    assert "a.unused" not in found or "sys.modules" in script


@pytest.mark.parametrize(
    "script",
    [
        "from spinlearn import a\nprint(a)",
        "from spinlearn import a\ngetattr(a, 'us' + 'ed')()",
        "from spinlearn.a import *",
        "import sys\nimport spinlearn.a\nsys.modules['spinlearn' + '.a']",
        "from importlib import import_module\nimport_module('spinlearn' + '.a')",
        "eval('1')",
    ],
)
def test_what_names_do_not_tell_reaches_everything_that_could_be_meant(reach, script):
    assert names(reach(script, a=USED)) == {"a.used", "a.unused"}


def test_a_module_that_looks_into_its_own_names_is_reached_whole(reach):
    found = reach(
        "from spinlearn.a import f\nf()", a="def f(): return globals()['g']()\ndef g(): 1"
    )
    assert names(found) == {"a.f", "a.g"}


def test_a_local_name_is_not_the_module_s(reach):
    source = """
        def table(): return 1
        def f(table): return table + [table for table in range(3)]
        def g():
            table = 1
            return lambda: table
    """
    assert names(reach("from spinlearn.a import f, g\nf(1), g()", a=source)) == {"a.f", "a.g"}


def test_a_name_that_is_declared_global_is_the_module_s(reach):
    source = "count = 0\ndef f():\n    global count\n    count = 1\n"
    assert names(reach("from spinlearn.a import f\nf()", a=source)) == {"a.f", "a.count"}


def test_reaching_is_transitive_through_modules_and_names_imported_on(reach):
    found = reach(
        "from spinlearn.a import f\nf()",
        a="from spinlearn.b import g as h\ndef f(): return h()",
        b="from spinlearn.c import g",
        c="from numpy import linalg\ndef g(): return linalg.eigh(1)\ndef unused(): return 1",
    )
    assert names(found) == {"a.f", "c.g"}
    assert found.packages == {"numpy"}
    assert found.modules == {"spinlearn", "spinlearn.a", "spinlearn.b", "spinlearn.c"}


EFFECTS = {
    "a call": "REGISTRY = {}\nprint(1)",
    "an item": "REGISTRY = {}\nREGISTRY[1] = 2",
    "an attribute": "import numpy as np\nnp.x = 1",
    "a loop": "for i in range(3): print(i)",
    "a condition": "if True:\n    x = 1",
    "an unknown decorator": "def known(f): return f\n@known\ndef g(): return 1",
    "an unknown call in an assignment": "def known(): return 1\nx = known()",
    "an unknown call in a default": "def known(): return 1\ndef g(x=known()): return x",
    "an unknown base class": "class A:\n    def __init_subclass__(cls): 1\nclass B(A): pass",
    "a class body": "class A:\n    print(1)",
    "a call in a class body": "class A:\n    x = print(1)",
    "a keyword of a class": "class A(metaclass=type): pass",
    "an augmented assignment": "x = []\nx += [1]",
}


@pytest.mark.parametrize("source", EFFECTS.values(), ids=EFFECTS)
def test_what_may_have_effects_runs_when_the_module_is_imported(reach, source):
    """The script uses no name of it."""
    found = reach("from spinlearn.a import other", a=f"{source}\ndef other(): return 1\n")
    assert names(found) - {"a.other"} != set()
    of_a_dependency = reach(
        "from spinlearn.b import f", a=source, b="import spinlearn.a\ndef f(): return 1\n"
    )
    assert names(of_a_dependency) - {"b.f"} != set()


def test_modules_that_only_unreached_functions_import_do_not_run(reach):
    found = reach(
        "from spinlearn.a import f\nf()",
        a="def f(): return 1\ndef g():\n    import spinlearn.b\n",
        b="print(1)",
    )
    assert names(found) == {"a.f"}


def test_definitions_without_effects_on_others_do_not_run(reach):
    source = """
        from dataclasses import dataclass, field
        from functools import lru_cache, partial
        import numpy as np
        @dataclass(frozen=True)
        class Record:
            x: int = 1
            y: list = field(default_factory=list)
            def total(self): return print(self.x)
        record = Record(x=int(2.0))
        half = partial(max, 1)
        @lru_cache(maxsize=None)
        def cached(): return print(1)
        GOE = 2 * np.log(2) - 1
        shown = lambda: print(1)
        def other(): return 1
    """
    found = reach("from spinlearn.a import other\nother()", a=source)
    assert names(found) == {"a.other"}
    assert found.packages == set()


def test_an_optional_import_and_what_it_defines_run_with_the_module(reach):
    source = """
        try:
            import torch
        except ImportError:
            torch = None
            def fallback(): return 1
        def f(): return torch
        def g(): return fallback()
    """
    found = reach("from spinlearn.a import g\ng()", a=source)
    assert names(found) == {"a.g", "a (on import)"}
    assert found.packages == {"torch"}


@pytest.mark.parametrize(
    "condition", ["from typing import TYPE_CHECKING", "import typing", "from typing import Any"]
)
def test_imports_for_type_checkers_do_not_run(reach, condition):
    name = "typing.TYPE_CHECKING" if condition == "import typing" else "TYPE_CHECKING"
    source = f"""
        {condition}
        if {name}:
            import pandas as pd
        def f(x: "pd.DataFrame"): return x
    """
    found = reach("from spinlearn.a import f\nf()", a=source)
    assert found.packages == ({"pandas"} if "Any" in condition else set())


def test_a_package_imported_for_its_effect_counts_with_the_module(reach):
    script = "from spinlearn.a import f\nf()"
    assert reach(script, a="import scienceplots\ndef f(): return 1").packages == {"scienceplots"}
    used = "import scienceplots\ndef f(): return 1\ndef g(): return scienceplots.x"
    assert reach(script, a=used).packages == set()


def test_the_folder_s_own_module_runs_before_those_in_it(reach):
    found = reach(
        "from spinlearn.b.c import f\nf()", b__IN__c=USED + "f = 1", b__IN____init__="1 + 1"
    )
    assert names(found) == {"b.c.f", "b (on import)"}


def test_neutral_modules_and_definitions_are_not_reached(reach):
    found = reach(
        "from spinlearn.words import f\nfrom spinlearn.a import by_hand\nf(), by_hand()",
        words="import torch\ndef f(): return torch",
        a="from spinlearn.b import g\ndef by_hand(): return g()",
        b="def g(): return 1",
    )
    assert names(found) == set()
    assert found.packages == set()
    assert "spinlearn.words" in found.modules


SAME = {
    "layout, quotes and brackets": ('x = ("a",\n 1)', "x = 'a', 1"),
    "comments and docstrings": (
        'def f():\n    "A."\n    return x\nx = 1',
        "x = 1\ndef f(): return x",
    ),
    "the order of definitions": ("def f(): return 1\nx = 1", "x = 1\ndef f(): return 1"),
    "imports that nothing uses": ("import os\nx = 1\nf = 1", "x = 1\nf = 1"),
}
DIFFERENT = {
    "a constant's type": ("x = 1", "x = 1.0"),
    "where a name is imported from": (
        "from scipy.linalg import eigh\ndef x(): return eigh",
        "from numpy.linalg import eigh\ndef x(): return eigh",
    ),
    "the last of two values": ("x = 1\nx = 2", "x = 2\nx = 1"),
    "the last of two values, one with others": ("x, y = 1, 2\nx = 3", "x = 3\nx, y = 1, 2"),
    "a parameter's name": ("def x(a): return 1", "def x(b): return 1"),
    "a parameter's kind": ("def x(a, b): return 1", "def x(a, *, b): return 1"),
    "a decorator": ("import abc\ndef x(): 1", "import abc\n@abc.abstractmethod\ndef x(): 1"),
    "an attribute": ("def x(a): return a.b.c", "def x(a): return a.b"),
    "a loop over more": ("def x(a): return [b for b in a if b]", "def x(a): return [b for b in a]"),
    "a lambda's body": ("x = lambda a: a", "x = lambda a: -a"),
    "a global declaration": ("def x():\n    x = 1", "def x():\n    global x\n    x = 1"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_equal_code_has_equal_digests(reach, one, other):
    script = "from spinlearn.a import x, f\nx, f"
    assert reach(script, a=one).definitions.get("spinlearn.a.x") == (
        reach(script, a=other).definitions.get("spinlearn.a.x")
    )


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_other_code_has_other_digests(reach, one, other):
    script = "from spinlearn.a import x\nx"
    assert reach(script, a=one).definitions != reach(script, a=other).definitions


def test_a_name_that_is_imported_on_from_another_package_counts(reach):
    """`a.eigh` is SciPy's or NumPy's, which no definition of ours shows."""
    script = "from spinlearn import a\na.eigh()"
    one, other = (
        reach(script, a=f"from scipy.{module} import eigh").definitions
        for module in ("linalg", "sparse")
    )
    assert one.keys() == other.keys()
    assert one != other
