"""Files of trained networks: what is written is read, and blocks are joined."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spinlearn.gru.model import Architecture, GruNetworks, features, indicators
from spinlearn.gru.results import Training, load, save
from spinlearn.gru.schemas import INDICATORS
from spinlearn.pipeline.errors import CorruptFileError, MissingFileError, SchemaError

SHAPE = Architecture(INDICATORS, energy_offset=0.5)
TRAINING = Training(
    variant="energy",
    runs=(4, 5, 6),
    L=(8, 10),
    realisations=40,
    recipe="paper",
    energy_density=0.5,
    entropy_normalisation="page",
    provenance={"wildcards": {"block": "0000"}},
)


def saved(path, runs, shape=SHAPE, **training):
    networks = GruNetworks(len(runs), shape).initialise(runs)
    save(path, networks, replace(TRAINING, runs=tuple(runs), **training))
    return networks


def test_every_network_has_a_run(tmp_path):
    with pytest.raises(ValueError, match="2 networks, but runs"):
        save(tmp_path / "model.pt", GruNetworks(2, SHAPE), TRAINING)


def test_weights_survive_a_file_bit_for_bit(tmp_path):
    path = tmp_path / "gru" / "model.pt"
    shape = Architecture(INDICATORS, head=31, energy_offset=0.5)
    networks = saved(path, TRAINING.runs, shape)
    found, training = load([path])
    assert training == TRAINING
    assert found.architecture == shape
    assert not found.training
    for name, value in networks.state_dict().items():
        assert torch.equal(value, found.state_dict()[name])
    assert [item.name for item in path.parent.iterdir()] == ["model.pt"]


def test_absent_damaged_and_foreign_files_are_named(tmp_path):
    path = tmp_path / "model.pt"
    with pytest.raises(MissingFileError, match=r"model\.pt"):
        load([path])
    saved(path, [1, 2])
    whole = path.read_bytes()
    for damaged in (b"", b"not a network", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(CorruptFileError, match=r"model\.pt"):
            load([path])
    torch.save({"kind": "something else"}, path)
    with pytest.raises(SchemaError, match="spinlearn gru"):
        load([path])


def test_networks_of_all_blocks_are_in_the_order_of_the_files(tmp_path):
    paths = [tmp_path / f"{block}.pt" for block in range(3)]
    provenances = [{"wildcards": {"block": f"{block:04d}"}} for block in range(3)]
    parts = [
        saved(path, runs, provenance=provenance)
        for path, runs, provenance in zip(paths, ([1, 2], [3, 4], [5]), provenances, strict=True)
    ]
    joined, training = load(paths)
    assert training == replace(TRAINING, runs=(1, 2, 3, 4, 5), provenance=provenances[0])
    assert joined.architecture == SHAPE
    assert not joined.training
    whole = GruNetworks(5, SHAPE).initialise([1, 2, 3, 4, 5])
    for name, value in whole.state_dict().items():
        assert torch.equal(joined.state_dict()[name], value), name
    # Predictions equal those of the networks in their own files, up to rounding in batched sums.
    fields = np.random.default_rng(0).uniform(-3, 3, (7, 6))
    lengths, energies = np.full(7, 6), np.linspace(0.2, 0.8, 7)
    each = [indicators(part, features(part, fields, lengths), energies) for part in parts]
    found = indicators(joined, features(joined, fields, lengths), energies)
    assert np.allclose(found, np.concatenate(each), rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("shape", "training", "message"),
    [
        (replace(SHAPE, head=7), {}, "head = 7, but those of .* 10"),
        (SHAPE, {"recipe": "published_code"}, "recipe = published_code, but those of .* paper"),
    ],
)
def test_blocks_that_differ_are_not_joined(tmp_path, shape, training, message):
    saved(tmp_path / "0000.pt", [1, 2])
    saved(tmp_path / "0001.pt", [3, 4], shape, **training)
    with pytest.raises(SchemaError, match=rf"0001\.pt: its networks have {message}"):
        load([tmp_path / "0000.pt", tmp_path / "0001.pt"])


def test_a_run_that_is_in_two_files_is_refused(tmp_path):
    """Its network would count twice."""
    saved(tmp_path / "0000.pt", [1, 2])
    saved(tmp_path / "0001.pt", [3, 2])
    with pytest.raises(SchemaError, match=r"0001\.pt: its run 2 is in .*0000\.pt too"):
        load([tmp_path / "0000.pt", tmp_path / "0001.pt"])
    with pytest.raises(SchemaError, match=r"0000\.pt: its run 1 is in .*0000\.pt too"):
        load([tmp_path / "0000.pt"] * 2)


def test_a_missing_block_is_named(tmp_path):
    saved(tmp_path / "0000.pt", [1, 2])
    with pytest.raises(MissingFileError, match=r"0001\.pt"):
        load([tmp_path / "0000.pt", tmp_path / "0001.pt"])
    with pytest.raises(ValueError, match="no file"):
        load([])
