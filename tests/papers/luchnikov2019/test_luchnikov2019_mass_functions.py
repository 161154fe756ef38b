"""Figures 10, 11 and 13: tables from files, errors, verdicts that follow their rules, pictures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from reference.mass_functions import distribution_of_density_matrix

from spinlearn.papers.luchnikov2019 import figure10, figure11, figure13
from spinlearn.papers.luchnikov2019.mass_functions import coefficient_error, spectrum_with_errors
from spinlearn.papers.output import claims_table
from spinlearn.spins import povm
from spinlearn.vae.schemas import MASS_FUNCTION

SETTINGS = {"longitudinal_field": 2e-4, "seed": 1}


@pytest.fixture
def mass_file(tmp_path):
    """Writes a file of a chain of two sites and gives its path."""

    def write(model="factorised", coefficient=0.995, draws=10000, runs=1):
        rng = np.random.default_rng(0)
        exact, vae = rng.dirichlet(np.ones(16), size=3), rng.dirichlet(np.ones(16), size=3)
        every = np.ones((runs, 1, 1))
        arrays = {
            "run": np.arange(runs),
            "hx": np.array([0.8, 1.0, 2.0]),
            "exact": exact,
            "vae": every * vae,
            "bhattacharyya": every[:, 0] * [0.999, coefficient, 0.9999],
            "bhattacharyya_samples": [0.9, 0.9, 0.9],
            "bhattacharyya_product": [0.8, 0.9, 0.95],
            "spectrum_exact": np.tile([0, 0, 0, 1.0], (3, 1)),
            "spectrum_vae": every * np.tile([-0.02, 0.0, 0.05, 0.97], (3, 1)),
            "reduced_spectrum_exact": np.tile([0, 0, 0.1, 0.9], (3, 1)),
            "reduced_spectrum_vae": every * np.tile([-0.01, 0, 0.11, 0.9], (3, 1)),
        }
        about = {"N": 2, "model": model, "decoder": "factorised", "prior_samples": draws}
        path = tmp_path / f"{model}.h5"
        MASS_FUNCTION.write(path, arrays, {**about, "training_samples": 500000})
        return path

    return write


def mass_table(*paths):
    return figure10.table(SimpleNamespace(mass_functions=list(paths)), {}).assign(N=5)


def fidelity_table(*paths):
    return figure11.table(SimpleNamespace(mass_functions=list(paths)), SETTINGS).assign(N=5)


def spectrum_table(*paths):
    return figure13.table(SimpleNamespace(mass_functions=list(paths)), SETTINGS)


def by_name(found):
    """Verdicts by the last part of the claims' keys; the rows must fit the scorecard."""
    table = claims_table(found)
    return dict(zip(table.key.str.split(".").str[-1], table.verdict, strict=True))


def test_mass_function_is_sorted_by_the_exact_probability(mass_file):
    path = mass_file()
    table = mass_table(path)
    assert table.hx.unique() == [0.8]
    assert (np.diff(table.exact) <= 0).all()
    assert sorted(table.string) == list(range(16))
    assert table.vae.sum() == pytest.approx(1)
    assert MASS_FUNCTION.read(path)["vae"][0, 0][table.string.iloc[3]] == table.vae.iloc[3]


def test_mass_function_verdict_follows_the_coefficient(mass_file):
    table = mass_table(mass_file())
    assert by_name(figure10.claims(table)) == {"mass_function": "reproduced"}
    few = mass_table(mass_file(draws=2))
    assert by_name(figure10.claims(few)) == {"mass_function": "inconclusive"}
    both = mass_table(mass_file(), mass_file("marginal"))
    names = {"mass_function", "mass_function_marginal"}
    assert by_name(figure10.claims(both)) == dict.fromkeys(names, "reproduced")
    less = figure10.claims(both.assign(training_samples=40000))
    assert [claim["verdict"] for claim in less] == ["too small to judge", "reproduced"]
    small = table.assign(training_samples=40000)
    assert by_name(figure10.claims(small)) == {"mass_function": "too small to judge"}
    poor = table.assign(bhattacharyya=0.98)
    assert by_name(figure10.claims(poor)) == {"mass_function": "not reproduced"}


