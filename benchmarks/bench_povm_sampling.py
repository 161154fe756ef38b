"""Strings of POVM outcomes from matrix product states.

The real state is the ground state of the transverse-field Ising chain, the complex one is random.

Every peer gets the same state and the same uniforms, so it must give the same strings, and the
same ln P to rounding. Peers that make one string at a time are timed on fewer strings.

- `NumPy, batched`: the same chain rule, many strings at a time, in real arithmetic.
- `TeNPy`: the loop of TeNPy's `MPS.sample_measurements`, with the four POVM vectors in place of a
  projective basis, which that method does not offer.
- `transfer matrices`: the chain rule as in Luchnikov 2019, appendix B: the mass function as a
  matrix product of bond dimension D^2.

Two peers draw nothing. They are bounds:

- `matrix products alone`: those of our sampler, of the same shapes, by NumPy.
- `dgemm, as many operations`: one large product; its ratio is our fraction of the speed of dgemm.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
import tenpy.linalg.np_conserved as npc
from tenpy.networks.mps import MPS as TenpyMPS
from tenpy.networks.site import SpinHalfSite

from spinlearn.spins import mps as mp
from spinlearn.spins.mps import sample_povm
from spinlearn.spins.povm import ELEMENTS, KETS
from spinlearn.spins.povm_walk import BATCH as WALKING
from spinlearn.spins.povm_walk import site_matrices
from spinlearn.tfi.ground_states import ground_state

SITES, BOND_DIMENSION = 32, 25
MANY, FEW = 20_000, 50
BATCH = 500
"""Strings that the NumPy peer takes at a time; a batch stays in the cache."""
LIMIT = 1e-9


@lru_cache
def state():
    return ground_state(SITES, 1.0, bond_dimension=BOND_DIMENSION).mps


@lru_cache
def tenpy_state():
    mps = state()
    sites = [SpinHalfSite(conserve=None) for _ in mps.tensors]
    tensors = [tensor.transpose(1, 0, 2) for tensor in mps.tensors]
    values = [np.ones(dimension) for dimension in mps.bond_dimensions]
    return TenpyMPS.from_Bflat(sites, tensors, values, form="B", unit_cell_width=len(sites))


@lru_cache
def uniforms(samples):
    return np.random.default_rng(1).random((samples, SITES))


def spinlearn(samples):
    return sample_povm(state(), samples, np.random.default_rng(1))


def numpy_batch(u):
    """A string carries <phi_a ... |psi> as a real and an imaginary vector; the tensors are real."""
    outcomes, log_probability = np.empty(u.shape, dtype=np.uint8), np.zeros(len(u))
    left = np.ones((len(u), 2, 1)) * [[1.0], [0.0]]
    first, second = KETS[:, 0].real, KETS[:, 1]
    # Weights from |x_0|^2, |x_1|^2, Re and Im of <x_1, x_0>, for the two spin components x.
    cross = 2 * first * second
    table = np.array([first**2, np.abs(second) ** 2, cross.real, -cross.imag])
    for site, tensor in enumerate(state().tensors):
        x = (left.reshape(2 * len(u), -1) @ tensor.reshape(tensor.shape[0], -1)).reshape(
            len(u), 2, 2, -1
        )
        up, down = x[:, :, 0], x[:, :, 1]
        moments = [
            np.einsum("mcr,mcr->m", up, up),
            np.einsum("mcr,mcr->m", down, down),
            np.einsum("mcr,mcr->m", up, down),
            np.einsum("mr,mr->m", up[:, 1], down[:, 0])
            - np.einsum("mr,mr->m", up[:, 0], down[:, 1]),
        ]
        weights = np.stack(moments, axis=1) @ table
        cumulated = np.cumsum(weights, axis=1)
        chosen = (cumulated[:, :3] <= u[:, site, None] * cumulated[:, 3:]).sum(axis=1)
        weight = np.take_along_axis(weights, chosen[:, None], axis=1)[:, 0]
        outcomes[:, site] = chosen
        log_probability += np.log(weight / cumulated[:, 3])
        scale = 1 / np.sqrt(weight)
        a, b = (first[chosen] * scale)[:, None, None], (second[chosen] * scale)[:, None]
        left = a * up + b.real[:, None] * down
        left[:, 0] += b.imag * down[:, 1]
        left[:, 1] -= b.imag * down[:, 0]
    return outcomes, log_probability


def numpy_batches(samples):
    u = uniforms(samples)
    parts = [numpy_batch(u[start : start + BATCH]) for start in range(0, samples, BATCH)]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def tenpy(samples):
    u = uniforms(samples)
    outcomes, log_probability = np.empty(u.shape, dtype=np.uint8), np.zeros(samples)
    tensors = [tenpy_state().get_B(site) for site in range(SITES)]
    legs = [npc.LegCharge.from_trivial(4), tenpy_state().sites[0].leg.conj()]
    bras = npc.Array.from_ndarray(KETS.conj(), legs, labels=["p", "p*"])
    for m in range(samples):
        theta = tensors[0]
        for site in range(SITES):
            theta = npc.tensordot(bras, theta, axes=["p*", "p"])
            rho = npc.tensordot(theta.conj(), theta, [["vL*", "vR*"], ["vL", "vR"]])
            weights = np.abs(np.diag(rho.to_ndarray()))
            total = weights.sum()
            chosen = np.count_nonzero(np.cumsum(weights)[:3] <= u[m, site] * total)
            outcomes[m, site] = chosen
            log_probability[m] += np.log(weights[chosen] / total)
            theta = theta.take_slice(chosen, "p")
            if site + 1 < SITES:
                theta = theta / npc.norm(theta)
                theta = npc.tensordot(theta, tensors[site + 1], axes=["vR", "vL"])
    return outcomes, log_probability


def transfer_matrices(samples):
    u = uniforms(samples)
    outcomes, log_probability = np.empty(u.shape, dtype=np.uint8), np.zeros(samples)
    for m in range(samples):
        left = np.ones((1, 1), dtype=complex)
        for site, tensor in enumerate(state().tensors):
            half = np.tensordot(left, tensor.conj(), axes=(1, 0))  # ket, bra s, bra bond
            both = np.tensordot(tensor, half, axes=(0, 0))  # ket s, ket bond, bra s, bra bond
            # The right of the bond is the identity: right-canonical form.
            rho = np.einsum("scrc->sr", both)
            weights = np.einsum("ars,sr->a", ELEMENTS, rho).real
            total = weights.sum()
            chosen = np.count_nonzero(np.cumsum(weights)[:3] <= u[m, site] * total)
            outcomes[m, site] = chosen
            log_probability[m] += np.log(weights[chosen] / total)
            left = np.tensordot(ELEMENTS[chosen], both, axes=([1, 0], [0, 2])) / weights[chosen]
    return outcomes, log_probability


PEERS = {
    "spinlearn": (spinlearn, MANY),
    "NumPy, batched": (numpy_batches, MANY),
    "TeNPy": (tenpy, FEW),
    "transfer matrices": (transfer_matrices, FEW),
}


@lru_cache
def strings_found(peer):
    sample, samples = PEERS[peer]
    return sample(samples)


# --- bounds ---------------------------------------------------------------------------------------


@lru_cache
def random_state():
    stream = np.random.default_rng(2)
    bonds = state().bond_dimensions
    parts = [stream.normal(size=(2, a, 2, b)) for a, b in pairwise(bonds)]
    return mp.right_canonical([real + 1j * imaginary for real, imaginary in parts])[0]


STATES = {"real": state, "complex": random_state}


@lru_cache
def factors(kind):
    """The matrices of each site, and numbers in the place of a batch of vectors."""
    stream, chosen = np.random.default_rng(3), STATES[kind]()
    columns = WALKING if chosen.is_complex else 2 * WALKING
    matrices = site_matrices(chosen.tensors, chosen.is_complex)
    return [(matrix, stream.normal(size=(matrix.shape[1], columns))) for matrix in matrices]


def operations(kind):
    """Floating point operations of the matrix products per string."""
    return sum(2 * v.size * len(m) for m, v in factors(kind)) / WALKING


@lru_cache
def large(kind):
    """Two square matrices, and how many strings have as many operations as their product."""
    pair = np.random.default_rng(4).normal(size=(2, 1024, 1024))
    return pair, 2 * 1024**3 / operations(kind)


def products(kind):
    for _ in range(MANY // WALKING):
        for matrix, vectors in factors(kind):
            matrix @ vectors


def rows(kind):
    def ours():
        return sample_povm(STATES[kind](), MANY, np.random.default_rng(1))

    pair, strings = large(kind)
    return {
        "spinlearn": (ours, MANY),
        "matrix products alone": (lambda: products(kind), MANY // WALKING * WALKING),
        "dgemm, as many operations": (lambda: pair[0] @ pair[1], strings),
    }


BOUNDS = ["spinlearn", "matrix products alone", "dgemm, as many operations"]


@lru_cache
def rounding(kind):
    """Difference of ln P of the drawn strings from the same strings, looked up."""
    chosen = STATES[kind]()
    outcomes, log_probability = sample_povm(chosen, FEW, np.random.default_rng(1))
    again = mp.povm_log_probability(chosen, outcomes)
    return float(np.abs(again - log_probability).max())


@pytest.mark.benchmark(
    group=f"povm sampling: N = {SITES}, bond dimension {BOND_DIMENSION}, per string"
)
@pytest.mark.parametrize("peer", PEERS)
def test_povm_sampling(measure, peer):
    sample, samples = PEERS[peer]
    rival = "NumPy, batched" if peer == "spinlearn" else "spinlearn"
    strings, log_probability = strings_found(peer)
    expected, expected_log = (found[:samples] for found in strings_found(rival))
    np.testing.assert_array_equal(strings, expected)
    error = np.abs(log_probability - expected_log).max()
    measure(lambda: sample(samples), error, LIMIT, items=samples)


@pytest.mark.benchmark(group=f"povm sampling, bounds: N = {SITES}, real, per string")
@pytest.mark.parametrize("peer", BOUNDS)
def test_bounds_of_a_real_state(measure, peer):
    call, strings = rows("real")[peer]
    measure(call, rounding("real"), LIMIT, items=strings, operations=operations("real"))


@pytest.mark.benchmark(group=f"povm sampling, bounds: N = {SITES}, complex, per string")
@pytest.mark.parametrize("peer", BOUNDS)
def test_bounds_of_a_complex_state(measure, peer):
    call, strings = rows("complex")[peer]
    measure(call, rounding("complex"), LIMIT, items=strings, operations=operations("complex"))
