"""Targets: against scikit-learn's images, and at other sizes."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from spinlearn.hbm import targets
from spinlearn.hbm.targets import TASKS, digit_image, resized, target_distribution
from spinlearn.pipeline.errors import MissingDependencyError


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("visible", [2, 4, 6, 8])
def test_every_target_is_a_distribution(task, visible):
    q = target_distribution(task, visible)
    assert q.shape == (2**visible,)
    assert q.min() >= 0
    assert abs(q.sum() - 1) < 1e-14


@pytest.mark.parametrize("digit", [0, 7])
def test_six_spins_hold_the_class_mean_pixel_by_pixel(digit):
    data = load_digits()
    rows = [image for image, label in zip(data.data, data.target, strict=True) if label == digit]
    mean = np.mean(rows, axis=0)
    assert np.abs(target_distribution(f"digits{digit}") - mean / mean.sum()).max() < 1e-15


def test_a_zero_is_a_ring_in_rows_and_columns():
    image = digit_image(0).reshape(8, 8)
    assert image[3:5, 3:5].max() < 0.2 * image.max()
    assert image[:, 0].max() < 0.01 * image.max()
    assert abs(image.sum(axis=0) @ np.arange(8) - 3.5) < 0.5


def test_sizes_fit_together():
    fine, own, coarse = (digit_image(3, n) for n in (8, 6, 4))
    blocks = own.reshape(4, 2, 4, 2).sum(axis=(1, 3))
    assert np.abs(coarse.reshape(4, 4) - blocks).max() < 1e-15
    assert np.abs(fine.reshape(8, 2, 8, 2).sum(axis=(1, 3)) - own.reshape(8, 8)).max() < 1e-15
    image = np.random.default_rng(0).random((8, 8))
    assert np.array_equal(resized(resized(image, 16), 8), image)


def test_parity_is_even_strings_only():
    q = target_distribution("parity", 6)
    for string, probability in enumerate(q):
        assert probability == (1 / 32 if string.bit_count() % 2 == 0 else 0)


@pytest.mark.parametrize("task", ["digits10", "digits", "Parity", "digits-1"])
def test_unknown_tasks_are_refused(task):
    with pytest.raises(ValueError, match="is not one of"):
        target_distribution(task)


def test_images_need_an_even_number_of_spins():
    with pytest.raises(ValueError, match="even number"):
        target_distribution("digits1", 5)
    with pytest.raises(ValueError, match="0 to 9"):
        digit_image(10)


@pytest.fixture
def fresh():
    """No images in memory, before or after."""
    targets._class_means.cache_clear()
    yield
    targets._class_means.cache_clear()


def test_missing_scikit_learn_says_what_to_install(monkeypatch, fresh):
    monkeypatch.setattr(targets, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install scikit-learn"):
        target_distribution("digits0")
    assert target_distribution("parity").size == 64


def test_images_are_the_same_if_scikit_learn_keeps_them_elsewhere(monkeypatch, fresh, tmp_path):
    direct = [digit_image(digit) for digit in range(10)]
    targets._class_means.cache_clear()
    elsewhere = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(targets, "find_spec", lambda name: elsewhere)
    for digit in range(10):
        assert np.array_equal(digit_image(digit), direct[digit])
