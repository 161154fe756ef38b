"""IDX files of images and labels, the format of MNIST, plain or compressed with gzip."""

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import UserFileError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
"""Names of the files; `-images.idx3-ubyte` and `-labels.idx1-ubyte` are found too."""

MAGIC = {3: 0x0803, 1: 0x0801}
"""First number of an IDX file of bytes, by the number of its axes."""


def find_files(folder: str | Path) -> list[Path]:
    """The files of images and labels in a folder.

    Raises:
        UserFileError: if one is missing.
    """
    found = []
    for name in (IMAGES, LABELS):
        dotted = name.replace("-idx", ".idx")
        names = [name, f"{name}.gz", dotted, f"{dotted}.gz"]
        present = [Path(folder) / each for each in names if (Path(folder) / each).is_file()]
        if not present:
            raise UserFileError(folder, f"holds no {name} or {name}.gz")
        found.append(present[0])
    return found


def shape_of(path: str | Path) -> list[int]:
    """The shape of an IDX file of images or of labels, by reading it.

    Raises:
        UserFileError: as `parse_idx`.
    """
    axes = 1 if "idx1" in Path(path).name else 3
    return list(parse_idx(path, read_plain(path), axes).shape)


def check_shapes(images_file: str | Path, images: Sequence[int], labels: Sequence[int]) -> None:
    """Raise `UserFileError` unless there are as many images as labels, of 28 x 28 pixels."""
    if images[0] != labels[0] or tuple(images[1:]) != (28, 28):
        raise UserFileError(
            images_file,
            f"holds {images[0]} images of {images[1]} x {images[2]} pixels for {labels[0]} "
            "labels; expected as many images as labels, of 28 x 28 pixels",
        )


def read_plain(path: str | Path, digest: str = "") -> bytes:
    """The bytes of a file, decompressed if it is compressed with gzip.

    Args:
        path: the file.
        digest: see `spinlearn.pipeline.content.read_content`.

    Raises:
        UserFileError: if it cannot be read.
    """
    content = read_content(path, digest)
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserFileError(path, f"is not a whole gzip file ({error})") from None


def parse_idx(path: str | Path, content: bytes, axes: int) -> UInt8[np.ndarray, "*shape"]:
    """The array of an IDX file of bytes.

    Args:
        path: the file, for messages.
        content: its bytes.
        axes: number of its axes: 3 for images, 1 for labels.

    Raises:
        UserFileError: if its first number or its size is not that of such a file.
    """
    head = 4 * (axes + 1)
    magic, *shape = np.frombuffer(content[:head].ljust(head, b"\0"), dtype=">u4").tolist()
    if magic != MAGIC[axes]:
        raise UserFileError(
            path, f"begins with {magic:#06x}, not {MAGIC[axes]:#06x}: no IDX file with {axes} axes"
        )
    expected = head + math.prod(shape)
    if len(content) != expected:
        raise UserFileError(path, f"has {len(content)} bytes; its head announces {expected}")
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(shape)
