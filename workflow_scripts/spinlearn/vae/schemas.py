"""Kinds of HDF5 files that the stage `vae` writes."""

from spinlearn.workflow.storage import Dataset, Schema

MASS_FUNCTION = Schema(
    name="vae/mass_function",
    version=1,
    path="results/vae/N{N}/mass_function.h5",
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
            "coefficient of the exact function and the bare histogram of the training samples",
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
        "decoder": "factorised (P4) or autoregressive",
        "training_samples": "strings of each field that the model learned from",
        "prior_samples": "latent vectors over which the decoder was averaged",
    },
)
