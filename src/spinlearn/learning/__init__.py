"""Shared by all learners: training loop, files of weights, metrics, target distributions."""
