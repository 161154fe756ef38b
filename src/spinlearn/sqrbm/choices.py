"""Names of the data sets and Pauli sets of the restricted Boltzmann machines."""

from typing import Literal, get_args

Dataset = Literal["bars", "random", "cardinality", "parity"]
"""Target distributions, in the order of difficulty of Demidik 2025 (growing support)."""

Paulis = Literal["Z", "XZ", "XYZ"]
"""Operators on the hidden units; Z is the classical machine."""

DATASETS: tuple[Dataset, ...] = get_args(Dataset)
PAULIS: tuple[Paulis, ...] = get_args(Paulis)
