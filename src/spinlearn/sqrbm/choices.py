"""Names of the data sets and Pauli sets of the restricted Boltzmann machines."""

from typing import Literal, get_args

Paulis = Literal["Z", "XZ", "XYZ"]
"""Operators on the hidden units; Z is the classical machine."""

DATASETS = ("bars", "random", "cardinality", "parity")
"""The data sets of Demidik 2025, in the order of difficulty (growing support)."""

PAULIS: tuple[Paulis, ...] = get_args(Paulis)
