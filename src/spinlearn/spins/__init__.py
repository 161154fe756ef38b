"""Spin chains: bases, Hamiltonians, eigensolvers, evolution, entanglement, POVMs, MPS."""
