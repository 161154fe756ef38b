"""Figures of Zhong 2022: the hidden Born machine."""
