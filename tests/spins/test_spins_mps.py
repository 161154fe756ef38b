"""Matrix product states and the POVM sampler against dense states of the same amplitudes."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.canonical_form import canonical_error
from reference.mass_functions import distribution_of_density_matrix
from scipy.stats import chi2
from tenpy.networks.mps import MPS as TenpyMPS
from tenpy.networks.site import SpinHalfSite

from spinlearn.spins import mps as mp
from spinlearn.spins import povm, povm_torch

ROUNDING = 1e-12


def random_state(sites, seed, is_complex):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**sites)
    if is_complex:
        state = state + 1j * rng.normal(size=2**sites)
    return state / np.linalg.norm(state)


def random_mps(sites, bond, seed, is_complex=False):
    rng = np.random.default_rng(seed)
    bonds = [1, *[bond] * (sites - 1), 1]
    shapes = [(bonds[i], 2, bonds[i + 1]) for i in range(sites)]
    tensors = [rng.normal(size=shape) for shape in shapes]
    if is_complex:
        tensors = [tensor + 1j * rng.normal(size=tensor.shape) for tensor in tensors]
    return mp.right_canonical(tensors)[0]


def embedded(sites, placed):
    """Kronecker product of one-site matrices {site: matrix}."""
    return reduce(np.kron, [placed.get(site, np.eye(2)) for site in range(sites)])


states = {
    "sites": st.integers(1, 5),
    "seed": st.integers(0, 2**32 - 1),
    "is_complex": st.booleans(),
}


@given(**states)
@settings(max_examples=25)
def test_dense_state_is_recovered(sites, seed, is_complex):
    state = random_state(sites, seed, is_complex)
    mps = mp.from_dense(state)
    np.testing.assert_allclose(mp.dense(mps), state, atol=ROUNDING)
    assert canonical_error(mps) < ROUNDING
    assert max(mps.bond_dimensions) <= 2 ** (sites // 2)
    assert mp.overlap(mps, mps) == pytest.approx(1, abs=ROUNDING)
    assert mps.is_complex == is_complex


@given(**states)
@settings(max_examples=10)
def test_expectations_agree_with_dense_state(sites, seed, is_complex):
    state = random_state(sites, seed, is_complex)
    mps = mp.from_dense(state)
    matrices = dict(zip("xyz", povm.PAULI, strict=True))
    for a, first in matrices.items():
        single = [(state.conj() @ embedded(sites, {i: first}) @ state).real for i in range(sites)]
        np.testing.assert_allclose(mp.site_expectations(mps, a), single, atol=ROUNDING)
        for b, second in matrices.items():
            pairs = [
                [
                    (
                        state.conj()
                        @ embedded(sites, {i: first})
                        @ embedded(sites, {j: second})
                        @ state
                    ).real
                    for j in range(sites)
                ]
                for i in range(sites)
            ]
            other = None if a == b else b
            np.testing.assert_allclose(mp.two_point_functions(mps, a, other), pairs, atol=ROUNDING)


def test_operator_may_be_a_matrix():
    mps = mp.from_dense(random_state(4, 3, True))
    np.testing.assert_allclose(
        mp.site_expectations(mps, povm.PAULI[1]), mp.site_expectations(mps, "y"), atol=1e-15
    )


def test_right_canonical_form_keeps_state_and_norm():
    rng = np.random.default_rng(4)
    shapes = [(1, 2, 3), (3, 2, 5), (5, 2, 4), (4, 2, 1)]
    tensors = [rng.normal(size=s) + 1j * rng.normal(size=s) for s in shapes]
    state = reduce(lambda left, t: np.tensordot(left, t, axes=1), tensors).ravel()
    mps, norm = mp.right_canonical(tensors)
    assert norm == pytest.approx(np.linalg.norm(state), rel=ROUNDING)
    np.testing.assert_allclose(norm * mp.dense(mps), state, atol=ROUNDING * norm)
    assert canonical_error(mps) < ROUNDING


def test_unpack_inverts_pack():
    mps = random_mps(6, 4, 5)
    entries, bonds = mp.pack(mps)
    assert entries.ndim == 1
    assert bonds.shape == (7,)
    for kept, tensor in zip(mp.unpack(entries, bonds).tensors, mps.tensors, strict=True):
        np.testing.assert_array_equal(kept, tensor)
    with pytest.raises(ValueError, match="need"):
        mp.unpack(entries[:-1], bonds)
    with pytest.raises(ValueError, match="real"):
        mp.pack(random_mps(3, 2, 6, is_complex=True))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="site 1"):
        mp.MPS((np.ones((1, 2, 2)), np.ones((3, 2, 1))))
    with pytest.raises(ValueError, match="last bond"):
        mp.MPS((np.ones((1, 2, 2)),))
    with pytest.raises(ValueError, match="not 2"):
        mp.from_dense(np.ones(6))


def field_and_bonds(fields, shift):
    """sum_i f_i sigma^z_i + sum_i sigma^x_i sigma^x_(i+1) - shift, as an operator of bond 3."""
    x, z = povm.PAULI[0].real, povm.PAULI[2].real
    tensors = []
    for field in fields:
        tensor = np.zeros((3, 3, 2, 2))
        tensor[0, 0] = tensor[2, 2] = np.eye(2)
        tensor[0, 1] = tensor[1, 2] = x
        tensor[0, 2] = field * z - shift / len(fields) * np.eye(2)
        tensors.append(tensor)
    return [tensors[0][:1], *tensors[1:-1], tensors[-1][:, 2:]]


@pytest.mark.parametrize("is_complex", [False, True])
def test_energy_and_variance_agree_with_dense_state(is_complex):
    fields = [0.3, -1.1, 0.7, 0.2, 1.9]
    x, z = povm.PAULI[0], povm.PAULI[2]
    matrix = sum(f * embedded(5, {i: z}) for i, f in enumerate(fields))
    matrix = matrix + sum(embedded(5, {i: x, i + 1: x}) for i in range(4))
    state = random_state(5, 8, is_complex)
    energy, variance = mp.energy_and_variance(
        mp.from_dense(state), lambda shift: field_and_bonds(fields, shift)
    )
    mean = (state.conj() @ matrix @ state).real
    assert energy == pytest.approx(mean, abs=ROUNDING)
    square = np.linalg.norm(matrix @ state) ** 2
    assert variance == pytest.approx(square - mean**2, rel=1e-11)

    ground = np.linalg.eigh(matrix)[1][:, 0].real
    _, nothing = mp.energy_and_variance(
        mp.from_dense(ground / np.linalg.norm(ground)),
        lambda shift: field_and_bonds(fields, shift),
    )
    assert nothing < 1e-25  # (eps |H|)^2: <H^2> - <H>^2 by subtraction would stop at 1e-14


# --- the sampler ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("sites", [1, 3, 4, 5])
def test_log_probabilities_are_exact(sites, is_complex):
    """Against Born's rule on the dense state, for sampled strings and for all 4^N strings."""
    state = random_state(sites, sites, is_complex)
    mps = mp.from_dense(state)
    p = povm.outcome_distribution(state)
    powers = 4 ** np.arange(sites - 1, -1, -1)
    outcomes, log_probability = mp.sample_povm(mps, 500, np.random.default_rng(1))
    exact = np.log(p[outcomes.astype(int) @ powers])
    # Tiny p come out as differences of numbers of order one: absolute error eps / p.
    np.testing.assert_allclose(log_probability, exact, atol=1e-10)
    every = (np.arange(4**sites)[:, None] // powers % 4).astype(np.uint8)
    np.testing.assert_allclose(np.exp(mp.povm_log_probability(mps, every)), p, atol=1e-14)
    np.testing.assert_allclose(mp.povm_log_probability(mps, outcomes), log_probability, atol=1e-10)


@pytest.mark.parametrize("is_complex", [False, True])
def test_strings_invert_the_cumulated_conditionals(is_complex):
    """String by string, against conditional probabilities summed from the dense mass function."""
    sites, samples = 4, 400
    state = random_state(sites, 11, is_complex)
    p = povm.outcome_distribution(state).reshape((4,) * sites)
    uniforms = np.random.default_rng(5).random((samples, sites))
    expected = np.empty((samples, sites), dtype=np.uint8)
    for m in range(samples):
        rest = p
        for site in range(sites):
            weights = rest.reshape(4, -1).sum(axis=1)
            below = np.cumsum(weights)[:3] <= uniforms[m, site] * weights.sum()
            expected[m, site] = np.count_nonzero(below)
            rest = rest[expected[m, site]]
    found, _ = mp.sample_povm(mp.from_dense(state), samples, np.random.default_rng(5))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("is_complex", [False, True])
def test_frequencies_pass_a_chi_square_test(is_complex):
    """All 64 strings of three sites, 40 000 samples.

    False-alarm rate 1e-6 if the sampler is correct; the stream is fixed, so the result is always
    the same.
    """
    state = random_state(3, 21, is_complex)
    samples = 40_000
    p = povm.outcome_distribution(state)
    outcomes, _ = mp.sample_povm(mp.from_dense(state), samples, np.random.default_rng(2))
    counts = povm.empirical_distribution(outcomes) * samples
    large = samples * p >= 10
    observed = np.append(counts[large], counts[~large].sum())
    expected = np.append(samples * p[large], samples * p[~large].sum())
    kept = expected > 0
    statistic = np.sum((observed[kept] - expected[kept]) ** 2 / expected[kept])
    assert np.count_nonzero(large) > 50
    assert chi2.sf(statistic, np.count_nonzero(kept) - 1) > 1e-6
    assert chi2.sf(statistic, np.count_nonzero(kept) - 1) < 1 - 1e-6  # nor too good to be true


@pytest.mark.parametrize("samples", [1, 63, 64, 65, 700])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("bond", [1, 2, 7])
def test_number_of_strings_does_not_matter(samples, is_complex, bond):
    """Whole batches and parts of them, by the kernel that draws and by the one that looks up.

    The numbers themselves are checked against torch below, whose batches are of any size.
    """
    mps = random_mps(19, bond, 9, is_complex)
    reference, log_reference = mp.sample_povm(mps, 1000, np.random.default_rng(3))
    outcomes, log_probability = mp.sample_povm(mps, samples, np.random.default_rng(3))
    np.testing.assert_array_equal(outcomes, reference[:samples])
    np.testing.assert_array_equal(log_probability, log_reference[:samples])
    again = mp.povm_log_probability(mps, reference[:samples])
    np.testing.assert_allclose(again, log_reference[:samples], atol=1e-11)


def test_fewer_samples_are_the_first_of_more():
    mps = random_mps(10, 6, 9)
    more, _ = mp.sample_povm(mps, 500, np.random.default_rng(4))
    fewer, _ = mp.sample_povm(mps, 123, np.random.default_rng(4))
    np.testing.assert_array_equal(fewer, more[:123])


def test_global_phase_changes_no_string():
    """The two memory layouts of the sampler against one another; a phase leaves P as it was."""
    real = random_mps(9, 5, 12)
    phased = mp.MPS((real.tensors[0] * np.exp(0.7j), *real.tensors[1:]))
    one = mp.sample_povm(real, 200, np.random.default_rng(6))
    other = mp.sample_povm(phased, 200, np.random.default_rng(6))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1], atol=1e-11)


