"""Shared by all learners: training loop, metrics, distances of distributions, devices."""
