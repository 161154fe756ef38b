"""Parameters of three descriptions of a quantum state, against its number of spins."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.nqs.maximal_entanglement import machine
from spinlearn.nqs.schemas import ENTROPIES, TORIC_CODE
from spinlearn.nqs.tensor_sizes import numbers
from spinlearn.papers import style
from spinlearn.papers.verdicts import NOT_REPRODUCED, REPRODUCED, Claim, claim

CAPTION = (
    "Numbers that describe a state of N spins of maximal entanglement: its vector; a matrix "
    "product state, with bond dimension 2^(N/2) in the middle (more numbers than the vector has, "
    "since its tensors are not unique); a restricted Boltzmann machine, whose spins have at most "
    "three couplings each. Beside them the machine of the toric code. Filled: states whose vectors "
    "were computed."
)

SIZES = (*range(4, 33, 2), 40, 48, 56, 64)
"""Numbers of spins for which parameters are counted."""

ROUNDING = 1e-12
"""Largest deviation of an entropy that counts as rounding."""

LOOKS = {
    "vector": ("state vector", 0),
    "mps": ("matrix product state", 1),
    "machine": ("Boltzmann machine", 2),
    "toric_code": ("machine of the toric code", 3),
}


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """One row per (description, N): `numbers`, `most_couplings` of a spin, `deviation` (nat).

    The deviation is that of the half ring's entropy from (N/2) ln 2, the largest of all machines
    whose vectors were computed; empty for the others.
    """
    rows = pd.concat([ENTROPIES.read(path) for path in files.entropies], ignore_index=True)
    rows = rows[(rows.ensemble == "maximal") & (2 * rows.sites == rows.N)]
    deviation = rows.missing.abs().groupby(rows.N).max().to_dict()
    found = []
    for N in SIZES:
        coupling = machine(N, 1.0).coupling != 0
        most, known = int(coupling.sum(axis=0).max()), deviation.get(N, np.nan)
        counts = {"vector": 2.0**N, "mps": numbers(N, 2 ** (N // 2)), "machine": coupling.sum()}
        found += [(name, N, float(count), most, known) for name, count in counts.items()]
    toric = pd.concat([TORIC_CODE.read(path) for path in files.stabilisers], ignore_index=True)
    for row in toric.drop_duplicates("qubits").itertuples():
        found.append(("toric_code", row.qubits, float(row.couplings), 2, np.nan))
    columns = ["description", "N", "numbers", "most_couplings", "deviation"]
    return pd.DataFrame(found, columns=columns)


def draw(table: pd.DataFrame) -> Figure:
    """One curve per description, on a logarithmic scale."""
    fig, ax = style.figure(1, 2.9)
    for name, (label, place) in LOOKS.items():
        rows, look = table[table.description == name], style.look(place)
        computed = rows[rows.deviation.notna() | (rows.description == "toric_code")]
        ax.semilogy(rows.N, rows.numbers, **{**look, "mfc": "white"}, label=label)
        ax.semilogy(computed.N, computed.numbers, ls="", **look)
    ax.set_xlabel("spins $N$")
    ax.set_ylabel("numbers that describe the state")
    ax.set_ylim(1, None)
    ax.legend()
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Maximal entanglement with at most three couplings per spin (figure 2 of the review).

    Reproduced if the entropy of half of the spins is (N/2) ln 2 within `ROUNDING` for every machine
    of the family, and if no spin has more than three couplings. No random number decides it: the
    phases of the family are drawn, the entropy does not depend on them.
    """
    machines = table[table.description == "machine"]
    computed = machines[machines.deviation.notna()]
    if computed.empty:
        return []
    deviation, most = float(computed.deviation.max()), int(machines.most_couplings.max())
    last = table[computed.N.max() == table.N].set_index("description").numbers
    holds = deviation < ROUNDING and most <= 3
    return [
        claim(
            "dassarma2019.nqs_parameters.maximal_entanglement",
            "A restricted Boltzmann machine with at most three couplings per spin has maximal "
            "entanglement (deviation of the half ring's entropy from (N/2) ln 2, nat)",
            figure="2",
            published="maximal volume law, at most three couplings per spin",
            measured=deviation,
            verdict=REPRODUCED if holds else NOT_REPRODUCED,
            error_rate=0.0,
            scale=f"{computed.N.min()} to {computed.N.max()} spins, exact vectors",
            note=f"at most {most} couplings per spin; for N = {computed.N.max()} "
            f"{last['machine']:.0f} couplings, {last['mps']:.0f} numbers in a matrix product state",
        )
    ]
