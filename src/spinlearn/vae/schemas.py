"""Kinds of files that the stage `vae` writes."""

from spinlearn.datasets.schemas import learned
from spinlearn.storage.hdf5 import Dataset, Schema
from spinlearn.storage.tables import Column, Table

MASS_FUNCTION = Schema(
    name="vae/mass_function",
    version=2,
    path="results/vae/N{N}/{model}/{block}/mass_function.h5",
    description="POVM mass functions of a short chain, exact and learned by several runs",
    datasets=(
        Dataset("run", ("run",), "1", "numbers of the runs", dtype="int64"),
        Dataset("hx", ("hx",), "J", "transverse fields"),
        Dataset(
            "exact",
            ("hx", "string"),
            "1",
            "P(a) of the ground state for all 4^N strings, the first site slowest",
        ),
        Dataset("vae", ("run", "hx", "string"), "1", "p(a | hx) of the model"),
        Dataset(
            "bhattacharyya", ("run", "hx"), "1", "coefficient of the exact and the learned function"
        ),
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
            ("run", "hx", "level"),
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
            ("run", "hx", "reduced_level"),
            "1",
            "eigenvalues of the last three spins' rho, learned, ascending",
        ),
    ),
    attributes={
        "N": "number of sites",
        "model": "name of the model",
        "decoder": "its decoder: factorised (Luchnikov 2019) or another one",
        "training_samples": "training strings per field",
        "prior_samples": "latent vectors over which the decoder was averaged; 0 if it has none",
    },
)

TIMES = Table(
    name="vae/times",
    path="results/vae/N{N}/{model}/{block}/times.csv",
    description="Time of each run's training. No other file of a training contains times, so that "
    "equal trainings have equal files",
    columns=(
        Column("run", "1", "number of the run"),
        Column("seconds", "s", "wall time, without that before a checkpoint"),
    ),
)

HISTORY = Table(
    name="vae/history",
    path="results/vae/N{N}/{model}/{block}/history.csv",
    description="Loss during training, one row per (run, epoch)",
    columns=(
        Column("run", "1", "number of the run"),
        Column("epoch", "epochs", "number of the epoch, from 1"),
        Column(
            "train_loss",
            "nat",
            "mean loss of a string: what is minimised, with free nats and pairs of sites if there "
            "are any",
        ),
        Column(
            "held_out_loss",
            "nat",
            "minus the bound of held-out strings, of as many latent vectors as in training; empty "
            "if none are held out",
        ),
        Column(
            "importance_loss",
            "nat",
            "minus the importance-weighted log-likelihood of held-out strings; empty where it is "
            "not computed",
        ),
    ),
)

_ABOUT = (
    Column("run", "1", "number of the run"),
    Column("model", "1", "name of the model", word=True),
    Column("decoder", "1", "its decoder: factorised (Luchnikov 2019) or another one", word=True),
    Column("N", "sites", "chain length"),
    Column("training_samples", "1", "training strings per field"),
)

OBSERVABLES = Table(
    name="vae/observables",
    path="results/vae/N{N}/{model}/{block}/observables.csv",
    description="One- and two-point functions, one row per (run, field, observable, site)",
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
        Column(
            "decoder_mean",
            "1",
            "mean of the decoder's Bloch vectors (factorised), or exact value (matrix product)",
        ),
        Column("decoder_mean_error", "1", "its standard error"),
        *_ABOUT,
    ),
)

SUSCEPTIBILITIES = Table(
    name="vae/susceptibilities",
    path="results/vae/N{N}/{model}/{block}/susceptibilities.csv",
    description="Derivatives of the magnetisations with respect to the field, one row per "
    "(run, route, temperature, susceptibility, field)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column("observable", "1", "chi_xx or chi_zx", word=True),
        Column(
            "route",
            "1",
            "autograd (exact derivative of the decoder's mean), gumbel_softmax (derivative through "
            "Gumbel-softmax samples) or central_difference (of sampled magnetisations)",
            word=True,
        ),
        Column("temperature", "1", "of the Gumbel-softmax samples; empty for other routes"),
        Column("value", "1/J", "the derivative"),
        Column("value_error", "1/J", "its standard error"),
        Column("exact", "1/J", "free fermions; empty for chi_zx"),
        Column("midpoint", "J", "field halfway to the next"),
        Column("exact_difference", "1/J", "slope of the ground states' magnetisation there"),
        *_ABOUT,
    ),
)

ENTROPIES = Table(
    name="vae/entropies",
    path="results/vae/N{N}/{model}/{block}/entropies.csv",
    description="Renyi entropies S_2 of the first n spins, one row per (run, field, n)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column("n", "sites", "spins of the part"),
        Column("vae", "nat", "S_2 of the learned state; empty where its purity is not positive"),
        Column("vae_error", "nat", "its standard error"),
        Column("exact", "nat", "S_2 of the ground state"),
        Column("von_neumann", "nat", "von Neumann entropy of the ground state's part"),
        Column("sampled_purity", "1", "purity of the learned state, from pairs of sampled strings"),
        Column("sampled_purity_error", "1", "its standard error, for as many draws as `vae`"),
        Column("mps_numbers", "1", "numbers in the ground state's matrix product state"),
        Column("parameters", "1", "parameters of the model"),
        *_ABOUT,
    ),
)

DIVERGENCE = Table(
    name="vae/divergence",
    path="results/vae/N{N}/{model}/{block}/divergence.csv",
    description="Divergence of the ground state's outcomes from a model's, on fresh strings with "
    "exact probabilities, one row per (run, field)",
    columns=(
        Column("hx", "J", "transverse field"),
        Column(
            "divergence",
            "nat",
            "KL(P || p) per site; an upper limit for models with latent variables, importance-"
            "weighted (factorised, N <= 6: by the mass function)",
        ),
        Column("divergence_error", "nat", "its standard error over strings"),
        Column(
            "elbo_divergence",
            "nat",
            "the same with the evidence lower bound for ln p; empty without one",
        ),
        Column("entropy", "nat", "entropy of the ground state's outcomes per site, same strings"),
        Column("strings", "1", "strings in the means"),
        Column("draws", "1", "latent vectors in ln p of a string; 0 if the model has none"),
        Column("parameters", "1", "numbers that the learned distribution depends on"),
        Column("seconds", "s", "time of the run's training"),
        *_ABOUT,
    ),
)

LIKELIHOOD = Table(
    name="vae/likelihood",
    path="results/vae/{outcomes}/{model}/{block}/likelihood.csv",
    description="Minus the mean log-likelihood of the training strings of the user's own, one row "
    "per run and combination of conditions",
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
        Column("run", "1", "number of the run"),
        Column("model", "1", "name of the model", word=True),
        Column("decoder", "1", "factorised (Luchnikov 2019) or another one", word=True),
    ),
)

LEARNED = learned("vae")
"""One file per (n, block of runs): the leaderboard."""
