"""Kinds of files that the stage `mbl` writes."""

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.storage.hdf5 import Dataset, Schema


def indicators(*dims: str) -> tuple[Dataset, ...]:
    """A dataset of each observable, one mean per window; a file has those that were asked for."""
    return tuple(
        Dataset(
            name,
            dims,
            observable.unit,
            f"mean {observable.meaning} in the window; NaN if {observable.reasons}",
            optional=True,
            allow_nan=True,
        )
        for name, observable in OBSERVABLES.items()
    )


def quarters(*dims: str) -> tuple[Dataset, ...]:
    """A dataset of each observable: its means over every fourth value of a window."""
    return tuple(
        Dataset(
            f"{name}_quarters",
            (*dims, "4"),
            observable.unit,
            f"mean {observable.meaning} over every fourth value in the window, from the first, "
            f"second, third and fourth on; NaN if there is none, or if {observable.reasons}",
            optional=True,
            allow_nan=True,
            compress=True,
        )
        for name, observable in OBSERVABLES.items()
    )


CHAIN = {
    "chain": "name of the chain",
    "J_xy": "coupling of the x and y components of neighbours, in units of J",
    "J_zz": "coupling of the z components of neighbours, in units of J",
    "J2": "couplings of next neighbours, relative to those of neighbours",
    "boundary": "ring or open",
    "operators": "operators of the Hamiltonian: pauli or spin",
    "disorder": "distribution of the fields; own for the user's vectors",
}
"""Attributes of files that hold results for one chain."""

OWN_STRENGTH = Dataset(
    "h",
    ("realisation",),
    "J",
    "disorder strength of each of the user's own vectors; NaN if unknown",
    optional=True,
    allow_nan=True,
)

DISORDER = Schema(
    name="mbl/disorder",
    version=2,
    path="results/mbl/disorder/{chain}/L{L}/h{h:.2f}/{split}/{block:04d}.h5",
    description=(
        "Disorder realisations of a spin chain. Those in {chain}/{fields}/ are from a file of the "
        "user's"
    ),
    datasets=(
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        OWN_STRENGTH,
    ),
    attributes={
        "operators": "operators that the fields multiply: pauli or spin",
        "disorder": "distribution of the fields; own for the user's vectors",
        "h": "disorder parameter, in units of J; NaN for the user's own vectors",
    },
)

INDICATORS = Schema(
    name="mbl/indicators",
    version=3,
    path="results/mbl/indicators/{chain}/L{L}/h{h:.2f}/{split}/{block:04d}.h5",
    description=(
        "Localisation indicators of each realisation at each energy density. The files in "
        "{split}/narrow/ have smaller windows, for figures; those in "
        "{split}/e{energy_density:.2f}/ have one energy density only, for networks trained at it; "
        "those in {chain}/{fields}/ are of the user's own disorder. Files of the test split also "
        "have means over quarters of each window, which show how much of an indicator's variance "
        "can be explained"
    ),
    datasets=(
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        OWN_STRENGTH,
        Dataset("energy_density", ("energy_density",), "1", "(E - E_min)/(E_max - E_min)"),
        *indicators("realisation", "energy_density"),
        *quarters("realisation", "energy_density"),
        Dataset(
            "window_mean",
            ("realisation", "energy_density"),
            "1",
            "mean energy density of the states in the window",
        ),
        Dataset(
            "window_width",
            ("realisation", "energy_density"),
            "1",
            "energy-density span of the states in the window",
        ),
        Dataset("extremal_energies", ("realisation", "2"), "J", "E_min and E_max"),
    ),
    attributes={
        **CHAIN,
        "h": "disorder parameter, in units of J; NaN for the user's own vectors",
        "states_per_window": "eigenstates averaged at each energy density",
    },
)

WINDOWS = Schema(
    name="mbl/windows",
    version=3,
    path="results/mbl/windows/{chain}/L{L}/h{h:.2f}/e{energy_density:.2f}/{block:04d}.h5",
    description="One window of eigenstates of each realisation, and indicators averaged over it",
    datasets=(
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        Dataset("energies", ("realisation", "state"), "J", "levels of the window, ascending"),
        *indicators("realisation"),
        Dataset("extremal_energies", ("realisation", "2"), "J", "E_min and E_max"),
        Dataset(
            "certified",
            ("realisation",),
            "1",
            "whether it is proved that no level of the window is missing",
            dtype="bool",
        ),
        Dataset(
            "first_level",
            ("realisation",),
            "1",
            "levels of the spectrum below the window, counted by inertia; -1 if not certified",
            dtype="int64",
        ),
        Dataset("residual", ("realisation",), "J", "largest ||H v - E v|| of the window"),
        Dataset(
            "solver",
            ("realisation",),
            "1",
            "solver that found the window: dense, shift_invert or polfed",
            dtype="S12",
        ),
        Dataset(
            "matvecs",
            ("realisation",),
            "1",
            "vectors to which H, or its shifted inverse, was applied; 0 for dense",
            dtype="int64",
        ),
    ),
    attributes={
        **CHAIN,
        "h": "disorder strength, in units of J",
        "energy_density": "target (E - E_min)/(E_max - E_min) of the window",
    },
)

EIGENSTATES = Schema(
    name="mbl/eigenstates",
    version=2,
    path="results/mbl/eigenstates/{chain}/L{L}/h{h:.2f}/e{energy_density:.2f}/{block:04d}.h5",
    description="The eigenstate nearest to an energy density of each realisation, in S^z = 0",
    datasets=(
        Dataset("realisation", ("realisation",), "1", "number of the realisation", dtype="int64"),
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        Dataset("energy", ("realisation",), "J", "energy of the eigenstate"),
        Dataset("energy_density", ("realisation",), "1", "(E - E_min)/(E_max - E_min)"),
        Dataset(
            "states",
            ("realisation", "state"),
            "1",
            "real amplitudes, in the order of spinlearn.spins.bases.basis_states; NaN if the level "
            "is degenerate",
            allow_nan=True,
        ),
        Dataset(
            "spectrum",
            ("realisation", "level"),
            "1",
            "eigenvalues of the left half's density matrix, descending; NaN if the level is "
            "degenerate",
            allow_nan=True,
        ),
    ),
    attributes={
        **CHAIN,
        "h": "disorder strength, in units of J",
        "energy_density": "target (E - E_min)/(E_max - E_min)",
    },
)

DYNAMICS = Schema(
    name="mbl/dynamics",
    version=1,
    path="results/mbl/dynamics/{chain}/{initial_state}/L{L}/h{h:.2f}/{block:04d}.h5",
    description="Evolution of each realisation from a product state, at log-spaced times",
    datasets=(
        Dataset("realisation", ("realisation",), "1", "number of the realisation", dtype="int64"),
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        Dataset("time", ("time",), "1/J", "time since the initial state"),
        Dataset(
            "imbalance",
            ("realisation", "time"),
            "1",
            "sum_i <O^z_i(t)> <O^z_i(0)> / sum_i <O^z_i(0)>^2",
        ),
        Dataset(
            "entanglement_entropy",
            ("realisation", "time"),
            "nat",
            "half-chain von Neumann entropy",
        ),
        Dataset(
            "number_entropy",
            ("realisation", "time"),
            "nat",
            "entropy of the left half's magnetisation",
        ),
        Dataset("return_probability", ("realisation", "time"), "1", "|<psi(0)|psi(t)>|^2"),
    ),
    attributes={
        **CHAIN,
        "h": "disorder strength, in units of J",
        "initial_state": "neel or random_product",
    },
)
