"""Retrieval of patterns: against dense matrices, conserved overlaps, corruption by hand."""

import numpy as np
import pytest
import scipy.linalg
from reference import xxz_dense

from spinlearn.arguments import InvalidArgumentError
from spinlearn.hbm.loss import kernel_matrix
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.retrieval import (
    CORRUPTIONS,
    ENCODINGS,
    NOISE,
    REPLACED,
    corrupted,
    encoded,
    retrieve,
    retrieve_all,
)
from spinlearn.hbm.training import Settings, train
from spinlearn.storage.hdf5 import Contents

MACHINE = born_machine(4, 1, quench_time=1.5)
SPREAD = born_machine(4, 2, hidden_sites="spread", quench_time=1.5)
DRIVEN = born_machine(4, 0, quench_time=1.5, drive_strength=0.2, drive_time=0.6)
IMAGE = np.random.default_rng(7).dirichlet(np.ones(16))
PATTERNS = np.random.default_rng(3).dirichlet(np.ones(16), 3)


def random(seed=0):
    return np.random.default_rng(seed)


def history(machine, quenches=5, seed=1):
    """An initial state, and the fields and drives of quenches."""
    fields = random(seed).uniform(-4, 4, (quenches, machine.L))
    return machine.initial_state("plus"), fields, machine.draw_drives(quenches, random(seed))


def retrieved(machine, patterns=PATTERNS, **options):
    start, fields, drives = history(machine)
    return retrieve(machine, start, fields, patterns, random(), drives=drives, **options)


# --- corruption -------------------------------------------------------------------------------


def test_half_of_an_image_is_left():
    image = IMAGE.reshape(4, 4)
    for kind, left in (("lower_half", np.s_[:2]), ("right_half", np.s_[:, :2])):
        found = corrupted(IMAGE, kind, random()).reshape(4, 4)
        np.testing.assert_allclose(found[left], image[left] / image[left].sum(), rtol=1e-14)
        assert found.sum() == pytest.approx(1) == found[left].sum()


def test_a_share_of_the_pixels_is_replaced():
    """Ratios to the original: one value for the pixels that are left, others for the rest."""
    ratio = corrupted(IMAGE, "pixels", random(1)) / IMAGE
    same = np.isclose(ratio, np.median(ratio), rtol=1e-12)
    assert (~same).sum() == REPLACED * 16
    other = corrupted(IMAGE, "pixels", random(2)) / IMAGE
    assert not np.allclose(ratio, other)


def test_noise_is_added_up_to_a_share_of_the_largest_value():
    found = corrupted(IMAGE, "noise", random())
    drawn = random().uniform(0, NOISE * IMAGE.max(), (4, 4)).ravel()
    np.testing.assert_allclose(found, (IMAGE + drawn) / (1 + drawn.sum()), rtol=1e-14)


def test_flat_images_and_wrong_ones():
    assert np.array_equal(corrupted(IMAGE, "flat", random()), np.full(16, 1 / 16))
    with pytest.raises(InvalidArgumentError, match="nothing is left of it after lower_half"):
        corrupted(np.eye(16)[15], "lower_half", random())
    with pytest.raises(InvalidArgumentError, match="8 pixels are no square image"):
        corrupted(np.full(8, 1 / 8), "pixels", random())


# --- encoding ---------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", [MACHINE, SPREAD, DRIVEN])
@pytest.mark.parametrize("kind", ENCODINGS)
def test_the_encoded_state_has_the_pattern_as_its_distribution(machine, kind):
    start, fields, drives = history(machine)
    closest = machine.quench(start, fields[:1], None if drives is None else drives[:1])[0]
    state = encoded(machine, IMAGE, kind, closest, random())
    expected = np.full(16, 1 / 16) if kind == "plus" else IMAGE
    np.testing.assert_allclose(machine.distribution(state), expected, atol=1e-14)
    if kind in ("zero_phases", "plus"):
        assert state.imag.max() == 0 <= state.real.min()


def test_phases_and_hidden_part_are_those_of_the_closest_state():
    """The overlap is then the largest that two distributions allow: their fidelity."""
    start, fields, _ = history(SPREAD)
    closest = SPREAD.quench(start, fields[:1])[0]
    state = encoded(SPREAD, IMAGE, "closest_state", closest, random())
    overlap = abs(state.conj() @ closest) ** 2
    fidelity = np.sqrt(IMAGE * SPREAD.distribution(closest)).sum() ** 2
    assert overlap == pytest.approx(fidelity, rel=1e-12)
    others = [encoded(SPREAD, IMAGE, kind, closest, random()) for kind in ENCODINGS[:2]]
    assert max(abs(other.conj() @ closest) ** 2 for other in others) < overlap


def test_strings_that_the_closest_state_lacks_have_zero_phases():
    closest = MACHINE.initial_state("neel")
    state = encoded(MACHINE, IMAGE, "closest_state", closest, random())
    np.testing.assert_allclose(MACHINE.distribution(state), IMAGE, atol=1e-15)


# --- retrieval --------------------------------------------------------------------------------


