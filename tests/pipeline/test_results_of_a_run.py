"""Every file of a finished run opens in one line, and in xarray's own readers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr
from support import REPOSITORY, text_of

from spinlearn import results
from spinlearn.storage.hdf5 import Schema

STAGES = sorted(path.parent.name for path in Path(results.__file__).parent.glob("*/schemas.py"))


@pytest.mark.slow
def test_every_table_opens(finished):
    paths = [p for p in (finished / "results").rglob("*.csv") if "debug" not in p.parts]
    assert len(paths) > 100
    for path in paths:
        assert not results.open(path).columns.empty, path


REDRAW = """
import sys
from importlib import import_module
from pathlib import Path
import pandas as pd
from matplotlib import pyplot as plt
pictures = sorted(Path(sys.argv[1]).glob("*/*.png"))
for picture in pictures:
    figure = import_module(f"spinlearn.papers.{picture.parent.name}.{picture.stem}")
    table = pd.read_csv(picture.with_suffix(".csv"))
    assert figure.draw(table).axes, picture
    plt.close("all")
    written = pd.read_csv(picture.with_suffix(".claims.csv"))
    found = [(row["key"], row["verdict"]) for row in figure.claims(table)]
    assert found == list(zip(written["key"], written["verdict"])), picture
print(len(pictures))
"""


@pytest.mark.slow
def test_every_figure_can_be_drawn_and_judged_from_its_csv(finished):
    """By any reader of CSV, for which 5.0 is 5: in a process that does not check types."""
    done = subprocess.run(
        [sys.executable, "-c", REDRAW, str(finished / "results/figures")],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert done.returncode == 0, text_of(done)
    assert int(done.stdout) > 40


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_a_file_of_every_kind_opens_in_xarray(finished, engine):
    kinds = {}
    for path in sorted((finished / "results").rglob("*.h5")):
        kinds.setdefault(results.schema_of(path).name, path)
    own_data = {"tfi/outcomes", "mbl/eigenstates"}  # made where a setting asks for them
    declared = [kind for stage in STAGES for kind in results.kinds(stage)]
    assert {kind.name for kind in declared if isinstance(kind, Schema)} - kinds.keys() <= own_data
    for path in kinds.values():
        ours = results.open(path)
        with xr.open_dataset(path, engine=engine) as found:
            assert found.sizes == ours.sizes, path
            assert set(found.variables) == set(ours.variables), path
