"""Compilation by Numba, and the folder where compiled kernels are kept."""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

LANES = Path(__file__).with_name("lanes.py")


def compiled(function: Callable | None = None, **options: Any) -> Any:
    """A kernel compiled by Numba for the types of its arguments, and cached on disk.

    Numba reuses a compiled kernel as long as the kernel's own file is unchanged. It does not notice
    changes of `spins.lanes`, whose code becomes part of the kernels. So the name of the cache's
    folder contains a digest of that file.

    Args:
        function: the kernel. If it is left out, a decorator is returned.
        options: further options of `numba.njit`.
    """
    if function is None:
        return lambda kernel: compiled(kernel, **options)
    folder, before = kept_in(Path(function.__code__.co_filename).parent), numba.config.CACHE_DIR
    compile_it = numba.njit(cache=folder is not None, error_model="numpy", nogil=True, **options)
    try:
        # Numba reads this setting when a kernel is declared; kernels of other packages keep theirs.
        numba.config.CACHE_DIR = str(folder or "")
        return compile_it(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def kept_in(package: Path) -> Path | None:
    """The folder for compiled kernels of a package, or None if no folder is writable.

    It is in `NUMBA_CACHE_DIR` if that is set; else beside the source; else, for an installation
    that is read-only, in the user's cache (`XDG_CACHE_HOME`, `~/.cache`).
    """
    name = f"kernels-{sha256(LANES.read_bytes()).hexdigest()[:16]}"
    own = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "spinlearn"
    chosen = numba.config.CACHE_DIR
    for base in [Path(chosen)] if chosen else [package / "__pycache__", own]:
        if not base.is_absolute():  # the home folder is unknown
            continue
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=base / name):
                return base / name
        except OSError:
            continue
    return None
