"""Ground states of the transverse-field Ising chain by DMRG (Luchnikov 2019, sections 2 and 3).

H = -J sum_i sigma^z_i sigma^z_(i+1) - h_x sum_i sigma^x_i - lambda sum_i sigma^z_i on an open
chain, J = 1. The paper prints the opposite sign of h_x, but its figure 8 has mu_x > 0. The
tie-breaking field lambda, which selects one of the two ordered states, is only in its code.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from tenpy.algorithms.dmrg import TwoSiteDMRGEngine
from tenpy.models.lattice import Chain
from tenpy.models.model import CouplingMPOModel
from tenpy.networks.mps import MPS as TenpyMPS
from tenpy.networks.site import SpinHalfSite

from spinlearn import arguments
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.logs import quieted
from spinlearn.spins.mps import (
    MPS,
    energy_and_variance,
    from_dense,
    pack,
    right_canonical,
    site_expectations,
    two_point_functions,
)
from spinlearn.tfi.exact import exact_energy, ground_vector
from spinlearn.tfi.schemas import GROUND_STATE

log = logging.getLogger("spinlearn.tfi")

SVD_MIN = 1e-10
"""Singular values below this are dropped, whatever the bond dimension allows."""

ENTROPY_TOLERANCE = 1e-6
"""Change of the mean bond entropy between sweeps, in nats, at which DMRG may stop."""

BRANCH_TOLERANCE = 1e-6
"""Largest negative mu_z, in absolute value, that is attributed to rounding."""

HAMILTONIAN = "-J sum sigma^z_i sigma^z_(i+1) - hx sum sigma^x_i - longitudinal_field sum sigma^z_i"
"""Attribute `hamiltonian` of the files."""

BASIS = "sigma^z; s = 0 is up (+1), s = 1 is down (-1)"
"""Attribute `basis` of the files."""


@dataclass(frozen=True, eq=False)
class GroundState:
    """A converged ground state.

    Attributes:
        N: number of sites.
        hx, longitudinal_field: in units of J.
        mps: the state, real, right-canonical; index 0 of a site is up, sigma^z = +1.
        energy: <H> of `mps`, in units of J.
        energy_variance: <H^2> - <H>^2 of `mps`, in units of J^2.
        truncation_error: largest weight discarded at a bond in the last sweep.
        sweeps: DMRG sweeps; 0 where none was needed.
        start: product state from which DMRG found the state: "up" or "plus".
    """

    N: int
    hx: float
    longitudinal_field: float
    mps: MPS
    energy: float
    energy_variance: float
    truncation_error: float
    sweeps: int
    start: str

    @property
    def bond_dimension(self) -> int:
        """Largest bond dimension of the state."""
        return max(self.mps.bond_dimensions)

    @property
    def sigma_x(self) -> Float[np.ndarray, " N"]:
        """<sigma^x_i> of every site."""
        return site_expectations(self.mps, "x")

    @property
    def sigma_z(self) -> Float[np.ndarray, " N"]:
        """<sigma^z_i> of every site."""
        return site_expectations(self.mps, "z")

    @property
    def xx(self) -> Float[np.ndarray, "N N"]:
        """<sigma^x_i sigma^x_j> of every pair."""
        return two_point_functions(self.mps, "x")

    @property
    def zz(self) -> Float[np.ndarray, "N N"]:
        """<sigma^z_i sigma^z_j> of every pair."""
        return two_point_functions(self.mps, "z")


class _Chain(CouplingMPOModel):
    """TeNPy's model of the chain, in the sigma^z basis (up, down) and without conserved charges."""

    default_lattice = Chain
    force_default_lattice = True

    def init_sites(self, model_params):  # type: ignore[no-untyped-def]
        """Spins 1/2."""
        return SpinHalfSite(conserve=None)

    def init_terms(self, model_params):  # type: ignore[no-untyped-def]
        """The terms of H."""
        self.add_coupling(-1.0, 0, "Sigmaz", 0, "Sigmaz", 1)
        self.add_onsite(-model_params.get("hx", 0.0, "real"), 0, "Sigmax")
        self.add_onsite(-model_params.get("longitudinal_field", 0.0, "real"), 0, "Sigmaz")


def hamiltonian_mpo(
    N: int, hx: float, longitudinal_field: float = 0.0, shift: float = 0.0
) -> list[Float[np.ndarray, "_ _ 2 2"]]:
    """H - shift as a matrix product operator of bond dimension 3.

    Returns:
        N tensors with axes (left bond, right bond, bra, ket).
    """
    one, x, z = np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])
    bulk = np.zeros((3, 3, 2, 2))
    bulk[0, 0] = bulk[2, 2] = one
    bulk[0, 1] = -z
    bulk[1, 2] = z
    bulk[0, 2] = -hx * x - longitudinal_field * z - shift / N * one
    tensors = [bulk] * N
    tensors[0] = tensors[0][:1]
    tensors[-1] = tensors[-1][:, 2:]
    return tensors


