"""Figures of our own, which no paper shows."""
