"""spinlearn: quantum many-body data, and four families of models that learn from it."""

import os
from hashlib import sha256
from pathlib import Path

__version__ = "0.1.0"


def _keep_compiled_kernels_apart() -> None:
    """Let Numba keep compiled kernels under a digest of all files of this library that have any.

    By itself it looks at a kernel's own file alone, and would take up a kernel into which an
    earlier version of another file was compiled. Numba must not have been imported before.
    """
    folder = Path(__file__).resolve().parent
    digest = sha256()
    for path in sorted(folder.glob("*/*.py")):
        content = path.read_bytes()
        if b"numba" in content or b"spins.lanes" in content:
            digest.update(content)
    base = Path(os.environ.get("NUMBA_CACHE_DIR") or folder / "__pycache__")
    if base.name.startswith("spinlearn-"):  # set by the process that started this one
        base = base.parent
    os.environ["NUMBA_CACHE_DIR"] = str(base / f"spinlearn-{digest.hexdigest()[:16]}")


_keep_compiled_kernels_apart()
