"""Kinds of files that the stage `hbm` writes."""

from spinlearn.datasets.schemas import learned
from spinlearn.mbl.schemas import CHAIN
from spinlearn.storage.hdf5 import Dataset, Schema

RUNS = Schema(
    name="hbm/runs",
    version=5,
    path="results/hbm/{dataset}/{machine}/h{h:.2f}/M{quenches}N{candidates}/{block:04d}.h5",
    description="Histories of a block of independent runs of a Born machine trained by quenches",
    datasets=(
        Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
        Dataset("initial_loss", ("run",), "1", "squared MMD before the first quench"),
        Dataset(
            "accepted", ("run", "quench"), "1",
            "whether the best candidate was kept; if not, the state stayed", dtype="bool",
        ),
        Dataset("loss", ("run", "quench"), "1", "squared MMD after each quench"),
        Dataset(
            "fidelity", ("run", "quench"), "1", "(sum sqrt(p q))^2 with the target, after each"
        ),
        Dataset(
            "hamming", ("run", "quench"), "1",
            "Hamming distance to the initial state after each quench (Zhong 2022, eq. 9)",
        ),
        Dataset(
            "entropy", ("run", "quench"), "nat",
            "von Neumann entropy of sites 0 to L/2 - 1 after each quench",
        ),
        Dataset("fields", ("run", "quench", "site"), "J", "field along z of the best candidate"),
        Dataset(
            "drives", ("run", "quench", "slice", "site", "axis"), "J",
            "field along x (and y) of the best candidate, in each slice of the quench",
            optional=True,
        ),
        Dataset(
            "initial_state", ("run", "state", "2"), "1",
            "real and imaginary part of |psi_0> in the basis from all up to all down",
        ),
        Dataset("last_distribution", ("run", "outcome"), "1", "p after the last quench"),
        Dataset(
            "lowest_quench", ("run",), "quenches",
            "number of quenches after which the loss was lowest; 0: before the first one",
            dtype="int64",
        ),
        Dataset(
            "model_distribution", ("run", "outcome"), "1",
            "p after these quenches; NaN where it is worse than the uniform distribution",
            allow_nan=True,
        ),
        Dataset(
            "target_distribution", ("outcome",), "1", "q, the target of all runs", optional=True,
        ),
        Dataset(
            "target_distributions", ("run", "outcome"), "1",
            "q of each run, where runs have their own", optional=True,
        ),
    ),
    attributes={
        "dataset": "name of the data set that is learned",
        "source": "where the data set comes from",
        "machine": "name of the machine",
        "h": "disorder strength, in units of J, in the operators of the chain",
        "visible": "visible spins",
        "hidden": "hidden spins",
        "hidden_sites": "where the hidden spins are: last, or spread among the visible ones",
        **{name: text for name, text in CHAIN.items() if name != "chain"},
        "h_x": "uniform field along x, in units of J",
        "quench_time": "duration of a quench, in units of 1/J",
        "candidates": "sets of fields tried per quench",
        "initial_state_kind": "plus, neel, random_product or target_sectors",
        "kernel": "distance in the kernel of the MMD: hamming, integer or pixel",
        "drive_strength": "D of the drive, in units of J; 0 without one",
        "drive_time": "correlation time of the drive, in units of 1/J; 0 without one",
        "drive_variance": "variance of the drive: 2D or 2D/tau; empty without one",
        "drive_plane": "directions of the drive: x or xy; empty without one",
        "acceptance": "when the best candidate is accepted: always or if_lower",
        "search": "where a quench starts: sequence (the state of the one before) or single (psi_0)",
    },
)  # fmt: skip
"""One file per (data set, machine, disorder strength, sizes, block of runs)."""

_CASE = ("learned", "run", "shown", "corruption", "encoding")

