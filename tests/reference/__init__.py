"""Independent, slow calculations of the same numbers."""
