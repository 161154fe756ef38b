"""Settings that describe a spin chain, shared by the stages."""

from collections.abc import Iterator, Mapping

from spinlearn.pipeline.settings import Relation, Section, setting
from spinlearn.spins.choices import Boundary, Disorder, Operators


class Chain(Section):
    """Couplings, boundary condition, operators and disorder of a chain."""

    J_xy: float = setting(1.0, "coupling of the x and y components of neighbours", "J")
    J_zz: float = setting(1.0, "coupling of the z components of neighbours", "J")
    J2: float = setting(0.0, "couplings of next neighbours, relative to those of neighbours")
    boundary: Boundary = setting("ring", "boundary condition")
    operators: Operators = setting(
        "spin", "spin-1/2 operators, or Pauli matrices: H_pauli(J, h) = 4 H_spin(J, h/2)"
    )
    disorder: Disorder = setting(
        "uniform",
        "distribution of the fields: uniform in [-h, h], normal with standard deviation h, h or "
        "-h, or h cos(2 pi i/golden mean + random phase)",
    )


class TransverseFieldChain(Chain):
    """Couplings, boundary condition, operators and disorder of a chain, and a field along x."""

    h_x: float = setting(0.0, "uniform field along x; S^z is conserved if it is 0", "J")


def has_coupling(chains: str) -> Relation:
    """The relation "no chain of these has only couplings that are zero"."""

    def check(found: Mapping[str, Chain]) -> Iterator[str]:
        for name, chain in found.items():
            if chain.J_xy == 0 and chain.J_zz == 0:
                yield f"{chains}.{name}: J_xy and J_zz are both 0; a chain needs a coupling"

    return Relation((chains,), check)