@dataclass(frozen=True, eq=False)
class _Candidate:
    """The state that DMRG found from one start."""

    start: str
    mps: MPS
    energy: float
    variance: float
    truncation_error: float
    sweeps: int
    converged: bool


def _candidate(
    start: str,
    tensors: list[np.ndarray],
    hx: float,
    longitudinal_field: float,
    *,
    truncation_error: float = 0.0,
    sweeps: int = 0,
    converged: bool = True,
) -> _Candidate:
    mps, _ = right_canonical(tensors)
    energy, variance = energy_and_variance(
        mps, lambda shift: hamiltonian_mpo(mps.sites, hx, longitudinal_field, shift)
    )
    return _Candidate(start, mps, energy, variance, truncation_error, sweeps, converged)


def _dmrg(
    start: str,
    N: int,
    hx: float,
    longitudinal_field: float,
    bond_dimension: int,
    max_sweeps: int,
    energy_tolerance: float,
) -> _Candidate:
    """Two-site DMRG from the product state of all spins along +z ("up") or +x ("plus")."""
    spinor = {"up": np.array([1.0, 0.0]), "plus": np.sqrt([0.5, 0.5])}[start]
    with quieted("tenpy"):
        model = _Chain({"L": N, "hx": hx, "longitudinal_field": longitudinal_field})
        state = TenpyMPS.from_product_state(
            model.lat.mps_sites(), [spinor] * N, bc="finite", unit_cell_width=N
        )
        engine = TwoSiteDMRGEngine(
            state,
            model,
            {
                "trunc_params": {"chi_max": bond_dimension, "svd_min": SVD_MIN},
                "max_trunc_err": 1.0,  # reported, not refused
                "mixer": None,
                "max_E_err": energy_tolerance,
                "max_S_err": ENTROPY_TOLERANCE,
                "max_sweeps": max_sweeps - 1,  # TeNPy stops after one more than it is told
            },
        )
        engine.run()
        converged = bool(engine.is_converged())
    return _candidate(
        start,
        [state.get_B(site, form="B").to_ndarray() for site in range(N)],
        hx,
        longitudinal_field,
        truncation_error=float(engine.sweep_stats["max_trunc_err"][-1]),
        sweeps=int(engine.sweeps),
        converged=converged,
    )


def ground_state(
    N: int,
    hx: float,
    *,
    longitudinal_field: float = 1e-5,
    bond_dimension: int = 25,
    max_sweeps: int = 30,
    energy_tolerance: float = 1e-10,
) -> GroundState:
    """The ground state of the chain, with mu_z >= 0.

    Two-site DMRG (TeNPy) starts from two product states: all spins up, and all spins along +x. The
    first is ordered, the second is even under the spin flip, and local updates tend to preserve
    this. The state with the lower energy is taken. If the energies are equal within ten times the
    tolerance, the ordered state is taken (this matters only at lambda = 0, where the splitting is
    exponentially small in N). For lambda > 0 the ground state is unique, with non-negative
    amplitudes, and mu_z > 0 since E_0 is even and concave in lambda.

    No sweep is needed for h_x = 0, where the product state of all spins up is exact, or for N = 2,
    where the two sites are the whole chain.

    Args:
        N: number of sites, >= 2.
        hx: transverse field, >= 0, in units of J.
        longitudinal_field: lambda >= 0, in units of J.
        bond_dimension: largest bond dimension.
        max_sweeps: sweeps after which DMRG gives up.
        energy_tolerance: change of the energy in a sweep at which it stops, in units of J; the mean
            bond entropy must have settled to `ENTROPY_TOLERANCE` as well.

    Raises:
        NotConvergedError: if the energy or the entropy still changes after `max_sweeps`, or if the
            state of lowest energy has mu_z < 0.
        InvalidArgumentError: if N < 2, or a field is negative or not finite.
    """
    arguments.integer("N", N, 2)
    arguments.number("hx", hx, 0)
    arguments.number("longitudinal_field", longitudinal_field, 0)
    arguments.integer("bond_dimension", bond_dimension, 1)
    arguments.integer("max_sweeps", max_sweeps, 1)
    arguments.positive("energy_tolerance", energy_tolerance)
    where = f"DMRG for N = {N}, hx = {hx}, longitudinal field {longitudinal_field}"
    candidates = _candidates(
        N, hx, longitudinal_field, bond_dimension, max_sweeps, energy_tolerance
    )
    for candidate in candidates:
        _log_candidate(where, candidate)
    chosen = _chosen(candidates, 10 * energy_tolerance)
    if not chosen.converged:
        raise NotConvergedError(
            f"{where}: energy or entropy still changed after {chosen.sweeps} sweeps "
            f"(E = {chosen.energy:.10f}, variance {chosen.variance:.1e}).\n"
            "  Raise tfi.max_sweeps, or tfi.energy_tolerance, or tfi.bond_dimension."
        )
    return GroundState(
        N=N,
        hx=hx,
        longitudinal_field=longitudinal_field,
        mps=_in_positive_branch(chosen.mps, longitudinal_field, where),
        energy=chosen.energy,
        energy_variance=chosen.variance,
        truncation_error=chosen.truncation_error,
        sweeps=chosen.sweeps,
        start=chosen.start,
    )


