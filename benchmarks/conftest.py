"""What all benchmarks share: one thread for everybody, and the fixture that measures a peer."""

import ctypes
import os
from pathlib import Path

for _name in (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
):
    os.environ[_name] = "1"

import pytest  # noqa: E402
from threadpoolctl import threadpool_info, threadpool_limits  # noqa: E402

_one_thread = threadpool_limits(1)  # for libraries that a plugin loaded before


def pytest_configure(config):
    # QuSpin makes dense operators as numpy.matrix.
    config.addinivalue_line("filterwarnings", "ignore:the matrix subclass")


STATUS, CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def megabytes_of(call):
    """MB that a call takes at its peak beyond what the process had before; NaN except on Linux."""
    if not CLEAR_REFS.exists():
        return float("nan")
    ctypes.CDLL(None).malloc_trim(0)  # memory that was freed is given back, not used again
    CLEAR_REFS.write_text("5", encoding="ascii")  # the peak is now what is in use
    before = peak()
    call()
    return peak() - before


def peak():
    """Peak memory of this process since it was cleared, in MB."""
    status = STATUS.read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


@pytest.fixture
def measure(benchmark):
    """Times a peer that is as accurate as its rivals.

    `measure(call, error, limit)` asserts that `error`, the largest difference from the results of
    another peer, is below `limit`, and then times `call`. Where peers handle different numbers of
    items, `items` says how many; the table gives the time per item. `operations` are the floating
    point operations per item, where they are known: the table compares their rate with dgemm.
    `moved` are the bytes per item that its passes over arrays read and write, where they follow
    from the sizes: the table compares their rate with the stream test.
    `series` is a name and a size, such as ("windows", D): the table gives the exponent of the time
    over the sizes of a series. The memory is that of one more call.
    """

    def measured(call, error, limit, *, items=1, operations=None, moved=None, series=None):
        assert error <= limit, f"differs by {error:.1e}, but {limit:.0e} is allowed"
        pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
        assert set(pools.values()) <= {1}, f"not every library has one thread: {pools}"
        benchmark.extra_info["items"] = items
        difference = f"differs by {error:.0e} (limit {limit:.0e})"
        benchmark.extra_info["accuracy"] = difference if error else "equal"
        counts = {"operations": operations, "moved": moved}
        benchmark.extra_info |= {name: count and float(count) for name, count in counts.items()}
        benchmark.extra_info["series"] = series
        benchmark(call)
        benchmark.extra_info["megabytes"] = megabytes_of(call)

    return measured
