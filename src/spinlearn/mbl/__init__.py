"""Many-body localisation: disorder, exact diagonalisation, indicators, level statistics."""
