"""Images of digits: against scikit-learn's images, and at other sizes."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from spinlearn.datasets import images
from spinlearn.datasets.images import digits, digits_pixels, from_image, resized
from spinlearn.datasets.strings import Request
from spinlearn.pipeline.errors import MissingDependencyError


def image_of(digit, n=6):
    return digits(Request(n=n, name=f"digits{digit}")).target(0)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("n", [2, 4, 6, 8])
def test_every_image_is_a_distribution(digit, n):
    q = image_of(digit, n)
    assert q.shape == (2**n,)
    assert q.min() >= 0
    assert abs(q.sum() - 1) < 1e-14


@pytest.mark.parametrize(
    ("n", "pixels"),
    [(4, "4 x 4 pixels"), (6, "8 x 8 pixels"), (8, "16 x 16 pixels (8 x 8, repeated)")],
)
def test_the_source_says_how_many_pixels_there_are(n, pixels):
    source = digits(Request(n=n, name="digits01")).source
    assert source == f"class mean of scikit-learn's load_digits, {pixels}"


@pytest.mark.parametrize("digit", [0, 7])
def test_six_bits_hold_the_class_mean_pixel_by_pixel(digit):
    data = load_digits()
    rows = [image for image, label in zip(data.data, data.target, strict=True) if label == digit]
    mean = np.mean(rows, axis=0)
    assert np.abs(image_of(digit) - mean / mean.sum()).max() < 1e-15


def test_a_zero_is_a_ring_in_rows_and_columns():
    image = image_of(0).reshape(8, 8)
    assert image[3:5, 3:5].max() < 0.2 * image.max()
    assert image[:, 0].max() < 0.01 * image.max()
    assert abs(image.sum(axis=0) @ np.arange(8) - 3.5) < 0.5


def test_sizes_fit_together():
    fine, own, coarse = (image_of(3, n) for n in (8, 6, 4))
    blocks = own.reshape(4, 2, 4, 2).sum(axis=(1, 3))
    assert np.abs(coarse.reshape(4, 4) - blocks).max() < 1e-15
    assert np.abs(fine.reshape(8, 2, 8, 2).sum(axis=(1, 3)) - own.reshape(8, 8)).max() < 1e-15
    image = np.random.default_rng(0).random((8, 8))
    assert np.array_equal(resized(resized(image, 16), 8), image)


def test_rows_are_the_first_half_of_the_bits():
    image = np.zeros((4, 4))
    image[2, 1] = 5.0
    data = from_image(image, 4, "one pixel")
    assert data.strings.tolist() == [[1, 0, 0, 1]]
    assert data.probability.tolist() == [[1.0]]


def test_pixels_are_samples_of_64_bits():
    data = digits_pixels(Request(n=64))
    theirs = load_digits().data >= 8
    assert np.array_equal(data.strings, theirs)
    assert data.form == "samples"
    assert data.probability.shape == (1, 1797)
    assert "load_digits" in data.source


@pytest.fixture
def fresh():
    """No images in memory, before or after."""
    images.load_digits.cache_clear()
    yield
    images.load_digits.cache_clear()


def test_missing_scikit_learn_says_what_to_install(monkeypatch, fresh):
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install scikit-learn"):
        image_of(0)


def test_images_are_the_same_if_scikit_learn_keeps_them_elsewhere(monkeypatch, fresh, tmp_path):
    direct = [image_of(digit) for digit in range(10)]
    images.load_digits.cache_clear()
    elsewhere = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(images, "find_spec", lambda name: elsewhere)
    for digit in range(10):
        assert np.array_equal(image_of(digit), direct[digit])


def test_two_digits_are_the_mean_of_their_normalised_images():
    both = digits(Request(n=6, name="digits01")).target(0)
    assert np.abs(both - (image_of(0) + image_of(1)) / 2).max() < 1e-16
