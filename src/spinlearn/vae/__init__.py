"""Conditional variational autoencoder on POVM outcomes."""
