"""Canonical rule parameters.

Snakemake compares parameters as an unnamed set of values and drops what is not plain, so a rule
carries all of its settings in one JSON string with sorted keys.
"""

import json
from enum import Enum
from pathlib import PurePath

from pydantic import BaseModel


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return {name: _plain(item) for name, item in value.model_dump().items()}
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, set | frozenset | PurePath):
        raise TypeError(f"{type(value).__name__} has no canonical form as a parameter")
    raise TypeError(f"{type(value).__name__} is not a plain value")


def settings(**values: object) -> str:
    """One canonical JSON string of a rule's settings: just the values that it uses.

    >>> settings(b=2, a=1) == settings(a=1, b=2)
    True
    >>> settings(a=1, b=2) == settings(a=2, b=1)
    False
    """
    return json.dumps(_plain(values), sort_keys=True, separators=(",", ":"), allow_nan=False)
