"""Tables of variational ground states: machines, and matrix product states beside them."""

from collections.abc import Iterator, Sequence

import pandas as pd

from spinlearn.nqs.matrix_products import MatrixProduct, ground_state
from spinlearn.nqs.reconfiguration import Run, Settings, ground_states, v_score
from spinlearn.nqs.systems import Ring
from spinlearn.nqs.tensor_sizes import nearest_bond_dimension


def energy_table(
    ring: Ring, alphas: Sequence[int], runs: int, settings: Settings, *, seed: int
) -> pd.DataFrame:
    """All runs of machines of each alpha on a ring, and a matrix product state for each alpha."""
    return pd.DataFrame(row for alpha in alphas for row in _rows(ring, alpha, runs, settings, seed))


def _rows(
    ring: Ring, alpha: int, runs: int, settings: Settings, seed: int
) -> Iterator[dict[str, object]]:
    """The rows of one alpha."""
    found = ground_states(ring, alpha, range(runs), settings, seed=seed)
    for run, machine in enumerate(found):
        yield {
            **_common(ring, alpha, machine),
            "method": "rbm",
            "run": run,
            "bond_dimension": 0,
            "parameters": machine.parameters,
            "energy_error": machine.energy_error,
        }
    state = ground_state(ring, nearest_bond_dimension(ring.N, found[0].parameters))
    yield {
        **_common(ring, alpha, state),
        "method": "mps",
        "run": 0,
        "bond_dimension": state.bond_dimension,
        "parameters": state.numbers,
        "energy_error": 0.0,
    }


def _common(ring: Ring, alpha: int, found: Run | MatrixProduct) -> dict[str, object]:
    """What both kinds of rows have."""
    return {
        "model": ring.model,
        "h": ring.h if ring.model == "tfi" else 0.0,
        "N": ring.N,
        "alpha": alpha,
        "energy": found.energy,
        "exact": found.exact,
        "relative_error": found.relative_error,
        "variance": found.variance,
        "v_score": v_score(ring.N, found.energy, found.variance),
        "converged": int(found.converged),
    }
