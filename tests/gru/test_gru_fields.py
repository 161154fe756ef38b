"""Predictions for disorder vectors of one's own, and the tutorial."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from gru.symmetric_examples import QUICK, synthetic, trained, training
from jaxtyping import config

from spinlearn.arguments import InvalidArgumentError
from spinlearn.gru import OutsideTrainingWarning, predict
from spinlearn.gru.ensembles import save as save_ensemble
from spinlearn.gru.evaluation import predict as predict_all
from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import INDICATORS
from spinlearn.gru.symmetric import predict_distribution
from spinlearn.pipeline.errors import MissingFileError, SchemaError

FIELDS = np.random.default_rng(8).uniform(-2.5, 2.5, (4, 8))


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    """A file of a symmetric ensemble, and the ensemble."""
    path = tmp_path_factory.mktemp("symmetric") / "model.pt"
    found = trained().ensemble
    save_ensemble(path, found, training(synthetic()))
    return path, found


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A file of two of the paper's networks, trained on L = 4 to 8 in words only."""
    path = tmp_path_factory.mktemp("networks") / "model.pt"
    found = GruNetworks(2, Architecture(INDICATORS)).initialise([1, 2])
    about = {"L": (4, 8), "h": (1.0, 3.0), "deviation": (0.5, 3.0), "realisations": 8}
    about |= {"recipe": "paper", "energy_density": 0.5, "entropy_normalisation": "page"}
    save(path, found, Training(variant="multitask", runs=(0, 1), **about))
    return path, found


@pytest.mark.filterwarnings("error")
def test_an_ensemble_gives_means_and_deviations(ensemble):
    path, direct = ensemble
    found = predict(path, FIELDS, operators="pauli", h=2.5)
    expected = predict_distribution(direct, FIELDS, np.full(4, 8), "page")
    assert (found.mean == expected.mean).all()
    assert (found.deviation == expected.deviation).all()
    assert found.indicators == INDICATORS
    assert (found["spin_fraction"] == found.mean[:, 2]).all()
    assert (found.deviation_of("spin_fraction") == found.deviation[:, 2]).all()
    assert (found.entropy_normalisation, found.energy_density) == ("page", 0.5)


def test_networks_give_their_spread(networks):
    path, direct = networks
    found = predict(path, FIELDS, operators="pauli")
    data = replace(synthetic(1, lengths=(8,), strengths=(1.0,) * 4), fields=FIELDS)
    one, other = predict_all(direct, data).prediction
    np.testing.assert_allclose(found.mean, (one + other) / 2, rtol=1e-12)
    np.testing.assert_allclose(found.deviation, np.abs(one - other) / np.sqrt(2), rtol=1e-9)


@pytest.mark.parametrize("kind", ["ensemble", "networks"])
def test_fields_of_spin_operators_are_half_of_pauli_fields(kind, request):
    path, _ = request.getfixturevalue(kind)
    spin = predict(path, FIELDS / 2, operators="spin", h=1.25)
    assert (spin.mean == predict(path, FIELDS, operators="pauli", h=2.5).mean).all()


