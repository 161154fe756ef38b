"""Data sets over bit strings: distributions and samples, made here or the user's own."""
