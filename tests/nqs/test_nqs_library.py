"""What stage nqs says where NetKet is missing."""

import importlib
import sys

import pytest

from spinlearn.pipeline.errors import MissingDependencyError


@pytest.mark.parametrize("module", ["reconfiguration", "dynamics"])
@pytest.mark.parametrize("missing", ["netket", "optax"])
def test_missing_netket_is_named(monkeypatch, module, missing):
    """The modules that the rules load, with a package that cannot be imported."""
    for name in ("library", "reconfiguration", "dynamics"):
        monkeypatch.delitem(sys.modules, f"spinlearn.nqs.{name}", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingDependencyError, match=rf"(?s){missing}.*pip install netket"):
        importlib.import_module(f"spinlearn.nqs.{module}")