def test_error_of_a_coefficient_is_an_upper_limit():
    """Monte Carlo: the spread over repeated sets of strings, and of latent vectors."""
    rng = np.random.default_rng(3)
    exact = rng.dirichlet(np.full(64, 5.0))
    p = 0.8 * exact + 0.2 * rng.dirichlet(np.full(64, 5.0))
    draws, repeats = 4000, 2000
    counts = rng.multinomial(draws, p, size=repeats) / draws
    found = np.sqrt(counts * exact).sum(axis=1)
    limit = coefficient_error(np.sqrt(p * exact).sum(), draws, 64)
    # The spread of 2000 numbers is known to 1.6 %.
    assert found.std() == pytest.approx(limit, rel=0.06)
    same = np.sqrt(rng.multinomial(draws, exact, size=repeats) / draws * exact).sum(axis=1)
    assert same.std() == pytest.approx(coefficient_error(1.0, draws, 64), rel=0.1)
    # A mean over latent vectors of sharp outcome distributions, as a decoder gives it.
    components = rng.dirichlet(np.full(64, 0.3), size=5000)
    means = [components[rng.integers(5000, size=500)].mean(axis=0) for _ in range(400)]
    spread = np.std([np.sqrt(mean * exact).sum() for mean in means])
    whole = np.sqrt(components.mean(axis=0) * exact).sum()
    assert 0.1 < spread / coefficient_error(whole, 500, 64) < 1


def test_error_of_an_eigenvalue_is_that_of_strings_drawn():
    """Monte Carlo: eigenvalues of repeated samples of strings from a mixed state's distribution."""
    rng = np.random.default_rng(4)
    amplitudes = rng.normal(size=(2, 8)) + 1j * rng.normal(size=(2, 8))
    states = np.linalg.qr(amplitudes.T)[0].T
    rho = sum(w * np.outer(v, v.conj()) for w, v in zip((0.8, 0.2), states, strict=True))
    p = distribution_of_density_matrix(rho)
    draws = 200000
    values, errors = spectrum_with_errors(p, draws)
    assert values == pytest.approx(np.linalg.eigvalsh(rho), abs=1e-12)
    found = [
        np.linalg.eigvalsh(povm.density_matrix(rng.multinomial(draws, p) / draws))
        for _ in range(400)
    ]
    # Only levels apart from others: first-order perturbation theory. 400 numbers tell 3.5 %.
    assert np.std(found, axis=0)[-2:] == pytest.approx(errors[-2:], rel=0.15)


@pytest.mark.parametrize(
    ("coefficient", "expected"),
    [(0.995, "reproduced"), (0.9905, "inconclusive"), (0.98, "not reproduced")],
)
def test_fidelity_is_judged_at_the_worst_field(mass_file, coefficient, expected):
    table = fidelity_table(
        mass_file(coefficient=coefficient), mass_file("autoregressive", coefficient=0.9999)
    )
    assert set(table.kind) == {"factorised", "autoregressive", "samples", "product"}
    is_model = table.kind.isin(["factorised", "autoregressive"])
    assert (table.latent_vectors > 0).equals(is_model)
    assert table.bhattacharyya_error[table.kind.isin(["samples", "product"])].isna().all()
    found = figure11.claims(table)
    assert by_name(found) == {"fidelity": expected, "fidelity_autoregressive": "reproduced"}
    assert [claim["origin"] for claim in found] == ["paper", "spinlearn"]
    assert found[0]["measured"] == pytest.approx(coefficient, abs=2e-5)


def test_other_chain_lengths_are_noted_alone(mass_file):
    table = fidelity_table(mass_file())
    longer = pd.concat([table, table.assign(N=9, bhattacharyya=0.5)])
    assert by_name(figure11.claims(longer)) == by_name(figure11.claims(table))
    assert figure11.claims(longer)[0]["note"].endswith("smallest 0.5000 for N = 9")


def test_eigenvalues_are_in_descending_order(mass_file):
    table = spectrum_table(mass_file())
    whole = table[(table.part == "whole") & (table.model == "factorised")]
    assert list(whole.vae) == [0.97, 0.05, 0.0, -0.02]


@pytest.mark.parametrize(
    ("largest", "smallest", "error", "expected"),
    [
        (0.95, -0.05, 0.01, ("reproduced", "reproduced", "reproduced")),
        # Far from slightly mixed; above 1; at either limit.
        (0.40, -0.05, 0.01, ("not reproduced", "reproduced", "reproduced")),
        (1.10, -0.05, 0.01, ("not reproduced", "reproduced", "reproduced")),
        (0.51, -0.05, 0.01, ("inconclusive", "reproduced", "reproduced")),
        (0.99, -0.05, 0.01, ("inconclusive", "reproduced", "reproduced")),
        (0.95, -0.01, 0.01, ("reproduced", "inconclusive", "inconclusive")),
        (0.95, 0.03, 0.01, ("reproduced", "not reproduced", "not reproduced")),
        (0.95, -0.05, 0.0, ("inconclusive", "inconclusive", "inconclusive")),
        (0.95, -0.05, np.nan, ("inconclusive", "inconclusive", "inconclusive")),
    ],
)
def test_verdicts_on_spectra(largest, smallest, error, expected):
    table = spectra(largest, smallest, error)
    found = by_name(figure13.claims(table))
    names = ("slightly_mixed", "negative_eigenvalues", "negative_reduced_eigenvalues")
    assert tuple(found[name] for name in names) == expected
    # Three spins are the whole chain: no second claim on the same eigenvalues.
    same = table[(table.part == "whole") | (table.level < 4)].assign(level=1)
    assert "negative_reduced_eigenvalues" not in by_name(figure13.claims(same))


