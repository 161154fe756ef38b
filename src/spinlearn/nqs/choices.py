"""Names that settings of stage `nqs` may take."""

from typing import Literal

TorusSize = Literal["2x2", "3x2", "4x2", "3x3"]
"""Tori of the toric code, Lx x Ly vertices: at most 18 qubits."""

MAX_SITES = 20
"""Most spins of an exact vector."""

STATES = ("ground", "excited")
"""States of the toric code."""

ENSEMBLES = ("short_range", "generic", "maximal")
"""Machines whose entanglement is computed."""

MODELS = ("tfi", "heisenberg")
"""Rings: transverse-field Ising, antiferromagnetic Heisenberg."""

RING_LENGTHS = range(4, 101, 2)
"""Sites of rings whose ground states are sought: even, for the Marshall sign rule."""
