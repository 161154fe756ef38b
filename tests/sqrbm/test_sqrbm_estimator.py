"""The estimator: scikit-learn's own checks, learning, samples, files, and wrong arguments."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jaxtyping import config
from scipy.stats import chisquare
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request, bit_strings
from spinlearn.pipeline.errors import (
    CorruptFileError,
    MissingFileError,
    NotConvergedError,
    SchemaError,
    UnwritableError,
)
from spinlearn.sqrbm import SemiQuantumRBM
from spinlearn.sqrbm.model import KullbackLeibler


@pytest.fixture
def _as_in_a_notebook():
    """Without the tests' own run-time checks of types, which a notebook does not have."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


TOO_WIDE = {"check_sample_weight_equivalence_on_dense_data": "30 columns: more than 20 bits"}


@pytest.mark.usefixtures("_as_in_a_notebook")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [SemiQuantumRBM(n_hidden=2, max_iter=20, binarize=0.0, random_state=0)],
    expected_failed_checks=lambda _: TOO_WIDE,
)
def test_estimator_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def cardinality():
    """All strings of 6 bits, and their probabilities: three ones."""
    q = patterns.cardinality(Request(n=6)).target(0)
    return bit_strings(6), q


@pytest.fixture(scope="module")
def fitted(cardinality):
    strings, q = cardinality
    return SemiQuantumRBM(n_hidden=4, n_init=2, random_state=3).fit(strings, sample_weight=q)


def test_weighted_strings_are_a_distribution(cardinality, fitted):
    """The same machine as from strings that repeat, whose frequencies are the weights."""
    strings, q = cardinality
    assert fitted.score(strings[q > 0]) == pytest.approx(-np.log(20), abs=0.01)
    repeated = clone(fitted).fit(np.repeat(strings[q > 0], 3, axis=0))
    np.testing.assert_allclose(repeated.probability(), fitted.probability(), atol=1e-3)
    value = KullbackLeibler(fitted.machine_, q, 1)(fitted.parameters_[None])
    assert fitted.kl_ == pytest.approx(value.kl[0])
    assert fitted.n_iter_ <= 1000 == len(fitted.kl_history_)


def test_score_samples_is_the_logarithm_of_the_probability(cardinality, fitted):
    strings, _ = cardinality
    np.testing.assert_allclose(np.exp(fitted.score_samples(strings)), fitted.probability())
    assert fitted.probability().sum() == pytest.approx(1.0)


def test_samples_follow_the_distribution(fitted):
    """Chi-squared over strings that are expected at least five times; the seed is fixed."""
    drawn = fitted.sample(4000, random_state=5)
    assert drawn.shape == (4000, 6)
    found = np.bincount(drawn @ (1 << np.arange(5, -1, -1)), minlength=64)
    expected = 4000 * fitted.probability()
    often = expected >= 5
    observed = [*found[often], found[~often].sum()]
    wanted = np.array([*expected[often], expected[~often].sum()])
    assert chisquare(observed, wanted * 4000 / wanted.sum()).pvalue > 1e-3
    np.testing.assert_array_equal(drawn, fitted.sample(4000, random_state=5))


def test_best_of_several_starts_is_kept(cardinality):
    strings, q = cardinality
    models = [
        SemiQuantumRBM(2, "XZ", max_iter=60, n_init=n, random_state=0).fit(strings, sample_weight=q)
        for n in (1, 5)
    ]
    assert models[1].kl_ < models[0].kl_


def test_a_machine_worse_than_guessing_is_refused():
    """All strings once, which is the uniform distribution; steps of order 10 lead away from it."""
    X = bit_strings(4)
    wild = SemiQuantumRBM(n_hidden=4, learning_rate=10.0, max_iter=99, random_state=0)
    assert wild.fit(X).kl_ > 0.5
    with pytest.raises(NotConvergedError, match="another learning rate"):
        wild.set_params(max_iter=100).fit(X)


def test_binarize_is_a_threshold():
    X = np.array([[0.2, 0.9], [0.7, 0.1], [0.6, 0.5]])
    models = [
        SemiQuantumRBM(1, max_iter=30, binarize=threshold, random_state=0).fit(data)
        for data, threshold in ((X, 0.5), ((X > 0.5).astype(int), None))
    ]
    np.testing.assert_array_equal(models[0].parameters_, models[1].parameters_)


def test_grid_search_finds_the_hidden_units(cardinality):
    strings, q = cardinality
    X = np.tile(strings[q > 0], (2, 1))
    search = GridSearchCV(
        SemiQuantumRBM(max_iter=100, random_state=0), {"n_hidden": [1, 3]}, cv=2
    ).fit(X)
    assert search.best_params_ == {"n_hidden": 3}


