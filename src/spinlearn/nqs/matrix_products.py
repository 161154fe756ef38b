"""Ground states of rings by DMRG, with matrix product states of few parameters (TeNPy)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tenpy.algorithms.dmrg import TwoSiteDMRGEngine
from tenpy.models.lattice import Chain
from tenpy.models.model import CouplingMPOModel
from tenpy.networks.mps import MPS
from tenpy.networks.site import SpinHalfSite

from spinlearn import arguments
from spinlearn.nqs.systems import Ring, exact_energy, terms
from spinlearn.pipeline.logs import quieted

MAX_SWEEPS = 60

TOLERANCE = 1e-6
"""Change of the energy between sweeps at which DMRG stops."""

SEED_ANGLE = 0.3
"""Tilt of the spins of the start, so that no symmetry keeps DMRG from the ground state."""


@dataclass(frozen=True)
class MatrixProduct:
    """A ground state found by DMRG.

    Attributes:
        bond_dimension: largest bond dimension.
        numbers: numbers in its tensors.
        energy, variance: <H> and <H^2> - <H>^2, in units of J and J^2.
        exact: E_0.
        converged: whether the energy had stopped to change within `MAX_SWEEPS` sweeps.
    """

    bond_dimension: int
    numbers: int
    energy: float
    variance: float
    exact: float
    converged: bool

    @property
    def relative_error(self) -> float:
        """(E - E_0) / |E_0|."""
        return (self.energy - self.exact) / abs(self.exact)


class _RingModel(CouplingMPOModel):
    """TeNPy's model of a ring as a finite chain, from the terms of `spinlearn.nqs.systems`."""

    default_lattice = Chain
    force_default_lattice = True

    def init_sites(self, model_params: Any) -> SpinHalfSite:
        """Spins 1/2 without conserved charges."""
        return SpinHalfSite(conserve=None)

    def init_terms(self, model_params: Any) -> None:
        """The terms of H; the bond that closes the ring is a long-range one."""
        for factor, letters, sites in terms(model_params["ring"]):
            names = [f"Sigma{letter}" for letter in letters]
            if len(sites) == 1:
                self.add_onsite_term(factor, sites[0], names[0])
                continue
            (i, first), (j, second) = sorted(zip(sites, names, strict=True))
            self.add_coupling_term(factor, i, j, first, second)


def ground_state(ring: Ring, bond_dimension: int) -> MatrixProduct:
    """The state that two-site DMRG finds with this bond dimension.

    Raises:
        InvalidArgumentError: if the bond dimension is below 2.
    """
    arguments.integer("bond_dimension", bond_dimension, 2)
    with quieted("tenpy"):
        model = _RingModel({"L": ring.N, "bc_MPS": "finite", "bc_x": "open", "ring": ring})
        spinor = np.array([np.cos(SEED_ANGLE), np.sin(SEED_ANGLE)])
        turned = ring.model == "heisenberg"
        start = [spinor[::-1] if turned and site % 2 else spinor for site in range(ring.N)]
        state = MPS.from_product_state(
            model.lat.mps_sites(), start, bc="finite", unit_cell_width=ring.N
        )
        options = {
            "trunc_params": {"chi_max": bond_dimension, "svd_min": 1e-12},
            "max_trunc_err": 1.0,
            "mixer": True,
            "max_E_err": TOLERANCE,
            "max_S_err": 1e-4,
            "max_sweeps": MAX_SWEEPS,
        }
        engine = TwoSiteDMRGEngine(state, model, options)
        engine.run()
        converged = bool(engine.is_converged())
        energy = float(np.real(model.H_MPO.expectation_value(state)))
        variance = float(np.real(model.H_MPO.variance(state, energy)))
    return MatrixProduct(
        bond_dimension=int(max(state.chi)),
        numbers=sum(int(state.get_B(site).to_ndarray().size) for site in range(ring.N)),
        energy=energy,
        variance=variance,
        exact=exact_energy(ring),
        converged=converged,
    )
