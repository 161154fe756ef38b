"""Names that settings of the Born machines may take."""

from typing import Literal

from spinlearn.spins.choices import InitialState

Kernel = Literal["hamming", "integer", "pixel"]
"""Distance in the kernel of the maximum mean discrepancy; see `spinlearn.hbm.loss`."""

Loss = Literal["mmd", "kl"]
"""What training minimises: the squared maximum mean discrepancy, or KL(target||model)."""

StartState = Literal[InitialState, "target_sectors"]
"""States before the first quench; see `spinlearn.hbm.machine.BornMachine.initial_state`."""

HiddenSites = Literal["last", "spread"]
"""Where hidden spins are: after the visible ones, or evenly among them."""

DriveVariance = Literal["2D", "2D/tau"]
"""Variance of a drive's fields; with 2D/tau the noise stays white of strength D for any tau."""

DrivePlane = Literal["x", "xy"]
"""Axes along which a drive's fields are drawn."""

Acceptance = Literal["always", "if_lower"]
"""When the best candidate of a quench is kept: always (Zhong 2022), or only if the loss falls."""

Search = Literal["sequence", "single"]
"""Where candidates start: in the state kept before (Zhong 2022), or in the initial state."""

Corruption = Literal["lower_half", "right_half", "pixels", "noise", "flat"]
"""How a pattern is corrupted; see `spinlearn.hbm.retrieval.corrupted`."""

Encoding = Literal["zero_phases", "random_phases", "closest_state", "plus"]
"""How a pattern is written into a state; see `spinlearn.hbm.retrieval.encoded`."""

Optimiser = Literal["gradient", "cma_es"]
"""How all fields of a sequence of quenches are optimised; see `spinlearn.hbm.optimisers`."""
