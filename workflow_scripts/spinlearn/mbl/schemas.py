"""Kinds of files that the stage `mbl` writes."""

from spinlearn.workflow.storage import Dataset, Schema

DISORDER = Schema(
    name="mbl/disorder",
    version=1,
    path="results/mbl/disorder/L{L}/h{h:.2f}/{split}/{block:04d}.h5",
    description="Disorder realisations of a spin chain",
    datasets=(
        Dataset("fields", ("realisation", "site"), "J", "field on each site, uniform in [-h, h]"),
    ),
    attributes={
        "operators": "operators that the fields multiply: pauli or spin",
        "h": "disorder parameter, in units of J",
    },
)

INDICATORS = Schema(
    name="mbl/indicators",
    version=1,
    path="results/mbl/indicators/L{L}/h{h:.2f}/{split}/{block:04d}.h5",
    description="Localisation indicators of each realisation at each energy density",
    datasets=(
        Dataset("fields", ("realisation", "site"), "J", "field on each site"),
        Dataset("energy_density", ("energy_density",), "1", "(E - E_min)/(E_max - E_min)"),
        Dataset(
            "gap_ratio",
            ("realisation", "energy_density"),
            "1",
            "mean ratio of adjacent gaps in the window",
        ),
        Dataset(
            "entanglement_entropy",
            ("realisation", "energy_density"),
            "nat",
            "mean half-chain von Neumann entropy in the window",
        ),
        Dataset(
            "number_entropy",
            ("realisation", "energy_density"),
            "nat",
            "mean entropy of the left half's magnetisation in the window",
        ),
        Dataset(
            "spin_fraction",
            ("realisation", "energy_density"),
            "1",
            "mean dynamical spin fraction in the window",
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
        "operators": "operators of the Hamiltonian: pauli or spin",
        "h": "disorder parameter, in units of J",
        "boundary": "ring or open",
        "states_per_window": "eigenstates averaged at each energy density",
    },
)

GAP_RATIOS = Schema(
    name="mbl/gap_ratios",
    version=1,
    path="results/mbl/gap_ratios/{boundary}/L{L}/h{h:.2f}/{block:04d}.h5",
    description="Gap ratios of single levels from the centre of many spectra",
    datasets=(
        Dataset(
            "gap_ratio", ("realisation", "level"), "1", "min/max of adjacent gaps, level by level"
        ),
    ),
    attributes={
        "operators": "operators of the Hamiltonian: pauli or spin",
        "h": "disorder strength, in units of J",
        "boundary": "ring or open",
        "spectrum_fraction": "central fraction of each spectrum that is counted",
    },
)
