"""Machines on long strings: table, picture, comparisons, and verdicts on made-up numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets import images, patterns
from spinlearn.datasets.strings import Request
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn.long_strings import claims, draw, table
from spinlearn.papers.spinlearn.long_values import Fit, comparisons, gain, worth
from spinlearn.sqrbm.long_strings import Annealing, divided, learn, load, save
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.sampling import PersistentSettings
from spinlearn.sqrbm.training import Settings

PREFIX, BARS = "spinlearn.long_strings.", "all_bars_and_stripes_4x16"
SETTINGS = PersistentSettings(Settings(4, 0.01, "decaying"), chains=13, batch=20)
MACHINES = [("Z", 2), ("Z", 6), ("XYZ", 2)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files as the pipeline writes them: two data sets, n = 64, two runs of a few steps."""
    folder = tmp_path_factory.mktemp("long")
    few = patterns.all_bars_and_stripes_4x16(Request(n=64))
    sources = {
        "digits_pixels": images.digits_pixels(Request(n=64)),
        "all_bars_and_stripes_4x16": few,
    }
    paths = []
    for name, strings in sources.items():
        data = divided(strings, 1, name)
        for paulis, m in MACHINES:
            machine, annealing = Machine(64, m, paulis), Annealing(13, 5)
            result = learn(machine, data, SETTINGS, annealing, seed=1, runs=[0, 1], dataset=name)
            paths.append(folder / f"{name}_{paulis}{m}.h5")
            save(paths[-1], result, data, {"dataset": name, "source": strings.source})
    return SimpleNamespace(fits=paths)


def test_table_has_means_of_runs(files):
    found = table(files, {})
    rows = found[found.part == "likelihood"]
    assert len(rows) == 6
    stored = {(one.attributes["dataset"], one.attributes["m"]): one for one in load(files.fits)}
    row = rows[(rows.dataset == "digits_pixels") & (rows.m == 6)].iloc[0]
    values = stored["digits_pixels", 6]["log_likelihood"]
    of_z = stored["digits_pixels", 6]["log_z_error"]
    assert row["mean"] == pytest.approx(values.mean())
    spread = values.std(ddof=1) / np.sqrt(2)
    assert row.error == pytest.approx(np.hypot(spread, np.sqrt((of_z**2).sum()) / 2))
    gaps = stored["digits_pixels", 6]["log_z_backward"] - stored["digits_pixels", 6]["log_z"]
    assert row.log_z_gap == pytest.approx(gaps.mean())
    assert row.held_out == 359
    assert (rows[rows.dataset != "digits_pixels"].held_out == 0).all()
    gains = found[found.part == "gain"]
    assert set(gains.equal) == {"parameters", "hidden units"}
    assert set(zip(gains.m, gains.rbm_m, strict=True)) == {(2, 2), (2, 6)}


def test_picture_has_curves_and_strings_of_each_data_set(files, tmp_path):
    found = table(files, {})
    fig = draw(found)
    assert len(fig.axes) == 6
    assert fig.axes[0].get_title() == "digits, 8 x 8, $n = 64$"
    words = [label.get_text() for label in fig.axes[2].get_yticklabels()]
    assert words == ["data", "RBM", "sqRBM{X,Y,Z}"]
    fig.savefig(tmp_path / "long.png", dpi=50)
    judged = claims_table(claims(found), PREFIX)
    assert len(judged) == 5
    assert set(judged.verdict) == {"too small to judge"}


def test_picture_shows_rows_and_columns_of_the_data(files):
    """Half of the weight of bars and stripes is on rows, half on columns."""
    found = table(files, {})
    shown = found[(found.part == "picture") & (found.paulis == "data") & (found.dataset == BARS)]
    strings = [[int(bit) for bit in string.removeprefix("b")] for string in shown.string]
    pictures = np.reshape(strings, (-1, 4, 16))
    is_rows = (pictures == pictures[:, :, :1]).all(axis=(1, 2))
    assert (len(pictures), is_rows.sum()) == (12, 6)


@pytest.mark.parametrize("kept", [["XYZ2"], ["Z6", "Z2", "XYZ2"], ["Z7", "XYZ2"]])
def test_machines_without_an_rbm_beside_them_are_drawn(files, tmp_path, kept):
    """No RBM, two, or one with other numbers of hidden units and parameters."""
    machine, data = Machine(64, 7, "Z"), divided(images.digits_pixels(Request(n=64)), 1, "any")
    result = learn(
        machine, data, SETTINGS, Annealing(13, 5), seed=1, runs=[0, 1], dataset="digits_pixels"
    )
    about = {"dataset": "digits_pixels", "source": "here"}
    save(tmp_path / "digits_pixels_Z7.h5", result, data, about)
    paths = [*files.fits, tmp_path / "digits_pixels_Z7.h5"]
    names = [f"digits_pixels_{name}" for name in kept]
    found = table(SimpleNamespace(fits=[path for path in paths if path.stem in names]), {})
    assert len(draw(found).axes) == 3
    judged = claims_table(claims(found), PREFIX).set_index("key")
    assert set(judged.verdict) == {"too small to judge"}
    assert len(judged) == 3
    notes = judged.note[f"{PREFIX}parameters_xyz_digits"], judged.note[f"{PREFIX}worth_xyz_digits"]
    assert (notes[0] == "no RBM with as many parameters") == ("Z6" not in kept)
    assert (notes[1] == "no RBM") == (kept == ["XYZ2"])


