"""Standard errors, bootstrap, crossings of curves, finite-size scaling, rounding."""
