"""Kinds of files that the stage `nqs` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

TORIC_CODE = Table(
    name="nqs/toric_code",
    path="results/nqs/toric_code.csv",
    description="Stabilisers of toric-code states that are restricted Boltzmann machines, one row "
    "per stabiliser",
    columns=(
        Column("Lx", "vertices", "vertices along x"),
        Column("Ly", "vertices", "vertices along y"),
        Column("qubits", "1", "number of qubits"),
        Column("hidden", "units", "hidden units"),
        Column("couplings", "1", "couplings that are not 0"),
        Column("state", "1", "ground or excited", word=True),
        Column("kind", "1", "vertex (product of sigma^x) or face (of sigma^z)", word=True),
        Column("number", "1", "number of the vertex or face, x + Lx y"),
        Column("expected", "1", "value that the construction is meant to have, 1 or -1"),
        Column("value", "1", "expectation value from the exact vector"),
        Column("deviation", "1", "value - expected, before it is rounded to the table's digits"),
    ),
)

ENTROPIES = Table(
    name="nqs/entropies",
    path="results/nqs/entropies.csv",
    description="Entanglement of restricted Boltzmann machines on rings, one row per (machine, "
    "block size)",
    columns=(
        Column("ensemble", "1", "short_range, generic or maximal", word=True),
        Column("N", "spins", "number of spins"),
        Column("draw", "1", "number of the machine"),
        Column("couplings", "1", "couplings that are not 0"),
        Column("most_couplings", "1", "most couplings of a spin"),
        Column("cut_units", "units", "hidden units that are coupled to both sides"),
        Column("sites", "spins", "size of the block of neighbouring spins"),
        Column("entropy", "nat", "S = -Tr rho ln rho of the block"),
        Column("missing", "nat", "sites ln 2 - S: what maximal entanglement has more"),
    ),
)

GROUND_STATES = Table(
    name="nqs/ground_states",
    path="results/nqs/ground_states/{ring}/N{N}.csv",
    description="Variational ground states of a ring, one row per run of a machine, and one per "
    "matrix product state of about as many numbers",
    columns=(
        Column("model", "1", "tfi or heisenberg", word=True),
        Column("h", "J", "transverse field of the TFI ring; 0 for Heisenberg's"),
        Column("N", "sites", "number of sites"),
        Column("method", "1", "rbm or mps", word=True),
        Column("alpha", "1", "hidden units per site; of the machine that the mps is compared with"),
        Column("run", "1", "number of the run; 0 for the mps"),
        Column("bond_dimension", "1", "of the mps; 0 for machines"),
        Column("parameters", "1", "real numbers that describe the state"),
        Column("energy", "J", "<H>, Pauli matrices"),
        Column("energy_error", "J", "its standard error; 0 if it comes from the vector"),
        Column("exact", "J", "E_0"),
        Column("relative_error", "1", "(E - E_0) / |E_0|"),
        Column("variance", "J^2", "<H^2> - <H>^2"),
        Column("v_score", "1", "N <H^2 - E^2> / E^2"),
        Column(
            "converged", "1", "1 if the run converged, else 0; figures average the former alone"
        ),
    ),
)

DYNAMICS = Table(
    name="nqs/dynamics",
    path="results/nqs/dynamics/N{N}.csv",
    description="Quenches of rings by the time-dependent variational principle, beside exact "
    "evolution, one row per (quench, time)",
    columns=(
        Column("quench", "1", "tfi (of h) or heisenberg (of J_z)", word=True),
        Column("N", "sites", "number of sites"),
        Column("alpha", "1", "hidden units per site"),
        Column("before", "J", "h or J_z before the quench"),
        Column("after", "J", "h or J_z after it"),
        Column("time", "1/J", "time since the quench"),
        Column("fidelity", "1", "|<exact|machine>|^2"),
        Column("machine", "1", "<sigma^x> (tfi) or <sigma^x_i sigma^x_(i+1)>, mean over sites"),
        Column("exact", "1", "the same of the exact state"),
        Column("energy", "J", "<H> of the machine after the quench, which TDVP conserves"),
    ),
)


def _outcomes(name: str, description: str, at_most: int = 1) -> Dataset:
    axes = ("run", "sample", "site")
    return Dataset(name, axes, "1", description, dtype="uint8", compress=True, at_most=at_most)


MEASUREMENTS = Schema(
    name="nqs/measurements",
    version=1,
    path="results/nqs/measurements/N{N}/hx{hx:.2f}/{block:04d}.h5",
    description="Measurements of a ground state of stage tfi, as many samples of each kind",
    datasets=(
        Dataset("run", ("run",), "1", "number of the run", dtype="int64"),
        _outcomes("z", "outcome of sigma^z: 0 for up, 1 for down"),
        _outcomes("axis", "axis drawn for `local`: 0, 1, 2 for x, y, z", at_most=2),
        _outcomes("local", "outcome along this axis: 0 for +1, 1 for -1"),
        _outcomes("povm", "outcome of the tetrahedral POVM, 0..3", at_most=3),
        Dataset(
            "state",
            ("configuration",),
            "1",
            "amplitudes of the ground state, which reconstructions are compared with; site 0 is "
            "the most significant bit, a set bit is down",
        ),
    ),
    attributes={
        "N": "number of sites",
        "hx": "transverse field, in units of J",
        "longitudinal_field": "lambda, in units of J",
        "block": "number of the block",
    },
)

TOMOGRAPHY = Table(
    name="nqs/tomography",
    path="results/nqs/tomography/N{N}/hx{hx}/{block}.csv",
    description="Ground states reconstructed from measurements, one row per (samples, run, method)",
    columns=(
        Column("N", "sites", "chain length"),
        Column("hx", "J", "transverse field"),
        Column("samples", "samples", "samples, held-out ones included"),
        Column("run", "1", "number of the run, with data of its own"),
        Column(
            "method",
            "1",
            "positive_z, positive_local, complex_local (machines: amplitudes, and data that they "
            "learn), frequencies (square roots of those along z), linear (inversion of POVM "
            "outcomes), projected (the density matrix nearest to that)",
            word=True,
        ),
        Column("parameters", "1", "real numbers that are estimated"),
        Column("fidelity", "1", "<psi|rho|psi> with the exact state; of `linear` it may exceed 1"),
        Column("fidelity_error", "1", "its standard error over samples; of `linear` alone"),
        Column("excess", "J", "(E - E_0) / N; of `linear` it may be negative"),
        Column("excess_error", "J", "its standard error over samples; of `linear` alone"),
        Column("loss", "nat", "-ln p per held-out sample; of machines alone"),
        Column("exact_loss", "nat", "the same of the exact state"),
    ),
)
