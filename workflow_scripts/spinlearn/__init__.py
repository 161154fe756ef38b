"""spinlearn: quantum many-body data, and four families of models that learn from it."""

import os
import sys
from hashlib import sha256
from pathlib import Path

__version__ = "0.1.0"


def _keep_compiled_kernels_apart() -> None:
    """Let Numba keep compiled kernels under a digest of all files of this library that have any.

    By itself it looks at a kernel's own file alone, and would take up a kernel into which an
    earlier version of another file was compiled.
    """
    folder = Path(__file__).resolve().parent
    digest = sha256()
    for path in sorted(folder.glob("*/*.py")):
        content = path.read_bytes()
        if b"numba" in content or b"spins.lanes" in content:
            digest.update(content)
    base = os.environ.get("NUMBA_CACHE_DIR") or str(folder / "__pycache__")
    if "spinlearn-" not in base:
        place = f"{base}/spinlearn-{digest.hexdigest()[:16]}"
        os.environ["NUMBA_CACHE_DIR"] = place
        if "numba" in sys.modules:
            sys.modules["numba"].config.CACHE_DIR = place


_keep_compiled_kernels_apart()
