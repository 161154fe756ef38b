"""Devices of torch by name."""

import pytest
import torch

from spinlearn.torch_device import usable_device


@pytest.mark.parametrize(("found", "chosen"), [(False, "cpu"), (True, "cuda")])
def test_auto_takes_a_gpu_if_there_is_one(monkeypatch, found, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    monkeypatch.setattr(torch, "empty", lambda *shape, device: device)  # no GPU is needed here
    assert usable_device("device", "auto") == torch.device(chosen)