def test_impossible_outcomes_have_zero_probability():
    """All spins down: v_0 points up, so that outcome 0 cannot occur, and the others have 1/3."""
    down = np.array([0.0, 1.0]).reshape(1, 2, 1)
    mps = mp.MPS((down,) * 6)
    outcomes, log_probability = mp.sample_povm(mps, 2000, np.random.default_rng(8))
    assert outcomes.min() == 1
    np.testing.assert_allclose(log_probability, -6 * np.log(3), atol=1e-12)
    impossible = np.array([[1, 1, 0, 1, 1, 1], [1, 1, 1, 1, 1, 0], [1, 2, 3, 3, 2, 1]], np.uint8)
    found = mp.povm_log_probability(mps, impossible)
    np.testing.assert_array_equal(found[:2], -np.inf)
    assert found[2] == pytest.approx(-6 * np.log(3))


def test_estimates_from_samples_agree_with_the_state():
    """Dual-frame estimates of N = 10 against the state's own expectations, in units of the error.

    30 one-site and 3 x 45 two-site numbers; under a right sampler each exceeds 5.2 standard errors
    with probability 2e-7, so that the false-alarm rate is below 4e-5.
    """
    mps = random_mps(10, 8, 13, is_complex=True)
    outcomes, log_probability = mp.sample_povm(mps, 50_000, np.random.default_rng(9))
    single = povm.site_expectations(outcomes)
    for row, axis in enumerate("xyz"):
        exact = mp.site_expectations(mps, axis)
        assert np.abs((single.mean[row] - exact) / single.error[row]).max() < 5.2
        pairs = povm.two_point_functions(outcomes, axis)
        upper = np.triu_indices(10, 1)
        deviation = pairs.mean - mp.two_point_functions(mps, axis)
        assert np.abs(deviation[upper] / pairs.error[upper]).max() < 5.2
    total = povm.magnetisation(outcomes)
    exact = [mp.site_expectations(mps, axis).mean() for axis in "xyz"]
    assert np.abs((total.mean - exact) / total.error).max() < 5.2
    assert -10 * np.log(12) < log_probability.mean() < -10 * np.log(2)


