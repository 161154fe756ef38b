"""Kinds of files that the stage `phases` writes."""

from spinlearn.mbl.schemas import CHAIN
from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

_TEMPERATURE = Dataset("temperature", ("temperature",), "J", "temperatures, ascending")
_SIZE = Dataset("size", ("size",), "sites", "lengths of the lattice", dtype="int64")

ISING = Schema(
    name="phases/ising",
    version=1,
    path="results/phases/ising/L{L}/{block:04d}.h5",
    description="Configurations of the Ising model on a periodic square lattice",
    datasets=(
        _TEMPERATURE,
        Dataset("chain", ("chain",), "1", "number of the Markov chain", dtype="int64"),
        Dataset(
            "up",
            ("temperature", "chain", "sample", "site"),
            "1",
            "1 for spin up, 0 for spin down, row by row",
            dtype="uint8",
            compress=True,
            at_most=1,
        ),
        Dataset("energy", ("temperature", "chain", "sample"), "J", "energy per site"),
    ),
    attributes={"L": "length of the lattice", "sweeps": "sweeps between samples of a chain"},
)

SUPERVISED = Schema(
    name="phases/supervised",
    version=1,
    path="results/phases/supervised.h5",
    description="Labels by networks trained far from the transition, and by the magnetisation",
    datasets=(
        _SIZE,
        _TEMPERATURE,
        Dataset(
            "output",
            ("run", "size", "temperature", "chain"),
            "1",
            "probability of the ordered phase, by the network, averaged over a chain",
        ),
        Dataset(
            "baseline",
            ("size", "temperature", "chain"),
            "1",
            "share of a chain's configurations whose magnetisation is above the threshold",
        ),
        Dataset("threshold", ("size",), "1", "midway between the mean |m| of the training data"),
    ),
    attributes={
        "ordered_below": "highest temperature of the ordered training data, in J",
        "disordered_above": "lowest temperature of the disordered training data, in J",
        "configurations": "configurations per size and temperature",
    },
)

UNSUPERVISED = Schema(
    name="phases/unsupervised",
    version=1,
    path="results/phases/unsupervised.h5",
    description="Principal components and clusters of Ising configurations at all temperatures",
    datasets=(
        _SIZE,
        _TEMPERATURE,
        Dataset("explained", ("size", "component"), "1", "explained shares of the variance"),
        Dataset(
            "projection",
            ("size", "temperature", "chain", "sample"),
            "1",
            "first principal component divided by L: +m or -m if its weights are uniform",
            dtype="float32",
            compress=True,
        ),
        Dataset(
            "magnetisation",
            ("size", "temperature", "chain", "sample"),
            "1",
            "mean spin",
            dtype="float32",
            compress=True,
        ),
        Dataset(
            "cluster",
            ("size", "temperature", "chain", "sample"),
            "1",
            "cluster, in the order of the first component's mean: 0, 1, 2",
            dtype="uint8",
            compress=True,
            at_most=2,
        ),
    ),
)

SPECTRA = Schema(
    name="phases/spectra",
    version=1,
    path="results/phases/spectra/{chain}/L{L}/{block:04d}.h5",
    description="Entanglement spectra of eigenstates nearest to the middle of the energies",
    datasets=(
        Dataset("h", ("h",), "J", "disorder strengths, ascending"),
        Dataset("realisation", ("realisation",), "1", "number of the realisation", dtype="int64"),
        Dataset(
            "spectrum",
            ("h", "realisation", "state", "level"),
            "1",
            "eigenvalues of the left half's density matrix, descending",
            compress=True,
        ),
    ),
    attributes={**CHAIN, "L": "number of sites"},
)

Z_SAMPLES = Schema(
    name="phases/z_samples",
    version=1,
    path="results/phases/z/N{N}.h5",
    description="Outcomes of sigma^z on every site of the ground states of stage tfi",
    datasets=(
        Dataset("hx", ("hx",), "J", "transverse fields, ascending"),
        Dataset(
            "up",
            ("hx", "sample", "site"),
            "1",
            "1 for spin up, 0 for spin down",
            dtype="uint8",
            compress=True,
            at_most=1,
        ),
    ),
    attributes={"N": "number of sites"},
)

CONFUSION = Table(
    name="phases/confusion",
    path="results/phases/confusion/{source}.csv",
    description="Accuracies of learning by confusion, one row per (size, run, trial value)",
    columns=(
        Column("size", "sites", "length of the lattice or chain"),
        Column("run", "1", "number of the training"),
        Column("division", "J", "trial value, half way between neighbouring values"),
        Column("accuracy", "1", "accuracy on held-out data"),
        Column("guess", "1", "accuracy of guessing the more frequent label"),
        Column("samples", "1", "samples per value"),
    ),
)
