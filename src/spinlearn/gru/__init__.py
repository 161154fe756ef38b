"""Recurrent network from a disorder vector to localisation indicators."""
