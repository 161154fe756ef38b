"""Spin chains: bases, Hamiltonians, eigensolvers, evolution, entanglement, POVMs, MPS."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "eigenwindows": ["EigenWindow", "WindowSolver", "eigenwindow"],
        "entanglement": ["entropy_normalisation", "half_chain_entropies", "page_entropy"],
        "evolution": ["chain_family", "evolve"],
        "disorder": ["random_fields"],
        "hamiltonians": ["SpinChain", "spin_chain", "xxz_chain"],
        "mps": ["MPS", "sample_povm"],
        "pauli_strings": ["energy", "pauli_expectations"],
        "spectra": ["diagonalise", "energy_densities", "nearest_windows"],
    },
)
