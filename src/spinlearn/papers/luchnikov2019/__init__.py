"""Figures of Luchnikov 2019: ground states learned from POVM samples."""
