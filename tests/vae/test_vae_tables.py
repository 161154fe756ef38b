"""Tables and claims: what figures draw, and verdicts that follow their rules."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from spinlearn.figures import vae as figures
from spinlearn.figures.output import claims_table
from spinlearn.vae import claims, tables
from spinlearn.vae.schemas import MASS_FUNCTION

FIELDS = [0.0, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0]


def observables(bias=0.0, decoder="factorised", near=0.0, N=6):
    """A table of observables whose decoder means are off by `bias`, nearest neighbours by `near`.

    mu_z falls through 1/2 half way between 0.4 and 0.8.
    """
    rows = []
    for hx in FIELDS:
        for name in ("sigma_x", "sigma_z", "zz_1", "xx_1", "mu_x", "mu_z"):
            sites = [0] if name.startswith("mu") else range(1, N + 1)
            for site in sites:
                exact = 0.5 * hx / (1 + site)
                if name == "mu_z":
                    exact = 1.0 if hx < 0.6 else 0.0
                off = bias + (near if site == 2 and name == "zz_1" else 0.0)
                mean, mean_error = exact + off, 0.001
                if decoder == "autoregressive":
                    mean = mean_error = np.nan
                rows.append((hx, name, site, exact + off, 0.01, exact, mean, mean_error))
    columns = (
        "hx", "observable", "site", "vae", "vae_error", "exact", "decoder_mean",
        "decoder_mean_error",
    )  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(N=N, decoder=decoder, training_samples=100)


def mass_file(tmp_path, decoder="factorised", coefficient=0.995):
    rng = np.random.default_rng(0)
    hx = np.array([0.8, 1.0, 2.0])
    exact = rng.dirichlet(np.ones(16), size=3)
    arrays = {
        "hx": hx,
        "exact": exact,
        "vae": rng.dirichlet(np.ones(16), size=3),
        "bhattacharyya": [0.999, coefficient, 0.9999],
        "bhattacharyya_samples": [0.9, 0.9, 0.9],
        "bhattacharyya_product": [0.8, 0.9, 0.95],
        "spectrum_exact": np.tile([0, 0, 0, 1.0], (3, 1)),
        "spectrum_vae": np.tile([-0.02, 0.0, 0.05, 0.97], (3, 1)),
        "reduced_spectrum_exact": np.tile([0, 0, 0.1, 0.9], (3, 1)),
        "reduced_spectrum_vae": np.tile([-0.01, 0, 0.11, 0.9], (3, 1)),
    }
    about = {"N": 2, "decoder": decoder, "training_samples": 100, "prior_samples": 10}
    path = tmp_path / f"{decoder}.h5"
    MASS_FUNCTION.write(path, arrays, about)
    return MASS_FUNCTION.read(path)


def verdicts(found):
    assert len(claims_table(found)) == len(found)
    return [claim["verdict"] for claim in found]


def test_nearest_field_prefers_the_smaller_of_two():
    assert tables.nearest_field([0.8, 1.0], 0.9) == 0.8
    assert tables.nearest_field([0.5, 1.0, 0.9], 0.93) == 0.9
    assert tables.shown_fields([0.0, 0.5, 1.0]) == [0.0, 0.5, 1.0]


def test_by_site_keeps_one_observable_and_marks_what_is_drawn():
    table = tables.by_site(observables(), "zz_1")
    assert set(table.observable) == {"zz_1"}
    assert len(table) == len(FIELDS) * 6
    assert sorted(table.hx[table.shown].unique()) == [0.0, 0.4, 0.8, 1.0, 1.2, 2.0]


@pytest.mark.parametrize(
    ("bias", "expected"),
    [(0.0, "reproduced"), (0.2, "not reproduced"), (-0.2, "not reproduced")],
)
def test_agreement_follows_the_deviation(bias, expected):
    table = tables.by_site(observables(bias), "zz_1")
    assert verdicts(claims.correlation_claims(table, 5)) == [expected, expected]
    sites = claims.site_magnetisation_claims(tables.by_site(observables(bias), "sigma_x"))
    assert verdicts(sites) == [expected]


def test_nearest_neighbours_are_judged_alone_and_for_both_decoders():
    both = pd.concat([observables(near=-0.1), observables(decoder="autoregressive")])
    found = claims.correlation_claims(tables.by_site(both, "zz_1"), 5)
    assert verdicts(found) == ["reproduced", "not reproduced"]
    assert found[1]["measured"] == pytest.approx(-0.1)
    assert "autoregressive decoder 0.000 +- 0.004" in found[1]["claim"]


def test_a_deviation_within_its_error_of_the_tolerance_is_open():
    table = observables(bias=0.05).assign(decoder_mean_error=0.5)
    assert verdicts(claims.correlation_claims(tables.by_site(table, "zz_1"), 5))[0] == (
        "inconclusive"
    )


def test_collapse_of_the_magnetisation_is_found():
    found = claims.magnetisation_claims(tables.magnetisations(observables()))
    assert verdicts(found) == ["reproduced"] * 3
    assert found[2]["measured"] == pytest.approx(0.6)
    late = observables()
    late.loc[(late.observable == "mu_z") & (late.hx == 0.8), "decoder_mean"] = 1.0
    assert verdicts(claims.magnetisation_claims(tables.magnetisations(late)))[2] == (
        "not reproduced"
    )
    never = observables(bias=1.0)
    assert verdicts(claims.magnetisation_claims(tables.magnetisations(never)))[2] == (
        "not reproduced"
    )


def susceptibilities(offset=0.0):
    rows = []
    for name in ("chi_xx", "chi_zx"):
        for k, hx in enumerate(FIELDS):
            value = 0.5 + 0.1 * k
            rows.append(
                {
                    "hx": hx,
                    "observable": name,
                    "autograd": value + offset,
                    "autograd_error": 0.001,
                    "gumbel_softmax": value,
                    "gumbel_softmax_error": 0.02,
                    "central_difference": value + 0.01 * (-1) ** k,
                    "central_difference_error": 0.01,
                    "exact": value if name == "chi_xx" else np.nan,
                    "midpoint": hx + 0.1,
                    "exact_difference": value,
                    "N": 6,
                    "training_samples": 100,
                }
            )
    return pd.DataFrame(rows)


def test_susceptibility_verdicts():
    assert verdicts(claims.susceptibility_claims(susceptibilities())) == ["reproduced"] * 2
    assert verdicts(claims.susceptibility_claims(susceptibilities(0.5))) == ["not reproduced"] * 2


def test_mass_function_table_is_sorted_by_the_exact_probability(tmp_path):
    contents = mass_file(tmp_path)
    table = tables.mass_functions(contents)
    assert table.hx.unique() == [0.8]
    assert (np.diff(table.exact) <= 0).all()
    assert sorted(table.string) == list(range(16))
    assert table.vae.sum() == pytest.approx(1)
    assert contents["vae"][0][table.string.iloc[3]] == table.vae.iloc[3]
    assert verdicts(claims.mass_function_claims(table)) == ["reproduced"]


@pytest.mark.parametrize(
    ("coefficient", "expected"), [(0.995, "reproduced"), (0.98, "not reproduced")]
)
def test_fidelity_is_judged_at_the_worst_field(tmp_path, coefficient, expected):
    files = [
        mass_file(tmp_path, coefficient=coefficient),
        mass_file(tmp_path, "autoregressive", 0.9999),
    ]
    table = tables.bhattacharyya_coefficients(files)
    assert set(table.kind) == {"factorised", "autoregressive", "samples", "product"}
    found = claims.fidelity_claims(table)
    assert verdicts(found) == [expected]
    assert "smallest is 0.9990" in found[0]["claim"]
    assert found[0]["measured"] == pytest.approx(coefficient)


def test_spectra_and_their_claims(tmp_path):
    table = tables.spectra(mass_file(tmp_path))
    whole = table[table.part == "whole"]
    assert list(whole.vae) == [0.97, 0.05, 0.0, -0.02]
    assert verdicts(claims.spectrum_claims(table)) == ["reproduced", "reproduced"]
    pure = table.assign(vae=table.exact)
    assert verdicts(claims.spectrum_claims(pure)) == ["not reproduced", "not reproduced"]


def entropies(excess, error=0.01):
    n = np.arange(1, 7)
    exact = 0.1 * n * (6 - n)
    parts = [
        pd.DataFrame({"hx": hx, "n": n, "vae": exact + excess, "vae_error": error, "exact": exact})
        for hx in FIELDS
    ]
    return pd.concat(parts, ignore_index=True).assign(N=6, training_samples=100)


@pytest.mark.parametrize(
    ("excess", "error", "expected"),
    [
        (0.1, 0.01, "reproduced"),
        (-0.1, 0.01, "not reproduced"),
        (0.1, 1.0, "inconclusive"),
    ],
)
def test_entropy_verdicts(excess, error, expected):
    table = tables.entropies(entropies(excess, error))
    assert sorted(table.hx[table.shown].unique()) == [0.4, 1.0, 1.6]
    assert verdicts(claims.entropy_claims(table)) == [expected]


def test_every_figure_draws_its_table(tmp_path):
    """Not a matter of taste: every figure takes its table, and has something in every panel."""
    both = pd.concat([observables(), observables(decoder="autoregressive")])
    files = [mass_file(tmp_path), mass_file(tmp_path, "autoregressive")]
    drawn = [
        figures.figure5(tables.by_site(both, "zz_1")),
        figures.figure6(tables.by_site(observables(), "xx_1")),
        figures.figure7(tables.by_site(both, "sigma_x")),
        figures.figure8(tables.magnetisations(observables())),
        figures.figure9(susceptibilities()),
        figures.figure10(tables.mass_functions(files[0])),
        figures.figure11(tables.bhattacharyya_coefficients(files)),
        figures.figure12(tables.entropies(entropies(0.1))),
        figures.figure13(tables.spectra(files[0])),
    ]
    for figure in drawn:
        figure.canvas.draw()
        for ax in figure.axes:
            assert ax.lines or ax.patches or ax.collections
            assert ax.get_ylabel()
    assert not plt.get_fignums()
