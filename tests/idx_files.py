"""Made-up images of digits in IDX files, as MNIST has them."""

import struct

import numpy as np

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
_RNG = np.random.default_rng(4)
PIXELS = _RNG.integers(256, size=(30, 28, 28), dtype=np.uint8)
DIGITS = np.repeat(np.arange(10, dtype=np.uint8), 3)[_RNG.permutation(30)]


def idx(array, magic=None):
    """An IDX file of bytes: the number of axes in the last byte of the first number."""
    head = struct.pack(">I", 0x0800 + array.ndim if magic is None else magic)
    return head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write(folder, images=PIXELS, labels=DIGITS, ending="", pack=bytes):
    """The two files; arrays are written as IDX files, bytes as they are."""
    folder.mkdir(exist_ok=True)
    for name, content in ((IMAGES, images), (LABELS, labels)):
        plain = content if isinstance(content, bytes) else idx(content)
        (folder / f"{name}{ending}").write_bytes(pack(plain))
    return folder