def _candidates(
    N: int,
    hx: float,
    longitudinal_field: float,
    bond_dimension: int,
    max_sweeps: int,
    energy_tolerance: float,
) -> list[_Candidate]:
    """The states that DMRG finds from both starts; a single state if no sweep is needed."""
    if hx == 0.0:
        up = np.array([1.0, 0.0]).reshape(1, 2, 1)
        return [_candidate("up", [up] * N, hx, longitudinal_field)]
    if N == 2:
        vector = ground_vector(N, hx, longitudinal_field)
        return [_candidate("up", list(from_dense(vector).tensors), hx, longitudinal_field)]
    return [
        _dmrg(start, N, hx, longitudinal_field, bond_dimension, max_sweeps, energy_tolerance)
        for start in ("up", "plus")
    ]


def _log_candidate(where: str, candidate: _Candidate) -> None:
    log.info(
        "%s from '%s': E = %.12f, variance %.1e, truncation %.1e, bond %d, %d sweeps%s",
        where,
        candidate.start,
        candidate.energy,
        candidate.variance,
        candidate.truncation_error,
        max(candidate.mps.bond_dimensions),
        candidate.sweeps,
        "" if candidate.converged else ", not converged",
    )


def _chosen(candidates: list[_Candidate], tolerance: float) -> _Candidate:
    """The candidate of lowest energy; of those equal within the tolerance, the first converged."""
    chosen = candidates[0]
    for other in candidates[1:]:
        lower = other.energy < chosen.energy - tolerance
        equal = other.energy < chosen.energy + tolerance
        if lower or (equal and other.converged and not chosen.converged):
            chosen = other
    return chosen


def _in_positive_branch(mps: MPS, longitudinal_field: float, where: str) -> MPS:
    """The state with mu_z >= 0: itself, or its mirror image where the flip is a symmetry.

    Raises:
        NotConvergedError: if mu_z < 0 although the longitudinal field is positive.
    """
    magnetisation = float(site_expectations(mps, "z").mean())
    if magnetisation < 0 and longitudinal_field == 0:
        return MPS(tuple(np.ascontiguousarray(tensor[:, ::-1]) for tensor in mps.tensors))
    if magnetisation < -BRANCH_TOLERANCE:
        raise NotConvergedError(
            f"{where}: stopped in the wrong branch, mu_z = {magnetisation:.6f}.\n"
            "  Raise tfi.bond_dimension or lower tfi.energy_tolerance."
        )
    return mps


def write_ground_state(
    path: str | Path, state: GroundState, attributes: dict[str, Any] | None = None
) -> None:
    """Write a ground state with its observables (`schemas.GROUND_STATE`).

    Args:
        path: the target.
        state: the ground state.
        attributes: further attributes, e.g. `job.provenance`.
    """
    entries, bonds = pack(state.mps)
    arrays = {
        "energy": state.energy,
        "energy_variance": state.energy_variance,
        "energy_exact": exact_energy(state.N, state.hx),
        "sigma_x": state.sigma_x,
        "sigma_z": state.sigma_z,
        "xx": state.xx,
        "zz": state.zz,
        "mps_bonds": bonds,
        "mps_entries": entries,
    }
    about = {
        "hamiltonian": HAMILTONIAN,
        "basis": BASIS,
        "N": state.N,
        "hx": state.hx,
        "longitudinal_field": state.longitudinal_field,
        "bond_dimension": state.bond_dimension,
        "sweeps": state.sweeps,
        "start": state.start,
        "truncation_error": state.truncation_error,
    }
    GROUND_STATE.write(path, arrays, {**about, **(attributes or {})})
