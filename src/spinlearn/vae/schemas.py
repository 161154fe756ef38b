"""Kinds of files that the stage `vae` writes."""

from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

MASS_FUNCTION = Schema(
    name="vae/mass_function",
    version=1,
    path="results/vae/N{N}/{decoder}/mass_function.h5",
    description="POVM mass functions of a short chain, exact and learned by the conditional VAE",
    datasets=(
        Dataset("hx", ("hx",), "J", "transverse fields"),
        Dataset(
            "exact",
            ("hx", "string"),
            "1",
            "P(a) of the ground state for all 4^N strings, the first site slowest",
        ),
        Dataset("vae", ("hx", "string"), "1", "p(a | hx) of the model, averaged over its prior"),
        Dataset("bhattacharyya", ("hx",), "1", "coefficient of the exact and the learned function"),
        Dataset(
            "bhattacharyya_samples",
            ("hx",),
            "1",
            "coefficient of the exact function and the histogram of the training samples",
        ),
        Dataset(
            "bhattacharyya_product",
            ("hx",),
            "1",
            "coefficient of the exact function and the product of its one-site functions",
        ),
        Dataset(
            "spectrum_exact",
            ("hx", "level"),
            "1",
            "eigenvalues of the exact rho, ascending",
        ),
        Dataset(
            "spectrum_vae",
            ("hx", "level"),
            "1",
            "eigenvalues of the learned rho, ascending",
        ),
        Dataset(
            "reduced_spectrum_exact",
            ("hx", "reduced_level"),
            "1",
            "eigenvalues of the last three spins' rho, ground state, ascending",
        ),
        Dataset(
            "reduced_spectrum_vae",
            ("hx", "reduced_level"),
            "1",
            "eigenvalues of the last three spins' rho, learned, ascending",
        ),
    ),
    attributes={
        "N": "number of sites",
        "decoder": "factorised (Luchnikov 2019) or autoregressive",
        "training_samples": "training strings per field",
        "prior_samples": "latent vectors over which the decoder was averaged",
    },
)

HISTORY = Table(
    name="vae/history",
    path="results/vae/N{N}/{decoder}/history.csv",
    description="Loss during training, one row per epoch",
    columns=(
        Column("epoch", "epochs", "number of the epoch, from 1"),
        Column("train_loss", "nat", "mean negative evidence lower bound of a string"),
    ),
)

_ABOUT = (
    Column("N", "sites", "chain length"),
    Column("training_samples", "1", "training strings per field"),
)

OBSERVABLES = Table(
    name="vae/observables",
    path="results/vae/N{N}/{decoder}/observables.csv",
    description="One- and two-point functions, one row per (field, observable, site)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column(
            "observable",
            "1",
            "sigma_x, sigma_z, xx_1, zz_1 (with the first site), mu_x, mu_z",
            word=True,
        ),
        Column("site", "1", "site, from 1; 0 for the means over all sites"),
        Column("vae", "1", "estimate from sampled outcomes through the dual frame"),
        Column("vae_error", "1", "its standard error"),
        Column("exact", "1", "value of the ground state"),
        Column("decoder_mean", "1", "mean of the decoder's Bloch vectors (factorised decoder)"),
        Column("decoder_mean_error", "1", "its standard error"),
        Column("decoder", "1", "factorised (Luchnikov 2019) or autoregressive", word=True),
        *_ABOUT,
    ),
)

SUSCEPTIBILITIES = Table(
    name="vae/susceptibilities",
    path="results/vae/N{N}/{decoder}/susceptibilities.csv",
    description="Derivatives of the magnetisations with respect to the field, one row per "
    "(field, susceptibility)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column("observable", "1", "chi_xx or chi_zx", word=True),
        Column("autograd", "1/J", "exact derivative of the decoder's mean"),
        Column("autograd_error", "1/J", "its standard error"),
        Column("gumbel_softmax", "1/J", "derivative through Gumbel-softmax samples"),
        Column("gumbel_softmax_error", "1/J", "its standard error"),
        Column("central_difference", "1/J", "central difference of sampled magnetisations"),
        Column("central_difference_error", "1/J", "its standard error"),
        Column("exact", "1/J", "free fermions; empty for chi_zx"),
        Column("midpoint", "J", "field halfway to the next"),
        Column("exact_difference", "1/J", "slope of the ground states' magnetisation there"),
        *_ABOUT,
    ),
)

ENTROPIES = Table(
    name="vae/entropies",
    path="results/vae/N{N}/{decoder}/entropies.csv",
    description="Renyi entropies S_2 of the first n spins, one row per (field, n)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column("n", "sites", "spins of the part"),
        Column("vae", "nat", "S_2 of the learned state; empty where its purity is not positive"),
        Column("vae_error", "nat", "its standard error"),
        Column("exact", "nat", "S_2 of the ground state"),
        *_ABOUT,
    ),
)

LIKELIHOOD = Table(
    name="vae/likelihood",
    path="results/vae/{outcomes}/{decoder}/likelihood.csv",
    description="Minus the mean log-likelihood of the training strings of the user's own, one row "
    "per combination of conditions",
    columns=(
        Column("conditions", "1", "names and values of the conditions", word=True),
        Column("strings", "1", "strings in the means"),
        Column("vae", "nat", "upper bound of the model's, importance-weighted"),
        Column("vae_error", "nat", "its standard error"),
        Column(
            "independent_sites",
            "nat",
            "that of independent sites fitted to the same strings: the sum of their entropies",
        ),
        Column("decoder", "1", "factorised (Luchnikov 2019) or autoregressive", word=True),
    ),
)