RETRIEVALS = Schema(
    name="hbm/retrievals",
    version=2,
    path="results/hbm/retrievals/{machine}/h{h:.2f}/M{quenches}N{candidates}.h5",
    description="Patterns retrieved from corrupted ones by trained Born machines",
    datasets=(
        Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
        Dataset("pattern", ("shown", "outcome"), "1", "probability of each pixel, row by row"),
        Dataset(
            "corrupted", ("run", "shown", "corruption", "outcome"), "1",
            "the corrupted patterns, normalised", compress=True,
        ),
        Dataset(
            "last_distribution", ("learned", "run", "outcome"), "1",
            "p of the machine after its last quench",
        ),
        Dataset(
            "closest", _CASE[:-1], "1",
            "number of quenches after which p is closest to the corrupted pattern", dtype="int64",
        ),
        Dataset("overlap_before", _CASE, "1", "|<phi|psi_m*>|^2 of the encoded pattern"),
        Dataset("overlap_after", _CASE, "1", "|<phi_M|psi_M>|^2 after the remaining quenches"),
        Dataset(
            "retrieved", (*_CASE, "outcome"), "1", "the retrieved patterns", compress=True,
        ),
    ),
    attributes={
        "machine": "name of the machine",
        "h": "disorder strength, in units of J, in the operators of the chain",
        "visible": "visible spins",
        "hidden": "hidden spins",
        "initial_state_kind": "plus, neel, random_product or target_sectors",
        "quench_time": "duration of a quench, in units of 1/J",
        "quenches": "quenches per run",
        "candidates": "sets of fields tried per quench",
        "source": "where the patterns come from",
        "learned": "names of the data sets that the machines learned",
        "patterns": "names of the patterns, which are data sets too",
        "corruptions": "how patterns are corrupted; see spinlearn.hbm.retrieval",
        "encodings": "how corrupted patterns are written into states; see spinlearn.hbm.retrieval",
        **{name: text for name, text in CHAIN.items() if name != "chain"},
        "h_x": "uniform field along x, in units of J",
    },
)  # fmt: skip
"""One file per (machine, disorder strength, sizes)."""

_OF_GREEDY_SEARCH = {"disorder", "candidates", "acceptance", "search"}

OPTIMISED_RUNS = Schema(
    name="hbm/optimised_runs",
    version=1,
    path="results/hbm/{dataset}/{machine}/h{h:.2f}/{optimiser}/{block:04d}.h5",
    description="Runs of a Born machine, all fields of a sequence of quenches optimised at once",
    datasets=(
        Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
        Dataset("spent", ("run", "step"), "1", "quenches of single states at each step"),
        Dataset("loss", ("run", "step"), "1", "lowest squared MMD so far"),
        Dataset(
            "fidelity", ("run", "step"), "1",
            "(sum sqrt(p q))^2 with the target, at the lowest loss so far",
        ),
        Dataset("starts", ("run",), "1", "starts of the optimiser", dtype="int64"),
        Dataset("fields", ("run", "quench", "site"), "J", "best fields along z"),
        Dataset(
            "initial_state", ("run", "state", "2"), "1",
            "real and imaginary part of |psi_0> in the basis from all up to all down",
        ),
        Dataset("model_distribution", ("run", "outcome"), "1", "p after the best fields"),
        *(part for part in RUNS.datasets if part.name.startswith("target_distribution")),
    ),
    attributes={
        **{
            name: text for name, text in RUNS.attributes.items()
            if name not in _OF_GREEDY_SEARCH and not name.startswith("drive")
        },
        "h": "largest magnitude of a field, in units of J, in the operators of the chain",
        "optimiser": "gradient (L-BFGS-B on exact gradients) or cma_es",
        "budget": "largest number of quenches of single states per run",
        "start": "largest magnitude of a field at a start, in units of J",
        "step": "standard deviation of the first step of cma_es, in units of J",
    },
)  # fmt: skip
"""One file per (data set, machine, largest field, optimiser, block of runs)."""

LEARNED = learned("hbm")
"""One file per (n, block of runs): the leaderboard."""
