"""The model: ELBO, KL, one-hot layer, sampling, likelihoods, against brute force and torch."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.vae.model import (
    Architecture,
    ConditionalVAE,
    all_strings,
    decoder_probabilities,
    draw_outcomes,
    draw_site_by_site,
    harmonics,
    importance_bound,
    kl_to_prior,
    latent_vectors,
    log_likelihood,
    string_log_probability,
    string_probabilities,
    unused_latent_variables,
)


def tiny(sites=2, latent=1, hidden=5, seed=3) -> ConditionalVAE:
    """A model in float64 whose biases are not zero, so that nothing cancels by symmetry."""
    generator = torch.Generator().manual_seed(seed)
    model = ConditionalVAE(Architecture(sites, latent, hidden), generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(
                parameter.shape, generator=generator, dtype=torch.float64
            )
    return model


def strings(sites) -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(4), repeat=sites)), dtype=torch.uint8)


def integrate(model, hx, values):
    """∫ dz N(z; 0, 1) f(z) of a one-dimensional latent variable, by the trapezium rule on [-9, 9].

    The integrands are smooth and fall like a Gaussian, for which the rule converges geometrically;
    the step of 0.01 leaves an error below 1e-12.
    """
    z = torch.arange(-9, 9, 0.01, dtype=torch.float64)
    weight = torch.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) * 0.01
    decoded = model.decode(z[:, None], torch.full_like(z[:, None], hx))
    return (weight[:, None] * values(z, decoded)).sum(dim=0)


def exact_probabilities(model, hx) -> torch.Tensor:
    every = strings(model.architecture.sites)

    def values(z, decoded):
        return torch.stack(
            [string_log_probability(decoded, a.expand(len(z), -1)).exp() for a in every], dim=1
        )

    return integrate(model, hx, values)


def exact_elbo(model, hx, string) -> float:
    """E_q[log π(a|z)] − KL(q ‖ p) with both expectations as integrals over z."""
    with torch.no_grad():
        mean, log_variance = model.encode(
            model.one_hot(string[None]), torch.tensor([[hx]], dtype=torch.float64)
        )
        z = torch.arange(-14, 14, 0.002, dtype=torch.float64)
        log_q = (
            -0.5
            * (
                (z - mean) ** 2 / log_variance.exp() + log_variance + math.log(2 * math.pi)
            ).flatten()
        )
        log_p = -0.5 * (z**2 + math.log(2 * math.pi))
        decoded = model.decode(z[:, None], torch.full_like(z[:, None], hx))
        log_pi = string_log_probability(decoded, string.expand(len(z), -1))
        return float((log_q.exp() * (log_pi + log_p - log_q)).sum() * 0.002)


@pytest.fixture(scope="module")
def model():
    return tiny()


def test_elbo_is_the_integral_over_the_latent_variable(model):
    """Monte Carlo mean of 20000 one-sample estimates against numerical integration.

    Within 5 standard errors for 16 strings: false alarm below 1e-5.
    """
    hx, draws = 0.7, 20000
    generator = torch.Generator().manual_seed(0)
    for string in strings(2):
        with torch.no_grad():
            values = model.elbo(
                string.expand(draws, -1), torch.full((draws, 1), hx, dtype=torch.float64), generator
            )
        error = float(values.std()) / math.sqrt(draws)
        assert float(values.mean()) == pytest.approx(exact_elbo(model, hx, string), abs=5 * error)


def test_elbo_is_a_lower_bound_of_the_log_likelihood(model):
    """Both by integration; the gap is KL(q ‖ posterior), which is positive."""
    likelihood = exact_probabilities(model, 0.7).log()
    for string, value in zip(strings(2), likelihood.tolist(), strict=True):
        assert exact_elbo(model, 0.7, string) < value


def test_importance_weighted_likelihood_rises_to_the_exact_one(model):
    """K = 2000 draws against integration.

    The estimate's own error is found from 20 repetitions; 5 of them plus the bias, which is half
    the variance of a repetition, bound the deviation (false alarm below 1e-4 over 16 strings).
    """
    exact = exact_probabilities(model, 1.1).log()
    every = strings(2)
    field = torch.full((len(every), 1), 1.1, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    runs = torch.stack([log_likelihood(model, every, field, 2000, generator) for _ in range(20)])
    spread = runs.std(dim=0)
    assert bool(((runs.mean(dim=0) - exact).abs() < 5 * spread / 20**0.5 + spread**2).all())
    single = torch.stack([log_likelihood(model, every, field, 1, generator) for _ in range(400)])
    assert bool((single.mean(dim=0) < exact).all())


def test_more_draws_tighten_the_loss(model):
    """Mean losses of 400 repetitions; differences exceed five of their standard errors."""
    every = strings(2)
    field = torch.full((len(every), 1), 1.1, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    exact = -exact_probabilities(model, 1.1).log().mean()

    def mean_and_error(draws):
        with torch.no_grad():
            runs = [model.loss(every, field, generator, draws).mean() for _ in range(400)]
        runs = torch.stack(runs)
        return runs.mean(), runs.std() / 20

    (one, error), (eight, smaller) = mean_and_error(1), mean_and_error(8)
    assert one - eight > 5 * torch.hypot(error, smaller)
    assert eight > exact - 5 * smaller


def test_gradient_of_a_loss_with_several_draws_is_a_finite_difference(model):
    """For a weight of the decoder, with the same noise."""
    every = strings(2)
    field = torch.full((len(every), 1), 1.1, dtype=torch.float64)
    weight = model.decoder.layers[0].bias

    def loss():
        return model.loss(every, field, torch.Generator().manual_seed(1), 4).mean()

    (slope,) = torch.autograd.grad(loss(), weight)
    step, values = 1e-6, []
    for sign in (1, -1):
        with torch.no_grad():
            weight[0] += sign * step
            values.append(float(loss()))
            weight[0] -= sign * step
    # Rounding errors of 1e-15 over the step, and the third derivative times its square.
    assert abs((values[0] - values[1]) / (2 * step) - float(slope[0])) < 1e-8
    assert abs(float(slope[0])) > 1e-6


def noise_of_two_draws(points=800):
    """Points and weights of the midpoint rule over two independent normal numbers, to 8 sigma."""
    x = (np.arange(points) + 0.5) * 16 / points - 8
    weight = np.exp(-(x**2) / 2)
    noise = np.array(list(itertools.product(x, x)))[:, :, None]
    weights = np.outer(weight, weight).ravel() / weight.sum() ** 2
    return torch.from_numpy(noise), torch.from_numpy(weights)


@pytest.mark.parametrize("number", [0, 3])
def test_gradient_of_the_encoder_has_the_mean_of_the_slope_of_the_bound(model, monkeypatch, number):
    """Both means over the noise by the midpoint rule, for four strings; two draws.

    The mean bound is differentiated by finite differences, which knows nothing of how the noise
    enters. The estimator's own values differ from the slopes at fixed noise.
    """
    noise, weights = noise_of_two_draws()
    monkeypatch.setattr(torch, "randn", lambda *shape, **named: noise)
    bias = model.encoder.layers[0].bias
    field = torch.full((len(noise), 1), 1.1, dtype=torch.float64)

    def bound(string):
        return importance_bound(model, string.expand(len(noise), -1), field, 2)

    for string in strings(2)[::5]:
        (slope,) = torch.autograd.grad((weights * bound(string)).sum(), bias)
        values, step = [], 1e-5
        with torch.no_grad():
            for sign in (1, -1):
                bias[number] += sign * step
                values.append(float((weights * bound(string)).sum()))
                bias[number] -= sign * step
        # The rule has an error of some 1e-5, since the bends of ELU are within its steps.
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(
            float(slope[number]), rel=1e-4, abs=1e-4
        )
        assert abs(float(slope[number])) > 1e-3


def test_gradient_of_the_encoder_has_little_noise_where_it_gives_the_posterior():
    """An encoder and a decoder that ignore strings and z: q is the posterior, so the slope is 0."""
    model = tiny()
    with torch.no_grad():
        for layer in (model.encoder.layers[-1], model.decoder.layers[0]):
            layer.weight.zero_()
        model.encoder.layers[-1].bias.zero_()
    every = strings(2)
    field = torch.full((len(every), 1), 1.1, dtype=torch.float64)
    loss = model.loss(every, field, torch.Generator().manual_seed(1), 4).sum()
    (slope,) = torch.autograd.grad(loss, model.encoder.layers[-1].bias)
    assert float(slope.abs().max()) < 1e-14


@given(
    mean=st.lists(st.floats(-3, 3), min_size=1, max_size=4),
    scale=st.floats(0.05, 4),
)
@settings(max_examples=50)
def test_kl_is_that_of_torch_distributions(mean, scale):
    location = torch.tensor([mean], dtype=torch.float64)
    log_variance = torch.full_like(location, 2 * math.log(scale))
    q = torch.distributions.Normal(location, torch.full_like(location, scale))
    p = torch.distributions.Normal(torch.zeros_like(location), torch.ones_like(location))
    expected = torch.distributions.kl_divergence(q, p).sum(dim=1)
    assert torch.allclose(kl_to_prior(location, log_variance), expected, rtol=1e-12, atol=1e-13)
    assert float(kl_to_prior(location, log_variance)) >= -1e-14


@given(free=st.floats(0.0, 2.0), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_unused_latent_variables_cost_what_they_lack(free, seed):
    """Against torch's distributions; variable 0 is equal to its prior, so it lacks all of it."""
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance = torch.randn(2, 7, 3, generator=generator, dtype=torch.float64)
    mean[:, 0] = log_variance[:, 0] = 0.0
    q = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    lacking = [max(free - float(kl), 0.0) for kl in torch.distributions.kl_divergence(q, p).mean(0)]
    assert lacking[0] == free
    found = float(unused_latent_variables(mean, log_variance, free))
    assert found == pytest.approx(sum(lacking), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("draws", [1, 4])
def test_free_nats_raise_the_loss_by_what_latent_variables_lack(model, draws):
    every = strings(2)
    field = torch.full((len(every), 1), 1.1, dtype=torch.float64)
    with torch.no_grad():
        plain, raised = (
            model.loss(every, field, torch.Generator().manual_seed(1), draws, free)
            for free in (0.0, 9.0)
        )
        lacking = unused_latent_variables(*model.encode(model.one_hot(every), field), 9.0)
    assert float(lacking) > 0
    assert torch.allclose(raised - plain, lacking.expand(len(every)), rtol=1e-12, atol=1e-13)


def test_one_hot_layer_is_a_gathered_sum_of_weight_columns(model):
    """Independent route: add up the columns of the first weight matrix that a string selects."""
    every = strings(2)
    layer = model.encoder.layers[0]
    gathered = layer.bias + sum(
        layer.weight[:, every[:, site].long() * 2 + site].T for site in range(2)
    )
    hx = torch.zeros(len(every), 1, dtype=torch.float64)
    assert torch.allclose(layer(torch.cat([model.one_hot(every), hx], dim=1)), gathered, atol=1e-14)
    assert bool((model.one_hot(every).sum(dim=1) == 2).all())


def test_both_networks_see_the_field(model):
    every = strings(2)
    low, high = (torch.full((len(every), 1), hx, dtype=torch.float64) for hx in (0.1, 0.9))
    assert not torch.allclose(
        model.encode(model.one_hot(every), low)[0], model.encode(model.one_hot(every), high)[0]
    )
    z = torch.zeros(len(every), 1, dtype=torch.float64)
    assert not torch.allclose(model.decode(z, low), model.decode(z, high))


def test_decoder_is_normalised_over_outcomes(model):
    z = torch.randn(7, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    total = model.decode(z, torch.linspace(0, 2, 7, dtype=torch.float64)[:, None]).exp().sum(dim=1)
    assert torch.allclose(total, torch.ones_like(total), atol=1e-14)


def test_initial_weights_are_he_normal():
    """Variance 2 / fan-in: 65536 weights give it to 1/sqrt(32768) = 0.6 %; 5 of these allowed."""
    model = ConditionalVAE(Architecture(4, 4, 256), torch.Generator().manual_seed(0))
    weight = model.decoder.layers[1].weight
    assert float(weight.detach().var()) == pytest.approx(2 / 256, rel=0.03)
    assert all(float(layer.bias.detach().abs().max()) == 0 for layer in model.encoder.layers)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="must be positive"):
        Architecture(sites=3, latent=0, hidden=4)


@pytest.mark.parametrize(("sites", "latent"), [(1, 1), (2, 1), (3, 2)])
def test_string_probabilities_sum_to_one_and_agree_with_the_direct_product(sites, latent):
    """Independent route: each string's probability from the decoder, draw by draw."""
    model = tiny(sites, latent)
    batches = list(decoder_probabilities(model, 0.4, 5000, seed=8))
    found = string_probabilities(batches)
    assert len(batches) == 2
    assert found.sum() == pytest.approx(1, abs=1e-12)
    every = strings(sites).numpy()
    draws = np.concatenate(batches)
    direct = np.array([np.mean(np.prod(draws[:, a, np.arange(sites)], axis=1)) for a in every])
    assert np.allclose(found, direct, atol=1e-14)


def test_string_probabilities_approach_the_integral_over_the_prior(model):
    """40000 draws against integration, within 5 standard errors for 16 strings (below 1e-5)."""
    batches = list(decoder_probabilities(model, 0.7, 40000, seed=2))
    draws = np.concatenate(batches)
    exact = exact_probabilities(model, 0.7).detach().numpy()
    for k, string in enumerate(strings(2).numpy()):
        values = np.prod(draws[:, string, np.arange(2)], axis=1)
        assert values.mean() == pytest.approx(exact[k], abs=5 * values.std() / 200)
    assert np.allclose(exact.sum(), 1, atol=1e-10)


def test_sampled_frequencies_are_the_decoder_probabilities(model):
    """Counts of 50000 strings: chi² with 15 degrees of freedom, 99.99 % quantile 44.3 (1e-4)."""
    draws = np.concatenate(list(decoder_probabilities(model, 1.5, 50000, seed=4)))
    outcomes = draw_outcomes(draws, np.random.default_rng(0))
    counts = np.bincount(outcomes @ np.array([4, 1]), minlength=16)
    expected = 50000 * exact_probabilities(model, 1.5).detach().numpy()
    assert ((counts - expected) ** 2 / expected).sum() < 44.3


def test_certain_outcomes_are_always_drawn():
    probabilities = np.zeros((200, 4, 3))
    probabilities[:, 3, 0] = probabilities[:, 0, 1] = probabilities[:, 2, 2] = 1.0
    outcomes = draw_outcomes(probabilities, np.random.default_rng(0))
    assert outcomes.dtype == np.uint8
    assert (outcomes == [3, 0, 2]).all()


def test_fewer_latent_vectors_are_the_first_of_more():
    model = tiny(3, 2)
    few = torch.cat(list(latent_vectors(model, 100, seed=1)))
    many = torch.cat(list(latent_vectors(model, 9000, seed=1)))
    assert len(few) == 100
    assert len(many) == 9000
    assert torch.equal(few, many[:100])
    assert float(many.mean()) == pytest.approx(0, abs=5 / math.sqrt(many.numel()))


def test_no_latent_vectors_is_an_error():
    with pytest.raises(ValueError, match="no latent vectors"):
        string_probabilities([])


# --- the autoregressive decoder -----------------------------------------------------------------


def autoregressive(sites=3, hidden=7) -> ConditionalVAE:
    generator = torch.Generator().manual_seed(5)
    architecture = Architecture(sites, 2, hidden, "autoregressive")
    model = ConditionalVAE(architecture, generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(
                parameter.shape, generator=generator, dtype=torch.float64
            )
    return model


def test_each_site_sees_the_sites_before_it_and_no_others():
    """Independent route: which outputs change when one site's outcome does."""
    model = autoregressive()
    z, hx = torch.zeros(1, 2, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    before = torch.zeros(1, 3, dtype=torch.uint8)
    reference = model.decode(z, hx, model.one_hot(before))
    for changed in range(3):
        after = before.clone()
        after[0, changed] = 2
        difference = (model.decode(z, hx, model.one_hot(after)) - reference).abs()
        seen = (difference.amax(dim=(0, 1)) > 0).tolist()
        assert seen == [site > changed for site in range(3)]


def test_autoregressive_probabilities_of_all_strings_sum_to_one_for_every_z():
    model = autoregressive()
    every = all_strings(3)
    generator = torch.Generator().manual_seed(0)
    for z in torch.randn(5, 2, generator=generator, dtype=torch.float64):
        hx = torch.full((64, 1), 0.6, dtype=torch.float64)
        decoded = model.decode(z.expand(64, -1), hx, model.one_hot(every))
        total = string_log_probability(decoded, every).exp().sum()
        assert float(total.detach()) == pytest.approx(1, abs=1e-12)


def test_autoregressive_decoder_needs_the_outcomes():
    model = autoregressive()
    z, hx = torch.zeros(1, 2, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="needs the outcomes"):
        model.decode(z, hx)


def test_drawing_site_by_site_is_drawing_at_once_for_a_factorised_decoder(model):
    """The same uniform numbers give the same strings by both routes."""
    (z,) = latent_vectors(model, 500, seed=3)
    field = torch.full((500, 1), 0.3, dtype=torch.float64)
    with torch.no_grad():
        probabilities = model.decode(z, field).exp().numpy()
    at_once = draw_outcomes(probabilities, np.random.default_rng(4))
    assert (draw_site_by_site(model, z, field, np.random.default_rng(4)) == at_once).all()


def test_a_model_without_conditions_is_refused():
    with pytest.raises(ValueError, match="at least one condition"):
        Architecture(3, 3, 4, conditions=())
    with pytest.raises(ValueError, match="harmonics need the range of each condition"):
        Architecture(3, 3, 4, harmonics=2)


def test_harmonics_are_those_of_the_place_in_the_range():
    """Against sines and cosines written out; a condition with one value has u = 0."""
    ranges = torch.tensor([[1.0, 7.0], [3.0, 7.0]])
    found = harmonics(torch.tensor([[1.5, 7.0], [3.0, 7.0]]), ranges, 2)
    sine = math.sin(math.pi / 4)
    expected = [[sine, 1, 0, 0, sine, 0, 1, 1], [0, 0, 0, 0, -1, 1, 1, 1]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("decoder", ["factorised", "tied", "autoregressive"])
def test_both_networks_see_every_condition(decoder, count):
    """Each of three conditions by itself changes what both networks give."""
    names, ranges = ("hx", "temperature", "delay"), ((0.0, 1.0),) * 3
    architecture = Architecture(2, 1, 5, decoder, names, harmonics=count, ranges=ranges)
    model = ConditionalVAE(architecture, torch.Generator().manual_seed(3))
    string, z = torch.zeros(1, 2, dtype=torch.uint8), torch.ones(1, 1)
    hot = model.one_hot(string)
    nothing = torch.zeros(1, 3)
    for condition in torch.eye(3):
        given = condition[None]
        assert not torch.allclose(model.encode(hot, given)[0], model.encode(hot, nothing)[0])
        assert not torch.allclose(model.decode(z, given, hot), model.decode(z, nothing, hot))


def test_an_unknown_decoder_is_refused():
    with pytest.raises(ValueError, match="a decoder is one of"):
        Architecture(3, 3, 4, "convolutional")


def tied(scale=1.0) -> ConditionalVAE:
    """A model with a linear part in float64, whose biases are not zero."""
    generator = torch.Generator().manual_seed(5)
    model = ConditionalVAE(Architecture(3, 4, 6, "tied"), generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter += 0.1 * noise
        model.linear.weight *= scale
    return model


def test_a_tied_decoder_adds_a_map_linear_in_z_whose_gains_follow_the_field():
    model, z = tied(), torch.randn(7, 4, generator=torch.Generator().manual_seed(1)).double()
    hx = torch.linspace(0, 2, 7, dtype=torch.float64)[:, None]
    plain = model.decoder(torch.cat([z, hx], dim=1)).view(7, 4, 3)
    slope = torch.tensor([[0.5, -1.0, 0.0, 2.0]], dtype=torch.float64)
    with torch.no_grad():
        model.linear.gains.weight[:], model.linear.gains.bias[:] = slope.T, 1.0
    gains = 1.0 + hx @ slope
    added = torch.einsum("aij,mj,mj->mai", model.linear.weight.view(4, 3, 4), gains, z)
    expected = torch.log_softmax(plain + added, dim=1)
    torch.testing.assert_close(model.decode(z, hx), expected)


def test_a_tied_encoder_gains_the_mean_of_the_posterior_of_a_weak_linear_part():
    """Against E[z | a] by importance sampling from the prior, of a decoder with the part alone."""
    model, every = tied(scale=0.05), strings(3)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
        z = torch.randn(200_000, 4, generator=torch.Generator().manual_seed(2)).double()
        z = torch.cat([z, -z])  # so that the mean of the prior is exactly zero
        hx = torch.full((len(z), 1), 0.7, dtype=torch.float64)
        decoded, hx = model.decode(z, hx), hx[:64]
        for k in (0, 5, 27, 63):
            found = every[k].expand(len(z), -1)
            weight = torch.softmax(string_log_probability(decoded, found), dim=0)
            gained = model.linear.slopes(model.one_hot(every), hx)[k]
            # W is 0.02, so the second order is 0.0004, and sampling a tenth of that.
            torch.testing.assert_close(gained, weight @ z, atol=1e-3, rtol=0)
            assert gained.abs().max() > 0.01


def test_latent_variables_of_a_tied_decoder_begin_apart():
    weight = ConditionalVAE(Architecture(5, 15, 4, "tied")).linear.weight.detach()
    torch.testing.assert_close(weight.T @ weight, torch.eye(15) / 3)
    torch.testing.assert_close(weight.view(4, 5, 15).sum(dim=0), torch.zeros(5, 15))


def test_bits_have_no_tied_decoder():
    with pytest.raises(ValueError, match="a decoder of bits is one of"):
        Architecture(3, 3, 4, "tied", letters=2)
