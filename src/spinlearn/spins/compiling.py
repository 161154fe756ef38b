"""Numba's compilation, and where compiled kernels are kept."""

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
    """A kernel that Numba compiles for the types it is called with, and keeps on disk.

    Numba takes up what it kept as long as the kernel's own file is the same. What `spins.lanes` has
    it compile into kernels lies in another file, so they are kept under a digest of that one.

    Args:
        function: the kernel; without it, the decorator of one.
        options: further ones of `numba.njit`.
    """
    if function is None:
        return lambda kernel: compiled(kernel, **options)
    folder, before = kept_in(Path(function.__code__.co_filename).parent), numba.config.CACHE_DIR
    compile_it = numba.njit(cache=folder is not None, error_model="numpy", nogil=True, **options)
    try:
        # Where a kernel is kept is settled when it is declared; other people's are theirs.
        numba.config.CACHE_DIR = str(folder or "")
        return compile_it(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def kept_in(package: Path) -> Path | None:
    """The folder for compiled kernels of a package, if there is one that can be written to.

    It lies in `NUMBA_CACHE_DIR`, if that is set, else beside the source, else (an installation that
    is read-only) in the user's cache (`XDG_CACHE_HOME`, `~/.cache`).
    """
    name = f"kernels-{sha256(LANES.read_bytes()).hexdigest()[:16]}"
    own = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "spinlearn"
    chosen = numba.config.CACHE_DIR
    for base in [Path(chosen)] if chosen else [package / "__pycache__", own]:
        if not base.is_absolute():  # no home is known
            continue
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=base / name):
                return base / name
        except OSError:
            continue
    return None