def spectra(largest, smallest, error, strings=(-0.01, -0.012)):
    """Spectra of one run, and of two draws of strings, whose smallest eigenvalues are given."""
    rows = []
    for part in ("whole", "last three"):
        middle = [0.04] * (2 if part == "whole" else 1)
        every = {("factorised", 0): smallest, **{("strings", k): s for k, s in enumerate(strings)}}
        for (model, run), last in every.items():
            for level, value in enumerate((largest, *middle, last), 1):
                columns = {"part": part, "level": level, "vae": value, "vae_error": error}
                rows.append({**columns, "model": model, "run": run})
    return pd.DataFrame(rows).assign(N=5, hx=0.9, training_samples=500000)


@pytest.mark.parametrize(
    ("smallest", "expected"),
    [(-0.05, "reproduced"), (-0.012, "inconclusive"), (0.03, "not reproduced")],
)
def test_negative_eigenvalues_are_compared_with_the_noise(smallest, expected):
    """Strings of the exact state: -0.011 ± 0.0014 (one draw)."""
    found = figure13.claims(spectra(0.95, smallest, 0.002))
    assert by_name(found)["negative_eigenvalues_beyond_noise"] == expected
    assert by_name(found)["negative_reduced_eigenvalues_beyond_noise"] == expected
    assert "in 2 of 2 draws" in found[1]["note"]
    assert found[2]["measured"] == pytest.approx(smallest + 0.011, abs=1e-4)


def test_strings_of_a_pure_state_give_a_negative_eigenvalue(tmp_path, mass_file):
    """The noise level: of 40 draws all have one, and fewer strings a more negative one."""
    pure = distribution_of_density_matrix(np.diag([1.0, 0.0, 0.0, 0.0]).astype(complex))
    contents = MASS_FUNCTION.read(mass_file())
    arrays = {dataset.name: contents[dataset.name] for dataset in MASS_FUNCTION.datasets}
    about = {name: contents.attributes[name] for name in ("N", "model", "decoder")}
    levels = []
    for number in (1000, 100000):
        MASS_FUNCTION.write(
            tmp_path / "pure.h5",
            {**arrays, "exact": np.tile(pure, (3, 1))},
            {**about, "prior_samples": 100, "training_samples": number},
        )
        table = spectrum_table(tmp_path / "pure.h5")
        rows = table[(table.model == "strings") & (table.part == "whole")]
        levels.append(rows.groupby("run").vae.min())
    assert [(level < 0).sum() for level in levels] == [40, 40]
    # The noise is of order 1/sqrt(M).
    assert 5 < levels[0].mean() / levels[1].mean() < 20


def test_claim_texts_do_not_change_with_the_numbers(mass_file):
    def texts(coefficient):
        path = mass_file(coefficient=coefficient)
        found = [
            *figure10.claims(mass_table(path)),
            *figure11.claims(fidelity_table(path)),
            *figure13.claims(spectrum_table(path)),
        ]
        return {claim["key"]: claim["claim"] for claim in found}

    assert texts(0.995) == texts(0.97)
    assert len(texts(0.995)) == 5


def test_figures_draw_their_tables(mass_file):
    """Every panel has contents and axis labels."""
    path = mass_file()
    coefficients = fidelity_table(path, mass_file("autoregressive"))
    drawn = [
        figure10.draw(mass_table(path, mass_file("marginal", runs=3))),
        figure11.draw(coefficients),
        figure11.draw(pd.concat([coefficients, coefficients.assign(N=3)])),
        figure13.draw(spectrum_table(path, mass_file("marginal", runs=3))),
    ]
    for figure in drawn:
        figure.draw_without_rendering()
        for ax in figure.axes:
            assert ax.lines or ax.patches
            assert ax.get_ylabel()
    assert "= 0.0002 $J$" in drawn[1].axes[0].get_title()
