"""Kinds of data on which phases are learned by confusion, declared once."""

CHAIN_SOURCES = ("z", "z_unflipped", "povm")
"""Those from ground states of the transverse-field Ising chain."""

SOURCES = ("ising", "shuffled", "spectra", *CHAIN_SOURCES)
"""Ising configurations; the same at random temperatures; entanglement spectra of disordered chains;
outcomes of sigma^z in the transverse-field Ising chain, each string flipped at random or not; POVM
outcomes of the same states."""
