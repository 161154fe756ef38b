"""Gradients through the evolution: differences, PyTorch, divided differences, conservation."""

import numpy as np
import pytest
import torch

from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.adjoint import Objective
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import born_machine

TARGET = parity(Request(n=4)).target(0)
MACHINE = born_machine(4, 2, quench_time=3.0)
TILTED = born_machine(4, 1, quench_time=1.0, operators="pauli", J_zz=0.5, J2=0.2, h_x=0.3)
"""Without conserved S^z."""


def objective(machine, kernel="hamming", loss="mmd"):
    start = machine.initial_state("random_product", np.random.default_rng(3))
    return Objective(machine, start, TARGET, kernel, loss)


def fields_of(machine, quenches=3, h=4.0, seed=0):
    return np.random.default_rng(seed).uniform(-h, h, (quenches, machine.L))


@pytest.mark.parametrize("machine", [MACHINE, TILTED])
def test_states_and_loss_are_those_of_the_machine(machine):
    """The evolution by candidates in lanes, another kernel of the series; loss by Walsh sums."""
    fields = fields_of(machine)
    found, _ = objective(machine).gradient(fields)
    psi = objective(machine).initial_state
    for h, state in zip(fields, found.states[1:], strict=True):
        psi = machine.quench(psi, h[None])[0]
        assert np.abs(state - psi).max() < 1e-12
    p = machine.distribution(psi)
    assert np.abs(found.distribution - p).max() < 1e-12
    assert found.loss == pytest.approx(MaximumMeanDiscrepancy(TARGET)(p), rel=1e-10)


@pytest.mark.parametrize("kernel", ["hamming", "integer", "pixel", "kl"])
@pytest.mark.parametrize("machine", [MACHINE, TILTED, born_machine(4, 0, quench_time=10.0)])
def test_gradient_equals_central_differences(machine, kernel):
    """Differences of fourth order in 1e-3: error 1e-12 h^4 L^(5), and 1e-16/1e-3 from rounding."""
    losses = {"kl": ("hamming", "kl")}
    f, fields, step = objective(machine, *losses.get(kernel, (kernel,))), fields_of(machine), 1e-3
    _, gradient = f.gradient(fields)
    for m, i in np.ndindex(fields.shape):
        shift = np.zeros_like(fields)
        shift[m, i] = step
        one, two = (
            f.evaluate(fields + k * shift).loss - f.evaluate(fields - k * shift).loss
            for k in (1, 2)
        )
        difference = (8 * one - two) / (12 * step)
        assert difference == pytest.approx(gradient[m, i], abs=1e-7 * np.abs(gradient).max())


def test_gradient_equals_automatic_differentiation():
    """PyTorch's derivative of `matrix_exp` on the dense Hamiltonian, the kernel's double sum."""
    fields = fields_of(MACHINE)
    h = torch.tensor(fields, requires_grad=True)
    H0 = torch.tensor(MACHINE.chain.H0.toarray(), dtype=torch.complex128)
    z = torch.tensor(np.ascontiguousarray(MACHINE.chain.z))
    psi = torch.tensor(objective(MACHINE).initial_state)
    for m in range(len(fields)):
        H = H0 + torch.diag(z @ h[m]).to(torch.complex128)
        psi = torch.linalg.matrix_exp(-1j * MACHINE.quench_time * H) @ psi
    order = torch.tensor(np.argsort(MACHINE.chain.states))
    p = (psi.abs() ** 2)[order].reshape(16, 4).sum(axis=1)
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    squared = torch.tensor(((bits[:, None] - bits) ** 2).sum(axis=2)).double()
    kernel = sum(torch.exp(-0.5 * squared / s) for s in (0.1, 0.25, 4.0, 10.0)) / 4
    loss = (p - torch.tensor(TARGET)) @ kernel @ (p - torch.tensor(TARGET))
    loss.backward()
    found, gradient = objective(MACHINE).gradient(fields)
    assert found.loss == pytest.approx(loss.item(), rel=1e-11)
    np.testing.assert_allclose(gradient, h.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("h", [0.0, 16.0])
def test_gradient_equals_divided_differences(h):
    """In eigenvectors dU_ab = dH_ab (e^-iaT - e^-ibT)/(a - b); levels of h = 0 are degenerate."""
    machine = born_machine(4, 2, quench_time=10.0)
    f = objective(machine)
    fields = fields_of(machine, 1, h)
    found, gradient = f.gradient(fields)
    levels, V = np.linalg.eigh(machine.chain.dense(fields[0]))
    T, mean, half = 10.0, (levels[:, None] + levels) / 2, (levels[:, None] - levels) / 2
    divided = -1j * T * np.exp(-1j * mean * T) * np.sinc(half * T / np.pi)
    derivatives = []
    for z in machine.chain.z.T:
        dU = V @ (divided * (V.T @ (z[:, None] * V))) @ V.T
        dp = 2 * (found.states[1].conj() * (dU @ found.states[0])).real
        dp = dp[np.argsort(machine.chain.states)].reshape(16, 4).sum(axis=1)
        loss, p, e = MaximumMeanDiscrepancy(TARGET), found.distribution, 1e-3
        # The loss is quadratic in p: a central difference is exact.
        derivatives.append((loss(p + e * dp) - loss(p - e * dp)) / (2 * e))
    np.testing.assert_allclose(gradient[0], derivatives, rtol=0, atol=1e-12)


def test_uniform_fields_change_nothing_where_sz_is_conserved():
    _, gradient = objective(MACHINE).gradient(fields_of(MACHINE))
    assert np.abs(gradient).max() > 1e-3
    assert np.abs(gradient.sum(axis=1)).max() < 1e-14


def test_objective_refuses_what_does_not_fit():
    start = MACHINE.initial_state("plus")
    driven = born_machine(4, 0, drive_strength=0.1)
    with pytest.raises(ValueError, match="has a drive"):
        Objective(driven, driven.initial_state("plus"), TARGET)
    with pytest.raises(ValueError, match="target: has the shape"):
        Objective(MACHINE, start, np.full(8, 1 / 8))
    with pytest.raises(ValueError, match="initial_state: a state has the norm 2"):
        Objective(MACHINE, 2 * start, TARGET)
    with pytest.raises(ValueError, match="fields: has the shape"):
        Objective(MACHINE, start, TARGET).gradient(np.zeros((2, 5)))
