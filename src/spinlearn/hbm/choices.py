"""Names of the tasks, machines and kernels of the Born machines."""

from typing import Literal, get_args

Task = Literal["digits", "parity"]
Model = Literal["hidden", "basic", "driven"]
"""Machines that Zhong 2022 compares."""

Kernel = Literal["hamming", "integer", "pixel"]

MODELS: tuple[Model, ...] = get_args(Model)
