"""Independent, slow routes to the same numbers."""