@pytest.mark.parametrize("state", [3, None, np.random.RandomState(0)])
def test_saved_machine_is_the_same(cardinality, tmp_path, state):
    strings, q = cardinality
    model = SemiQuantumRBM(2, "YZ", max_iter=20, random_state=state).fit(strings, sample_weight=q)
    model.save(tmp_path / "machine.npz")
    again = SemiQuantumRBM.load(tmp_path / "machine.npz")
    np.testing.assert_array_equal(again.score_samples(strings), model.score_samples(strings))
    np.testing.assert_array_equal(again.kl_history_, model.kl_history_)
    kept = {**model.get_params(), "random_state": 3 if state == 3 else None}
    assert again.get_params() == kept
    assert vars(again).keys() == vars(model).keys()


@pytest.mark.usefixtures("_as_in_a_notebook")
def test_parameters_from_a_grid_and_names_of_columns_are_saved(tmp_path):
    """Grids and tables give NumPy's numbers, and names."""
    X = pd.DataFrame({"left": [0, 1, 1], "right": [0, 1, 0]})
    chosen = {"n_hidden": np.int64(2), "learning_rate": np.float32(0.5)}
    model = SemiQuantumRBM(**chosen, max_iter=5, random_state=np.int64(7)).fit(X)
    model.save(tmp_path / "machine.npz")
    again = SemiQuantumRBM.load(tmp_path / "machine.npz")
    assert again.get_params() == {**model.get_params(), "n_hidden": 2, "random_state": 7}
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))
    with pytest.raises(ValueError, match="feature names should match"):
        again.score_samples(X[["right", "left"]])


def test_files_hold_no_pickle(fitted, tmp_path):
    fitted.save(tmp_path / "machine.npz")
    with np.load(tmp_path / "machine.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fU" for name in stored)


def test_other_files_are_refused(fitted, tmp_path):
    path = tmp_path / "machine.npz"
    with pytest.raises(MissingFileError):
        SemiQuantumRBM.load(path)
    fitted.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptFileError, match="not a readable NumPy archive"):
        SemiQuantumRBM.load(path)
    np.savez(path, parameters=np.ones(3))
    with pytest.raises(SchemaError, match="not a file of kind"):
        SemiQuantumRBM.load(path)
    for text in ("hello", "[1]", '{"kind": "spinlearn SemiQuantumRBM 0"}'):
        np.savez(path, about=np.array(text))
        with pytest.raises(SchemaError, match="not a file of kind"):
            SemiQuantumRBM.load(path)
    np.save(tmp_path / "array.npy", np.ones(3))
    with pytest.raises(SchemaError, match="not a file of kind"):
        SemiQuantumRBM.load(tmp_path / "array.npy")


