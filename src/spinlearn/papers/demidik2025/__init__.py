"""Figures of Demidik 2025: classical and semi-quantum restricted Boltzmann machines."""
