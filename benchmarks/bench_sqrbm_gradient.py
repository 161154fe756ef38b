"""Divergence KL(q||p) of 20 restricted Boltzmann machines, with its gradient.

Every peer gets the same parameters and the same target.

- `NumPy, run by run`: Demidik 2025, proposition 2: the fields of all strings by one matrix product
  over the sign table, and its transpose for the gradient, for one run after the other, so that its
  arrays stay in the cache.
- `autograd`: the same divergence in torch (float64), differentiated by autograd, of all runs at
  once.
- `autograd, run by run`: the same for one run after the other.
- `kernels alone`: the passes over strings and hidden units on given fields, without anything else
  of our gradient: what it could cost at least.

The bytes that our kernels move are counted as in a stream test: for each hidden unit, every array
with a number per string is read or written once. These arrays fit into the cache.

Rows of three n at m = 20, and of m = 10 and 40 at n = 10, give the exponents in n and m.

All rows have one thread. `python benchmarks/bench_sqrbm_gradient.py 2` compares wall times with
two threads at n = 12, m = 30: torch's own threads, and for ours half of the runs in each, as two
jobs of the pipeline would have them.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from spinlearn.sqrbm.kernels import add_fields, add_moments
from spinlearn.sqrbm.model import KullbackLeibler, Machine

RUNS = 20
LIMIT = 1e-10


@lru_cache
def problem(n, m, paulis):
    """Machine, parameters of all runs, target."""
    machine, rng = Machine(n, m, paulis), np.random.default_rng(0)
    return machine, rng.uniform(-1, 1, (RUNS, machine.size)), rng.dirichlet(np.ones(2**n))


def sign_table(n):
    """(1, s_1, ..., s_n) of all strings, (2^n, n + 1)."""
    bits = (np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1)) & 1
    return np.hstack([np.ones((2**n, 1)), 1.0 - 2.0 * bits])


def by_spinlearn(machine, q):
    objective = KullbackLeibler(machine, q, RUNS)
    return lambda theta: objective(theta)[:2]


def by_matrix_products(machine, q):
    n, m, paulis = machine.n, machine.m, len(machine.paulis)
    table = sign_table(n)
    s, rows = table[:, 1:], np.ascontiguousarray(table.T)
    negentropy = np.sum(q * np.log(q))

    def of_one(theta):
        field = (theta[n:].reshape(-1, n + 1) @ rows).reshape(paulis, m, -1)
        r = np.sqrt((field**2).sum(axis=0))
        log_p = (r + np.log1p(np.exp(-2 * r))).sum(axis=0) - s @ theta[:n]
        log_p -= log_p.max()
        log_p -= np.log(np.exp(log_p).sum())
        difference = np.exp(log_p) - q
        slope = np.tanh(r) / r * difference
        units = (field * slope).reshape(-1, len(s)) @ table
        return negentropy - log_p @ q, np.concatenate([-difference @ s, units.ravel()])

    def gradient(theta):
        kl, whole = zip(*map(of_one, theta), strict=True)
        return np.array(kl), np.array(whole)

    return gradient


def by_autograd(machine, q):
    n, m, paulis = machine.n, machine.m, len(machine.paulis)
    table, target = torch.tensor(sign_table(n)), torch.tensor(q)
    negentropy = (target * target.log()).sum()

    def gradient(theta):
        x = torch.tensor(theta, requires_grad=True)
        field = (x[:, n:].reshape(-1, n + 1) @ table.T).reshape(len(x), paulis, m, -1)
        r = field.square().sum(dim=1).sqrt()
        log_p = (r + torch.log1p(torch.exp(-2 * r))).sum(dim=1) - x[:, :n] @ table[:, 1:].T
        kl = negentropy - torch.log_softmax(log_p, dim=1) @ target
        kl.sum().backward()
        return kl.detach().numpy(), x.grad.numpy()

    return gradient


def by_autograd_run_by_run(machine, q):
    gradient = by_autograd(machine, q)

    def each(theta):
        kl, whole = zip(*(gradient(row[None]) for row in theta), strict=True)
        return np.concatenate(kl), np.concatenate(whole)

    return each


def kernels_alone(machine, q):
    """Both kernels for all runs, on fields of the size of ours; no gradient comes out."""
    low_bits = min(machine.n, 6)
    H, L, rng = 2 ** (machine.n - low_bits), 2**low_bits, np.random.default_rng(0)
    paulis, m = len(machine.paulis), machine.m
    high, low = rng.normal(size=(1, paulis, m, H)), rng.normal(size=(1, paulis, m, L))
    log_p, product = np.zeros((1, H, L)), np.ones((1, H, L))
    slope, by_high, by_low = np.empty((1, m, H, L)), np.empty_like(high), np.zeros_like(low)

    def passes(theta):
        for _ in theta:
            product[...] = 1.0
            add_fields(high, low, log_p, product, slope)
            add_moments(high, low, slope, product, by_high, by_low)

    return passes


PEERS = {
    "spinlearn": by_spinlearn,
    "NumPy, run by run": by_matrix_products,
    "autograd": by_autograd,
    "autograd, run by run": by_autograd_run_by_run,
    "kernels alone": kernels_alone,
}


MOVED = {"spinlearn": 56, "kernels alone": 56}
"""Bytes per run, string and hidden unit: the slope is written and read; log p and the product are
read and written; the weight is read."""


def compare(measure, peer, n, m, paulis):
    machine, theta, q = problem(n, m, paulis)
    call = PEERS[peer](machine, q)
    error = 0.0
    if peer != "kernels alone":
        rival = PEERS["NumPy, run by run" if peer == "spinlearn" else "spinlearn"](machine, q)
        pairs = zip(call(theta), rival(theta), strict=True)
        error = max(np.abs(found - expected).max() for found, expected in pairs)
    series = {
        20: (f"sqrbm gradient against 2^n: {paulis}", 2**n),
        10: (f"sqrbm gradient against m: n = {n}, {paulis}", m),
        40: (f"sqrbm gradient against m: n = {n}, {paulis}", m),
    }.get(m)
    moved = MOVED[peer] * RUNS * 2**n * m if peer in MOVED else None
    measure(lambda: call(theta), error, LIMIT, moved=moved, series=series)


@pytest.mark.benchmark(group="sqrbm gradient: n = 10, m = 20, Z, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_Z(measure, peer):
    compare(measure, peer, 10, 20, "Z")


@pytest.mark.benchmark(group="sqrbm gradient: n = 10, m = 20, XZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_XZ(measure, peer):
    compare(measure, peer, 10, 20, "XZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 10, m = 20, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_XYZ(measure, peer):
    compare(measure, peer, 10, 20, "XYZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 8, m = 20, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_8_bits(measure, peer):
    compare(measure, peer, 8, 20, "XYZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 12, m = 20, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_12_bits(measure, peer):
    compare(measure, peer, 12, 20, "XYZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 10, m = 10, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_10_units(measure, peer):
    compare(measure, peer, 10, 10, "XYZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 10, m = 40, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_40_units(measure, peer):
    compare(measure, peer, 10, 40, "XYZ")


@pytest.mark.benchmark(group="sqrbm gradient: n = 12, m = 30, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_12_bits_and_30_units(measure, peer):
    compare(measure, peer, 12, 30, "XYZ")


@pytest.mark.slow
@pytest.mark.benchmark(group="sqrbm gradient: n = 12, m = 90, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_paper_size(measure, peer):
    compare(measure, peer, 12, 90, "XYZ")


def by_threads(machine, q, pool, threads):
    """Ours, with an equal part of the runs in each thread."""
    objectives = [KullbackLeibler(machine, q, RUNS // threads) for _ in range(threads)]

    def gradient(theta):
        found = list(pool.map(lambda of, part: of(part), objectives, np.split(theta, threads)))
        return [np.concatenate(part) for part in zip(*found, strict=True)][:2]

    return gradient


def compare_threads(threads, rounds=30):
    """Print the shortest wall time of each peer, measured in turn, and its ratio to ours."""
    torch.set_num_threads(threads)
    machine, theta, q = problem(12, 30, "XYZ")
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        calls = {"spinlearn": by_threads(machine, q, pool, threads)}
        calls |= {name: PEERS[name](machine, q) for name in PEERS if name.startswith("autograd")}
        expected = by_spinlearn(machine, q)(theta)
        for name, call in calls.items():
            for found, wanted in zip(call(theta), expected, strict=True):
                assert np.abs(found - wanted).max() <= LIMIT, name
        times = {name: [] for name in calls}
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.perf_counter()
                call(theta)
                times[name].append(time.perf_counter() - start)
    ours = min(times["spinlearn"])
    for name, taken in times.items():
        least, middle = 1e3 * min(taken), 1e3 * np.median(taken)
        print(f"{name}: {least:.1f} ms (median {middle:.1f} ms), {least / 1e3 / ours:.1f} of ours")


if __name__ == "__main__":
    compare_threads(int(sys.argv[1]))
