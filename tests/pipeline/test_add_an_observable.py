"""The worked example of an observable in docs/howto/add_an_observable.md, carried out on a copy."""

import re

import h5py
import numpy as np
import pandas as pd
import pytest
from support import REPOSITORY, copy_of_checkout, smoke, text_of

from spinlearn.gru.schemas import INDICATORS
from spinlearn.spins.hamiltonians import xxz_chain

NAME = "inverse_participation_ratio"


def example():
    """The function, the registry entry and the overlay of "Add an observable"."""
    page = (REPOSITORY / "docs/howto/add_an_observable.md").read_text()
    function, entry = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:2]
    (overlay,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    return function, entry, overlay


def edited(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def inverse_participation_ratios(fields, epsilon, k):
    """Independent method: the k nearest of all levels by numpy, one realisation at a time."""
    means = []
    for h in fields:
        energies, vectors = np.linalg.eigh(xxz_chain(len(h), operators="pauli").dense(h))
        densities = (energies - energies[0]) / (energies[-1] - energies[0])
        nearest = np.argsort(np.abs(densities - epsilon))[:k]
        means.append((vectors[:, nearest] ** 4).sum(axis=0).mean())
    return means


@pytest.mark.slow
def test_an_observable_is_a_function_and_an_entry(tmp_path):
    function, entry, text = example()
    checkout = copy_of_checkout(tmp_path / "clone")
    stage = checkout / "src/spinlearn/mbl"
    with (stage / "observables.py").open("a") as file:
        file.write(f"\n\n{function}")
    edited(stage / "choices.py", "OBSERVABLES = {\n", f"OBSERVABLES = {{\n{entry}")
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(text)
    maps, networks = "results/figures/spinlearn/indicator_maps", "results/gru/default/multitask"
    windows = "results/mbl/windows/ring/L8/h2.00/e0.50/0000.h5"
    targets = (f"{maps}.pdf", f"{networks}/0000/predictions.h5", windows)
    done = smoke(*targets, cwd=tmp_path, checkout=checkout, overlays=[overlay])
    assert done.returncode == 0, text_of(done)

    with h5py.File(tmp_path / "results/mbl/indicators/default/L8/h2.00/test/0000.h5") as file:
        stored, fields = file[NAME][:, 1], file["fields"][()]
        meaning = "mean inverse participation ratio in the window"
        assert file[NAME].attrs["description"].startswith(meaning)
        assert "number_entropy" not in file  # the overlay does not ask for it
    np.testing.assert_allclose(stored, inverse_participation_ratios(fields, 0.5, 8), rtol=1e-9)
    with h5py.File(tmp_path / windows) as file:
        assert file[NAME].shape == (4,)
    narrow = tmp_path / "results/mbl/indicators/default/L8/h2.00/test/narrow/0000.h5"
    with h5py.File(narrow) as file:
        shown = file[NAME][:, 1]  # the map has the narrow windows
    table = pd.read_csv(tmp_path / f"{maps}.csv")
    row = table[(table.indicator == NAME) & (table.L == 8) & (table.h == 2)]
    assert row[row.energy_density == 0.5]["mean"].item() == pytest.approx(shown.mean(), rel=1e-9)
    with h5py.File(tmp_path / networks / "0000/predictions.h5") as file:
        assert file.attrs["indicators"] == str([*INDICATORS, NAME]).replace("'", '"')
        target, prediction = file["target"][()], file["prediction"][()]
        chosen = (file["L"][()] == 8) & (file["h"][()] == 2.0)
    assert np.isfinite(prediction[..., 3]).all()
    np.testing.assert_allclose(target[chosen, 3], stored)
