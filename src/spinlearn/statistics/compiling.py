"""Numba's compilation of the kernels of this package."""

from collections.abc import Callable
from typing import Any

import numba

OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def compiled(kernel: Callable) -> Any:
    """A kernel compiled by Numba for the types of its arguments, cached on disk if possible."""
    try:
        return numba.njit(cache=True, **OPTIONS)(kernel)
    except RuntimeError:  # no folder can be written to
        return numba.njit(**OPTIONS)(kernel)