def test_advice_about_files_fits_users_of_python(fitted, tmp_path, monkeypatch):
    """No rule of Snakemake makes these files, wherever they are."""
    monkeypatch.chdir(tmp_path)
    path, again = Path("results/machine.npz"), "or fit the machine and save it again."
    with pytest.raises(MissingFileError, match=f"^{path}: the file does not exist") as caught:
        SemiQuantumRBM.load(path)
    messages = [str(caught.value)]
    for content, error in ((b"", CorruptFileError), (b"text", CorruptFileError)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        with pytest.raises(error) as caught:
            SemiQuantumRBM.load(path)
        messages.append(str(caught.value))
    np.savez(path, parameters=np.ones(3))
    with pytest.raises(SchemaError) as caught:
        SemiQuantumRBM.load(path)
    messages.append(str(caught.value))
    assert all(message.endswith(again) for message in messages)
    with pytest.raises(UnwritableError, match=r"cannot be written to \(") as caught:
        fitted.save("results")
    assert str(caught.value).endswith("or save the machine to another file.")
    with pytest.raises(UnwritableError, match="a file, where a folder is needed") as caught:
        fitted.save(path / "machine.npz")
    messages.append(str(caught.value))
    assert not any("Snakemake" in message or "--directory" in message for message in messages)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"kl"', '"divergence"', "'kl'"),
        ('"tol"', '"tolerance"', "unexpected keyword argument 'tolerance'"),
        ('"machine": [6, 4,', '"machine": [6, 5,', "parameters: has the shape"),
    ],
)
def test_changed_files_are_refused(fitted, tmp_path, old, new, words):
    path = tmp_path / "machine.npz"
    fitted.save(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    assert old in str(arrays["about"])
    np.savez(path, **{**arrays, "about": np.array(str(arrays["about"]).replace(old, new))})
    with pytest.raises(SchemaError, match=words):
        SemiQuantumRBM.load(path)
    del arrays["parameters"]
    np.savez(path, **arrays)
    with pytest.raises(SchemaError, match="'parameters'"):
        SemiQuantumRBM.load(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_hidden": 0}, "n_hidden: must be"),
        ({"n_hidden": 2.0}, "n_hidden: must be a whole number"),
        ({"paulis": "XQ"}, "paulis: must be distinct letters"),
        ({"paulis": ["X", "Z"]}, "paulis: must be distinct letters"),
        ({"paulis": 3}, "paulis: must be distinct letters"),
        ({"max_iter": 0}, "max_iter: must be"),
        ({"learning_rate": -1.0}, "learning_rate: must be"),
        ({"learning_rate": 1e300}, "learning_rate: must be"),
        ({"random_state": "today"}, "random_state: must be a whole number"),
        ({"schedule": "fast"}, "schedule: 'fast' is not one of constant, decaying"),
        ({"patience": -1}, "patience: must be"),
        ({"tol": np.nan}, "tol: must be"),
        ({"n_init": 0}, "n_init: must be"),
        ({"binarize": "half"}, "binarize: must be a real number"),
    ],
)
@pytest.mark.usefixtures("_as_in_a_notebook")
def test_wrong_parameters_are_named(changes, words):
    with pytest.raises(InvalidArgumentError, match=words):
        SemiQuantumRBM(**changes).fit([[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("X", "weights", "words"),
    [
        ([[0, 1], [2, 0]], None, "X: holds 2 at index (1, 0); bits are 0 or 1, or set binarize"),
        ([[0.5, 1]], None, "X: holds 0.5 at index (0, 0)"),
        (np.zeros((2, 21)), None, "X: has 21 columns; strings have at most 20 bits"),
        ([0, 1], None, "Expected 2D array, got 1D"),
        ([[0, 1]], [1.0, 2.0], "sample_weight: has the shape (2,), not (1)"),
        ([[0, 1]], [-1.0], "sample_weight: must not be negative"),
        ([[0, 1]], [np.inf], "sample_weight: holds inf"),
    ],
)
@pytest.mark.usefixtures("_as_in_a_notebook")
def test_wrong_data_are_named(X, weights, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        SemiQuantumRBM(1, max_iter=2).fit(X, sample_weight=weights)


def test_weights_may_be_as_large_as_numbers_are():
    X = [[0, 1], [0, 1], [1, 0]]
    model = SemiQuantumRBM(1, max_iter=2, random_state=0).fit(X, sample_weight=[1e308] * 3)
    alike = SemiQuantumRBM(1, max_iter=2, random_state=0).fit(X)
    assert np.allclose(model.parameters_, alike.parameters_, rtol=1e-12, atol=0)


@pytest.mark.usefixtures("_as_in_a_notebook")
def test_other_numbers_of_bits_and_samples_are_refused(fitted):
    with pytest.raises(ValueError, match=r"4 features.* 6 features"):
        fitted.score_samples(np.zeros((1, 4)))
    with pytest.raises(InvalidArgumentError, match="n_samples: must be"):
        fitted.sample(0)
    for method in ("probability", "sample"):
        with pytest.raises(NotFittedError):
            getattr(SemiQuantumRBM(), method)()


def test_examples_of_the_page_run(repository, tmp_path, monkeypatch, capsys):
    """The Python blocks of docs/sqrbm.md, as a reader would paste them."""
    page = (repository / "docs/sqrbm.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks:
        exec(block, names)
    assert capsys.readouterr().out.count("\n") > 4
    assert names["model"].score(names["test_X"]) == pytest.approx(-np.log(8), abs=0.1)
    np.testing.assert_allclose(names["weighted"].probability(), [0.5, 0.25, 0, 0.25], atol=0.01)
    assert (names["again"].parameters_ == names["model"].parameters_).all()
    assert (tmp_path / "results/machine.npz").exists()


def test_saved_machine_is_the_trained_one_if_its_parameters_were_set_since(cardinality, tmp_path):
    """Two hidden units of three Paulis have as many parameters as three of two."""
    strings, q = cardinality
    model = SemiQuantumRBM(2, "XYZ", max_iter=20, random_state=1).fit(strings, sample_weight=q)
    expected = model.score_samples(strings)
    model.set_params(n_hidden=3, paulis="XZ").save(tmp_path / "machine.npz")
    loaded = SemiQuantumRBM.load(tmp_path / "machine.npz")
    assert np.array_equal(loaded.score_samples(strings), expected)
    assert loaded.get_params()["n_hidden"] == 3
