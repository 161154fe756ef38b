"""Step schedules: table, picture, and verdicts on made-up rises and ratios."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets.patterns import bars
from spinlearn.datasets.strings import Request
from spinlearn.papers.demidik2025.optimisers import claims, draw, table
from spinlearn.papers.output import claims_table
from spinlearn.sqrbm.comparison import compare_schedules
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.schemas import OPTIMISERS
from spinlearn.sqrbm.training import Settings, train

PREFIX = "demidik2025.optimisers."
SETTINGS = {"seed": 1, "tvd_threshold": 0.2}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file as the pipeline writes it: n = 4, three machines, two m, two runs."""
    path = tmp_path_factory.mktemp("optimisers") / "bars.csv"
    target = bars(Request(n=4)).target(0)[None]
    found = compare_schedules(
        "bars", target, ["Z", "XZ", "XYZ"], [1, 2], Settings(40, 0.1), seed=1, runs=range(2)
    )
    OPTIMISERS.write(path, found)
    return SimpleNamespace(runs=[path])


def test_table_has_means_of_runs_and_ratios(files, tmp_path):
    found = table(files, SETTINGS)
    assert found.part.value_counts().to_dict() == {"distance": 12, "ratio": 6}
    row = found[(found.schedule == "decaying") & (found.paulis == "XZ") & (found.m == 2)].iloc[0]
    runs = train(
        Machine(4, 2, "XZ"), bars(Request(n=4)).target(0)[None], Settings(40, 0.1, "decaying"),
        seed=1, runs=range(2), dataset="bars",
    )  # fmt: skip
    assert row.tvd == pytest.approx(runs.tvd.mean(), abs=1e-9)
    assert row.rise == pytest.approx((runs.tvd - runs.tvd_best).mean(), abs=1e-9)
    assert row.iterations == 40
    draw(found).savefig(tmp_path / "optimisers.png", dpi=50)
    assert set(claims_table(claims(found), PREFIX).verdict) == {"too small to judge"}


def made_up(folder, rise, needed, runs=20):
    """Runs that end `rise` above their best, and learn at a given number of units, by schedule."""
    noise = np.linspace(-0.1, 0.1, runs)
    rows = [
        {"dataset": "bars", "n": 8, "schedule": schedule, "paulis": paulis, "m": m, "run": run,
         "parameters": 10, "steps": 100, "kl": 0.0, "kl_best": 0.0,
         "tvd": best + rise[schedule] * (1 + 2 * noise[run]), "tvd_best": best}
        for schedule, units in needed.items()
        for paulis, crossing in units.items()
        for m in range(1, 15)
        for run, best in enumerate(np.clip(0.2 + 0.1 * (crossing - m), 0, 0.6) + 0.1 + noise)
    ]  # fmt: skip
    OPTIMISERS.write(folder / "runs.csv", pd.DataFrame(rows))
    return table(SimpleNamespace(runs=[folder / "runs.csv"]), SETTINGS)


@pytest.mark.parametrize(
    ("decaying_rise", "units", "expected"),
    [
        (0.0, 4.0, ["reproduced", "reproduced"]),
        (0.03, 4.0, ["not reproduced", "reproduced"]),
        (0.0, 6.0, ["reproduced", "not reproduced"]),
    ],
)
def test_verdicts_follow_rises_and_ratios(tmp_path, decaying_rise, units, expected):
    rise = {"constant": 0.02, "decaying": decaying_rise}
    same = {"Z": 8.0, "XZ": 4.0}
    found = made_up(tmp_path, rise, {"constant": same, "decaying": {**same, "XZ": units}})
    assert list(claims_table(claims(found), PREFIX).verdict) == expected
