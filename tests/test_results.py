"""`spinlearn.results`: every kind of file as labelled arrays, here and in xarray's own readers."""

import re
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support import REPOSITORY

import spinlearn
from spinlearn import results
from spinlearn.papers.output import write_csv
from spinlearn.pipeline.errors import CorruptFileError, MissingFileError, UserFileError
from spinlearn.storage.hdf5 import Dataset, Schema, name_of_axis

STAGES = sorted(path.parent.name for path in REPOSITORY.glob("src/spinlearn/*/schemas.py"))
KINDS = {
    kind.name: kind for stage in STAGES for kind in results.kinds(stage) if isinstance(kind, Schema)
}
ENGINES = ("h5netcdf", "netcdf4")


def made_up(schema):
    """Arrays of a kind, with 3 items along each axis whose length is free."""
    rng = np.random.default_rng(1)
    arrays = {}
    for dataset in schema.datasets:
        shape = [int(dim) if dim.isdigit() else 3 for dim in dataset.dims]
        values = rng.uniform(0, 2, shape)
        text = dataset.dtype.startswith("S")
        arrays[dataset.name] = np.full(shape, "dense") if text else values.astype(dataset.dtype)
    return arrays


def written(schema, folder):
    path = folder / "file.h5"
    arrays = made_up(schema)
    schema.write(path, arrays, {name: "x" for name in schema.attributes})
    return path, arrays


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_opens_in_xarray(tmp_path, kind, engine):
    path, arrays = written(KINDS[kind], tmp_path)
    with xr.open_dataset(path, engine=engine) as found:
        for dataset in KINDS[kind].datasets:
            variable = found[dataset.name]
            assert variable.dims == tuple(map(name_of_axis, dataset.dims))
            assert variable.attrs["units"] == dataset.unit
            if dataset.dtype[0] != "S":
                np.testing.assert_array_equal(variable.values, arrays[dataset.name])
        assert set(found.variables) == set(arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_open_gives_what_xarray_reads(tmp_path, kind):
    path, _ = written(KINDS[kind], tmp_path)
    found = results.open(path)
    with xr.open_dataset(path, engine="netcdf4") as other:
        assert found.sizes == other.sizes
        assert set(found.coords) == set(other.coords)
        for name, variable in found.variables.items():
            np.testing.assert_array_equal(variable.values, other[name].values)
    assert found.attrs["schema"] == kind
    assert isinstance(found.attrs["packages"], dict)


@pytest.mark.parametrize("kind", KINDS)
def test_axes_and_datasets_have_names_of_their_own(kind):
    """An axis with the name of a dataset is that dataset's; netCDF has no complex numbers."""
    datasets = {dataset.name: dataset for dataset in KINDS[kind].datasets}
    for dataset in datasets.values():
        assert np.dtype(dataset.dtype).kind != "c"
        assert len(set(dataset.dims)) == len(dataset.dims)
        for dim in set(dataset.dims) & set(datasets):
            assert datasets[dim].dims == (dim,)


def test_a_table_becomes_a_data_frame(tmp_path):
    table = pd.DataFrame({"h": [0.5, 1.0], "name": ["a", "b"]})
    write_csv(tmp_path / "table.csv", table)
    pd.testing.assert_frame_equal(results.open(tmp_path / "table.csv"), table)


def test_every_stage_declares_its_kinds_under_its_name():
    assert len(STAGES) > 8
    for stage in STAGES:
        names = [kind.name for kind in results.kinds(stage)]
        assert names, stage
        assert all(name.startswith(f"{stage}/") for name in names), stage


@pytest.mark.parametrize("stage", ["figures", "nothing", "", "a.b", "no name", "storage"])
def test_what_is_no_stage_with_files_has_no_kinds(stage):
    assert results.kinds(stage) == []


def test_a_file_of_an_added_model_opens(tmp_path, monkeypatch):
    """The module of docs/howto/add_a_model.md, added to the package, with nothing else."""
    page = (REPOSITORY / "docs/howto/add_a_model.md").read_text()
    text = re.search(r"independent\.py`.*?```python\n(.*?)^   ```", page, re.DOTALL | re.MULTILINE)[
        1
    ]
    (tmp_path / "independent.py").write_text(dedent(text))
    monkeypatch.setattr(spinlearn, "__path__", [*spinlearn.__path__, str(tmp_path)])
    (kind,) = results.kinds("independent")
    path, arrays = written(kind, tmp_path)
    np.testing.assert_array_equal(results.open(path)["mean"], arrays["mean"])


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(MissingFileError):
        results.open(tmp_path / "nothing.h5")
    (tmp_path / "model.pt").write_bytes(b"x")
    with pytest.raises(UserFileError, match="neither an HDF5 file"):
        results.open(tmp_path / "model.pt")
    foreign = Schema("other/kind", 1, "", "", (Dataset("a", ("b",), "1", ""),))
    foreign.write(tmp_path / "other.h5", {"a": [1.0]}, {})
    with pytest.raises(UserFileError, match="unknown to spinlearn"):
        results.open(tmp_path / "other.h5")


def test_a_damaged_file_is_refused(tmp_path):
    path, _ = written(KINDS["mbl/disorder"], tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match="checksum"):
        results.open(path)
