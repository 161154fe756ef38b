"""Settings of stage `vae`."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from spinlearn.pipeline.settings import (
    Name,
    Positive,
    Relation,
    Section,
    among,
    multiple,
    setting,
)
from spinlearn.vae.choices import (
    DIFFERENTIABLE,
    MARGINAL_MAX_N,
    BitDecoder,
    Decoder,
    Objective,
    Precision,
    Schedule,
)

Length = Annotated[int, Field(ge=2, le=256)]


class Recipe(Section):
    """A way to train."""

    objective: Objective = setting(
        "elbo",
        "what is maximised: the evidence lower bound of strings (elbo), or the likelihood of the "
        "counts of all 4^N strings, averaged over the prior (marginal, N <= 6)",
    )
    epochs: Positive = setting(
        3,
        "passes through the strings of all fields (marginal: times 100 updates)",
        "epochs",
    )
    batch_size: Positive = setting(
        500, "strings per update (marginal: latent vectors per field and update)", "samples"
    )
    learning_rate: float = setting(5e-3, "initial step size of Adam", gt=0.0, le=1.0)
    schedule: Schedule = setting("cosine", "schedule of the step size, update by update")
    held_out: float = setting(
        0.05,
        "fraction of the strings that is held out; the weights that are best on it are kept; 0 "
        "keeps the last weights",
        ge=0.0,
        le=0.5,
    )
    patience: int = setting(
        5,
        "epochs without a better loss on held-out strings after which training stops; 0, or as "
        "many as there are epochs: never",
        "epochs",
        ge=0,
    )
    precision: Precision = setting(
        "float32", "number format of matrix products; bfloat16 needs hardware that has it"
    )
    draws: Positive = setting(
        1,
        "latent vectors per string in the loss: 1, the evidence lower bound; more, a tighter bound "
        "(not for marginal)",
    )
    largest_gradient: float = setting(
        0.0,
        "norm to which longer gradients are shortened; 0: none. With it larger steps are stable",
        "nat",
        ge=0.0,
    )
    free_nats: float = setting(
        0.1,
        "information of every latent variable about a string that costs nothing in the loss (free "
        "bits), so that weak correlations are learned; for the decoder factorised only; 0: none",
        "nat",
        ge=0.0,
        le=10.0,
    )
    pairs: float = setting(
        0.0,
        "weight in the loss of the distance between the distributions of pairs of sites of model "
        "and strings, for the decoders factorised and tied (not for marginal); for few fields with "
        "many strings each",
        ge=0.0,
        le=1000.0,
    )
    compile: bool = setting(False, "compile the loss by torch.compile; needs a C++ compiler")


RECIPES = {
    "efficient": Recipe(),
    "paper": Recipe(
        epochs=750,
        batch_size=100000,
        learning_rate=1e-3,
        schedule="constant",
        held_out=0.0,
        patience=0,
        free_nats=0.0,
    ),
    "importance": Recipe(draws=8, largest_gradient=1.0),
    "refinement": Recipe(draws=32, epochs=1, learning_rate=1e-4, largest_gradient=1.0),
    "marginal": Recipe(
        objective="marginal", epochs=15, batch_size=256, learning_rate=2e-2, free_nats=0.0
    ),
    "one_pass": Recipe(epochs=1, batch_size=500, learning_rate=1e-2),
}


class Model(Section):
    """A model: its decoder, and how it differs from the other settings of section `vae`."""

    decoder: Decoder = setting(
        "factorised",
        "how a string follows from the latent variables (factorised, as in Luchnikov 2019; tied, "
        "with a linear part that the encoder shares; autoregressive), or from the conditions "
        "alone, with exact probabilities (recurrent, matrix_product, nade)",
    )
    recipe: str = setting("", "name of its recipe, out of vae.recipes; empty: vae.recipe")
    start: str = setting(
        "",
        "name of the model with whose weights its training begins, run by run, such as a training "
        "with fewer draws; empty: random weights",
    )
    hidden: int = setting(0, "width of the hidden layers; 0: vae.hidden", "units", ge=0)
    latent: int = setting(0, "latent variables; 0: vae.latent", "variables", ge=0)
    bond_dimension: Positive = setting(
        4, "bond dimension of the decoder matrix_product; others ignore it", "states"
    )
    N: tuple[Length, ...] = setting(
        (), "those chain lengths of vae.N on which it is trained; []: all", "sites"
    )
    epochs: int = setting(0, "passes through its strings; 0: its recipe's", "epochs", ge=0)
    samples: int = setting(
        0, "strings per field used for training, the first ones; 0: all", "samples", ge=0
    )
    left_out_hx: tuple[Annotated[float, Field(ge=0.0, le=10.0)], ...] = setting(
        (), "fields of tfi.hx whose strings are not used for training", "J", decimals=2
    )


MODELS = {
    "factorised": Model(),
    "autoregressive": Model(decoder="autoregressive", N=(32,)),
    "marginal": Model(recipe="marginal", hidden=64, N=(5,)),
    "left_out": Model(left_out_hx=(0.4, 0.9, 1.0), N=(16,)),
    "samples_1000": Model(samples=1000, epochs=120, N=(10,)),
    "samples_6000": Model(samples=6000, epochs=20, N=(32,)),
    "recurrent": Model(decoder="recurrent", recipe="one_pass", hidden=16, N=(16, 32)),
    "matrix_product": Model(decoder="matrix_product", recipe="one_pass", hidden=16, N=(16, 32)),
}


class Leaderboard(Section):
    """The models of this stage among those of datasets.leaderboard."""

    kinds: tuple[BitDecoder, ...] = setting(
        ("factorised", "nade", "matrix_product"),
        "decoders that learn bits: that of an autoencoder, autoregressive ones, a Born machine",
        min_length=1,
    )
    steps: Positive = setting(500, "updates of Adam; the step size falls to 0", "updates")
    learning_rate: float = setting(0.1, "initial step size of Adam", gt=0.0, le=1.0)
    draws: Positive = setting(96, "latent points per update (factorised)", "points")
    final_draws: Positive = setting(65536, "latent points of the final p (factorised)", "points")


class Vae(Section):
    """Conditional variational autoencoder on POVM outcomes (Luchnikov 2019)."""

    N: tuple[Length, ...] = setting(
        (5, 10, 16), "chain lengths to learn, out of tfi.N", "sites", min_length=1
    )
    hidden: Positive = setting(128, "width of the two hidden layers of each network", "units")
    latent: int = setting(0, "latent variables; 0 takes one per site", "variables", ge=0)
    harmonics: int = setting(
        8,
        "largest K: the networks of a VAE see sin and cos of pi k u, k = 1 to K, with u from 0 to "
        "1 over the range of the field; fewer if the fields are too far apart for it; 0: the field "
        "itself (Luchnikov 2019)",
        ge=0,
        le=64,
    )
    recipes: dict[Name, Recipe] = setting(
        RECIPES,
        "ways to train, each under a name; what is left out has the default of the table "
        "vae.recipes.NAME in docs/configuration.md",
    )
    recipe: str = setting("efficient", "name of the recipe of models that name none")
    models: dict[Name, Model] = setting(
        MODELS,
        "models, each under a name, which is part of the paths of its results; figures of "
        "Luchnikov 2019 take figure_model (5 to 9), factorised (10 to 13), marginal (10, 11, 13) "
        "and autoregressive (5, 6, 11)",
    )
    figure_model: str = setting(
        "factorised",
        "model of figures 5 to 9 of Luchnikov 2019, with decoder factorised or tied; they are "
        "drawn if it is trained on the longest chain of N",
    )
    runs: Positive = setting(3, "independent trainings of each model; a multiple of block", "runs")
    block: Positive = setting(3, "trainings per file and job", "runs")
    samples: Positive = setting(
        10000, "samples drawn from each trained model at each field", "samples"
    )
    fresh_samples: Positive = setting(
        1000, "fresh strings of the ground state at each field, for the divergence", "samples"
    )
    gumbel_temperatures: tuple[Annotated[float, Field(gt=0.0)], ...] = setting(
        (0.1, 0.5),
        "temperatures of the Gumbel-softmax samples for susceptibilities; the paper prints none",
        min_length=1,
    )
    importance_draws: Positive = setting(
        32, "latent vectors per string in bounds of the log-likelihood", "samples"
    )
    mass_function_max_N: int = setting(
        6,
        "longest chain for which all 4^N outcome probabilities are compared",
        "sites",
        ge=2,
        le=8,
    )
    prior_samples: Positive = setting(
        20000,
        "latent vectors in the average for outcome probabilities",
        "samples",
    )
    leaderboard: Leaderboard = Leaderboard()


def _recipe_is_known(name: str, recipes: Mapping[str, Recipe]) -> Iterator[str]:
    if name not in recipes:
        yield f"vae.recipe: {name!r} is no name of vae.recipes = {list(recipes)}"


def _model_faults(
    models: Mapping[str, Model], recipes: Mapping[str, Recipe], sizes: tuple[int, ...], usual: str
) -> Iterator[str]:
    for name, model in models.items():
        recipe = recipes.get(model.recipe or usual)
        if recipe is None:
            if model.recipe:
                known = list(recipes)
                yield f"vae.models.{name}.recipe: {model.recipe!r} is none of vae.recipes = {known}"
            continue
        if recipe.objective != "marginal":
            continue
        if model.decoder != "factorised":
            yield f"vae.models.{name}.decoder: must be factorised for the objective marginal"
        if long := [N for N in sizes if N in (model.N or sizes) and N > MARGINAL_MAX_N]:
            yield (
                f"vae.models.{name}.N: the objective marginal counts all 4^N strings, N <= "
                f"{MARGINAL_MAX_N}; without {long}"
            )


def _figure_model_fits(name: str, models: Mapping[str, Model]) -> Iterator[str]:
    """Whether the model of figures 5 to 9 exists and has what they show: means of its decoder."""
    model = models.get(name)
    if model is None:
        yield f"vae.figure_model: {name!r} is none of vae.models = {list(models)}"
    elif model.decoder not in DIFFERENTIABLE:
        yield (
            f"vae.figure_model: decoder {model.decoder} of {name} has no derivative for figure 9; "
            f"name a model with decoder {' or '.join(DIFFERENTIABLE)}"
        )


def _starts_fit(
    models: Mapping[str, Model], sizes: tuple[int, ...], hidden: int, latent: int
) -> Iterator[str]:
    """Whether the weights with which a model begins exist, and are as many as its own."""

    def shape(model: Model) -> tuple:
        free = model.hidden or hidden, model.latent or latent, model.bond_dimension
        return model.decoder, *free, model.left_out_hx

    for name, model in models.items():
        start = models.get(model.start)
        if start is None:
            if model.start:
                known = list(models)
                yield f"vae.models.{name}.start: {model.start!r} is none of vae.models = {known}"
        elif start.start:
            yield (
                f"vae.models.{name}.start: {model.start} begins with the weights of another model "
                "itself; name one that begins with random weights"
            )
        elif shape(start) != shape(model):
            yield (
                f"vae.models.{name}.start: {model.start} has another decoder, another size, or "
                "other fields left out"
            )
        elif missing := [
            N for N in sizes if N in (model.N or sizes) and N not in (start.N or sizes)
        ]:
            yield f"vae.models.{name}.start: {model.start} is not trained on N = {missing}"


def _formats_fit(recipes: Mapping[str, Recipe]) -> Iterator[str]:
    for name, recipe in recipes.items():
        if recipe.objective != "marginal":
            continue
        if recipe.precision != "float32":
            yield f"vae.recipes.{name}.precision: must be float32 for the objective marginal"
        if recipe.compile:
            yield f"vae.recipes.{name}.compile: must be false for the objective marginal"
        if recipe.draws > 1:
            yield f"vae.recipes.{name}.draws: must be 1 for the objective marginal"
        if recipe.pairs:
            yield f"vae.recipes.{name}.pairs: must be 0 for the objective marginal"


def _strings_exist(
    models: Mapping[str, Model], sizes: tuple[int, ...], fields: tuple[float, ...], samples: int
) -> Iterator[str]:
    """What models that are trained on some length take of the strings of stage `tfi`."""
    for name, model in models.items():
        if model.N and not set(model.N) & set(sizes):
            continue
        if unknown := [hx for hx in model.left_out_hx if hx not in fields]:
            known = list(fields)
            yield f"vae.models.{name}.left_out_hx: {unknown} not among tfi.hx = {known}"
        elif set(fields) <= set(model.left_out_hx):
            yield f"vae.models.{name}.left_out_hx: leaves out all of tfi.hx = {list(fields)}"
        if model.samples > samples:
            yield (
                f"vae.models.{name}.samples: must be at most tfi.samples = {samples}, got "
                f"{model.samples}; 0 takes all"
            )


RELATIONS = (
    among("vae.N", "tfi.N"),
    multiple("vae.runs", "vae.block"),
    Relation(("vae.recipe", "vae.recipes"), _recipe_is_known),
    Relation(("vae.models", "vae.recipes", "vae.N", "vae.recipe"), _model_faults),
    Relation(("vae.models", "vae.N", "tfi.hx", "tfi.samples"), _strings_exist),
    Relation(("vae.figure_model", "vae.models"), _figure_model_fits),
    Relation(("vae.models", "vae.N", "vae.hidden", "vae.latent"), _starts_fit),
    Relation(("vae.recipes",), _formats_fit),
)
