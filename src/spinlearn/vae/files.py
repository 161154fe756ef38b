"""Files of stage `vae`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import leaderboard_values
from spinlearn.pipeline.planning import blocks, settings
from spinlearn.tfi import files as tfi_files
from spinlearn.tfi.config import Tfi
from spinlearn.vae.choices import DIFFERENTIABLE, LATENT, Decoder
from spinlearn.vae.config import Model, Recipe, Vae

LIKELIHOOD_DRAWS = 64
"""Latent vectors per string in the bound of the log-likelihood of the user's own outcomes."""


def lengths(vae: Vae, model: str) -> list[int]:
    """Chain lengths on which a model is trained; none for a model that there is not."""
    if model not in vae.models:
        return []
    return [N for N in vae.N if N in (vae.models[model].N or vae.N)]


def models_of(vae: Vae, N: int, *decoders: Decoder) -> list[str]:
    """Names of the models that are trained on a chain length, with one of some decoders or any."""
    return [
        name
        for name, model in vae.models.items()
        if N in lengths(vae, name) and (not decoders or model.decoder in decoders)
    ]


def model_files(vae: Vae, name: str, N: int, models: Iterable[str]) -> list[str]:
    """Paths of one kind of file, for all blocks of runs of some models of one chain length.

    There are none for a model that is not trained on this length.
    """
    numbers = blocks(vae.runs, vae.block)
    known = [model for model in models if N in lengths(vae, model)]
    return [f"results/vae/N{N}/{model}/{b}/{name}" for model in known for b in numbers]


def all_files(vae: Vae, name: str, sizes: Iterable[int] | None = None) -> list[str]:
    """Paths of one kind of file of all models, of all chain lengths or some."""
    known = vae.N if sizes is None else sizes
    return [path for N in known for path in model_files(vae, name, N, models_of(vae, N))]


def compared_models(vae: Vae, N: int, *decoders: Decoder) -> list[str]:
    """Names of the models of a chain length that are trained on all strings of all fields.

    Those with one of some decoders, or with any.
    """
    return [name for name in models_of(vae, N, *decoders) if _sees_all(vae, vae.models[name])]


def _first(vae: Vae, model: Model) -> Model:
    """The model with whose weights a model begins, or itself."""
    return vae.models[model.start] if model.start else model


def _sees_all(vae: Vae, model: Model) -> bool:
    """Whether a model, or the one with whose weights it begins, is trained on all strings."""
    first = _first(vae, model)
    return not (first.samples or first.left_out_hx)


def observable_files(vae: Vae) -> list[str]:
    """Paths of the observables of all models, without those of a learning curve."""
    return [
        path
        for N in vae.N
        for name in models_of(vae, N)
        if not _first(vae, vae.models[name]).samples
        for path in model_files(vae, "observables.csv", N, [name])
    ]


def susceptibility_files(vae: Vae) -> list[str]:
    """Paths of the susceptibilities of the longest chain, by models that can be differentiated."""
    N = longest_chain(vae)
    return model_files(vae, "susceptibilities.csv", N, compared_models(vae, N, *DIFFERENTIABLE))


def entropy_files(vae: Vae) -> list[str]:
    """Paths of the entropies of the chains that figures show."""
    return [
        path
        for N in sorted({entropy_chain(vae), longest_chain(vae)})
        for path in model_files(vae, "entropies.csv", N, compared_models(vae, N))
    ]


def own_models(vae: Vae) -> list[str]:
    """Names of the models that are trained on outcomes of the user's own, of any length.

    Model `matrix_product` is not: it is a pure state, and measured states rarely are.
    """
    return [
        name
        for name, model in vae.models.items()
        if _sees_all(vae, model)
        and model.decoder != "matrix_product"
        and recipe_of(vae, name).objective == "elbo"
    ]


def outcome_files(vae: Vae, name: str, tfi: Tfi) -> list[str]:
    """Paths of a file of the models of all outcomes of the user's own."""
    numbers = blocks(vae.runs, vae.block)
    return [
        f"results/vae/{outcomes}/{model}/{b}/{name}"
        for outcomes in tfi.outcomes_files
        for model in own_models(vae)
        for b in numbers
    ]


