"""Models used from Python, against exact mass functions of short chains, and the tutorial."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

import spinlearn.vae
from spinlearn.arguments import InvalidArgumentError
from spinlearn.pipeline.errors import FileError, MissingFileError, UnwritableError
from spinlearn.spins import povm
from spinlearn.spins.mps import from_dense, sample_povm
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae import fit, load, outcome_data, read_outcomes
from spinlearn.vae.divergences import divergences
from spinlearn.vae.fitted import _settings

QUICK = {"epochs": 6, "batch_size": 50, "hidden": 32}
STATES = {0.0: np.array([1.0, 0, 0, 0]), 1.0: np.array([0.6, 0, 0, 0.8])}
"""All up, and an entangled pair, by the value of the condition t."""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    drawn = [sample_povm(from_dense(state), 3000, rng)[0] for state in STATES.values()]
    return outcome_data(np.concatenate(drawn), {"t": np.repeat(list(STATES), 3000)})


@pytest.fixture(scope="module")
def models(data):
    return fit(data, seed=1, runs=2, decoder="autoregressive", latent=1, **QUICK)


def every_string():
    return np.array([[a, b] for a in range(4) for b in range(4)], dtype=np.uint8)


@pytest.mark.parametrize("t", STATES)
def test_models_come_close_to_the_exact_mass_function(models, t):
    """KL(P || p) over all 16 strings below 0.03 nats; independent sites have 0.25 at t = 1."""
    exact = povm.outcome_distribution(STATES[t])
    found = models.log_probability(every_string(), {"t": t}, draws=200)
    assert exact @ (np.log(exact) - found) < 0.03


def test_probabilities_sum_to_one(models):
    """Up to the bound of the likelihood: below 1 by little, above 1 by noise alone."""
    total = np.exp(models.log_probability(every_string(), {"t": 1.0}, draws=500)).sum()
    assert total == pytest.approx(1, abs=0.02)


def test_samples_have_the_models_own_probabilities(models):
    """Frequencies of 40 000 strings against the models' probabilities, within 0.01 each."""
    drawn = models.sample(40_000, {"t": 1.0}, seed=2)
    found = np.exp(models.log_probability(every_string(), {"t": 1.0}, draws=500))
    np.testing.assert_allclose(povm.empirical_distribution(drawn), found, atol=0.01)
    np.testing.assert_array_equal(models.sample(40_000, {"t": 1.0}, seed=2), drawn)


def test_expectation_values_agree_with_the_models_probabilities(models):
    """Against the sum over all 16 strings of the mixture; 5 standard errors."""
    p = np.exp(models.log_probability(every_string(), {"t": 1.0}, draws=500))
    z = 3 * povm.VECTORS[every_string(), 2]
    found = models.expectations(["ZZ", {0: "z"}], {"t": 1.0}, seed=3)
    exact = np.array([p @ z.prod(axis=1), p @ z[:, 0]]) / p.sum()
    assert (np.abs(found.mean - exact) < 5 * found.error + 0.02).all()
    h = models.energy([(-1.0, "ZZ"), (0.5, {0: "z"})], {"t": 1.0}, seed=3)
    assert h.mean == pytest.approx(-found.mean[0] + 0.5 * found.mean[1], abs=1e-12)
    assert found.samples == 40_000


def test_a_device_that_is_not_there_is_refused_by_name(data):
    for device in ("cuda:77", "abacus"):
        with pytest.raises(InvalidArgumentError, match=r'device: torch cannot.*give "cpu"'):
            fit(data, seed=1, device=device, **QUICK)


def test_errors_about_files_advise_what_python_can_do(models, tmp_path, monkeypatch):
    """Not what remakes a result of Snakemake, even in a folder results/."""
    monkeypatch.chdir(tmp_path)
    path = Path("results/model.pt")
    messages = []
    with pytest.raises(MissingFileError, match=f"^{path}: the file does not exist") as caught:
        load(path)
    messages.append(str(caught.value))
    path.parent.mkdir()
    path.write_bytes(b"text")
    with pytest.raises(FileError) as caught:
        load(path)
    messages.append(str(caught.value))
    assert all("Name a file that FittedModels.save wrote" in message for message in messages)
    with pytest.raises(UnwritableError, match=r"cannot be written to \(") as caught:
        models.save("results")
    messages.append(str(caught.value))
    assert messages[-1].endswith("or save the models to another file.")
    assert not any("nakemake" in message or "--directory" in message for message in messages)


