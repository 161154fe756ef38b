"""Evaluation: observables, susceptibilities, mass functions and entropies of known models."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from spinlearn.spins import povm
from spinlearn.spins.mps import from_dense
from spinlearn.tfi.exact import exact_diagonalisation, ground_vector
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.entropies import exact_purities, purities, renyi_entropies
from spinlearn.vae.mass_functions import mass_function, stack
from spinlearn.vae.model import ConditionalVAE, all_strings, decoder_probabilities
from spinlearn.vae.models import Architecture
from spinlearn.vae.observables import observables
from spinlearn.vae.sampling import bloch_vectors, double_precision, draw
from spinlearn.vae.schemas import MASS_FUNCTION
from spinlearn.vae.susceptibilities import (
    exact_susceptibility,
    magnetisation_derivative,
    sampled_difference,
    susceptibilities,
)


def model_of(sites=4, latent=2, hidden=6, seed=3, decoder="factorised") -> ConditionalVAE:
    generator = torch.Generator().manual_seed(seed)
    model = ConditionalVAE(Architecture(sites, latent, hidden, decoder), generator)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return model.eval()


def constant_model(weights, latent=1) -> ConditionalVAE:
    """A decoder whose site probabilities are `weights` (N, 4), whatever z and hx are."""
    weights = np.asarray(weights, dtype=float)
    model = ConditionalVAE(Architecture(len(weights), latent, 4))
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
        model.decoder.layers[2].bias.copy_(torch.from_numpy(np.log(weights).T.reshape(-1)))
    return model.eval()


def ground_state_of(N, hx) -> StoredState:
    exact = exact_diagonalisation(N, hx, 1e-5)
    mps = from_dense(ground_vector(N, hx, 1e-5))
    return StoredState(hx, mps, exact.sigma_x, exact.sigma_z, exact.xx, exact.zz)


def rows_of(table, name):
    return table[table.observable == name].sort_values("site")


# A product state whose Bloch vectors lie inside the sphere, and the outcomes that it gives.
BLOCH = np.array([[0.3, 0.1, 0.8], [-0.5, 0.2, 0.4], [0.6, -0.3, -0.2]])
PRODUCT = (1 + BLOCH @ povm.VECTORS.T) / 4


def test_bloch_vectors_invert_the_povm():
    assert np.allclose(bloch_vectors(PRODUCT.T[None]), BLOCH[None], atol=1e-14)


def test_observables_of_a_product_state_are_its_bloch_vectors():
    """The decoder's mean is exact here; the sampled values agree within 5 of their errors.

    20 such values: false alarm below 2e-5.
    """
    table = observables(constant_model(PRODUCT), ground_state_of(3, 0.5), samples=20000, seed=1)
    expected = {
        "sigma_x": BLOCH[:, 0],
        "sigma_z": BLOCH[:, 2],
        "xx_1": np.r_[1, BLOCH[0, 0] * BLOCH[1:, 0]],
        "zz_1": np.r_[1, BLOCH[0, 2] * BLOCH[1:, 2]],
        "mu_x": BLOCH[:, [0]].mean(axis=0),
        "mu_z": BLOCH[:, [2]].mean(axis=0),
    }
    for name, values in expected.items():
        rows = rows_of(table, name)
        assert np.allclose(rows.decoder_mean, values, atol=1e-6)
        assert np.allclose(rows.decoder_mean_error, 0, atol=1e-6)
        assert (abs(rows.vae - values) <= 5 * rows.vae_error + 1e-12).all()
    assert rows_of(table, "zz_1").vae_error.iloc[0] == 0
    assert list(rows_of(table, "mu_x").site) == [0]
    assert list(rows_of(table, "sigma_x").site) == [1, 2, 3]


def test_exact_column_is_that_of_the_ground_state():
    exact = ground_state_of(3, 0.7)
    table = observables(constant_model(PRODUCT), exact, samples=50, seed=1)
    assert np.allclose(rows_of(table, "zz_1").exact, exact.zz[0])
    assert np.allclose(rows_of(table, "mu_x").exact, exact.sigma_x.mean())


def test_sampled_observables_and_decoder_means_agree():
    """Two estimates with common latent vectors, of a model with correlations.

    Deviations in units of the sampled error (the larger one) below 5 for 18 values: below 2e-5.
    """
    table = observables(model_of(), ground_state_of(4, 0.9), samples=30000, seed=2)
    rows = table[table.vae_error > 0]
    assert (abs(rows.vae - rows.decoder_mean) < 5 * rows.vae_error).all()
    assert (rows.decoder_mean_error < rows.vae_error).all()


def test_errors_are_the_spread_of_repetitions():
    """Standard deviation over 120 seeds against the mean error stated, for both estimators.

    A standard deviation from 120 repetitions is known to 6.5 %; 25 % is nearly 4 of these for each
    of 2 values (false alarm about 2e-4).
    """
    tables = [
        observables(model_of(), ground_state_of(4, 0.9), samples=300, seed=k) for k in range(120)
    ]
    rows = pd.concat([rows_of(table, "mu_x") for table in tables])
    for column in ("vae", "decoder_mean"):
        assert rows[column].std() == pytest.approx(rows[f"{column}_error"].mean(), rel=0.25)


def test_error_of_a_single_sample_is_unknown():
    table = observables(model_of(), ground_state_of(4, 0.9), samples=1, seed=1)
    assert table.vae.notna().all()
    sampled = table[~((table.site == 1) & table.observable.isin(["zz_1", "xx_1"]))]
    assert sampled[["vae_error", "decoder_mean_error"]].isna().all(axis=None)


def test_streams_are_keyed_by_field_and_seed():
    model = model_of()

    def strings(hx, seed):
        return np.concatenate(draw(model, hx, 100, seed, "x").outcomes)

    assert (strings(0.5, 1) == strings(0.5, 1)).all()
    assert (strings(0.5, 1) != strings(0.5, 2)).any()
    assert (strings(0.5, 1) != strings(0.51, 1)).any()


def test_autoregressive_observables_have_no_decoder_mean():
    table = observables(
        model_of(decoder="autoregressive"), ground_state_of(4, 0.9), samples=200, seed=2
    )
    assert table.decoder_mean.isna().all()
    assert table.vae.notna().all()


def test_autoregressive_samples_follow_the_mass_function():
    """Counts of 40000 strings of 2 sites: chi² with 15 degrees of freedom, 1e-4 quantile 44.3.

    The mass function is averaged over 2^15 latent vectors, an error far below that of the counts.
    """
    model = model_of(sites=2, decoder="autoregressive", seed=8)
    outcomes = np.concatenate(draw(model, 0.4, 40000, 5, "x").outcomes)
    counts = np.bincount(outcomes @ np.array([4, 1]), minlength=16)
    function = mass_function({0: model}, ground_state_of(2, 0.4), [outcomes], 40000, 1)
    expected = 40000 * function.vae[0]
    assert ((counts - expected) ** 2 / expected).sum() < 44.3


# --- susceptibilities ---------------------------------------------------------------------------


def test_derivative_is_that_of_the_decoder_mean():
    """Forward-mode derivative against a central difference of the same mean, common latent vectors.

    The difference has an error of order 1e-10 (step 1e-5, float64).
    """
    model, hx, step = model_of(), 0.8, 1e-5
    exact = magnetisation_derivative(model, hx, 5000, seed=4)
    double = double_precision(model)

    def mean(field):
        batches = decoder_probabilities(double, field, 5000, seed=4)
        return np.concatenate([bloch_vectors(batch) for batch in batches]).mean(axis=(0, 1))

    difference = (mean(hx + step) - mean(hx - step)) / (2 * step)
    assert np.allclose(exact.mean, difference[[0, 2]], atol=1e-8)
    assert exact.samples == 5000


def test_cold_gumbel_softmax_tends_to_the_derivative():
    """At T = 0.1 the relaxation's bias is small; 5 standard errors and 10 % are allowed."""
    model = model_of()
    exact = magnetisation_derivative(model, 0.8, 20000, seed=4)
    soft = magnetisation_derivative(model, 0.8, 20000, seed=4, temperature=0.1)
    allowed = 5 * np.hypot(soft.error, exact.error) + 0.1 * abs(exact.mean)
    assert (abs(soft.mean - exact.mean) < allowed).all()
    assert (soft.error > exact.error).all()


