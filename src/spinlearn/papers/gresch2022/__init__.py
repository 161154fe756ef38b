"""Figures of Gresch 2022: recurrent networks that learn localisation indicators."""