def test_saved_models_are_read_again(models, tmp_path):
    models.save(tmp_path / "model.pt")
    again = load(tmp_path / "model.pt")
    assert again.names == ("t",)
    np.testing.assert_array_equal(
        again.log_probability(every_string(), {"t": 0.3}),
        models.log_probability(every_string(), {"t": 0.3}),
    )


def test_outcomes_of_a_file_are_fitted_alike(tmp_path):
    rows = "".join(f"{a}{a},{a / 4}\n" for a in range(4) for _ in range(50))
    (tmp_path / "own.csv").write_text("outcomes,power\n" + rows)
    data = read_outcomes(tmp_path / "own.csv")
    digits = np.repeat(np.arange(4, dtype=np.uint8), 50)
    own = outcome_data(digits[:, None].repeat(2, axis=1), {"power": digits / 4})
    one, other = (fit(each, seed=1, **QUICK) for each in (data, own))
    strings = every_string()
    np.testing.assert_array_equal(
        one.log_probability(strings, {"power": 0.5}), other.log_probability(strings, {"power": 0.5})
    )


def test_updates_do_not_depend_on_the_number_of_strings(data):
    for strings in (40, 6000):
        few = outcome_data(data.outcomes[-strings:], {"t": 1.0})
        settings = _settings(few, {"batch_size": 10})
        batches = -(-round(0.95 * strings) // 10)
        assert 8000 <= settings.epochs * batches < 8000 + batches


def test_wrong_conditions_and_settings_are_refused(models, data):
    with pytest.raises(ValueError, match="must name t; it names hx"):
        models.sample(10, {"hx": 1.0}, seed=1)
    with pytest.raises(ValueError, match=r"t has shape \(3,\)"):
        models.log_probability(every_string(), {"t": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="outcomes"):
        models.log_probability(np.zeros((1, 3), dtype=np.uint8), {"t": 1.0})
    with pytest.raises(ValueError, match="must name one"):
        outcome_data(every_string(), {})
    with pytest.raises(ValueError, match="t must be a real number or real numbers, not"):
        models.sample(10, {"t": "warm"}, seed=1)
    with pytest.raises(ValueError, match="widht"):
        fit(data, seed=1, widht=3)
    for wrong in (0.6, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"held_out: must be a finite number >= 0.*<= 0\.5"):
            fit(data, seed=1, held_out=wrong)
    with pytest.raises(ValueError, match=r"1 in all, a fraction of 0\.05 cannot be held out"):
        fit(outcome_data(data.outcomes[:1], {"t": 1.0}), seed=1)


def test_tutorial_runs(repository, capsys):
    """The Python of docs/povm.md: energies of model and samples are near the state's."""
    (cell,) = re.findall(r"```python\n(.*?)```", (repository / "docs/povm.md").read_text(), re.S)
    exec(compile(cell, "docs/povm.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    found = {line.split(":")[0]: float(line.split("=")[1].split()[0]) for line in lines[2:]}
    assert abs(found["model"] - found["state"]) < 0.3
    assert abs(found["samples"] - found["state"]) < 0.3


def test_example_of_the_package_gives_what_it_says():
    assert doctest.testmod(spinlearn.vae).failed == 0


def test_divergence_compares_with_the_noisy_distribution(models):
    """Depolarised completely, every string has probability 4^-N, whatever the state."""
    nothing, matrix = np.zeros(2), np.zeros((2, 2))
    state = StoredState(1.0, from_dense(STATES[1.0]), nothing, nothing, matrix, matrix)
    table = divergences(models.runs[0][0], [state], 50, 2, 1, noise=1.0)
    assert table["entropy"].item() == pytest.approx(np.log(4), abs=1e-12)