def test_central_difference_of_samples_agrees_with_the_derivative():
    """Within 5 standard errors (false alarm 1e-6) and the step's own error, below 1 %."""
    model = model_of()
    exact = magnetisation_derivative(model, 0.8, 20000, seed=4)
    found = sampled_difference(model, 0.8, 20000, seed=9)
    allowed = 5 * np.hypot(found.error, exact.error) + 0.01 * abs(exact.mean)
    assert (abs(found.mean - exact.mean) < allowed).all()


@pytest.mark.parametrize("hx", [0.0, 0.4, 1.0, 1.7])
def test_exact_susceptibility_agrees_with_perturbation_theory(hx):
    """Independent route: χ_xx = (2/N) Σ_n |⟨n|Σσ^x|0⟩|²/(E_n − E_0) in the even sector, dense.

    At hx = 0 the even ground state is (|up…⟩ + |down…⟩)/sqrt 2, and only even states couple to it.
    """
    N = 5
    index = np.arange(2**N)
    spins = 1.0 - 2.0 * ((index[:, None] >> np.arange(N)) & 1)
    flips = sum(np.eye(2**N)[index ^ (1 << k)] for k in range(N))
    open_chain = -np.diag((spins[:, 1:] * spins[:, :-1]).sum(axis=1))
    flip_all = np.eye(2**N)[::-1]
    values, vectors = np.linalg.eigh(open_chain - hx * flips - 1e-3 * flip_all)
    parity = np.einsum("in,in->n", vectors, flip_all @ vectors)
    even = parity > 0.5
    values, vectors = values[even], vectors[:, even]
    elements = vectors.T @ flips @ vectors[:, 0]
    expected = 2 / N * (elements[1:] ** 2 / (values[1:] - values[0])).sum()
    assert exact_susceptibility(N, hx) == pytest.approx(expected, rel=1e-5)


