"""Networks that were trained in blocks, side by side again."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import torch

from spinlearn.gru.model import GruNetworks, load_networks
from spinlearn.pipeline.errors import SchemaError


def read_networks(paths: Iterable[str | Path]) -> GruNetworks:
    """All networks of a variant, from the file of each block of networks.

    Args:
        paths: files that `save_networks` wrote, in the order of the blocks.

    Raises:
        FileError: as `load_networks`.
        SchemaError: if networks of two files are of different shape.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise ValueError("no file of networks was given")
    blocks = [load_networks(path)[0] for path in files]
    shape = blocks[0].architecture
    for path, block in zip(files, blocks, strict=True):
        for name, expected in asdict(shape).items():
            found = getattr(block.architecture, name)
            if found != expected:
                raise SchemaError(
                    path,
                    f"its networks have {name} = {found}, but those of {files[0]} {expected}; only "
                    "networks of one shape can be joined",
                )
    states = [block.state_dict() for block in blocks]
    joined = GruNetworks(sum(block.networks for block in blocks), shape)
    joined.load_state_dict(
        {name: torch.cat([state[name] for state in states]) for name in states[0]}
    )
    return joined.eval()
