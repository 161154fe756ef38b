"""Names of the tasks, machines and kernels of the Born machines."""

from typing import Literal, get_args

Task = Literal["digits", "parity"]
Model = Literal["hidden", "basic", "driven"]
"""Machines that Zhong 2022 compares."""

AnyModel = Literal[Model, "anderson"]
"""These, and "anderson", the hidden machine without interaction (J_zz = 0)."""

Kernel = Literal["hamming", "integer", "pixel"]

MODELS: tuple[AnyModel, ...] = get_args(AnyModel)
