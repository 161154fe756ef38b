"""Measurements of sigma^z in ground states of the transverse-field Ising chain of stage `tfi`."""

import numpy as np

from spinlearn.datasets.strings import Request, Strings, from_dense, from_samples
from spinlearn.spins.mps import dense
from spinlearn.spins.pauli_samples import sample_z
from spinlearn.streams import rng
from spinlearn.tfi.stored_states import read_state


def tfi(request: Request) -> Strings:
    """The exact distribution of the outcomes of sigma^z on every site, for n <= 14."""
    state = read_state(request.files.ground_state)
    amplitudes = dense(state.mps)[::-1]  # there 0 is up, here 1
    p = np.abs(amplitudes) ** 2
    return from_dense((p / p.sum())[None], _source(state.hx))


def tfi_samples(request: Request) -> Strings:
    """Samples of the outcomes of sigma^z on every site."""
    state = read_state(request.files.ground_state)
    stream = rng(request.seed, "datasets", "tfi", n=request.n, hx=f"{state.hx:.2f}")
    up = sample_z(state.mps, request.settings["samples"], stream) == 0
    return from_samples(up.astype(np.uint8), f"samples, {_source(state.hx)}")


def _source(hx: float) -> str:
    return f"sigma^z in the ground state of the transverse-field Ising chain, hx = {hx:g} J"
