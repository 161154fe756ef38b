"""Networks of several files, side by side."""

import numpy as np
import pytest
import torch

from spinlearn.gru.blocks import read_networks
from spinlearn.gru.data import INDICATORS
from spinlearn.gru.model import (
    Architecture,
    GruNetworks,
    Training,
    features,
    indicators,
    save_networks,
)
from spinlearn.pipeline.errors import MissingFileError, SchemaError

SHAPE = Architecture(INDICATORS, energy_offset=0.5)


def saved(path, seeds, shape=SHAPE):
    networks = GruNetworks(len(seeds), shape).initialise(seeds)
    numbers = tuple(range(len(seeds)))
    save_networks(path, networks, Training("energy", numbers, (8,), 40, "text", 0.5, "page"))
    return networks


def test_networks_of_all_files_stand_in_the_order_of_the_files(tmp_path):
    paths = [tmp_path / "model.pt", tmp_path / "0001.pt", tmp_path / "0002.pt"]
    parts = [saved(path, seeds) for path, seeds in zip(paths, ([1, 2], [3, 4], [5]), strict=True)]
    joined = read_networks(paths)
    assert joined.networks == 5
    assert joined.architecture == SHAPE
    assert not joined.training
    whole = GruNetworks(5, SHAPE).initialise([1, 2, 3, 4, 5])
    for name, value in whole.state_dict().items():
        assert torch.equal(joined.state_dict()[name], value), name
    # And what they predict is what each predicts in its own file, up to batched sums' rounding.
    fields = np.random.default_rng(0).uniform(-3, 3, (7, 6))
    lengths, energies = np.full(7, 6), np.linspace(0.2, 0.8, 7)
    each = [indicators(part, features(part, fields, lengths), energies) for part in parts]
    found = indicators(joined, features(joined, fields, lengths), energies)
    assert np.allclose(found, np.concatenate(each), rtol=0, atol=1e-13)


def test_networks_of_another_shape_are_refused_in_plain_words(tmp_path):
    saved(tmp_path / "model.pt", [1, 2])
    saved(tmp_path / "0001.pt", [3, 4], Architecture(INDICATORS, head=7, energy_offset=0.5))
    with pytest.raises(SchemaError, match=r"0001\.pt: its networks have head = 7, but those of"):
        read_networks([tmp_path / "model.pt", tmp_path / "0001.pt"])


def test_a_missing_block_is_named(tmp_path):
    saved(tmp_path / "model.pt", [1, 2])
    with pytest.raises(MissingFileError, match=r"0001\.pt"):
        read_networks([tmp_path / "model.pt", tmp_path / "0001.pt"])
    with pytest.raises(ValueError, match="no file"):
        read_networks([])
