"""Phases of matter found by learning: supervised, unsupervised, and by confusion."""
