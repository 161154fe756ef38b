"""Settings of all tests: reproducible Hypothesis, one BLAS thread, run-time shape checks."""

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from jaxtyping import install_import_hook  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

# A plugin may have loaded NumPy before: its BLAS does not look at the environment again, and two
# threads that wait for each other on a busy core are a hundred times slower than one.
_one_thread = threadpool_limits(1)

PACKAGES = (
    "spins",
    "statistics",
    "learning",
    "mbl",
    "tfi",
    "gru",
    "vae",
    "datasets",
    "arguments",
    "user_files",
    "hbm",
    "sqrbm",
    "phases",
    "nqs",
    "papers",
)
_hook = install_import_hook([f"spinlearn.{name}" for name in PACKAGES], "beartype.beartype")

settings.register_profile("spinlearn", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("spinlearn")


@pytest.fixture(scope="session")
def repository():
    """The root of the checkout."""
    from pathlib import Path

    return Path(__file__).resolve().parents[1]
