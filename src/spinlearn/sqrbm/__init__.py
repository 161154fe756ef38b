"""Restricted Boltzmann machines, classical and semi-quantum."""
