"""Kinds of files that the stage `tfi` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

GROUND_STATE = Schema(
    name="tfi/ground_state",
    version=1,
    path="results/tfi/ground_states/N{N}/hx{hx:.2f}.h5",
    description="DMRG ground state of the open transverse-field Ising chain, with its observables",
    datasets=(
        Dataset("energy", (), "J", "<H> of the stored state"),
        Dataset("energy_variance", (), "J^2", "<H^2> - <H>^2 of the stored state"),
        Dataset("energy_exact", (), "J", "E_0 by free fermions, without the longitudinal field"),
        Dataset("sigma_x", ("site",), "1", "<sigma^x_i>"),
        Dataset("sigma_z", ("site",), "1", "<sigma^z_i>"),
        Dataset("xx", ("site", "other_site"), "1", "<sigma^x_i sigma^x_j>"),
        Dataset("zz", ("site", "other_site"), "1", "<sigma^z_i sigma^z_j>"),
        Dataset(
            "mps_bonds",
            ("bond",),
            "1",
            "bond dimensions of the state, both ends included",
            dtype="int64",
        ),
        Dataset(
            "mps_entries",
            ("entry",),
            "1",
            "right-canonical tensors, site after site, each (left bond, s, right bond) in C order",
        ),
    ),
    attributes={
        "hamiltonian": "the Hamiltonian, with its axes",
        "basis": "meaning of the index s of the tensors",
        "N": "number of sites",
        "hx": "transverse field, in units of J",
        "longitudinal_field": "lambda, in units of J",
        "bond_dimension": "largest bond dimension of the state",
        "sweeps": "DMRG sweeps (0 where none was needed)",
        "start": "product state from which DMRG found the state: up or plus",
        "truncation_error": "largest weight discarded at a bond in the last sweep",
    },
)

POVM = Schema(
    name="tfi/povm",
    version=1,
    path="results/tfi/povm/N{N}/hx{hx:.2f}/{block:04d}.h5",
    description="Outcomes of the tetrahedral POVM on every site of a ground state",
    datasets=(
        Dataset(
            "outcomes",
            ("sample", "site"),
            "1",
            "outcome of each site, 0..3 (Luchnikov 2019, eq. 5)",
            dtype="uint8",
            compress=True,
            at_most=3,
        ),
        Dataset(
            "log_probability", ("sample",), "nat", "ln P of each string, exact for state and noise"
        ),
    ),
    attributes={
        "N": "number of sites",
        "hx": "transverse field, in units of J",
        "block": "number of the block, part of the key of its random stream",
    },
)

OUTCOMES = Schema(
    name="tfi/outcomes",
    version=1,
    path="results/tfi/outcomes/{outcomes}.h5",
    description="POVM outcomes of the user's own, with the condition values of each string",
    datasets=(
        Dataset(
            "outcomes",
            ("sample", "site"),
            "1",
            "outcome of each site, 0..3",
            dtype="uint8",
            compress=True,
            at_most=3,
        ),
        Dataset(
            "conditions", ("sample", "condition"), "1", "condition values, as the user's file gives"
        ),
    ),
    attributes={
        "name": "name of the file in tfi.outcomes_files",
        "condition_names": "names of the conditions",
        "source": "where the strings come from",
    },
)

TRUNCATED = Table(
    name="tfi/truncated",
    path="results/tfi/truncated/N{N}.csv",
    description="Ground states compressed to small bond dimensions, one row per (field, bond "
    "dimension, observable, site)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column("N", "sites", "chain length"),
        Column("bond_dimension", "1", "largest bond dimension of the compressed state"),
        Column("numbers", "1", "numbers in its tensors"),
        Column(
            "observable",
            "1",
            "divergence (of the POVM outcomes, in nats per site), sigma_x, sigma_z, xx_1, zz_1 "
            "(with the first site), mu_x, mu_z, S_2 (nats)",
            word=True,
        ),
        Column("site", "1", "site, or spins of the part, from 1; 0 for the whole chain"),
        Column("value", "1", "value of the compressed state"),
        Column("error", "1", "standard error of the divergence; 0 for the others"),
        Column("exact", "1", "value of the ground state"),
    ),
)
