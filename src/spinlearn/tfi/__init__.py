"""Transverse-field Ising chain: DMRG ground states, exact references, POVM samples."""