def test_susceptibility_table_holds_both_references():
    base = ground_state_of(4, 0.5)
    states = [
        replace(base, hx=hx, sigma_z=np.full(4, mu_z))
        for hx, mu_z in ((0.5, 0.9), (1.0, 0.1), (1.5, 0.0))
    ]
    table = susceptibilities(model_of(), states, samples=100, seed=1)
    assert list(table.observable) == ["chi_xx"] * 3 + ["chi_zx"] * 3
    slopes = table[table.observable == "chi_zx"]
    assert np.allclose(slopes.exact_difference[:-1], [-1.6, -0.2])
    assert np.allclose(slopes.midpoint[:-1], [0.75, 1.25])
    assert slopes.exact.isna().all()
    assert table[table.observable == "chi_xx"].exact.notna().all()


# --- mass functions and entropies ---------------------------------------------------------------


def product_state() -> StoredState:
    """|up⟩|+⟩|up⟩, whose POVM outcomes are independent."""
    up, plus = np.array([1.0, 0.0]), np.array([1.0, 1.0]) / np.sqrt(2)
    mps = from_dense(np.kron(np.kron(up, plus), up))
    return replace(ground_state_of(3, 0.5), mps=mps)


def test_mass_function_of_a_perfect_model_has_coefficient_one(tmp_path):
    up, plus = (1 + povm.VECTORS[:, 2]) / 4, (1 + povm.VECTORS[:, 0]) / 4
    training = np.array([[0, 1, 0], [1, 1, 0]], dtype=np.uint8)
    found = mass_function({0: constant_model([up, plus, up])}, product_state(), [training], 100, 1)
    assert found.bhattacharyya[0] == pytest.approx(1, abs=1e-12)
    assert found.bhattacharyya_product == pytest.approx(1, abs=1e-12)
    assert np.allclose(found.vae[0], found.exact, atol=1e-7)
    assert found.vae[0].sum() == pytest.approx(1, abs=1e-12)
    assert np.allclose(found.spectrum_vae[0], [0] * 7 + [1], atol=1e-5)
    # Two strings of exact probability p_1, p_2 seen once each: BC = (sqrt p_1 + sqrt p_2)/sqrt 2.
    first, second = up[0] * plus[1] * up[0], up[1] * plus[1] * up[0]
    expected = (np.sqrt(first) + np.sqrt(second)) / np.sqrt(2)
    assert found.bhattacharyya_samples == pytest.approx(expected, rel=1e-12)

    about = {"N": 3, "model": "mine", "decoder": "factorised"}
    about |= {"training_samples": 2, "prior_samples": 100}
    MASS_FUNCTION.write(tmp_path / "m.h5", {"run": [0], "hx": [0.5], **stack([found])}, about)
    back = MASS_FUNCTION.read(tmp_path / "m.h5")
    assert back["vae"].shape == (1, 1, 64)
    assert np.allclose(back["exact"][0], found.exact)


