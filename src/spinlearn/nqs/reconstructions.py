"""Ground states from measurements, by machines and by methods without a model, side by side."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from jaxtyping import Complex, Float, UInt8

from spinlearn import streams
from spinlearn.nqs.linear_inversion import fidelity, projected
from spinlearn.nqs.schemas import TOMOGRAPHY
from spinlearn.nqs.tomography import Settings, train
from spinlearn.spins.mps import MPS, sample_povm
from spinlearn.spins.pauli_samples import random_axes, sample_paulis, sample_z
from spinlearn.spins.pauli_strings import energy as pauli_energy
from spinlearn.spins.povm import AXES
from spinlearn.tfi.exact import hamiltonian, pauli_terms

Row = dict[str, Any]

States = Float[np.ndarray, "D n"] | Complex[np.ndarray, "D n"]
"""Pure states as columns."""

MACHINES = {
    "positive_z": ("z", False),
    "positive_local": ("local", False),
    "complex_local": ("local", True),
}
"""Machines by the name of their method: the data that they learn, and whether they have a phase."""


def measure(
    mps: MPS, hx: float, samples: int, seed: int, run: int
) -> dict[str, UInt8[np.ndarray, "M N"]]:
    """Measurements of a ground state for one run, from its own random streams.

    With fewer samples they are the first ones of more.

    Args:
        mps: the ground state.
        hx: transverse field, in units of J, part of the streams' keys.
        samples: M, of each kind.
        seed: root seed of the pipeline.
        run: number of the run.

    Returns:
        `z`, outcomes of sigma^z on every site; `axis` and `local`, axes drawn at random for every
        sample and site, and the outcomes along them; `povm`, those of the tetrahedral POVM.
    """

    def stream(kind: str) -> np.random.Generator:
        about: dict[str, streams.KeyPart] = {"N": mps.sites, "hx": f"{hx:.2f}", "run": run}
        return streams.rng(seed, "nqs", "measurements", kind, **about)

    axes = random_axes(samples, mps.sites, stream("axis"))
    return {
        "z": sample_z(mps, samples, stream("z")),
        "axis": axes,
        "local": sample_paulis(mps, axes, stream("local")),
        "povm": sample_povm(mps, samples, stream("povm"))[0],
    }


class Exact:
    """The ground state that was measured, with which reconstructions are compared."""

    def __init__(
        self, state: Float[np.ndarray, " D"], hx: float, longitudinal_field: float
    ) -> None:
        """The amplitudes, and the fields of the Hamiltonian in units of J."""
        self.state = state
        self.sites = int(state.size).bit_length() - 1
        self.terms = pauli_terms(self.sites, hx, longitudinal_field)
        self._hamiltonian: sp.csr_matrix = hamiltonian(self.sites, hx, longitudinal_field)
        self.energy = self._energies(state[:, None])[0]

    def _energies(self, states: States) -> Float[np.ndarray, " n"]:
        return np.einsum("sn,sn->n", states.conj(), self._hamiltonian @ states).real

    def excess(self, energy: float) -> float:
        """(E - E_0) / N."""
        return (energy - self.energy) / self.sites

    def compare(self, states: States, weights: Float[np.ndarray, " n"]) -> dict[str, float]:
        """Fidelity and energy of a mixture of pure states, one per column."""
        overlaps = np.abs(self.state @ states) ** 2
        excess = self.excess(float(weights @ self._energies(states)))
        return {"fidelity": float(weights @ overlaps), "excess": excess}


def reconstruct(
    data: dict[str, UInt8[np.ndarray, "M N"]],
    exact: Exact,
    samples: list[int],
    settings: Settings,
    *,
    seed: int,
    hx: float,
    run: int,
) -> pd.DataFrame:
    """All methods for each number of samples, on the data of one run.

    Args:
        data: as from `measure`; its first samples are taken.
        exact: the state that was measured.
        samples: numbers of samples.
        settings: of the machines.
        seed: root seed of the pipeline.
        hx: transverse field, in units of J, part of the keys of the machines' streams.
        run: number of the run.

    Returns:
        One row per (number of samples, method), with the columns of `schemas.TOMOGRAPHY`.

    Raises:
        NotConvergedError: as `spinlearn.nqs.tomography.train`.
    """
    rows = []
    for count in samples:
        first = {name: values[:count] for name, values in data.items()}
        found = without_model(first, exact)
        for method in MACHINES:
            stream = streams.rng(
                seed, "nqs", "tomography", method,
                N=exact.sites, hx=f"{hx:.2f}", samples=count, run=run,
            )  # fmt: skip
            found.append(by_machine(method, first, exact, settings, stream))
        rows += [{**row, "samples": count} for row in found]
    table = pd.DataFrame(rows, columns=[column.name for column in TOMOGRAPHY.columns])
    return table.assign(N=exact.sites, hx=hx, run=run)


def by_machine(
    method: str,
    data: dict[str, UInt8[np.ndarray, "M N"]],
    exact: Exact,
    settings: Settings,
    rng: np.random.Generator,
) -> Row:
    """One of `MACHINES`, beside the exact state on the same held-out samples."""
    kind, has_phase = MACHINES[method]
    outcomes = data[kind]
    axes = data["axis"] if kind == "local" else np.full_like(outcomes, AXES["z"])
    text = f"{method}, N = {exact.sites}, {len(outcomes)} samples"
    found = train(axes, outcomes, settings, rng, has_phase=has_phase, description=text)
    return {
        "method": method,
        **exact.compare(found.psi[:, None], np.ones(1)),
        "parameters": found.parameters,
        "loss": found.loss,
        "exact_loss": found.judge.loss(exact.state),
    }


def without_model(data: dict[str, UInt8[np.ndarray, "M N"]], exact: Exact) -> list[Row]:
    """The methods without a model.

    `frequencies`: the wave function of the square roots of the frequencies along z; `linear`:
    linear inversion of POVM outcomes, with standard errors over the samples; `projected`: the
    density matrix nearest to it.
    """
    sites = exact.sites
    configurations = data["z"].astype(np.int64) @ 2 ** np.arange(sites - 1, -1, -1)
    frequencies = np.bincount(configurations, minlength=2**sites) / len(data["z"])
    overlap, spread = fidelity(data["povm"], exact.state)
    energy = pauli_energy(data["povm"], exact.terms)
    weights, states = projected(data["povm"])
    return [
        {
            "method": "frequencies",
            **exact.compare(np.sqrt(frequencies)[:, None], np.ones(1)),
            "parameters": 2**sites - 1,
        },
        {
            "method": "linear",
            "fidelity": overlap,
            "fidelity_error": spread,
            "excess": exact.excess(float(energy.mean)),
            "excess_error": float(energy.error) / sites,
            "parameters": 4**sites - 1,
        },
        {
            "method": "projected",
            **exact.compare(states, weights),
            "parameters": 4**sites - 1,
        },
    ]
