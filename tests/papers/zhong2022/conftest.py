"""A small set of trained machines for the figures on training."""

from types import SimpleNamespace

import pytest
from chains import HEISENBERG

from spinlearn.datasets.images import digits
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.training import Settings, train

COUPLINGS = {
    "anderson": {**HEISENBERG, "J_zz": 0.0},
    "tilted": {**HEISENBERG, "operators": "pauli", "J2": 0.2, "h_x": 0.3},
}
PARTS = {
    "basic": {"hidden": 0},
    "driven": {"hidden": 0, "drive_strength": 0.01},
}
TRAINED = (
    *(("digits0", name, h) for name in ("hidden", "basic", "driven", "tilted") for h in (1.0, 6.0)),
    ("digits7", "hidden", 6.0),
    *(("parity", name, h) for name in ("hidden", "anderson", "tilted") for h in (1.0, 6.0)),
)


class Trained:
    """Files of runs by data set, machine and strength; each with runs 0 and 1, and with run 2."""

    def __init__(self, folder):
        self.blocks = {}
        self.runs = {}
        self.targets = {}
        for dataset, name, h in TRAINED:
            couplings = COUPLINGS.get(name, HEISENBERG)
            parts = {"hidden": 2, **PARTS.get(name, {})}
            machine = born_machine(4, quench_time=2.0, **parts, **couplings)
            settings = Settings(h=h, quenches=8, candidates=6)
            data = (parity if dataset == "parity" else digits)(Request(n=4, name=dataset))
            target = data.target(0)[None]
            about = description(
                machine,
                settings,
                dataset=dataset,
                source=data.source,
                name=name,
                couplings=couplings,
            )
            for block, runs in enumerate(([0, 1], [2])):
                result = train(machine, target, settings, seed=1, runs=runs, task=dataset)
                path = folder / f"{dataset}-{name}-{h}-{block:04d}.h5"
                save(path, result, about)
                self.blocks.setdefault((dataset, name, h), []).append(path)
                self.runs.setdefault((dataset, name, h), []).extend(result.runs)
            self.targets[dataset] = target

    def files(self, dataset, machines=("hidden",), strengths=(1.0, 6.0), blocks=slice(None)):
        """Inputs of a figure: files of data sets that begin so, of some machines and strengths."""
        return SimpleNamespace(
            runs=[
                path
                for (found, name, h), paths in self.blocks.items()
                if found.startswith(dataset) and name in machines and h in strengths
                for path in paths[blocks]
            ]
        )

    def results(self, dataset, machine, h):
        """All runs of one machine, in order."""
        return self.runs[dataset, machine, h]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("zhong2022"))
