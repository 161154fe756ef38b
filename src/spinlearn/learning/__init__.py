"""Shared by all learners: training loop, metrics, target distributions."""
