"""The device on which torch computes."""

import os

import torch

from spinlearn import arguments
from spinlearn.pipeline.errors import DeviceError


def training_device(gpus: int) -> torch.device:
    """The device to train on: the first GPU that torch finds if one is requested, else the CPU.

    Args:
        gpus: number of GPUs requested; only one is used.

    Raises:
        DeviceError: if a GPU is requested and torch finds none.
    """
    if arguments.integer("gpus", gpus, 0) < 1:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.version.cuda is None and torch.version.hip is None:
        reason = f"torch {torch.__version__} is built without CUDA; install a build that has it"
    elif os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1"):
        reason = "CUDA_VISIBLE_DEVICES hides them all; unset it, or ask the scheduler for a GPU"
    else:
        reason = "torch finds none; run nvidia-smi on this machine to see whether it has one"
    raise DeviceError(
        f"a GPU is requested (resource gpu={gpus}), but {reason}.\n"
        "  To train on the CPU, leave the resource out or set it to 0 "
        "(--set-resources vae_train:gpu=0 gru_train:gpu=0)."
    )
