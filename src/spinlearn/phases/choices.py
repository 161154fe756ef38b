"""Kinds of data on which phases are learned by confusion, declared once."""

SOURCES = ("ising", "shuffled", "spectra", "z", "z_unflipped", "povm")
"""Ising configurations; the same at random temperatures; entanglement spectra of disordered chains;
outcomes of sigma^z in the transverse-field Ising chain, each string flipped at random or not; POVM
outcomes of the same states."""
