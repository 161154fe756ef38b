"""Names of choices for spin chains, shared by the configuration and the code that uses them."""

from typing import Literal

Boundary = Literal["ring", "open"]
Operators = Literal["spin", "pauli"]
"""H is written in spin-1/2 operators, or in Pauli matrices: H_pauli(J, h) = 4 H_spin(J, h/2)."""

Disorder = Literal["uniform", "gaussian", "binary", "quasiperiodic"]
"""Distribution of the fields; see `spinlearn.spins.disorder.random_fields`."""

InitialState = Literal["plus", "neel", "random_product"]
"""Product states in which an evolution starts; see `spinlearn.spins.product_states`."""

MagnetisedState = Literal["neel", "random_product"]
"""Those with magnetised sites, so that an imbalance is defined."""

EntropyNormalisation = Literal["page", "page_sz0", "gresch2022_code"]
"""Unit of half-chain entropies; see `spinlearn.spins.entanglement.entropy_normalisation`."""

Route = Literal["dense", "shift_invert", "polfed"]
"""Solvers of windows of eigenstates; see docs/eigensolvers.md."""

Solver = Literal["auto", Route]
Device = Literal["auto", "cpu", "cuda"]
