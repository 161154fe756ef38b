"""Kinds of files that the stage `nqs` writes."""

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
