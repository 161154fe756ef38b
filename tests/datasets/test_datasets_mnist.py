"""MNIST's class means from IDX files that the tests write, and what is wrong with such files."""

import gzip
import hashlib
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from idx_files import DIGITS, IMAGES, LABELS, PIXELS, idx, write

from spinlearn.datasets import mnist as module
from spinlearn.datasets.idx import find_files
from spinlearn.datasets.mnist import mnist
from spinlearn.datasets.strings import Request
from spinlearn.pipeline.content import content_digest
from spinlearn.pipeline.errors import UserFileError


def made(folder, digit=3, n=6, digests=None):
    files = SimpleNamespace(mnist=find_files(folder))
    settings = {"digests": digests or {}}
    return mnist(Request(n=n, name=f"mnist{digit}", settings=settings, files=files))


@pytest.mark.parametrize("digit", [0, 3, 9])
@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_class_means_are_padded_and_averaged_over_areas(tmp_path, digit, ending, pack):
    """By hand: every image at 32 x 32 with an empty border, 4 x 4 areas one after the other."""
    expected = np.zeros((8, 8))
    for image in PIXELS[digit == DIGITS]:
        padded = np.zeros((32, 32))
        padded[2:30, 2:30] = image
        for row in range(8):
            for column in range(8):
                area = padded[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
                expected[row, column] += area.mean() / 3
    found = made(write(tmp_path, ending=ending, pack=pack), digit).target(0)
    np.testing.assert_allclose(found, expected.ravel() / expected.sum(), rtol=1e-13)


def test_compressed_files_give_the_same(tmp_path):
    plain = made(write(tmp_path / "plain"))
    packed = made(write(tmp_path / "packed", ending=".gz", pack=gzip.compress))
    np.testing.assert_array_equal(plain.target(0), packed.target(0))
    assert plain.source == packed.source


def test_dotted_names_are_found(tmp_path):
    write(tmp_path)
    for name in (IMAGES, LABELS):
        (tmp_path / name).rename(tmp_path / name.replace("-idx", ".idx"))
    assert [path.name for path in find_files(tmp_path)] == [
        "train-images.idx3-ubyte",
        "train-labels.idx1-ubyte",
    ]


def test_source_says_mnist_for_its_checksums_only(tmp_path, monkeypatch):
    assert made(write(tmp_path)).source == (
        "class mean of 30 images (not MNIST's own, by the checksum), 8 x 8 pixels"
    )
    known = {hashlib.sha256(idx(array)).hexdigest() for array in (PIXELS, DIGITS)}
    monkeypatch.setattr(module, "KNOWN", known)
    assert made(write(tmp_path)).source == "class mean of MNIST, 8 x 8 pixels"
    # labels that were changed, beside MNIST's own images
    found = made(write(tmp_path, labels=(9 - DIGITS).astype(np.uint8)))
    assert "not MNIST's own" in found.source


@pytest.mark.parametrize(
    ("files", "name", "words"),
    [
        ({"images": idx(PIXELS, magic=0x0D03)}, IMAGES, "begins with 0x0d03, not 0x0803"),
        ({"labels": idx(PIXELS)}, LABELS, "begins with 0x0803, not 0x0801"),
        ({"images": idx(PIXELS)[:-1]}, IMAGES, "has 23535 bytes; its head announces 23536"),
        ({"labels": idx(DIGITS) + b"\1"}, LABELS, "has 39 bytes; its head announces 38"),
        ({"labels": idx(DIGITS)[:6]}, LABELS, "has 6 bytes; its head announces 8"),
        (
            {"images": struct.pack(">4I", 0x0803, 2**31, 2**31, 4)},
            IMAGES,
            f"has 16 bytes; its head announces {16 + 2**64}",
        ),
        ({"images": b""}, IMAGES, "is empty"),
        ({"labels": DIGITS[:-1]}, IMAGES, "holds 30 images of 28 x 28 pixels for 29 labels"),
        ({"images": PIXELS[:, 1:]}, IMAGES, "holds 30 images of 27 x 28 pixels.* of 28 x 28"),
        ({"labels": np.minimum(DIGITS, 2)}, LABELS, "holds no digit 3"),
        (
            {"images": PIXELS[:0], "labels": DIGITS[:0]},
            LABELS,
            "holds no digit 3",
        ),
    ],
)
def test_faulty_files_are_named(tmp_path, files, name, words):
    with pytest.raises(UserFileError, match=rf"{name}: {words}"):
        made(write(tmp_path, **files))


@pytest.mark.parametrize(
    "pack",
    [
        lambda plain: gzip.compress(plain)[:-9],
        lambda plain: gzip.compress(plain)[:100],
        lambda plain: gzip.compress(plain)[:-8] + bytes(8),
        lambda plain: b"\x1f\x8b" + bytes(50),
    ],
)
def test_gzip_files_are_whole(tmp_path, pack):
    with pytest.raises(UserFileError, match=r"images-idx3-ubyte\.gz: is not a whole gzip file"):
        made(write(tmp_path, ending=".gz", pack=pack))


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_missing_files_are_named(tmp_path, name):
    (write(tmp_path) / name).unlink()
    with pytest.raises(UserFileError, match=rf"holds no {name} or {name}\.gz"):
        find_files(tmp_path)


def test_files_that_change_after_planning_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "mnist")
    digests = {path.name: content_digest(path) for path in find_files(folder)}
    assert made(folder, digests=digests).n == 6
    write(folder, labels=DIGITS[::-1].copy())
    with pytest.raises(UserFileError, match=rf"{LABELS}: has changed since this run was planned"):
        made(folder, digests=digests)


def test_two_digits_are_the_mean_of_their_normalised_images(tmp_path):
    folder = write(tmp_path)
    zero, three = (made(folder, digit).target(0) for digit in (0, 3))
    both = made(folder, "03").target(0)
    np.testing.assert_allclose(both, (zero + three) / 2, rtol=0, atol=1e-16)
