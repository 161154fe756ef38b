"""POVM samples per second: the batched rank-one sampler against one-at-a-time samplers.

    python benchmarks/bench_povm_sampling.py [--sites 32] [--hx 1.0] [--bond-dimension 25]

All samplers get the same state and the same uniforms, so that equal accuracy is shown directly:
they must give the same strings, and the same ln P to rounding. The peers are timed on the first
few of these strings. One BLAS thread for everybody.

- `spinlearn`: `spinlearn.spins.mps.sample_povm`.
- `tenpy`: the loop of TeNPy's `MPS.sample_measurements` (one string at a time on TeNPy's tensors,
  the state left of a bond a vector), with the four POVM vectors in place of a projective basis,
  which that method itself does not offer.
- `transfer`: the chain rule of P4's appendix B as it stands there: the mass function as a matrix
  product of bond dimension D^2, one string at a time, in NumPy.
"""

import argparse
import time

import numpy as np
import tenpy.linalg.np_conserved as npc
from tenpy.networks.mps import MPS as TenpyMPS
from tenpy.networks.site import SpinHalfSite
from threadpoolctl import threadpool_limits

from spinlearn.spins.mps import MPS, sample_povm
from spinlearn.spins.povm import ELEMENTS, KETS
from spinlearn.tfi.ground_states import ground_state


def tenpy_state(mps: MPS) -> TenpyMPS:
    sites = [SpinHalfSite(conserve=None) for _ in mps.tensors]
    tensors = [tensor.transpose(1, 0, 2) for tensor in mps.tensors]
    values = [np.ones(dimension) for dimension in mps.bond_dimensions]
    return TenpyMPS.from_Bflat(sites, tensors, values, form="B", unit_cell_width=len(sites))


def sample_tenpy(state: TenpyMPS, uniforms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """TeNPy's `sample_measurements`, statement by statement, for a rank-one POVM."""
    samples, sites = uniforms.shape
    outcomes = np.empty((samples, sites), dtype=np.uint8)
    log_probability = np.zeros(samples)
    leg = state.sites[0].leg
    bras = npc.Array.from_ndarray(
        KETS.conj(), [npc.LegCharge.from_trivial(4), leg.conj()], labels=["p", "p*"]
    )
    tensors = [state.get_B(site) for site in range(sites)]
    for m in range(samples):
        theta = tensors[0]
        for site in range(sites):
            theta = npc.tensordot(bras, theta, axes=["p*", "p"])
            rho = npc.tensordot(theta.conj(), theta, [["vL*", "vR*"], ["vL", "vR"]])
            weights = np.abs(np.diag(rho.to_ndarray()))
            chosen = int(
                np.count_nonzero(np.cumsum(weights)[:3] <= uniforms[m, site] * weights.sum())
            )
            outcomes[m, site] = chosen
            log_probability[m] += np.log(weights[chosen] / weights.sum())
            theta = theta.take_slice(chosen, "p")
            if site + 1 < sites:
                theta = theta / npc.norm(theta)
                theta = npc.tensordot(theta, tensors[site + 1], axes=["vR", "vL"])
    return outcomes, log_probability


def sample_transfer(mps: MPS, uniforms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The matrix product of the mass function, contracted from the left, one string at a time."""
    samples, sites = uniforms.shape
    outcomes = np.empty((samples, sites), dtype=np.uint8)
    log_probability = np.zeros(samples)
    for m in range(samples):
        left = np.ones((1, 1), dtype=complex)
        for site, tensor in enumerate(mps.tensors):
            half = np.tensordot(left, tensor.conj(), axes=(1, 0))  # ket, bra s, bra bond
            both = np.tensordot(tensor, half, axes=(0, 0))  # ket s, ket bond, bra s, bra bond
            # The right of the bond is the identity: right-canonical form.
            rho = np.einsum("scrc->sr", both)
            weights = np.einsum("ars,sr->a", ELEMENTS, rho).real
            chosen = int(
                np.count_nonzero(np.cumsum(weights)[:3] <= uniforms[m, site] * weights.sum())
            )
            outcomes[m, site] = chosen
            log_probability[m] += np.log(weights[chosen] / weights.sum())
            left = np.tensordot(ELEMENTS[chosen], both, axes=([1, 0], [0, 2])) / weights[chosen]
    return outcomes, log_probability


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=32)
    parser.add_argument("--hx", type=float, default=1.0)
    parser.add_argument("--bond-dimension", type=int, default=25)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--peer-samples", type=int, default=100)
    options = parser.parse_args()

    state = ground_state(options.sites, options.hx, bond_dimension=options.bond_dimension)
    mps = state.mps
    print(
        f"TFI ground state, N = {options.sites}, hx = {options.hx}, bond dimension "
        f"{state.bond_dimension}, energy variance {state.energy_variance:.1e}"
    )
    sample_povm(mps, 10, np.random.default_rng(0))  # compiles, or loads what was compiled

    def ours():
        return sample_povm(mps, options.samples, np.random.default_rng(1))

    uniforms = np.random.default_rng(1).random((options.peer_samples, options.sites))
    tenpy = tenpy_state(mps)
    contestants = [
        ("spinlearn", options.samples, ours),
        ("tenpy", options.peer_samples, lambda: sample_tenpy(tenpy, uniforms)),
        ("transfer", options.peer_samples, lambda: sample_transfer(mps, uniforms)),
    ]
    best = {name: np.inf for name, _, _ in contestants}
    found = {}
    for _ in range(3):  # by turns, so that a busy machine is busy for all
        for name, samples, run in contestants:
            start = time.perf_counter()
            found[name] = run()
            best[name] = min(best[name], (time.perf_counter() - start) / samples)
    reference, log_reference = (array[: options.peer_samples] for array in found["spinlearn"])
    print(f"{'sampler':<10} {'samples/s':>10} {'ours is':>10}  equal strings  max |d ln P|")
    for name, _, _ in contestants:
        outcomes, log_probability = (array[: options.peer_samples] for array in found[name])
        equal = np.mean(np.all(outcomes == reference, axis=1))
        difference = np.abs(log_probability - log_reference).max()
        print(
            f"{name:<10} {1 / best[name]:>10.0f} {best[name] / best['spinlearn']:>9.1f}x "
            f"{equal:>13.0%}  {difference:>11.1e}"
        )
        if equal < 1 or difference > 1e-9:
            raise SystemExit(f"{name}: not the same samples, so that the times do not compare")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
