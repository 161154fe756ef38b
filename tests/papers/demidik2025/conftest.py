"""Training runs for the figures: made up, and trained."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.papers.demidik2025.comparisons import support
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import save
from spinlearn.sqrbm.training import Settings, train

GRID = (1, 2, 3, 4, 6, 8, 12)


def _made_up_runs(needed, grid=GRID, n=8, runs=20):
    rng = np.random.default_rng(0)
    tables = []
    for (dataset, paulis), crossing in needed.items():
        for m in grid:
            tvd = np.clip(0.2 + 0.1 * (crossing - m), 0.0, 0.6)
            noise = rng.normal(size=runs) * 0.01
            columns = {
                "dataset": dataset,
                "n": n,
                "paulis": paulis,
                "m": m,
                "parameters": Machine(n, m, paulis).size,
                "run": range(runs),
                "steps": 2000,
                "tvd": np.clip(tvd + noise - noise.mean(), 0.0, 1.0),
                "kl": tvd,
                "stuck": int(tvd > 0.59),
                "tvd_of_uniform": 1 - support(dataset, n) / 2**n,
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="session")
def made_up_runs():
    """Makes runs whose distances fall linearly in m and cross 0.2 at a stated number of units."""
    return _made_up_runs


@pytest.fixture(scope="session")
def trained_files(tmp_path_factory):
    """Files as the pipeline writes them: n = 4, two data sets, three machines, two m."""
    folder = tmp_path_factory.mktemp("sqrbm")
    paths = []
    for dataset in ("random", "bars"):
        data = getattr(patterns, dataset)(Request(n=4, seed=1, runs=range(3)))
        targets = np.stack([data.target(run) for run in data.runs or [0]])
        for paulis in ("XYZ", "Z", "XZ"):
            for m in (1, 2):
                machine = Machine(4, m, paulis)
                result = train(
                    machine, targets, Settings(60, 0.1), seed=1, runs=range(3), dataset=dataset
                )
                path = folder / dataset / "n4" / paulis / f"m{m}" / "0000.h5"
                save(path, result, {"dataset": dataset, "source": data.source})
                paths.append(path)
    return paths
