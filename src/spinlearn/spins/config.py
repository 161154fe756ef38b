"""Settings that describe a spin chain, shared by the stages."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from spinlearn.pipeline.settings import Relation, Section, setting
from spinlearn.spins.choices import Boundary, Disorder, Operators

Coupling = Annotated[float, Field(ge=-100.0, le=100.0)]


class Chain(Section):
    """Couplings, boundary condition, operators and disorder of a chain."""

    J_xy: Coupling = setting(1.0, "coupling of the x and y components of neighbours", "J")
    J_zz: Coupling = setting(1.0, "coupling of the z components of neighbours", "J")
    J2: Coupling = setting(0.0, "couplings of next neighbours, relative to those of neighbours")
    boundary: Boundary = setting("ring", "boundary condition")
    operators: Operators = setting(
        "spin", "spin-1/2 operators, or Pauli matrices: H_pauli(J, h) = 4 H_spin(J, h/2)"
    )
    disorder: Disorder = setting(
        "uniform",
        "distribution of the fields: uniform in [-h, h], normal with standard deviation h, h or "
        "-h, or h cos(2 pi i/golden mean + random phase)",
    )

    @property
    def couplings(self) -> dict[str, Any]:
        """All settings but the disorder: arguments of `spinlearn.spins.hamiltonians.xxz_chain`."""
        return self.model_dump(exclude={"disorder"})


class TransverseFieldChain(Chain):
    """Couplings, boundary condition, operators and disorder of a chain, and a field along x."""

    h_x: Coupling = setting(0.0, "uniform field along x; S^z is conserved if it is 0", "J")


def has_coupling(chains: str) -> Relation:
    """The relation "no chain of these has only couplings that are zero"."""

    def check(found: Mapping[str, Chain]) -> Iterator[str]:
        for name, chain in found.items():
            yield from coupling_faults(f"{chains}.{name}", chain.J_xy, chain.J_zz)

    return Relation((chains,), check)


def coupling_faults(path: str, J_xy: float, J_zz: float) -> Iterator[str]:
    """What is wrong with the couplings of a chain."""
    if J_xy == 0 and J_zz == 0:
        yield f"{path}: J_xy and J_zz are both 0; a chain needs a coupling"


def differ(chosen: str, chains: str) -> Relation:
    """The relation "no two of the chains chosen are equal"."""

    def check(names: tuple[str, ...], known: Mapping[str, Chain]) -> Iterator[str]:
        first: dict[str, str] = {}
        for name in (name for name in names if name in known):
            other = first.setdefault(known[name].model_dump_json(), name)
            if other != name:
                yield f"{chosen}: {name} and {other} are the same chain"

    return Relation((chosen, chains), check)
