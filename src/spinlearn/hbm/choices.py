"""Names that settings of the Born machines may take."""

from typing import Literal

from spinlearn.spins.choices import InitialState

Kernel = Literal["hamming", "integer", "pixel"]
"""Distance in the kernel of the maximum mean discrepancy; see `spinlearn.hbm.loss`."""

StartState = Literal[InitialState, "target_sectors"]
"""State before the first quench; see `spinlearn.hbm.machine.BornMachine.initial_state`."""

HiddenSites = Literal["last", "spread"]
"""Where hidden spins are: after the visible ones, or evenly among them."""

DriveVariance = Literal["2D", "2D/tau"]
DrivePlane = Literal["x", "xy"]

Acceptance = Literal["always", "if_lower"]
"""Whether the best candidate of a quench is accepted although the loss rises."""

Search = Literal["sequence", "single"]
"""Whether a quench starts at the state of the one before, or at the initial state."""

Optimiser = Literal["gradient", "cma_es"]
"""How all fields of a sequence of quenches are optimised; see `spinlearn.hbm.optimisers`."""
