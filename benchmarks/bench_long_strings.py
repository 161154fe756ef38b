"""Markov chains of a restricted Boltzmann machine with 64 visible units.

- One sweep of 100 chains of a semi-quantum machine, unit by unit. The peer does the same in NumPy,
  all chains at a time; with the same random numbers both give the same strings.
- Sweeps of 100 chains of a classical machine, until they forget where they were: as many sweeps as
  the autocorrelation time of log f. Peers draw blocks (all hidden units, then all visible ones), in
  torch and in NumPy: their sweeps are shorter, but more are needed. The mean of log f is compared.

The machines have learned digits for a short time, so that chains have something to forget.
"""

from functools import lru_cache

import numpy as np
import pytest
import torch
from scipy.special import expit

from spinlearn.datasets.images import digits_pixels
from spinlearn.datasets.strings import Request
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.sampling import (
    Line,
    PersistentSettings,
    log_weight,
    train_persistent,
)
from spinlearn.sqrbm.training import Settings

CHAINS, SWEEPS = 100, 600


@lru_cache
def trained(paulis, m):
    """The line to a machine, and its chains."""
    machine = Machine(64, m, paulis)
    settings = PersistentSettings(Settings(1500, 0.01, "decaying"), chains=CHAINS, batch=200)
    fit = train_persistent(machine, digits_pixels(Request(n=64)).strings, settings, seed=1)
    return Line(machine, fit.parameters, np.zeros(64)), fit.chains


def by_spinlearn(line):
    beta = np.ones(CHAINS)
    return lambda s, rng: line.sweep(s, beta, rng)


def by_numpy(line):
    machine, field = line.machine, line.machine.unpack(line.theta)
    coupling = field.coupling.reshape(-1, machine.n)

    def log_cosh(phi):
        r = np.sqrt((phi**2).sum(axis=1))
        return (r + np.log1p(np.exp(-2.0 * r))).sum(axis=1)

    def sweep(s, rng):
        s, uniform = s.copy(), rng.random(s.shape)
        phi = (s @ coupling.T).reshape(-1, *field.hidden_field.shape) + field.hidden_field
        hidden = log_cosh(phi)
        for i in range(machine.n):
            flipped = phi - 2.0 * s[:, i, None, None] * field.coupling[:, :, i]
            other = log_cosh(flipped)
            gain = 2.0 * field.visible_field[i] * s[:, i] + other - hidden
            flips = uniform[:, i] < expit(gain)
            phi[flips], hidden[flips] = flipped[flips], other[flips]
            s[flips, i] *= -1.0
        return s

    return sweep


def by_blocks_in_numpy(line):
    beta = np.ones(CHAINS)
    return lambda s, rng: line.block_sweep(s, beta, rng)


def by_blocks_in_torch(line):
    a, b, w = (torch.tensor(part) for part in line.machine.unpack(line.theta))
    b, w = b[0], w[0]

    def drawn(field):
        return 1.0 - 2.0 * torch.bernoulli(torch.sigmoid(2.0 * field))

    def sweep(s, rng):
        t = drawn(torch.addmm(b, torch.from_numpy(s), w.T))
        return drawn(torch.addmm(a, t, w)).numpy()

    return sweep


EXACT = {"spinlearn": by_spinlearn, "NumPy": by_numpy}
MIXING = {
    "spinlearn": by_spinlearn,
    "blocks in NumPy": by_blocks_in_numpy,
    "blocks in torch": by_blocks_in_torch,
}


@lru_cache
def memory(paulis, m, peer):
    """Integrated autocorrelation time of log f, in sweeps, and its mean over the chains."""
    torch.manual_seed(0)
    line, s = trained(paulis, m)
    sweep, rng = MIXING[peer](line), np.random.default_rng(1)
    values = np.empty((SWEEPS, CHAINS))
    for step in range(SWEEPS):
        s = sweep(s, rng)
        values[step] = log_weight(line.machine, line.theta, s)
    values = values[SWEEPS // 6 :]
    centred = values - values.mean()
    variance, time = (centred**2).mean(), 1.0
    for lag in range(1, len(values) // 4):
        rho = (centred[lag:] * centred[:-lag]).mean() / variance
        time += 2.0 * rho
        if lag > 5 * time:
            break
    return time, values.mean(), variance


@pytest.mark.benchmark(group="a sweep of 100 chains: n = 64, m = 8, XYZ")
@pytest.mark.parametrize("peer", EXACT)
def test_sweep(measure, peer):
    line, s = trained("XYZ", 8)
    found = [EXACT[name](line)(s, np.random.default_rng(2)) for name in EXACT]
    rng = np.random.default_rng(3)
    measure(lambda: EXACT[peer](line)(s, rng), np.abs(found[0] - found[1]).max(), 0.0)


@pytest.mark.benchmark(group="100 chains forget: n = 64, m = 24, Z")
@pytest.mark.parametrize("peer", MIXING)
def test_forgetting(measure, peer):
    """Times are per autocorrelation time: the sweeps of each peer are `time` of `memory`."""
    line, s = trained("Z", 24)
    time, mean, variance = memory("Z", 24, peer)
    others = [memory("Z", 24, name)[1] for name in MIXING]
    error = max(abs(mean - other) for other in others) / np.sqrt(variance)
    sweep, rng, sweeps = MIXING[peer](line), np.random.default_rng(3), 10

    def call():
        found = s
        for _ in range(sweeps):
            found = sweep(found, rng)
        return found

    measure(call, error, 0.1, items=sweeps / time)
