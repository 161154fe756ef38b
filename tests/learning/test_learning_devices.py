"""The device to train on: the requested one, or an error with the reason."""

import pytest
import torch

from spinlearn.learning.devices import training_device
from spinlearn.pipeline.errors import DeviceError


def test_nothing_asked_for_is_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert training_device(0) == torch.device("cpu")
    assert training_device(1) == torch.device("cuda")


@pytest.mark.parametrize(
    ("cuda", "visible", "words"),
    [
        (None, None, "is built without CUDA"),
        ("13.0", "", "CUDA_VISIBLE_DEVICES hides them all"),
        ("13.0", None, "torch finds none"),
    ],
)
def test_a_gpu_that_is_not_there_is_a_named_error(monkeypatch, cuda, visible, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(DeviceError, match=words) as error:
        training_device(1)
    assert "resource gpu=1" in str(error.value)
    assert "vae_train:gpu=0" in str(error.value)