def test_retrieved_patterns_are_those_of_matrix_exponentials():
    """Independent route: dense matrices, all distances by the kernel, one product of unitaries."""
    start, fields, _ = history(MACHINE)
    found = retrieved(MACHINE, encodings=["zero_phases", "plus"])
    full = np.zeros(32, dtype=complex)
    full[MACHINE.chain.states] = start
    unitaries = [scipy.linalg.expm(-1.5j * xxz_dense.hamiltonian(5, h)) for h in fields]
    states = [full]
    for U in unitaries:
        states.append(U @ states[-1])
    p = np.abs(np.array(states).reshape(6, 16, 2)) ** 2 @ np.ones(2)
    K = kernel_matrix(4)
    for row, pattern in enumerate(PATTERNS):
        m = np.argmin([(q - pattern) @ K @ (q - pattern) for q in p])
        assert found.closest[row] == m
        inputs = np.kron(np.sqrt(pattern), [1, 1]) / np.sqrt(2), np.full(32, 32**-0.5)
        for column, psi in enumerate(inputs):
            before = abs(np.vdot(psi, states[m])) ** 2
            for U in unitaries[m:]:
                psi = U @ psi
            expected = (np.abs(psi.reshape(16, 2)) ** 2).sum(axis=1)
            np.testing.assert_allclose(found.retrieved[row, column], expected, atol=1e-11)
            assert found.overlap_before[row, column] == pytest.approx(before, abs=1e-11)
    np.testing.assert_allclose(found.learned, p[-1], atol=1e-11)


@pytest.mark.parametrize("machine", [MACHINE, SPREAD, DRIVEN])
def test_overlaps_are_conserved_and_bound_fidelities(machine):
    found = retrieved(machine)
    np.testing.assert_allclose(found.overlap_after, found.overlap_before, atol=1e-12)
    fidelity = np.sqrt(found.retrieved * found.learned).sum(axis=-1) ** 2
    assert (fidelity > found.overlap_after - 1e-12).all()


def test_an_intermediate_distribution_retrieves_what_was_learned():
    start, fields, _ = history(MACHINE)
    psi = start
    for h in fields[:3]:
        psi = MACHINE.quench(psi, h[None])[0]
    pattern = MACHINE.distribution(psi)[None]
    found = retrieved(MACHINE, pattern / pattern.sum(), encodings=["closest_state"])
    assert found.closest.tolist() == [3]
    np.testing.assert_allclose(found.retrieved[0, 0], found.learned, atol=1e-12)


def test_a_pattern_closest_to_the_end_stays():
    start, fields, _ = history(MACHINE)
    learned = retrieved(MACHINE).learned
    found = retrieve(MACHINE, start, fields, learned[None] / learned.sum(), random())
    assert found.closest.tolist() == [5]
    np.testing.assert_allclose(found.retrieved[0, 0], learned, atol=1e-12)


def test_patterns_must_be_distributions():
    with pytest.raises(InvalidArgumentError, match="patterns"):
        retrieved(MACHINE, 2 * PATTERNS)


# --- all runs ---------------------------------------------------------------------------------


def runs_on(target, acceptance="always"):
    """Trained runs as they are read from a file."""
    settings = Settings(h=4.0, quenches=5, candidates=3, acceptance=acceptance)
    result = train(MACHINE, target[None], settings, seed=2, runs=range(3, 5))
    psi = np.array([run.initial_state for run in result.runs])
    arrays = {
        "run": np.array([run.run for run in result.runs]),
        "initial_state": np.stack([psi.real, psi.imag], axis=-1),
        "target_distribution": target,
        **{
            name: np.array([getattr(run, name) for run in result.runs])
            for name in ("fields", "accepted", "last_distribution")
        },
    }
    return Contents("runs.h5", arrays, {"kernel": "hamming"})


@pytest.mark.parametrize("acceptance", ["always", "if_lower"])
def test_every_run_retrieves_every_case(acceptance):
    learned = {name: runs_on(q, acceptance) for name, q in zip("abc", PATTERNS, strict=True)}
    if acceptance == "if_lower":
        assert not all(contents["accepted"].all() for contents in learned.values())
    found = retrieve_all(MACHINE, learned, ["a", "b"], seed=5)
    shape = (3, 2, 2, len(CORRUPTIONS))
    assert found["closest"].shape == shape
    assert found["retrieved"].shape == (*shape, len(ENCODINGS), 16)
    assert found["run"].tolist() == [3, 4]
    np.testing.assert_array_equal(found["pattern"], PATTERNS[:2])
    np.testing.assert_allclose(found["retrieved"].sum(axis=-1), 1, atol=1e-12)
    for row, contents in enumerate(learned.values()):
        np.testing.assert_allclose(
            found["last_distribution"][row], contents["last_distribution"], atol=1e-12
        )
    again = retrieve_all(MACHINE, {"b": learned["b"]}, ["b"], seed=5)
    np.testing.assert_array_equal(again["corrupted"][:, 0], found["corrupted"][:, 1])
    np.testing.assert_array_equal(again["closest"][0, :, 0], found["closest"][1, :, 1])
