"""Made-up curves with a known crossing and exponent, for tests of finite-size scaling."""

import numpy as np

H_C, NU = 6.4, 1.0


def gap_ratio(x):
    return 0.4585 - 0.0725 * np.tanh(x / 30)


def made_up(seed, sizes=(8, 10, 12), h=None, R=400, spread=0.06, h_c=H_C, nu=NU, f=gap_ratio):
    """Realisations with Gaussian noise about f((h - h_c) L^(1/nu))."""
    noise = np.random.default_rng(seed)
    h = np.linspace(2.0, 11.0, 13) if h is None else h
    return {
        (L, float(x)): f((x - h_c) * L ** (1 / nu)) + spread * noise.standard_normal(R)
        for L in sizes
        for x in h
    }