@pytest.mark.parametrize(
    ("fields", "h", "message"),
    [
        (np.pad(FIELDS, ((0, 0), (0, 2))), None, r"L = 10 was not in the training, L = 6, 8 were"),
        (FIELDS, 5.0, r"h = 5 J \(Pauli\) is outside of the training, 1 to 4 J"),
        (FIELDS * [[1], [1], [9], [1]], None, r"1 of 4 vectors, the first in row 2, have a stand"),
    ],
)
def test_what_is_outside_of_the_training_is_told(ensemble, fields, h, message):
    path, _ = ensemble
    with pytest.warns(OutsideTrainingWarning, match=message):
        predict(path, fields, operators="pauli", h=h)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": FIELDS[0]}, r"fields.*shape \(8,\)"),
        ({"fields": FIELDS[:, :7]}, r"fields.*7 columns.*must be even"),
        ({"fields": FIELDS[:, :4]}, r"fields.*4 columns.*at least 6 sites"),
        ({"fields": np.where(FIELDS[2, 5] == FIELDS, np.nan, FIELDS)}, r"nan at index \(2, 5\)"),
        ({"operators": "sigma"}, "operators"),
        ({"energy_density": 0.3}, r"energy_density.*0\.3.*know 0\.5 only"),
        ({"h": -1.0}, "h"),
        ({"fields": 1e6 * FIELDS}, r"fields.*in row 0 at site \d; at most 1e\+06 J is allowed"),
        ({"h": 1.0}, r"fields.* J in row 0 at site \d is beyond h = 1 J.*uniform disorder"),
        ({"operators": "spin", "h": 2.4}, r"beyond h = 2\.4 J.*twice h in spin operators"),
        ({"path": None}, "path: must be the path of a file, or a list of them, not None"),
        ({"path": 3}, "path: .* not 3"),
        ({"path": ["model.pt", None]}, "path: .* not None"),
        ({"path": []}, r"path: .* not \[\]"),
    ],
)
def test_wrong_arguments_are_refused(ensemble, change, message, monkeypatch):
    """As a user meets them, without the checks of types that tests have."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)
    path, _ = ensemble
    arguments = {"path": path, "fields": FIELDS, "operators": "pauli", **change}
    with pytest.raises(InvalidArgumentError, match=message):
        predict(arguments.pop("path"), arguments.pop("fields"), **arguments)


def test_fields_as_large_as_h_are_taken(ensemble):
    """Up to rounding."""
    path, _ = ensemble
    fields = np.sign(FIELDS) * np.nextafter(2.4, 3)
    assert np.isfinite(predict(path, fields, operators="pauli", h=2.4).mean).all()


@pytest.mark.parametrize("disorder", ["gaussian", "own", ""])
def test_fields_of_unbounded_disorder_may_exceed_h(ensemble, tmp_path, disorder):
    _, direct = ensemble
    about = replace(training(synthetic()), disorder=disorder)
    save_ensemble(tmp_path / "model.pt", direct, about)
    found = predict(tmp_path / "model.pt", FIELDS, operators="pauli", h=1.0)
    assert (found.mean == predict(ensemble[0], FIELDS, operators="pauli").mean).all()


@pytest.mark.filterwarnings("ignore::spinlearn.gru.OutsideTrainingWarning")
@pytest.mark.parametrize("kind", ["ensemble", "networks"])
@pytest.mark.parametrize("L", [8, 64, 66])
def test_rings_far_beyond_the_training_have_finite_predictions(kind, L, request):
    """Fields that vanish, are uniform, tiny or the largest allowed; warnings are errors."""
    path, _ = request.getfixturevalue(kind)
    shape = np.random.default_rng(L).uniform(-1, 1, L)
    fields = np.stack([0 * shape, 0 * shape + 2.7, 1e-90 * shape, 1e6 * shape, 4 * shape])
    found = predict(path, fields, operators="pauli")
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.deviation).all()
    assert (found.deviation >= 0).all()
    if kind == "ensemble":
        assert (found.deviation <= 1).all()
        np.testing.assert_allclose(found.mean[1], found.mean[0], atol=1e-9)


def test_a_file_given_twice_is_refused(networks):
    with pytest.raises(SchemaError, match=r"its run 0 is in .* too"):
        predict([networks[0]] * 2, FIELDS, operators="pauli")


def test_operators_must_be_named(ensemble):
    with pytest.raises(TypeError, match="operators"):
        predict(ensemble[0], FIELDS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"none\.pt"):
        predict(tmp_path / "none.pt", FIELDS, operators="pauli")


def test_tutorial_runs(repository, tmp_path, monkeypatch, capsys):
    """The Python of docs/gru.md, with a quickly trained ensemble in place of the pipeline's."""
    page = (repository / "docs/gru.md").read_text()
    (cell,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "results/gru/default/symmetric/model.pt"
    path.parent.mkdir(parents=True)
    save_ensemble(path, trained(QUICK).ensemble, training(synthetic()))
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OutsideTrainingWarning)
        exec(compile(cell, "docs/gru.md", "exec"), {})
    assert capsys.readouterr().out.count("+-") >= 3
