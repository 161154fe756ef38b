"""Names of the tasks, machines, initial states and kernels of the Born machines."""

from typing import Literal

Task = Literal["digits", "parity"]
Model = Literal["hidden", "basic", "driven"]
"""Machines of Zhong 2022 that are compared with one another."""

AnyModel = Literal["hidden", "basic", "driven", "anderson"]
"""Besides those, the hidden machine without interaction (J_zz = 0)."""

InitialState = Literal["plus", "neel", "random_product"]
Kernel = Literal["hamming", "integer", "pixel"]
