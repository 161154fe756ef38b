"""Many-body localisation: disorder, exact diagonalisation, indicators, windows of levels, dynamics."""
