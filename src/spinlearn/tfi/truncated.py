"""Ground states compressed to small bond dimensions: a reference for learned models.

A matrix product state of bond dimension D has about 2 N D^2 numbers. It says how well a state of
quantum mechanics of this size can describe the outcomes, without learning.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins.compression import compress, purities
from spinlearn.spins.mps import (
    MPS,
    povm_log_probability,
    sample_povm,
    site_expectations,
    two_point_functions,
)
from spinlearn.statistics.errors import standard_error
from spinlearn.streams import rng
from spinlearn.tfi.stored_states import StoredState

Row = dict[str, int | float | str]


def truncated_state(
    state: StoredState, bond_dimensions: tuple[int, ...], strings: int, seed: int
) -> pd.DataFrame:
    """How well compressed copies of a ground state describe its POVM outcomes and observables.

    Args:
        state: the ground state, with POVM outcomes P.
        bond_dimensions: largest bond dimensions D of the copies, with outcomes P_D.
        strings: fresh strings drawn from the ground state, the same for every D.
        seed: root of the strings' stream.

    Returns:
        One row per (bond dimension, observable, site): `hx, N, bond_dimension, numbers` (in the
        copy's tensors), `observable, site, value, error, exact`. Observables: `divergence`, that
        is KL(P || P_D) per site in nats, the mean of (ln P - ln P_D)/N over the strings, with its
        standard error (site 0, exact 0); `mu_x`, `mu_z` (site 0), `sigma_x`, `sigma_z` (of each
        site), `xx_1`, `zz_1` (of the first site and each), and `S_2` in nats (of the first
        `site` spins). All but the divergence have no error: 0.
    """
    arguments.integer("strings", strings, 2)
    stream = rng(seed, "tfi", "truncated", N=state.mps.sites, hx=f"{state.hx:.2f}")
    outcomes, exact = sample_povm(state.mps, strings, stream)
    original = dict(state_observables(state.mps))
    tables = []
    for bond_dimension in bond_dimensions:
        copy = compress(state.mps, bond_dimension)
        lost = (exact - povm_log_probability(copy, outcomes)) / copy.sites
        rows: list[Row] = [
            {
                "observable": "divergence",
                "site": 0,
                "value": float(lost.mean()),
                "error": float(standard_error(lost)),
                "exact": 0.0,
            }
        ]
        for name, values in state_observables(copy):
            first = int(len(values) > 1)
            rows += [
                {
                    "observable": name,
                    "site": first + k,
                    "value": float(value),
                    "error": 0.0,
                    "exact": float(original[name][k]),
                }
                for k, value in enumerate(values)
            ]
        numbers = sum(tensor.size for tensor in copy.tensors)
        about = {"hx": state.hx, "N": copy.sites, "bond_dimension": bond_dimension}
        tables.append(pd.DataFrame(rows).assign(**about, numbers=numbers))
    return pd.concat(tables, ignore_index=True)


def state_observables(mps: MPS) -> Iterator[tuple[str, Float[np.ndarray, " values"]]]:
    """Observables of a matrix product state by name, exact: see `truncated_state`.

    `mu_x`, `mu_z` have one value, `sigma_x`, `xx_1`, `sigma_z`, `zz_1` and `S_2` one per site.
    """
    for axis in "xz":
        one = site_expectations(mps, axis)
        yield f"mu_{axis}", one.mean(keepdims=True)
        yield f"sigma_{axis}", one
        yield f"{axis}{axis}_1", two_point_functions(mps, axis)[0]
    yield "S_2", -np.log(purities(mps))
