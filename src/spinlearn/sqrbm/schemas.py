"""Kinds of files that the stage `sqrbm` writes."""

from dataclasses import replace

from spinlearn.datasets.schemas import learned
from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

_PARAMETERS = (
    Dataset("visible_field", ("run", "visible"), "1", "a_i (Demidik 2025, eq. 5)"),
    Dataset("hidden_field", ("run", "pauli", "hidden"), "1", "b_j^P (Demidik 2025, eq. 5)"),
    Dataset(
        "coupling", ("run", "pauli", "hidden", "visible"), "1", "w_ij^{Z,P} (Demidik 2025, eq. 5)"
    ),
)  # fmt: skip
"""Parameters of the machines of a block."""

_MACHINE = {
    "dataset": "name of the data set that is learned",
    "source": "where the data set comes from",
    "n": "visible units",
    "m": "hidden units",
    "paulis": "Pauli operators on the hidden units, in the order of the axis 'pauli'",
    "parameter_count": "n + |W_h| m (n + 1)",
}
"""Attributes of a block."""

FIT = Schema(
    name="sqrbm/fit",
    version=4,
    path="results/sqrbm/{dataset}/n{n}/{paulis}/m{m}/{block:04d}.h5",
    description=(
        "One block of runs: restricted Boltzmann machines trained on one data set from many "
        "starting points; the parameters are those of the lowest divergence of each run, NaN if "
        "that is above the divergence of the uniform distribution"
    ),
    datasets=(
        Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
        Dataset("tvd", ("run",), "1", "total variation distance to the target after the last step"),
        Dataset("kl", ("run",), "nat", "KL(target||model) after the last step"),
        Dataset(
            "tvd_best", ("run",), "1",
            "total variation distance to the target where the divergence was lowest",
        ),
        Dataset("kl_best", ("run",), "nat", "lowest KL(target||model) of the training"),
        Dataset("steps", ("run",), "steps", "gradient steps of each run", dtype="int64"),
        Dataset(
            "kl_history", ("run", "iteration"), "nat",
            "KL(target||model) before each step; constant after the last one",
            dtype="float32", compress=True,
        ),
        Dataset(
            "tvd_uniform", ("run",), "1",
            "total variation distance to the uniform distribution after the last step",
        ),
        Dataset(
            "stuck", ("run",), "1", "1 for runs that ended at the uniform distribution, else 0",
            dtype="uint8",
        ),
        Dataset("target", ("state",), "1", "target probabilities of all runs", optional=True),
        Dataset(
            "targets", ("run", "state"), "1",
            "target probabilities of each run, where runs have their own",
            optional=True, compress=True,
        ),
        *(replace(part, allow_nan=True) for part in _PARAMETERS),
    ),
    attributes=_MACHINE,
)  # fmt: skip
"""One file per (data set, n, Pauli set, m, block of runs)."""

LONG_FIT = Schema(
    name="sqrbm/long_fit",
    version=2,
    path="results/sqrbm/long/{dataset}/n{n}/{paulis}/m{m}/{block:04d}.h5",
    description=(
        "One block of runs: restricted Boltzmann machines trained from samples on strings too long "
        "for sums over all of them"
    ),
    datasets=(
        Dataset("run", ("run",), "1", "number of each run", dtype="int64"),
        Dataset(
            "log_likelihood", ("run",), "nat",
            "mean log p of the strings that are tested: held-out samples, or the distribution",
        ),
        Dataset("train_log_likelihood", ("run",), "nat", "mean log p of the strings learned"),
        Dataset("log_z", ("run",), "nat", "log Z by annealed importance sampling"),
        Dataset("log_z_error", ("run",), "nat", "standard error of log Z, a part of every log p"),
        Dataset(
            "log_z_backward", ("run",), "nat",
            "log Z by annealing strings of the data back; larger than log_z by more than errors if "
            "the chains of log_z missed strings",
        ),
        Dataset("log_z_backward_error", ("run",), "nat", "standard error of log_z_backward"),
        Dataset(
            "string_log_likelihood", ("run", "test"), "nat", "log p of each held-out sample",
            optional=True, dtype="float32", compress=True,
        ),
        Dataset("independent", (), "nat", "mean log p of independent bits, over the same strings"),
        Dataset(
            "best", (), "nat", "largest possible mean log p: minus the entropy; NaN for samples",
            allow_nan=True,
        ),
        Dataset(
            "data", ("example", "visible"), "1", "strings tested, chosen by their probabilities",
            dtype="uint8",
        ),
        Dataset(
            "samples", ("run", "sample", "visible"), "1",
            "strings of the Markov chains after the last step", dtype="uint8",
        ),
        *_PARAMETERS,
    ),
    attributes=_MACHINE,
)  # fmt: skip
"""One file per (data set, n, Pauli set, m, block of runs) of `sqrbm.long`."""

