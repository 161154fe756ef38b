"""Cross-fits: table, picture and verdict."""

from types import SimpleNamespace

import numpy as np
import pytest

from spinlearn.papers.demidik2025.theorem1 import claims, draw, table
from spinlearn.sqrbm.crossfit import cross_fit_table, equivalence
from spinlearn.sqrbm.schemas import CROSS_FIT


@pytest.fixture(scope="module")
def fits(tmp_path_factory):
    """The table of two Pauli sets, read from their files."""
    folder = tmp_path_factory.mktemp("crossfit")
    paths = []
    for n, m, starts, iterations in ((5, 1, 8, 120), (6, 2, 2, 20)):
        for paulis in ("XZ", "XYZ"):
            found = equivalence(
                n, m, paulis, seed=1, targets=2, starts=starts, iterations=iterations
            )
            paths.append(folder / f"{paulis}{m}.csv")
            CROSS_FIT.write(paths[-1], cross_fit_table(found, m, paulis))
    return table(SimpleNamespace(fits=paths), {})


def test_every_fit_has_a_row(fits):
    sizes = fits.groupby(["m", "paulis"], sort=False).size()
    assert list(sizes.items()) == [((1, "XZ"), 8), ((1, "XYZ"), 8), ((2, "XZ"), 8), ((2, "XYZ"), 8)]


def test_families_of_other_dimension_are_not_reproduced(fits):
    first, second, third, fourth = claims(fits)
    assert first["key"] == "demidik2025.theorem1.equivalence_xz"
    assert second["key"] == "demidik2025.theorem1.equivalence_xyz"
    assert third["key"] == "demidik2025.theorem1.several_xz"
    assert fourth["key"] == "demidik2025.theorem1.several_xyz"
    assert {c["verdict"] for c in (first, second, third, fourth)} == {"not reproduced"}
    assert "dimensions 32 and 34" in third["note"]
    assert third["figure"] == "theorem 2"
    several = fits[(fits.paulis == "XZ") & (fits.m == 2) & (fits.source != fits.fitted)]
    assert third["measured"] == pytest.approx(several.kl.median(), rel=1e-3)
    assert "dimensions 16 and 17" in first["note"]
    assert first["origin"] == "spinlearn"
    is_crossed = (fits.paulis == "XZ") & (fits.m == 1) & (fits.source != fits.fitted)
    crossed = fits.kl[is_crossed].max()
    assert first["measured"] == pytest.approx(crossed, rel=1e-3)


@pytest.mark.parametrize(
    ("own", "crossed", "expected"),
    [
        (1e-20, 1e-20, "reproduced"),
        (1e-20, 1e-3, "not reproduced"),
        (1e-3, 1e-3, "inconclusive"),
    ],
)
def test_families_of_equal_dimension_are_judged_by_their_fits(fits, own, crossed, expected):
    kl = np.where(fits.source == fits.fitted, own, crossed)
    same = fits.assign(kl=kl, source_dimension=16, fitted_dimension=16)
    assert [claim["verdict"] for claim in claims(same)] == [expected] * 4


def test_one_refuted_case_refutes_theorem_2(fits):
    kl = np.where((fits.source != fits.fitted) & (fits.n == 6), 1e-3, 1e-20)
    same = fits.assign(kl=kl, m=2, source_dimension=16, fitted_dimension=16)
    verdicts = {claim["key"].partition("1.")[2]: claim["verdict"] for claim in claims(same)}
    assert verdicts == {
        "equivalence_xz": "too small to judge",
        "equivalence_xyz": "too small to judge",
        "several_xz": "not reproduced",
        "several_xyz": "not reproduced",
    }


def test_every_pauli_set_is_drawn(fits, tmp_path):
    fig = draw(fits)
    assert len(fig.axes) == 2
    fig.savefig(tmp_path / "theorem1.png", dpi=50)
    assert (tmp_path / "theorem1.png").stat().st_size > 2000
