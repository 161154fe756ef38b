"""Models without latent variables: exact probabilities, by sums over all strings and by states."""

from functools import reduce

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from spinlearn.spins import povm
from spinlearn.spins.mps import dense, from_dense, povm_log_probability, sample_povm
from spinlearn.tfi.exact import ground_vector
from spinlearn.vae.choices import DECODERS as ALL_DECODERS
from spinlearn.vae.choices import DIFFERENTIABLE, LATENT
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.decoders import build
from spinlearn.vae.model import all_strings
from spinlearn.vae.models import Architecture
from spinlearn.vae.sampling import draw
from spinlearn.vae.training import Settings, train

DECODERS = ("recurrent", "matrix_product", "nade")
SITES = 4


def model_of(decoder, sites=SITES, conditions=("hx",), seed=3):
    """A small model in float64 with random weights everywhere."""
    generator = torch.Generator().manual_seed(seed)
    architecture = Architecture(sites, 1, 6, decoder, conditions, bond_dimension=3)
    model = build(architecture, generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(
                parameter.shape, generator=generator, dtype=torch.float64
            )
    return model


def probabilities(model, *values):
    strings = all_strings(model.architecture.sites)
    given = torch.tensor([values], dtype=torch.float64).expand(len(strings), -1)
    return model.log_probability(strings, given).exp().numpy()


@pytest.mark.parametrize("decoder", ALL_DECODERS)
def test_lists_of_decoders_are_those_of_the_models(decoder):
    """Rules and settings go by the lists, computations by what a model says of itself."""
    model = model_of(decoder)
    assert model.has_latent_variables == (decoder in LATENT)
    assert model.is_factorised == (decoder in DIFFERENTIABLE)


@pytest.mark.parametrize("decoder", DECODERS)
def test_probabilities_of_all_strings_sum_to_one(decoder):
    model = model_of(decoder)
    for hx in (0.0, 0.7, 3.0):
        assert probabilities(model, hx).sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("decoder", DECODERS)
def test_samples_have_the_models_probabilities(decoder):
    """Pearson's test of 40,000 strings of 3 sites; it fails by chance once in 10^5."""
    model = model_of(decoder, sites=3)
    expected = 40000 * probabilities(model, 0.6)
    field = torch.full((40000, 1), 0.6, dtype=torch.float64)
    drawn = model.sample(field, np.random.default_rng(1))
    found = 40000 * povm.empirical_distribution(drawn)
    frequent = expected > 5
    statistic = ((found - expected)[frequent] ** 2 / expected[frequent]).sum()
    assert statistic < chi2.isf(1e-5, frequent.sum())


@pytest.mark.parametrize("decoder", DECODERS)
def test_each_string_has_its_own_conditions(decoder):
    """A batch of different conditions gives what each gives alone, for two named conditions."""
    model = model_of(decoder, conditions=("hx", "T"))
    strings = all_strings(SITES)[5:9]
    given = torch.tensor([[0.1, 2.0], [0.7, 2.0], [0.1, 2.0], [0.7, 5.0]], dtype=torch.float64)
    alone = [
        model.log_probability(strings[k : k + 1], given[k : k + 1]).item()
        for k in range(len(given))
    ]
    assert model.log_probability(strings, given).numpy() == pytest.approx(alone, abs=1e-12)
    drawn = model.sample(given, np.random.default_rng(0))
    assert drawn.shape == (4, SITES)
    assert drawn.max() <= 3


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_loss_has_the_gradient_of_finite_differences(decoder):
    model = model_of(decoder, sites=3)
    strings, given = all_strings(3)[::7], torch.full((10, 1), 0.4, dtype=torch.float64)
    parameters = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    model.loss(strings, given).mean().backward()
    for parameter in parameters:
        flat = parameter.detach().view(-1)
        index = flat.numel() // 2
        values = []
        for step in (1e-5, -2e-5):
            flat[index] += step
            values.append(model.loss(strings, given).mean().item())
        flat[index] += 1e-5
        slope = (values[0] - values[1]) / 2e-5
        assert parameter.grad.view(-1)[index].item() == pytest.approx(slope, abs=1e-7)


def test_a_recurrent_network_is_causal():
    """p(a_1 … a_k), summed over what follows, is the same whatever the later sites' weights are."""
    model = model_of("recurrent")
    before = povm.marginal(probabilities(model, 0.5), range(2))
    with torch.no_grad():
        model.site[2:] += 1.0
        model.readout_site[2:] -= torch.tensor([1.0, 0, 0, 2.0])
    after = povm.marginal(probabilities(model, 0.5), range(2))
    assert after == pytest.approx(before, abs=1e-12)
    assert abs(povm.marginal(probabilities(model, 0.5), range(3)) - 1 / 64).max() > 1e-3


def test_matrix_product_probabilities_are_born_s():
    """Independent route: the dense state, and the log-probabilities of `spinlearn.spins.mps`."""
    model = model_of("matrix_product")
    found, state = probabilities(model, 0.8), model.state(0.8)
    assert found == pytest.approx(povm.outcome_distribution(dense(state)), abs=1e-12)
    exact = povm_log_probability(state, all_strings(SITES).numpy())
    assert np.log(found) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize("decoder", DECODERS)
def test_long_chains_do_not_overflow(decoder):
    """128 sites in float32: probabilities near 4^-128 = 1e-77 are below its range."""
    architecture = Architecture(128, 1, 4, decoder)
    model = build(architecture, torch.Generator().manual_seed(1))
    strings = torch.from_numpy(np.random.default_rng(0).integers(0, 4, (20, 128), dtype=np.uint8))
    found = model.log_probability(strings, torch.ones(20, 1)).numpy()
    exact = model.double().log_probability(strings, torch.ones(20, 1).double()).numpy()
    assert found == pytest.approx(exact, rel=1e-4)


def test_observables_of_a_matrix_product_agree_with_its_strings():
    """The exact values lie within 5 standard errors (1e-6) of those of drawn strings."""
    drawn = draw(model_of("matrix_product"), 0.8, 20000, 1, "test")
    assert drawn.moments["mu_x"].error == 0
    found = povm.site_expectations(drawn.outcomes)
    for name, axis in (("sigma_x", 0), ("sigma_z", 2)):
        assert np.all(abs(found.mean[axis] - drawn.moments[name].mean) < 5 * found.error[axis])
    pairs = povm.two_point_functions(drawn.outcomes, "z")
    assert np.all(abs(pairs.mean[0] - drawn.moments["zz_1"].mean)[1:] < 5 * pairs.error[0, 1:])


@pytest.mark.parametrize(("decoder", "least"), [("recurrent", 0.7), ("matrix_product", 0.9)])
def test_training_learns_the_outcomes_of_a_ground_state(decoder, least):
    """Most of what independent sites miss is learned from 6,000 strings of 4 sites.

    The divergence of independent sites is exact: the sum of the site entropies minus the entropy.
    """
    state = from_dense(ground_vector(4, 0.6, 1e-2))
    strings, _ = sample_povm(state, 6000, np.random.default_rng(1))
    exact = povm.outcome_distribution(dense(state))
    product = reduce(np.kron, [povm.marginal(exact, [site]) for site in range(4)])
    settings = Settings(
        hidden=8,
        latent=0,
        epochs=5,
        batch_size=200,
        learning_rate=0.02,
        schedule="cosine",
        decoder=decoder,
        bond_dimension=2,
    )
    data = OutcomeData(strings, np.full((6000, 1), 0.6))
    model = train(data, settings, seed=1).model.double()
    missed = (exact * np.log(exact / product)).sum()
    assert (exact * np.log(exact / probabilities(model, 0.6))).sum() < (1 - least) * missed
