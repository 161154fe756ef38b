"""Examples in docstrings give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import spinlearn

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(spinlearn.__path__, "spinlearn.")
    if not module.ispkg
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) > 15
