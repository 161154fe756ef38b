"""Numba's compilation of the kernels of this package."""

from collections.abc import Callable
from typing import Any

import numba

OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def compiled(kernel: Callable) -> Any:
    """A kernel that Numba compiles for the types it is called with, and keeps on disk if it can."""
    try:
        return numba.njit(cache=True, **OPTIONS)(kernel)
    except RuntimeError:  # no folder can be written to
        return numba.njit(**OPTIONS)(kernel)
