"""The measured state of a disordered chain after a quench."""

import numpy as np

from spinlearn.datasets.strings import Request, Strings, from_dense
from spinlearn.spins.chain_text import chain_text_with_operators
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.evolution import chain_family, evolve
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.product_states import all_amplitudes, product_state
from spinlearn.streams import KeyPart, rng

QUENCHING = ("h", "time", "initial_state", "disorder")
"""Settings of a quench that are no couplings."""


def quench(request: Request) -> Strings:
    """p(z) = |<z| exp(-iHT) |psi_0>|^2, with new fields for each run.

    The settings: `h` and `time` (in units of J and 1/J), `initial_state`, `disorder`, and the
    couplings of `spinlearn.spins.hamiltonians.xxz_chain`. The fields of a run are those of every
    quench with the same n and h: another time, initial state or coupling keeps them.
    """
    n, couplings = request.n, dict(request.settings)
    h, time, kind, disorder = (couplings.pop(name) for name in QUENCHING)
    chain = xxz_chain(n, magnetisation=None, **couplings)
    family = chain_family(chain)
    key: dict[str, KeyPart] = {"n": n, "h": f"{h:.2f}"}
    rows = []
    for run in request.runs:
        stream = rng(request.seed, "datasets", "quench", **key, run=run)
        fields = random_fields(stream, h, (n,), disorder)
        start = product_state(kind, n, rng(request.seed, "datasets", "start", **key, run=run))
        psi = all_amplitudes(start)[chain.states]
        (evolved,) = evolve(family, chain.diagonal(fields)[None], psi, time).states
        p = np.empty(2**n)
        p[chain.states] = evolved.real**2 + evolved.imag**2
        rows.append(p / p.sum())
    system = chain_text_with_operators(request.settings)
    source = f"quench ({system}), h = {h:g}, T = {time:g}, from {kind}"
    return from_dense(np.stack(rows), f"{source}; fields drawn for each run", request.runs)
