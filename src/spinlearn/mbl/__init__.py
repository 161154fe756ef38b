"""Many-body localisation: disorder, diagonalisation, indicators, windows of levels, dynamics."""
