"""Every file of a finished run opens in one line, and in xarray's own readers."""

from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot as plt

from spinlearn import results
from spinlearn.papers.output import read_claims
from spinlearn.storage.hdf5 import Schema

STAGES = sorted(path.parent.name for path in Path(results.__file__).parent.glob("*/schemas.py"))


@pytest.mark.slow
def test_every_table_opens(finished):
    paths = [p for p in (finished / "results").rglob("*.csv") if "debug" not in p.parts]
    assert len(paths) > 100
    for path in paths:
        assert not results.open(path).columns.empty, path


@pytest.mark.slow
def test_every_figure_can_be_drawn_and_judged_from_its_csv(finished):
    """With any reader of CSV: numbers are numbers again, and words are words."""
    pictures = sorted((finished / "results/figures").glob("*/*.png"))
    assert len(pictures) > 40
    for picture in pictures:
        figure = import_module(f"spinlearn.papers.{picture.parent.name}.{picture.stem}")
        table = pd.read_csv(picture.with_suffix(".csv"))
        assert figure.draw(table).axes, picture
        plt.close("all")
        written = read_claims(picture.with_suffix(".claims.csv"))
        assert [row["key"] for row in figure.claims(table)] == written["key"].tolist(), picture
        verdicts = [row["verdict"] for row in figure.claims(table)]
        assert verdicts == written["verdict"].tolist(), picture


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
