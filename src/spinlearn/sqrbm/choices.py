"""Names of what settings choose: Pauli sets, step schedules, data sets, kinds of machines."""

from typing import Literal, get_args

Paulis = Literal["Z", "X", "Y", "XZ", "YZ", "XYZ"]
"""Operators on the hidden units, in the order of figures.

Z is the classical machine. X and Y alone are the same machine, and YZ is XZ in another basis.
"""

StepSchedule = Literal["constant", "decaying"]
"""How the step size of the optimiser depends on the step."""

SCHEDULES: tuple[StepSchedule, ...] = get_args(StepSchedule)

LARGEST_STEP = 10.0
"""Largest step size of AMSGRAD, which moves each parameter by up to that much per step."""

DATASETS = ("bars", "random", "cardinality", "parity")
"""The data sets of Demidik 2025, in the order of difficulty (growing support)."""

PAULIS: tuple[Paulis, ...] = get_args(Paulis)

MachineKind = Literal["rbm", "sqrbm", "bm", "sqbm", "tfim", "qrbm"]
"""Kinds of machines that are compared.

Restricted, semi-quantum restricted ({X,Y,Z}), all pairs coupled (classical, semi-quantum), quantum
restricted (transverse-field Ising, all Paulis).
"""

MACHINES: tuple[MachineKind, ...] = get_args(MachineKind)
