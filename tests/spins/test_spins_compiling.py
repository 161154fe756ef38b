"""Compiled kernels are kept, and are not reused after the code compiled into them has changed."""

import os
import shutil
import subprocess
import sys

import pytest

PROBE = """
from spinlearn.spins.compiling import compiled
from spinlearn.spins.lanes import load, store, sub

@compiled
def difference(a, b, out):
    store(out, 0, sub(load(a, 0), load(b, 0)))
"""
USE = """
import numba, numpy
from spinlearn.spins.probe import difference
out = numpy.zeros(8)
difference(numpy.full(8, 5.0), numpy.full(8, 2.0), out)
print(out[0], len(difference.stats.cache_hits))
assert not numba.config.CACHE_DIR
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["beside", "user", "nowhere"])
def test_kernels_of_other_code_are_not_reused(repository, tmp_path, place):
    """Numba only checks a kernel's own file, but code of other files is compiled into it."""
    library, home = tmp_path / "spinlearn", tmp_path / "home"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repository / "src/spinlearn", library, ignore=ignored)
    (library / "spins/probe.py").write_text(PROBE)
    if place != "beside":  # as where the installation is read-only, which root does not notice
        (library / "spins/__pycache__").touch()
    home.touch() if place == "nowhere" else home.mkdir()

    def result():
        done = subprocess.run(
            [sys.executable, "-B", "-c", USE],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "HOME": str(home)},
        )
        return done.stdout.split()

    again = "0" if place == "nowhere" else "1"
    assert [result(), result()] == [["3.0", "0"], ["3.0", again]]
    lanes = library / "spins/lanes.py"
    assert "builder.fsub(" in lanes.read_text()
    lanes.write_text(lanes.read_text().replace("builder.fsub(", "builder.fadd("))
    assert [result(), result()] == [["7.0", "0"], ["7.0", again]]
    assert (home / ".cache/spinlearn").is_dir() == (place == "user")
