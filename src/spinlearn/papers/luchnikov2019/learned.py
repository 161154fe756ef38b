"""Learned mass functions of short chains, read from their files (figures 10, 11 and 13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spinlearn.papers.luchnikov2019.common import nearest_field
from spinlearn.papers.luchnikov2019.mass_functions import COMPARED_FIELD, coefficient_error
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng
from spinlearn.vae.schemas import MASS_FUNCTION

MODELS = {
    "factorised": "VAE, ELBO (paper)",
    "marginal": "VAE, likelihood",
    "autoregressive": "VAE, autoregressive decoder",
}
"""Names of the models in legends: the paper's decoder, trained in two ways, and another one."""

TRAININGS = ("factorised", "marginal")
"""Models with the paper's decoder."""

SPECTRA = {"whole": "spectrum", "last three": "reduced_spectrum"}
"""Parts of the chain, and the datasets of their spectra."""

HISTOGRAMS = 40
"""Draws of training strings from the exact state."""


@dataclass(frozen=True, eq=False)
class Learned:
    """The mass functions of one run of a model at all fields, and the exact ones.

    Attributes:
        model: its name.
        run: number of the run.
        N: chain length.
        hx: transverse fields, in units of J.
        exact, vae: probabilities of all 4^N strings at each field.
        bhattacharyya: coefficient of the two, at each field.
        bhattacharyya_error: upper limit of its error, see `coefficient_error`.
        bhattacharyya_samples: coefficient of the histogram of training strings.
        bhattacharyya_product: coefficient of the product of the exact one-site functions.
        exact_spectra, spectra: eigenvalues of the exact and of the learned density matrix at each
            field, ascending, by part of the chain (`whole`, `last three`).
        training_samples: training strings per field.
        latent_vectors: latent vectors over which the decoder was averaged; 0 if it has none.
    """

    model: str
    run: int
    N: int
    hx: Float[np.ndarray, " fields"]
    exact: Float[np.ndarray, "fields strings"]
    vae: Float[np.ndarray, "fields strings"]
    bhattacharyya: Float[np.ndarray, " fields"]
    bhattacharyya_error: Float[np.ndarray, " fields"]
    bhattacharyya_samples: Float[np.ndarray, " fields"]
    bhattacharyya_product: Float[np.ndarray, " fields"]
    exact_spectra: dict[str, Float[np.ndarray, "fields _"]]
    spectra: dict[str, Float[np.ndarray, "fields _"]]
    training_samples: int
    latent_vectors: int

    @property
    def compared_index(self) -> int:
        """Index of the field nearest to `COMPARED_FIELD`."""
        fields = self.hx.tolist()
        return fields.index(nearest_field(fields, COMPARED_FIELD))


def read(paths: Iterable[Path], models: Iterable[str]) -> list[Learned]:
    """Every run in mass-function files, of the models named, in the order of the names."""
    order = list(models)
    found = [learned for path in paths for learned in _runs(MASS_FUNCTION.read(path))]
    known = [learned for learned in found if learned.model in order]
    return sorted(known, key=lambda one: (order.index(one.model), one.N, one.run))


def _runs(contents: Contents) -> list[Learned]:
    """The runs of one file."""
    about, strings = contents.attributes, contents["exact"].shape[1]
    draws = int(about["prior_samples"])
    equal = ("hx", "exact", "bhattacharyya_samples", "bhattacharyya_product")
    return [
        Learned(
            model=about["model"],
            run=int(run),
            N=int(about["N"]),
            vae=contents["vae"][k],
            bhattacharyya=contents["bhattacharyya"][k],
            bhattacharyya_error=coefficient_error(contents["bhattacharyya"][k], draws, strings),
            exact_spectra={part: contents[f"{name}_exact"] for part, name in SPECTRA.items()},
            spectra={part: contents[f"{name}_vae"][k] for part, name in SPECTRA.items()},
            training_samples=int(about["training_samples"]),
            latent_vectors=draws,
            **{name: contents[name] for name in equal},
        )
        for k, run in enumerate(contents["run"])
    ]


def histograms(learned: Learned, seed: int) -> list[Float[np.ndarray, " strings"]]:
    """Frequencies of as many strings of the exact state as there are training strings.

    They are drawn `HISTOGRAMS` times, at the field compared.

    Args:
        learned: a run, for the exact mass function and the number of strings.
        seed: root of the stream.
    """
    p = learned.exact[learned.compared_index]
    stream = rng(seed, "vae", "histograms", N=learned.N)
    strings = learned.training_samples
    return [stream.multinomial(strings, p / p.sum()) / strings for _ in range(HISTOGRAMS)]