def test_strings_of_different_length_are_kept_apart(tmp_path):
    """One data set at two n: a row of panels for each, and comparisons within each."""
    paths = []
    for n in (6, 8):
        strings = patterns.bars(Request(n=n))
        data = divided(strings, 1, "bars")
        for paulis, m in MACHINES:
            result = learn(
                Machine(n, m, paulis), data, SETTINGS, Annealing(13, 5),
                seed=1, runs=[0, 1], dataset="bars",
            )  # fmt: skip
            paths.append(tmp_path / f"{n}_{paulis}{m}.h5")
            save(paths[-1], result, data, {"dataset": "bars", "source": strings.source})
    found = table(SimpleNamespace(fits=paths), {})
    assert found[found.part == "likelihood"].n.tolist() == [6, 6, 6, 8, 8, 8]
    assert found[found.part == "gain"].n.tolist() == [6, 6, 8, 8]
    titles = [ax.get_title() for ax in draw(found).axes]
    assert titles[::3] == ["bars, $n = 6$", "bars, $n = 8$"]


def test_gains_on_the_same_strings_leave_out_what_strings_share():
    """Strings differ by 3 nat, machines by 0.1 on each: the error is that of the runs alone."""
    strings = np.random.default_rng(1).normal(-17.0, 3.0, 300)
    first = Fit("XYZ", 8.0, 1, strings.mean() + 0.1, 0.03, strings + 0.1)
    second = Fit("Z", 24.0, 1, strings.mean(), 0.04, strings)
    assert gain(first, second) == pytest.approx((0.1, 0.05))
    noisy = Fit("Z", 24.0, 1, 0.0, 0.0, strings + np.random.default_rng(2).normal(size=300))
    assert gain(noisy, second)[1] == pytest.approx(np.hypot(0.04, 1 / np.sqrt(300)), rel=0.1)


def test_worth_is_where_the_classical_curve_is_as_good():
    """A curve that is linear in log m: -20 + log2(m) nat."""
    curve = [Fit("Z", m, 1, -20 + np.log2(m), 0.0, None) for m in (4.0, 16.0, 64.0)]
    found = worth(Fit("XYZ", 8.0, 1, -15.5, 0.1, None), curve)
    assert found["bound"] == "exact"
    assert found["ratio"] == pytest.approx(2**4.5 / 8)
    slope = 1 / np.log(2) / 2**4.5
    assert found["ratio_error"] == pytest.approx(0.1 / slope / 8)
    ends = [worth(Fit("XYZ", 8.0, 1, value, 0.1, None), curve) for value in (-10.0, -19.0)]
    assert [(end["ratio"], end["bound"]) for end in ends] == [(8.0, "lower"), (0.5, "upper")]


def made_up(shift, runs=8):
    """Curves in which a hidden qubit is worth three classical units, raised by some nats."""
    fits = [Fit("Z", float(m), 64 + 65 * m, -20 + np.log2(m), 0.01, None) for m in (8, 24, 48, 96)]
    fits += [
        Fit("XYZ", float(m), 64 + 195 * m, -20 + np.log2(3 * m) + shift, 0.01, None)
        for m in (8, 16)
    ]
    rows = [
        {
            "part": "likelihood",
            "paulis": fit.paulis,
            "m": fit.m,
            "mean": fit.mean,
            "runs": runs,
            "held_out": 300,
        }
        for fit in fits
    ]
    return pd.DataFrame(rows + comparisons(fits, fits)).assign(dataset="digits_pixels", n=64)


def verdicts(found):
    judged = claims_table(claims(found), PREFIX)
    return dict(zip(judged.key.str.removeprefix(PREFIX), judged.verdict, strict=True))


@pytest.mark.parametrize(
    ("shift", "runs", "better", "worth_three"),
    [
        (0.0, 8, "inconclusive", "reproduced"),
        (0.5, 8, "reproduced", "not reproduced"),
        (-0.5, 8, "not reproduced", "not reproduced"),
        (0.5, 2, "too small to judge", "too small to judge"),
    ],
)
def test_verdicts_follow_the_curves(shift, runs, better, worth_three):
    found = verdicts(made_up(shift, runs))
    assert found == {
        "parameters_xyz_digits": better,
        "worth_xyz_digits": worth_three,
        "worth_learned_xyz_digits": worth_three,
    }


def test_a_curve_that_ends_too_early_gives_bounds():
    found = made_up(0.0)
    found = found[(found.paulis != "Z") | (found.m < 24)]
    for name in ("", "train_"):
        found.loc[found.part == "ratio", [f"{name}ratio_error", f"{name}bound"]] = [np.nan, "lower"]
    found = found[found.part != "gain"]
    judged = claims_table(claims(found), PREFIX).set_index("key")
    assert set(judged.verdict) == {"too small to judge"}
    assert "m = 8: at least 3.00" in judged.note[f"{PREFIX}worth_xyz_digits"]