def training_povm(vae: Vae, tfi: Tfi, N: int | str, model: str) -> list[str]:
    """Paths of the POVM samples that a model is trained on."""
    chosen = vae.models[model]
    number = -(-samples_of(vae, tfi, model) // tfi.block) * tfi.block
    fields = tuple(hx for hx in tfi.hx if hx not in chosen.left_out_hx)
    return tfi_files.povm(tfi.model_copy(update={"hx": fields, "samples": number}), N)


def start_of(vae: Vae, chain: str, model: str, block: str) -> list[str]:
    """The file with whose weights the training of a block of runs begins, if there is one."""
    start = vae.models[model].start
    return [f"results/vae/{chain}/{start}/{block}/model.pt"] if start else []


def samples_of(vae: Vae, tfi: Tfi, model: str) -> int:
    """Strings per field that a model is trained on."""
    return vae.models[model].samples or tfi.samples


def training_shape(vae: Vae, tfi: Tfi, N: int, model: str) -> tuple[int, int, int, int]:
    """Numbers of samples, of sites, of conditions and of fields in a model's training."""
    fields = sum(hx not in vae.models[model].left_out_hx for hx in tfi.hx)
    return fields * samples_of(vae, tfi, model), N, 1, fields


def short_chains(vae: Vae) -> list[int]:
    """Chain lengths for which all 4^N outcome probabilities are compared."""
    return [N for N in vae.N if vae.mass_function_max_N >= N]


def longest_chain(vae: Vae) -> int:
    """The chain length of figures 5 to 9 of Luchnikov 2019, or the nearest."""
    return max(vae.N)


def spectrum_chain(vae: Vae) -> int | None:
    """The chain length of figures 10 and 13, or the nearest; None if all are too long."""
    return min(short_chains(vae), key=lambda N: abs(N - 5), default=None)


def entropy_chain(vae: Vae) -> int:
    """The chain length of figure 12, or the nearest."""
    return min(vae.N, key=lambda N: abs(N - 10))


def model_without_fields(vae: Vae) -> str | None:
    """The first model that some fields are left out of; None if there is none."""
    return next((name for name, model in vae.models.items() if model.left_out_hx), None)


def sample_curve(vae: Vae) -> tuple[int, list[str]]:
    """A chain length and its models that learn from different numbers of strings of all fields.

    They have the recipe and width of section `vae`. The length is the longest on which one of them
    has fewer strings; 0 and no models if there is none.
    """
    usual = [
        name
        for name, model in vae.models.items()
        if not (model.left_out_hx or model.recipe or model.hidden or model.latent)
    ]
    fewer = [name for name in usual if vae.models[name].samples]
    N = max((N for name in fewer for N in lengths(vae, name)), default=0)
    decoders = {vae.models[name].decoder for name in fewer if N in lengths(vae, name)}
    return N, [name for name in usual if vae.models[name].decoder in decoders]


def recipe_of(vae: Vae, model: str) -> Recipe:
    """The recipe of a model, its own or the usual one."""
    return vae.recipes[vae.models[model].recipe or vae.recipe]


def train_settings(seed: int, vae: Vae, tfi: Tfi, model: str) -> str:
    """The settings that rule `vae_train` uses for a model, and no others."""
    chosen, recipe = vae.models[model], recipe_of(vae, model)
    samples = samples_of(vae, tfi, model) if chosen.samples else 0
    training = {
        **recipe.model_dump(),
        "epochs": chosen.epochs or recipe.epochs,
        "decoder": chosen.decoder,
        "hidden": _hidden(vae, chosen),
        "latent": chosen.latent or vae.latent,
    }
    if chosen.decoder != "factorised":
        del training["free_nats"]
    if not recipe.pairs or chosen.decoder not in DIFFERENTIABLE:
        del training["pairs"]
    if chosen.decoder == "matrix_product":
        training["bond_dimension"] = chosen.bond_dimension
    if chosen.decoder in LATENT:
        training["harmonics"] = vae.harmonics
    return settings(
        seed=seed,
        block=vae.block,
        samples=samples,
        importance_draws=vae.importance_draws,
        training=training,
    )


def leaderboard_settings(seed: int, vae: Vae, datasets: Datasets, n: int) -> str:
    """The settings of the models of the leaderboard."""
    chosen = vae.leaderboard
    used = {"steps", "learning_rate", "draws", "final_draws"}
    values = leaderboard_values(datasets, n)
    return settings(
        seed=seed, **values, kinds=chosen.kinds, training=chosen.model_dump(include=used)
    )


def leaderboard_memory(vae: Vae, datasets: Datasets, n: int) -> float:
    """MB: torch, and what a gradient keeps of every string and site of all models at once."""
    board, chosen = datasets.leaderboard, vae.leaderboard
    trainings = len(board.datasets) * board.block * board.starts
    width = max(4 * n**2, chosen.draws)
    points = 16 * chosen.final_draws * 2 ** (n // 2 + 1)
    return 800 + 1e-6 * (trainings * 2**n * 8 * 4 * width + points)


def leaderboard_minutes(vae: Vae, datasets: Datasets, n: int) -> float:
    """Minutes, generous: per step 20 ms, and 200 ns per model, string and site."""
    board, chosen = datasets.leaderboard, vae.leaderboard
    trainings = len(board.datasets) * board.block * board.starts
    step = 0.02 + 2e-7 * trainings * 2**n * n
    return 10 + (len(chosen.kinds) + 1) * chosen.steps * step / 60


def sampling_settings(seed: int, vae: Vae) -> str:
    """The settings of what is estimated from samples of a model."""
    return settings(seed=seed, samples=vae.samples)


def susceptibility_settings(seed: int, vae: Vae) -> str:
    """The settings of the susceptibilities."""
    return settings(seed=seed, samples=vae.samples, temperatures=vae.gumbel_temperatures)


def mass_function_settings(seed: int, vae: Vae) -> str:
    """The settings of the probabilities of all outcomes."""
    return settings(seed=seed, prior_samples=vae.prior_samples)


def divergence_settings(seed: int, vae: Vae, tfi: Tfi) -> str:
    """The settings of the divergence from the ground states."""
    strings, draws = vae.fresh_samples, vae.importance_draws
    return settings(seed=seed, strings=strings, draws=draws, noise=tfi.noise)


def likelihood_settings(seed: int, vae: Vae) -> str:
    """The settings of the bound of the log-likelihood of the user's own outcomes."""
    return settings(seed=seed, samples=vae.samples, draws=LIKELIHOOD_DRAWS)


def train_threads(vae: Vae, model: str) -> int:
    """Threads for training: one for small matrices, which more threads do not make faster."""
    recipe = recipe_of(vae, model)
    if recipe.objective == "marginal":
        return 1
    return min(16, max(1, recipe.batch_size * _hidden(vae, vae.models[model]) // 2**20))


def train_memory(
    vae: Vae, model: str, samples: int, sites: int, conditions: int, fields: int = 1
) -> float:
    """MB for training: torch, outcomes as bytes, conditions, orders, activations of a batch.

    A batch of the objective `marginal` has all fields. Of pairs of sites there are four arrays.
    """
    recipe = recipe_of(vae, model)
    rows = recipe.batch_size * recipe.draws
    if recipe.objective == "marginal":
        rows *= fields
    batch = rows * _activations(vae, vae.models[model], sites)
    pairs = 16 * fields * (4 * sites) ** 2 if recipe.pairs else 0
    return 700 + 1e-6 * (samples * (sites + 16 + 8 * conditions) + 2 * batch + pairs)


def train_minutes(
    vae: Vae, model: str, samples: int, sites: int, conditions: int, fields: int = 1
) -> float:
    """Minutes for a block, generous: 6 operations per weight and sample, 8 GFLOP/s per thread."""
    recipe = recipe_of(vae, model)
    epochs = vae.models[model].epochs or recipe.epochs
    strings = samples * epochs
    if recipe.objective == "marginal":
        strings = fields * recipe.batch_size * 100 * epochs
    operations = 6 * _weights(vae, model, sites, conditions) * strings * vae.block * recipe.draws
    return 10 + operations / 8e9 / train_threads(vae, model) / 60


def likelihood_minutes(vae: Vae, model: str, samples: int, sites: int, conditions: int) -> float:
    """Minutes for the bound of the log-likelihood of all strings, generous."""
    operations = 2 * _weights(vae, model, sites, conditions) * samples * LIKELIHOOD_DRAWS
    return 10 + operations * vae.block / 2e9 / 60


def decode_minutes(vae: Vae, tfi: Tfi, model: str, N: int, passes: int | float) -> float:
    """Minutes for decoding `passes` latent vectors per sample for a block, generous."""
    operations = 4 * _weights(vae, model, N) * len(tfi.hx) * vae.samples * passes
    return 10 + operations * vae.block / 4e9 / 60


def draw_minutes(vae: Vae, tfi: Tfi, model: str, N: int) -> float:
    """Minutes for drawing the samples of a block, generous.

    The masked network of an autoregressive decoder is evaluated once per site.
    """
    passes = N if vae.models[model].decoder == "autoregressive" else 1
    return decode_minutes(vae, tfi, model, N, passes)


def divergence_minutes(vae: Vae, tfi: Tfi, model: str, N: int) -> float:
    """Minutes for the divergence from the ground states, generous."""
    passes = vae.fresh_samples * vae.importance_draws / vae.samples
    return decode_minutes(vae, tfi, model, N, passes) + len(tfi.hx) * vae.fresh_samples / 1e5


def entropies_minutes(tfi: Tfi) -> float:
    """Minutes for the entropies of a block, generous: half a minute per field."""
    return 10 + len(tfi.hx) / 2


def _hidden(vae: Vae, model: Model) -> int:
    """Width of a model's hidden layers."""
    return model.hidden or vae.hidden


def _activations(vae: Vae, model: Model, sites: int) -> int:
    """Bytes per string that training keeps for the gradient."""
    if model.decoder == "recurrent":
        return 100 * sites * _hidden(vae, model)
    if model.decoder == "matrix_product":
        return 64 * sites * model.bond_dimension**2
    return 24 * _hidden(vae, model) + 60 * sites


def _weights(vae: Vae, model: str, sites: int, conditions: int = 1) -> int:
    """Weights, each as often as a string uses it."""
    chosen = vae.models[model]
    if chosen.decoder == "recurrent":
        return sites * _hidden(vae, chosen) * (6 * _hidden(vae, chosen) + 40)
    if chosen.decoder == "matrix_product":
        return 128 * sites * chosen.bond_dimension**2
    given = 2 * conditions * (2 * vae.harmonics or 1)
    inputs = 12 * sites + 4 * (chosen.latent or vae.latent or sites) + given
    return _hidden(vae, chosen) * (2 * _hidden(vae, chosen) + inputs)
