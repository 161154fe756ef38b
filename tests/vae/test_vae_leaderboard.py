"""Models of bits of the leaderboard: counts, optima that are known, independence of a stack."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from spinlearn.datasets.leaderboard import Targets
from spinlearn.datasets.patterns import bars_and_stripes, cardinality, parity
from spinlearn.datasets.strings import Request, bit_strings
from spinlearn.learning.distributions import kl_divergence
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.vae.leaderboard import (
    Settings,
    Stack,
    architectures,
    independent_parameters,
    learn,
    parameters_of,
)
from spinlearn.vae.models import BITS, Architecture

SETTINGS = Settings(300, 0.05, draws=64, final_draws=2**12)


def targets_of(*made, runs=(0, 1), n=4):
    q = [np.stack([make(Request(n=n)).target(0)] * len(runs)) for make in made]
    return Targets(tuple(make.__name__ for make in made), tuple(runs), np.stack(q))


def independent_bits(q):
    bits = bit_strings(q.shape[-1].bit_length() - 1)
    mean = (q @ bits)[..., None, :]
    return np.where(bits == 1, mean, 1 - mean).prod(axis=-1)


def independent_numbers(n, bond):
    """Independent route: a real matrix product without its gauge and its norm."""
    bonds = [min(bond, 2**k, 2 ** (n - k)) for k in range(n + 1)]
    tensors = sum(2 * left * right for left, right in pairwise(bonds))
    return tensors - sum(size**2 for size in bonds[1:-1]) - 1


@pytest.mark.parametrize(("n", "bond"), [(4, 2), (6, 1), (6, 2), (6, 3), (6, 4), (6, 8)])
def test_independent_numbers_of_a_matrix_product_have_no_gauge(n, bond):
    shape = Architecture(n, 1, 1, "matrix_product", (), bond, letters=BITS)
    assert independent_parameters(shape) == independent_numbers(n, bond)


def test_redundant_parameters_of_nade_are_those_of_the_first_sites():
    """h_1 is constant and h_2 has two values: of V_1, V_2, s_1, s_2 three numbers matter."""
    shape = Architecture(6, 1, 3, "nade", (), letters=BITS)
    assert parameters_of(shape) - independent_parameters(shape) == 2 * (3 + 1) - 3


def test_rotations_of_latent_variables_change_no_probability():
    """Independent route: the rank of the orbit of the first layer under all rotations."""
    for latent, hidden in ((3, 3), (3, 1), (4, 2)):
        shape = Architecture(6, latent, hidden, "factorised", (), letters=BITS)
        weights = np.random.default_rng(1).normal(size=(hidden, latent))
        moves = []
        for a in range(latent):
            for b in range(a):
                generator = np.zeros((latent, latent))
                generator[a, b], generator[b, a] = 1, -1
                moves.append((weights @ generator).ravel())
        orbit = np.linalg.matrix_rank(np.array(moves))
        assert parameters_of(shape) - independent_parameters(shape) == orbit


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nade", {"nade": ("3 hidden units", 42)}),
        ("recurrent", {"recurrent": ("1 hidden units", 46)}),
        ("factorised", {"factorised": ("3 latent variables, 3 hidden units", 48)}),
        (
            "matrix_product",
            {
                "matrix_product": ("bond dimension 2", 40),
                "matrix_product_independent": ("bond dimension 4", 144),
            },
        ),
    ],
)
def test_widths_are_the_nearest_to_the_parameters(kind, expected):
    found = architectures(kind, 6, 48)
    assert {
        name: (width, parameters_of(shape)) for name, (width, shape) in found.items()
    } == expected


def test_a_matrix_product_without_bonds_is_the_product_of_the_means():
    """D = 1: the optimum of the likelihood is known, and is the nearest product."""
    targets = targets_of(bars_and_stripes, cardinality)
    shape = Architecture(4, 1, 1, "matrix_product", (), 1, letters=BITS)
    stack = Stack(shape, range(4), SETTINGS, 1)
    stack.train(targets.repeated(1), "test")
    assert stack.best(targets, 1) == pytest.approx(independent_bits(targets.probability), abs=1e-4)


def test_exact_models_learn_what_they_contain():
    """Parity is a matrix product of D = 2; with enough units NADE represents every distribution."""
    targets = targets_of(parity)
    budget = {"parameters": 200, "starts": 3}
    for model in learn(targets, ["matrix_product", "nade"], budget, SETTINGS, 1):
        kl = kl_divergence(targets.probability, model.distribution)
        assert kl == pytest.approx(0, abs=0.01), model.model


def test_a_decoder_learns_more_than_independent_bits():
    targets = targets_of(bars_and_stripes)
    budget = {"parameters": 60, "starts": 2}
    (found,) = learn(targets, ["factorised"], budget, SETTINGS, 1)
    assert found.distribution.sum(axis=-1) == pytest.approx(1, abs=1e-10)
    q = targets.probability
    assert (
        kl_divergence(q, found.distribution) < kl_divergence(q, independent_bits(q)) - 0.1
    ).all()


@pytest.mark.parametrize("kind", ["nade", "recurrent", "matrix_product", "factorised"])
def test_a_model_does_not_depend_on_the_others_of_its_stack(kind):
    """But for rounding, which 20 steps hardly amplify."""
    settings = Settings(20, 0.02, draws=32, final_draws=32)
    alone, together = targets_of(parity), targets_of(parity, cardinality)
    found = [
        learn(t, [kind], {"parameters": 20, "starts": 1}, settings, 1) for t in (alone, together)
    ]
    for one, other in zip(*found, strict=True):
        assert one.distribution[0] == pytest.approx(other.distribution[0], abs=1e-9)


def test_models_that_are_no_better_than_guessing_are_named_in_the_log(caplog):
    targets, budget = targets_of(parity, runs=(0,)), {"parameters": 20, "starts": 1}
    caplog.set_level("WARNING", "spinlearn.vae")
    learn(targets, ["nade"], budget, SETTINGS, 1)
    assert not caplog.messages
    learn(targets, ["nade"], budget, replace(SETTINGS, steps=1, learning_rate=1e-9), 1)
    assert caplog.messages[0].startswith("leaderboard, nade: 1 of 1 runs end no better than")


def test_models_that_are_worse_than_guessing_are_refused():
    targets, budget = targets_of(parity, runs=(0,)), {"parameters": 20, "starts": 1}
    wild = replace(SETTINGS, learning_rate=1e4)
    learn(targets, ["nade"], budget, replace(wild, steps=299), 1)
    with pytest.raises(NotConvergedError, match=r"(?s)nade: .* 1 of 1 runs .*learning_rate"):
        learn(targets, ["nade"], budget, replace(wild, steps=300), 1)


def test_a_loss_that_is_not_finite_ends_the_training():
    shape = Architecture(4, 1, 1, "nade", (), letters=BITS)
    stack = Stack(shape, [1], Settings(5, 0.1), 1)
    with torch.no_grad():
        stack.weights["model.bias"] += np.inf
    with pytest.raises(NotConvergedError, match=r"vae\.leaderboard\.learning_rate"):
        stack.train(targets_of(parity, runs=(0,)).repeated(1), "test")


def test_settings_are_checked():
    with pytest.raises(ValueError, match="learning_rate"):
        Settings(10, 0.0)
    with pytest.raises(ValueError, match="steps"):
        Settings(0, 0.1)
