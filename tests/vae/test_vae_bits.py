"""Models of bit strings: probabilities by independent routes, samples, numbers of parameters."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import expit
from scipy.stats import chi2

from spinlearn.spins.mps import dense
from spinlearn.vae.decoders import build
from spinlearn.vae.marginal import string_probabilities
from spinlearn.vae.model import all_strings
from spinlearn.vae.models import BITS, Architecture

DECODERS = ("recurrent", "matrix_product", "nade")
SITES = 4


def model_of(decoder, conditions=(), sites=SITES, hidden=3, bond=3):
    """A small model of bits in float64 with random weights everywhere."""
    generator = torch.Generator().manual_seed(5)
    architecture = Architecture(sites, 2, hidden, decoder, conditions, bond, letters=BITS)
    model = build(architecture, generator).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(
                parameter.shape, generator=generator, dtype=torch.float64
            )
    return model


def probabilities(model, *values):
    strings = all_strings(model.architecture.sites, BITS)
    given = torch.tensor(values, dtype=torch.float64)[None].expand(len(strings), -1)
    return model.log_probability(strings, given).exp().numpy()


@pytest.mark.parametrize("values", [(), (0.3,)])
@pytest.mark.parametrize("decoder", DECODERS)
def test_samples_have_the_probabilities_of_all_strings(decoder, values):
    """Pearson's test of 20,000 strings; it fails by chance once in 10^5."""
    model = model_of(decoder, conditions=("h",) * len(values))
    p = probabilities(model, *values)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    given = torch.tensor(values, dtype=torch.float64)[None].expand(20000, -1)
    drawn = model.sample(given, np.random.default_rng(1))
    index = drawn.astype(int) @ 2 ** np.arange(SITES - 1, -1, -1)
    found, expected = np.bincount(index, minlength=2**SITES), 20000 * p
    frequent = expected > 5
    statistic = ((found - expected)[frequent] ** 2 / expected[frequent]).sum()
    assert statistic < chi2.isf(1e-5, frequent.sum())


def test_a_matrix_product_of_bits_obeys_borns_rule():
    """Independent route: all amplitudes of the state that the model is."""
    model = model_of("matrix_product")
    assert probabilities(model) == pytest.approx(np.abs(dense(model.state())) ** 2, abs=1e-12)


def test_nade_follows_its_formula():
    """Independent route: the formula written out, bit by bit."""
    model = model_of("nade")
    W, V = (model.inputs[:, 0].detach().numpy(), model.readout[:, :, 0].detach().numpy())
    b, s = model.hidden_bias.detach().numpy(), model.bias[:, 0].detach().numpy()
    expected = []
    for bits in product((0, 1), repeat=SITES):
        p = 1.0
        for i, bit in enumerate(bits):
            h = expit(b + sum(bits[j] * W[j] for j in range(i)))
            one = expit(V[i] @ h + s[i])
            p *= one if bit else 1 - one
        expected.append(p)
    assert probabilities(model) == pytest.approx(np.array(expected), abs=1e-12)


def test_a_decoder_of_bits_is_a_mixture_of_independent_bits():
    """Independent route: products over the bits, written out, averaged over latent vectors."""
    model = model_of("factorised")
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        sites = model.decode(z, z[:, :0]).exp()
        found = string_probabilities(sites).numpy()
    strings = all_strings(SITES, BITS).numpy()
    one = sites[:, 1].numpy()
    expected = [np.where(bits == 1, one, 1 - one).prod(axis=1).mean() for bits in strings]
    assert found == pytest.approx(np.array(expected), abs=1e-14)


@pytest.mark.parametrize(
    ("decoder", "hidden", "bond", "expected"),
    [
        ("nade", 3, 1, 5 * 3 + 3 + 6 * 3 + 6),
        # Three rows of the outcome (0, 1, none yet) for the gates and the factor, six sites, V, the
        # gates with their bias, Q with its bias, the readout.
        ("recurrent", 1, 1, 3 * 3 + 3 * 1 + 6 * 3 + 1 + 3 + 3 + 1 + 1 + 1 + 6),
        ("matrix_product", 1, 2, 2 * 2 + 4 * 2 * 4 + 2 * 2),
        ("factorised", 3, 1, (2 * 3 + 3) + (3 * 3 + 3) + (3 * 6 + 6)),
    ],
)
def test_parameters_are_counted(decoder, hidden, bond, expected):
    model = model_of(decoder, sites=6, hidden=hidden, bond=bond)
    assert model.parameters_used == expected


def test_unused_entries_of_a_matrix_product_change_nothing():
    """Rows of the first tensor and columns of the last that no string uses; the count is exact.

    Slopes of unused entries are rounding, those of the others above 1e-4 here.
    """
    model = model_of("matrix_product")
    strings = all_strings(SITES, BITS)
    weights = torch.linspace(0.1, 1.0, len(strings), dtype=torch.float64)
    (weights * model.loss(strings, torch.zeros(len(strings), 0).double())).sum().backward()
    slopes = model.fixed.grad.abs()
    assert int((slopes > 1e-12).sum()) == int((slopes > 1e-4).sum()) == model.parameters_used


def test_only_bits_do_without_conditions():
    with pytest.raises(ValueError, match="at least one condition"):
        Architecture(3, 3, 4, conditions=())
    with pytest.raises(ValueError, match="letters are 2"):
        Architecture(3, 3, 4, letters=3)
