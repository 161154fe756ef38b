"""A small set of trained machines for the figures on training."""

from types import SimpleNamespace

import pytest

from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import Settings, train

TRAINED = (
    *(("digits0", model, h) for model in ("hidden", "basic", "driven") for h in (1.0, 6.0)),
    ("digits7", "hidden", 6.0),
    *(("parity", model, h) for model in ("hidden", "anderson") for h in (1.0, 6.0)),
)


class Trained:
    """Files of runs by task, machine and strength; each machine has runs 0 and 1, and run 2."""

    def __init__(self, folder):
        self.blocks = {}
        self.runs = {}
        self.targets = {}
        for task, model, h in TRAINED:
            machine = born_machine(model, 4, 2, quench_time=2.0, drive_strength=0.01)
            settings = Settings(h=h, quenches=8, candidates=6)
            target = target_distribution(task, 4)
            paths = []
            for block, runs in enumerate(([0, 1], [2])):
                key = {"task": task, "model": model}
                result = train(machine, target, settings, seed=1, runs=runs, **key)
                paths.append(folder / f"{task}-{model}-{h}-{block:04d}.h5")
                save(paths[-1], result, description(machine, settings, task, model))
                self.runs.setdefault((task, model, h), []).extend(result.runs)
            self.blocks[task, model, h] = paths
            self.targets[task] = target

    def files(self, task, models=("hidden",), strengths=(1.0, 6.0), blocks=slice(None)):
        """Inputs of a figure: all files of tasks that begin so, of some machines and strengths."""
        return SimpleNamespace(
            runs=[
                path
                for (found, model, h), paths in self.blocks.items()
                if found.startswith(task) and model in models and h in strengths
                for path in paths[blocks]
            ]
        )

    def results(self, task, model, h):
        """All runs of one machine, in order."""
        return self.runs[task, model, h]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("zhong2022"))
