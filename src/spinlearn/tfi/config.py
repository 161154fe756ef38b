"""Settings of stage `tfi`."""

from typing import Annotated

from pydantic import Field

from spinlearn.pipeline.settings import Name, Positive, Section, multiple, setting


class Tfi(Section):
    """Transverse-field Ising chain: DMRG ground states and POVM samples (Luchnikov 2019)."""

    N: tuple[Annotated[int, Field(ge=2, le=256)], ...] = setting(
        (5, 10, 16), "chain lengths, open boundaries", "sites", min_length=1
    )
    hx: tuple[Annotated[float, Field(ge=0.0, le=10.0)], ...] = setting(
        (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6),
        "transverse fields",
        "J",
        decimals=2,
        min_length=2,
    )
    longitudinal_field: float = setting(
        1e-5,
        "tie-breaking field along z, which selects one of the two ordered states",
        "J",
        ge=0.0,
        le=1.0,
    )
    bond_dimension: int = setting(25, "largest bond dimension of the DMRG", "states", ge=2, le=2000)
    max_sweeps: int = setting(30, "sweeps after which DMRG gives up", "sweeps", ge=2, le=1000)
    energy_tolerance: float = setting(
        1e-10, "change of the energy between sweeps at which DMRG stops", "J", gt=0.0, le=1e-2
    )
    truncated: tuple[Annotated[int, Field(ge=1, le=2000)], ...] = setting(
        (2, 4, 8),
        "bond dimensions to which ground states are compressed, as a reference for learned models",
        "states",
        min_length=1,
    )
    samples: Positive = setting(
        40000, "POVM samples of each ground state; a multiple of block", "samples"
    )
    block: Positive = setting(40000, "samples per file and job", "samples")
    noise: float = setting(
        0.0,
        "probability p of the depolarising channel on each site before the measurement, "
        "rho -> (1 - p) rho + p/2; an outcome is replaced by a uniform one with probability p",
        ge=0.0,
        le=1.0,
    )
    outcomes_files: dict[Name, str] = setting(
        {},
        "POVM outcomes of your own, with their conditions: NAME: PATH of a CSV or HDF5 file "
        "(docs/own_data.md)",
    )


RELATIONS = (multiple("tfi.samples", "tfi.block"),)
