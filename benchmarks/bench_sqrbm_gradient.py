"""KL gradients of restricted Boltzmann machines: the quadratic-form maps against two peers.

    python benchmarks/bench_sqrbm_gradient.py [--n 10] [--m 20] [--runs 20]

All get the same parameters and the same target, and must give the same divergence and the same
gradient to 1e-10. One thread for everybody; rounds are interleaved and the best round of each
counts, in processor seconds, so that other work on the machine matters little.

- `spinlearn`: `spinlearn.sqrbm.model.KullbackLeibler`.
- `matmul`: the closed form of P3's proposition 2 in NumPy, whole arrays at a time, with the fields
  of all strings by one matrix product over the sign table and its transpose for the gradient.
- `autograd`: the same divergence in torch (float64), differentiated by autograd.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from spinlearn.sqrbm.model import KullbackLeibler, Machine, signs

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def by_matmul(machine: Machine, q: np.ndarray) -> Gradient:
    n, m, paulis = machine.n, machine.m, len(machine.paulis)
    s = signs(n)
    table = np.hstack([np.ones((len(s), 1)), s])
    rows = np.ascontiguousarray(table.T)
    negentropy = np.sum(q * np.log(q))

    def gradient(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        runs = len(theta)
        field = (theta[:, n:].reshape(-1, n + 1) @ rows).reshape(runs, paulis, m, -1)
        r = np.sqrt((field**2).sum(axis=1))
        log_p = (r + np.log1p(np.exp(-2 * r))).sum(axis=1) - theta[:, :n] @ s.T
        log_p -= log_p.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        difference = np.exp(log_p) - q
        slope = np.tanh(r) / r * difference[:, None]
        units = (field * slope[:, None]).reshape(-1, len(s)) @ table
        whole = np.concatenate([-difference @ s, units.reshape(runs, -1)], axis=1)
        return negentropy - log_p @ q, whole

    return gradient


def by_autograd(machine: Machine, q: np.ndarray) -> Gradient:
    n, m, paulis = machine.n, machine.m, len(machine.paulis)
    s = torch.tensor(np.array(signs(n)))
    table = torch.cat([torch.ones((len(s), 1), dtype=s.dtype), s], dim=1)
    target = torch.tensor(q)
    negentropy = (target * target.log()).sum()

    def gradient(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = torch.tensor(theta, requires_grad=True)
        field = (x[:, n:].reshape(-1, n + 1) @ table.T).reshape(len(theta), paulis, m, -1)
        r = field.square().sum(dim=1).sqrt()
        log_p = (r + torch.log1p(torch.exp(-2 * r))).sum(dim=1) - x[:, :n] @ s.T
        kl = negentropy - torch.log_softmax(log_p, dim=1) @ target
        kl.sum().backward()
        assert x.grad is not None
        return kl.detach().numpy(), x.grad.numpy()

    return gradient


def best_seconds(
    gradients: dict[str, Gradient], theta: np.ndarray, rounds: int
) -> dict[str, float]:
    best = dict.fromkeys(gradients, np.inf)
    repeats = {}
    for name, gradient in gradients.items():
        gradient(theta)
        start = time.process_time()
        gradient(theta)
        repeats[name] = max(1, int(0.1 / max(time.process_time() - start, 1e-4)))
    for _ in range(rounds):
        for name, gradient in gradients.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                gradient(theta)
            best[name] = min(best[name], (time.process_time() - start) / repeats[name])
    return best


def compare(n: int, m: int, paulis: str, runs: int, rounds: int) -> None:
    machine = Machine(n, m, paulis)
    rng = np.random.default_rng(0)
    theta = rng.uniform(-1, 1, (runs, machine.size))
    q = rng.dirichlet(np.ones(2**n))
    objective = KullbackLeibler(machine, q, runs)
    gradients: dict[str, Gradient] = {
        "spinlearn": lambda x: objective(x)[:2],
        "matmul": by_matmul(machine, q),
        "autograd": by_autograd(machine, q),
    }
    kl, ours = gradients["spinlearn"](theta)
    differences = {}
    for name in ("matmul", "autograd"):
        their_kl, theirs = gradients[name](theta)
        differences[name] = max(np.abs(their_kl - kl).max(), np.abs(theirs - ours).max())
        assert differences[name] < 1e-10, f"{name} differs by {differences[name]:.1e}"
    best = best_seconds(gradients, theta, rounds)
    cells = "  ".join(
        f"{name} {1e3 * best[name]:8.2f} ms ({best[name] / best['spinlearn']:4.1f}x, "
        f"differs by {differences[name]:.0e})"
        for name in ("matmul", "autograd")
    )
    print(
        f"n = {n:2d}, m = {m:2d}, {paulis:3s}, {runs} runs: "
        f"spinlearn {1e3 * best['spinlearn']:7.2f} ms  {cells}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10, help="visible units")
    parser.add_argument("--m", type=int, default=20, help="hidden units")
    parser.add_argument("--runs", type=int, default=20, help="machines in a batch")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for paulis in ("Z", "XZ", "XYZ"):
            compare(options.n, options.m, paulis, options.runs, options.rounds)


if __name__ == "__main__":
    main()
