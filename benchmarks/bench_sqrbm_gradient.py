"""Divergence KL(q||p) of 20 restricted Boltzmann machines, with its gradient.

Every peer gets the same parameters and the same target.

- `matrix products`: Demidik 2025, proposition 2 in NumPy, whole arrays at a time: the fields of all
  strings by one matrix product over the sign table, and its transpose for the gradient.
- `autograd`: the same divergence in torch (float64), differentiated by autograd.
"""

from functools import lru_cache

import numpy as np
import pytest
import torch

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

    def gradient(theta):
        field = (theta[:, n:].reshape(-1, n + 1) @ rows).reshape(RUNS, paulis, m, -1)
        r = np.sqrt((field**2).sum(axis=1))
        log_p = (r + np.log1p(np.exp(-2 * r))).sum(axis=1) - theta[:, :n] @ s.T
        log_p -= log_p.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        difference = np.exp(log_p) - q
        slope = np.tanh(r) / r * difference[:, None]
        units = (field * slope[:, None]).reshape(-1, len(s)) @ table
        whole = np.concatenate([-difference @ s, units.reshape(RUNS, -1)], axis=1)
        return negentropy - log_p @ q, whole

    return gradient


def by_autograd(machine, q):
    n, m, paulis = machine.n, machine.m, len(machine.paulis)
    table, target = torch.tensor(sign_table(n)), torch.tensor(q)
    negentropy = (target * target.log()).sum()

    def gradient(theta):
        x = torch.tensor(theta, requires_grad=True)
        field = (x[:, n:].reshape(-1, n + 1) @ table.T).reshape(RUNS, paulis, m, -1)
        r = field.square().sum(dim=1).sqrt()
        log_p = (r + torch.log1p(torch.exp(-2 * r))).sum(dim=1) - x[:, :n] @ table[:, 1:].T
        kl = negentropy - torch.log_softmax(log_p, dim=1) @ target
        kl.sum().backward()
        return kl.detach().numpy(), x.grad.numpy()

    return gradient


PEERS = {
    "spinlearn": by_spinlearn,
    "matrix products": by_matrix_products,
    "autograd": by_autograd,
}


def compare(measure, peer, n, m, paulis):
    machine, theta, q = problem(n, m, paulis)
    gradient = PEERS[peer](machine, q)
    rival = PEERS["matrix products" if peer == "spinlearn" else "spinlearn"](machine, q)
    pairs = zip(gradient(theta), rival(theta), strict=True)
    error = max(np.abs(found - expected).max() for found, expected in pairs)
    measure(lambda: gradient(theta), error, LIMIT)


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


@pytest.mark.slow
@pytest.mark.benchmark(group="sqrbm gradient: n = 12, m = 90, XYZ, 20 runs")
@pytest.mark.parametrize("peer", PEERS)
def test_gradient_of_paper_size(measure, peer):
    compare(measure, peer, 12, 90, "XYZ")
