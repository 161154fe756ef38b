"""Random streams keyed by meaning.

A stream is named by the root seed and by its purpose, never by a position in a list. So a new field
strength, size or realisation does not change any other stream. The key is hashed into the spawn key
of a `numpy.random.SeedSequence`.
"""

import hashlib
import json
from numbers import Integral, Real

import numpy as np

KeyPart = str | int | float | bool


def _canonical(part: KeyPart) -> list:
    if isinstance(part, str):
        return ["str", part]
    if isinstance(part, bool | np.bool_):
        return ["bool", bool(part)]
    if isinstance(part, Integral):
        return ["int", int(part)]
    if isinstance(part, Real):
        return ["float", float(part).hex()]
    raise TypeError(f"a stream is keyed by strings and numbers, not by {type(part).__name__}")


def seed_sequence(root: int, *key: KeyPart, **named: KeyPart) -> np.random.SeedSequence:
    """The seed sequence of the stream `key` under the root seed.

    Args:
        root: the pipeline's `seed`.
        key: what the stream is for, e.g. `"mbl", "disorder"`.
        named: values that distinguish streams, e.g. `L=8, h="1.50"`, in any order.

    >>> a = seed_sequence(1, "mbl", L=8, block=0)
    >>> b = seed_sequence(1, "mbl", block=0, L=8)
    >>> bool((a.generate_state(4) == b.generate_state(4)).all())
    True
    """
    parts = [_canonical(part) for part in key]
    parts += [[name, *_canonical(value)] for name, value in sorted(named.items())]
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4))
    return np.random.SeedSequence(entropy=root, spawn_key=words)


def rng(root: int, *key: KeyPart, **named: KeyPart) -> np.random.Generator:
    """A NumPy generator (PCG64) on the stream `key`; see `seed_sequence`."""
    return np.random.Generator(np.random.PCG64(seed_sequence(root, *key, **named)))


def integer_seed(root: int, *key: KeyPart, **named: KeyPart) -> int:
    """A 63-bit integer for libraries that want one (torch, TeNPy); see `seed_sequence`."""
    state = seed_sequence(root, *key, **named).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def block_numbers(block: str | int, size: int) -> range:
    """Numbers of the items in one block; they key what belongs to an item, above all its streams.

    So an item does not depend on how many blocks there are.

    >>> block_numbers("0001", 8)
    range(8, 16)

    Args:
        block: number of the block, as file names carry it.
        size: items per block.
    """
    return range(int(block) * size, (int(block) + 1) * size)
