"""Cross-fits: table, picture and verdict."""

from types import SimpleNamespace

import numpy as np
import pytest

from spinlearn.papers.demidik2025.theorem1 import claims, draw, table
from spinlearn.sqrbm.crossfit import cross_fit_table, theorem1
from spinlearn.sqrbm.schemas import CROSS_FIT


@pytest.fixture(scope="module")
def fits(tmp_path_factory):
    """The table of two Pauli sets, read from their files."""
    folder = tmp_path_factory.mktemp("crossfit")
    for paulis in ("XZ", "XYZ"):
        found = theorem1(5, paulis, seed=1, targets=2, starts=8, iterations=120)
        CROSS_FIT.write(folder / f"{paulis}.csv", cross_fit_table(found, paulis))
    return table(SimpleNamespace(fits=[folder / "XZ.csv", folder / "XYZ.csv"]), {})


def test_every_fit_has_a_row(fits):
    assert list(fits.groupby("paulis", sort=False).size().items()) == [("XZ", 8), ("XYZ", 8)]


def test_families_of_other_dimension_are_not_reproduced(fits):
    first, second = claims(fits)
    assert first["key"] == "demidik2025.theorem1.equivalence_xz"
    assert second["key"] == "demidik2025.theorem1.equivalence_xyz"
    assert first["verdict"] == second["verdict"] == "not reproduced"
    assert "dimensions 16 and 17" in first["note"]
    assert first["origin"] == "spinlearn"
    crossed = fits.kl[(fits.paulis == "XZ") & (fits.source != fits.fitted)].max()
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
    assert [claim["verdict"] for claim in claims(same)] == [expected] * 2


def test_every_pauli_set_is_drawn(fits, tmp_path):
    fig = draw(fits)
    assert len(fig.axes) == 2
    fig.savefig(tmp_path / "theorem1.png", dpi=50)
    assert (tmp_path / "theorem1.png").stat().st_size > 2000
