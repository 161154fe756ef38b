"""Figures and scorecard: tidy tables in, Matplotlib out. No physics, no training."""