def test_strings_are_in_the_order_of_the_povm_module():
    strings = all_strings(3).numpy()
    assert (povm.empirical_distribution(strings[[17]])[17]) == 1.0


def test_spectra_of_a_ground_state():
    """A pure state has one eigenvalue 1; the last three spins' rho has trace 1 and is positive."""
    training = np.zeros((3, 4), dtype=np.uint8)
    found = mass_function({0: model_of()}, ground_state_of(4, 0.8), [training], 200, 1)
    assert np.allclose(found.spectrum_exact, [0] * 15 + [1], atol=1e-10)
    assert found.reduced_spectrum_exact.min() > -1e-12
    assert found.reduced_spectrum_exact.sum() == pytest.approx(1, abs=1e-12)
    assert found.spectrum_vae[0].sum() == pytest.approx(1, abs=1e-10)
    assert 0 < found.bhattacharyya[0] < 1


def test_exact_purities_are_those_of_the_dense_state():
    """Independent route: singular values of the dense state, cut after each site."""
    vector = ground_vector(6, 0.9, 1e-5)
    expected = [
        (np.linalg.svd(vector.reshape(2**n, -1), compute_uv=False) ** 4).sum() for n in range(1, 7)
    ]
    assert np.allclose(exact_purities(from_dense(vector)), expected, atol=1e-12)


def test_purity_of_a_product_is_that_of_its_sites():
    draws = np.broadcast_to(BLOCH, (50, 3, 3))
    expected = np.cumprod((1 + (BLOCH**2).sum(axis=1)) / 2)
    found = purities(np.array(draws))
    assert np.allclose(found.mean, expected, atol=1e-14)
    assert np.allclose(found.error, 0, atol=1e-14)


def test_purity_agrees_with_the_whole_mass_function():
    """Independent route: Tr ρ² = p T⁻¹ p from all 4^N probabilities; 5 standard errors (1e-6)."""
    model = model_of(sites=3)
    function = mass_function(
        {0: model}, ground_state_of(3, 0.8), [np.zeros((1, 3), np.uint8)], 40000, 1
    )
    batches = decoder_probabilities(double_precision(model), 0.8, 3000, seed=77)
    found = purities(np.concatenate([bloch_vectors(batch) for batch in batches]))
    for n in (1, 2, 3):
        expected = povm.purity(povm.marginal(function.vae[0], range(n)))
        assert found.mean[n - 1] == pytest.approx(expected, abs=5 * found.error[n - 1])


def test_entropies_of_a_pure_state_vanish_for_the_whole_chain():
    table = renyi_entropies(model_of(), ground_state_of(4, 0.8), seed=1)
    assert list(table.n) == [1, 2, 3, 4]
    assert table.exact.iloc[-1] == pytest.approx(0, abs=1e-12)
    assert table.exact.iloc[0] > 0.01
