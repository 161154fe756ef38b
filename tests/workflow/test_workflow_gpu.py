"""The resource `gpu`: it reaches the training, and choosing it reruns nothing."""

import pytest
import torch
from support import NOTHING, smoke

MODELS = ("results/vae/N3/model.pt", "results/vae/N3/autoregressive/model.pt")
GPU = ("--set-resources", "vae_train:gpu=1", "vae_train_autoregressive:gpu=1")


@pytest.mark.slow
def test_choosing_a_gpu_reruns_nothing(finished):
    plan = smoke(*MODELS, "--dry-run", *GPU, cwd=finished)
    assert plan.returncode == 0, plan.stdout + plan.stderr
    assert NOTHING in plan.stdout + plan.stderr


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_fails_in_plain_words(results):
    failed = smoke(*MODELS, "--force", *GPU, cwd=results)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert output.count("DeviceError: a GPU is asked for (resource gpu=1)") >= len(MODELS)
    assert "Traceback" not in output
