"""spinlearn: quantum many-body data, and models that learn from it."""

__version__ = "0.1.0"