CROSS_FIT = Table(
    name="sqrbm/crossfit",
    path="results/sqrbm/crossfit/n{n}/{paulis}/m{m}.csv",
    description="Members of one family of machines fitted by another, one row per fit",
    columns=(
        Column("n", "units", "visible units"),
        Column("m", "units", "hidden qubits; there are |W| m classical hidden units"),
        Column("paulis", "1", "Paulis of the hidden qubits that are tested", word=True),
        Column("parameters", "1", "number of parameters of either family"),
        Column("source", "1", "Paulis of the family of the target", word=True),
        Column("fitted", "1", "Paulis of the family that is fitted", word=True),
        Column("target", "1", "number of the target"),
        Column("kl", "nat", "lowest Kullback-Leibler divergence found"),
        Column("source_dimension", "1", "dimension of the family of the target"),
        Column("fitted_dimension", "1", "dimension of the family that is fitted"),
    ),
)

MACHINES = Table(
    name="sqrbm/machines",
    path="results/sqrbm/machines/{dataset}/n{n}.csv",
    description="Kinds of Boltzmann machines trained on one data set, one row per run",
    columns=(
        Column("dataset", "1", "name of the data set", word=True),
        Column("n", "units", "visible units"),
        Column("machine", "1", "kind of machine: rbm, sqrbm, bm, sqbm, tfim or qrbm", word=True),
        Column("m", "units", "hidden units"),
        Column("parameters", "1", "number of parameters"),
        Column("run", "1", "number of the run"),
        Column("steps", "steps", "gradient steps"),
        Column("kl", "nat", "KL(target||model) after the last step"),
        Column("tvd", "1", "total variation distance to the target after the last step"),
        Column("kl_best", "nat", "lowest KL(target||model) of the training"),
        Column("tvd_best", "1", "total variation distance where the divergence was lowest"),
    ),
)

OPTIMISERS = Table(
    name="sqrbm/optimisers",
    path="results/sqrbm/optimisers/{dataset}/n{n}.csv",
    description="Machines trained with each step schedule on one data set, one row per run",
    columns=(
        Column("dataset", "1", "name of the data set", word=True),
        Column("n", "units", "visible units"),
        Column("schedule", "1", "step size: constant or decaying", word=True),
        Column("paulis", "1", "Pauli operators on the hidden units", word=True),
        Column("m", "units", "hidden units"),
        *MACHINES.columns[4:],
    ),
)

COSTS = Table(
    name="sqrbm/gradient_costs",
    path="results/sqrbm/gradient_costs.csv",
    description="Time of one exact gradient on the computer of the job, one row per machine",
    columns=(
        Column("machine", "1", "kind of machine: rbm, sqrbm, bm, sqbm, tfim or qrbm", word=True),
        Column("n", "units", "visible units"),
        Column("m", "units", "hidden units"),
        Column("seconds", "s", "processor time of one gradient, the shortest of several"),
    ),
)

GRADIENT_VARIANCE = Table(
    name="sqrbm/gradient_variance",
    path="results/sqrbm/gradient_variance/{dataset}.csv",
    description="Gradients of random machines, one row per kind of machine and parameter",
    columns=(
        Column("dataset", "1", "name of the data set", word=True),
        Column("n", "units", "visible units"),
        Column("m", "units", "hidden units"),
        Column("paulis", "1", "Paulis on the hidden units", word=True),
        Column(
            "initialisation", "1",
            "parameters uniform in +-1 (training), +-10 (published_code) or +-1/n (inverse_n)",
            word=True,
        ),
        Column("component", "1", "visible_field, hidden_field or coupling", word=True),
        Column("runs", "1", "random machines"),
        Column("variance", "nat^2", "variance of the gradient over machines, mean over parameters"),
        Column("variance_error", "nat^2", "its standard error"),
        Column("target_variance", "nat^2", "the same of the part that depends on the target"),
        Column("target_variance_error", "nat^2", "its standard error"),
    ),
)  # fmt: skip

LEARNED = learned("sqrbm")
"""One file per (n, block of runs): the leaderboard."""