def test_wrong_strings_are_refused():
    mps = random_mps(4, 2, 1)
    with pytest.raises(ValueError, match=r"not \(any, 4\)"):
        mp.povm_log_probability(mps, np.zeros((2, 5), dtype=np.uint8))
    with pytest.raises(ValueError, match="allowed are 0 to 3"):
        mp.povm_log_probability(mps, np.full((2, 4), 4, dtype=np.uint8))


# --- noise, TeNPy, torch --------------------------------------------------------------------------


def noisy_distribution(state, noise):
    """P of all 4^N strings after depolarising each site of the dense density matrix."""
    sites = int(state.size).bit_length() - 1
    rho = np.outer(state, state.conj())
    for site in range(sites):
        # The channel by its Kraus operators, sqrt(1 - 3p/4) 1 and sqrt(p/4) sigma.
        mixed = (1 - 0.75 * noise) * rho
        for pauli in povm.PAULI:
            acted = embedded(sites, {site: pauli})
            mixed = mixed + noise / 4 * acted @ rho @ acted
        rho = mixed
    return distribution_of_density_matrix(rho)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_noisy_log_probabilities_are_exact(is_complex, noise):
    """Against the Kraus operators of the channel on the density matrix; all 4^4 strings."""
    state = random_state(4, 5, is_complex)
    mps, p = mp.from_dense(state), noisy_distribution(state, noise)
    every = (np.arange(4**4)[:, None] // 4 ** np.arange(3, -1, -1) % 4).astype(np.uint8)
    found = mp.povm_log_probability(mps, every, noise=noise)
    np.testing.assert_allclose(np.exp(found), p, atol=1e-14)
    outcomes, log_probability = mp.sample_povm(mps, 300, np.random.default_rng(1), noise=noise)
    index = outcomes.astype(int) @ 4 ** np.arange(3, -1, -1)
    np.testing.assert_allclose(log_probability, np.log(p[index]), atol=1e-10)


def test_noisy_frequencies_pass_a_chi_square_test():
    """All 64 strings of three sites, 40 000 samples; false alarm 1e-6, and the seed is fixed."""
    state, samples = random_state(3, 21, True), 40_000
    expected = samples * noisy_distribution(state, 0.3)
    mps = mp.from_dense(state)
    outcomes, _ = mp.sample_povm(mps, samples, np.random.default_rng(2), noise=0.3)
    counts = povm.empirical_distribution(outcomes) * samples
    assert expected.min() > 10
    assert chi2.sf(((counts - expected) ** 2 / expected).sum(), 63) > 1e-6


def test_noise_replaces_single_outcomes():
    """Without noise the strings are as before; with it a share of 3p/4 of the outcomes differs."""
    mps = random_mps(12, 9, 7)
    clean, _ = mp.sample_povm(mps, 4000, np.random.default_rng(3))
    none, _ = mp.sample_povm(mps, 4000, np.random.default_rng(3), noise=0.0)
    noisy, _ = mp.sample_povm(mps, 4000, np.random.default_rng(3), noise=0.2)
    np.testing.assert_array_equal(none, clean)
    share = (noisy != clean).mean()
    assert abs(share - 0.15) < 5 * np.sqrt(0.15 * 0.85 / clean.size)
    with pytest.raises(ValueError, match="noise"):
        mp.sample_povm(mps, 1, np.random.default_rng(3), noise=1.5)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("batch", [100, 10_000])
def test_torch_draws_the_same_strings(is_complex, batch):
    """Tensors of torch on the CPU against the compiled kernels, from the same uniform numbers."""
    mps = random_mps(12, 9, 7, is_complex)
    for noise in (0.0, 0.1):
        expected, logs = mp.sample_povm(mps, 300, np.random.default_rng(3), noise=noise)
        found, found_logs = povm_torch.sample_povm(
            mps, 300, np.random.default_rng(3), device="cpu", noise=noise, batch=batch
        )
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_allclose(found_logs, logs, atol=1e-11)


def test_torch_never_draws_impossible_outcomes():
    down = np.array([0.0, 1.0]).reshape(1, 2, 1)
    outcomes, log_probability = povm_torch.sample_povm(
        mp.MPS((down,) * 6), 2000, np.random.default_rng(8), device="cpu"
    )
    assert outcomes.min() == 1
    np.testing.assert_allclose(log_probability, -6 * np.log(3), atol=1e-12)


class LargestUniforms(np.random.Generator):
    """A generator whose every number is the largest below one."""

    def random(self, shape):
        return np.full(shape, 1 - 2**-53)


def test_largest_uniform_number_gives_a_possible_outcome():
    mps = random_mps(8, 4, 3, is_complex=True)
    _, log_probability = mp.sample_povm(mps, 5, LargestUniforms(np.random.PCG64()))
    assert np.isfinite(log_probability).all()


def test_tensors_that_are_not_canonical_are_refused():
    with pytest.raises(ValueError, match=r"site 1 is not right-canonical.*right_canonical"):
        mp.MPS((np.ones((1, 2, 2)) / 2, np.ones((2, 2, 1))))


@pytest.mark.parametrize("conserve", [None, "Sz"])
def test_states_of_tenpy_keep_their_amplitudes(conserve):
    """TeNPy orders the states of a site by charge, so that its index 0 may be down."""
    sites = [SpinHalfSite(conserve=conserve) for _ in range(5)]
    options = {"unit_cell_width": 5}
    product = TenpyMPS.from_product_state(sites, ["up", "down", "up", "up", "down"], **options)
    state = mp.dense(mp.from_tenpy(product))
    assert abs(state[0b01001]) == pytest.approx(1, abs=ROUNDING)
    with pytest.raises(ValueError, match="finite chain"):
        mp.from_tenpy(TenpyMPS.from_product_state(sites, ["up"] * 5, bc="infinite", **options))


def test_entangled_states_of_tenpy_keep_their_amplitudes():
    mps = random_mps(5, 4, 17, is_complex=True)
    sites = [SpinHalfSite(conserve=None) for _ in range(5)]
    flat = [tensor.transpose(1, 0, 2) for tensor in mps.tensors]
    values = [np.ones(bond) for bond in mps.bond_dimensions]
    psi = TenpyMPS.from_Bflat(sites, flat, values, form="B", unit_cell_width=5)
    assert mp.overlap(mps, mp.from_tenpy(psi)) == pytest.approx(1, abs=ROUNDING)
