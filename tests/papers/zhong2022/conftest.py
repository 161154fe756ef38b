"""A small set of trained machines for the figures on training."""

from types import SimpleNamespace

import pytest

from spinlearn.datasets.images import digits
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.training import Settings, stream_name, train

HEISENBERG = {"J_xy": 1.0, "J_zz": 1.0, "J2": 0.0, "h_x": 0.0, "boundary": "ring"}
CHAINS = {
    "default": {**HEISENBERG, "operators": "spin"},
    "anderson": {**HEISENBERG, "operators": "spin", "J_zz": 0.0},
    "tilted": {**HEISENBERG, "operators": "pauli", "J2": 0.2, "h_x": 0.3},
}
TRAINED = (
    *(
        ("digits0", "default", model, h)
        for model in ("hidden", "basic", "driven")
        for h in (1.0, 6.0)
    ),
    *(("digits0", "tilted", "hidden", h) for h in (1.0, 6.0)),
    ("digits7", "default", "hidden", 6.0),
    *(("parity", chain, "hidden", h) for chain in CHAINS for h in (1.0, 6.0)),
)


class Trained:
    """Files of runs by data set, chain, machine and strength; each with runs 0 and 1, and run 2."""

    def __init__(self, folder):
        self.blocks = {}
        self.runs = {}
        self.targets = {}
        for dataset, chain, model, h in TRAINED:
            machine = born_machine(
                model, 4, 2, quench_time=2.0, drive_strength=0.01, **CHAINS[chain]
            )
            settings = Settings(h=h, quenches=8, candidates=6)
            data = (parity if dataset == "parity" else digits)(Request(n=4, name=dataset))
            target = data.target(0)[None]
            paths = []
            for block, runs in enumerate(([0, 1], [2])):
                key = {"task": dataset, "model": stream_name(model, chain)}
                result = train(machine, target, settings, seed=1, runs=runs, **key)
                paths.append(folder / f"{dataset}-{chain}-{model}-{h}-{block:04d}.h5")
                about = description(
                    machine,
                    settings,
                    dataset=dataset,
                    source=data.source,
                    model=model,
                    chain=chain,
                    couplings=CHAINS[chain],
                )
                save(paths[-1], result, about)
                self.runs.setdefault((dataset, chain, model, h), []).extend(result.runs)
            self.blocks[dataset, chain, model, h] = paths
            self.targets[dataset] = target

    def files(
        self,
        name,
        models=("hidden",),
        strengths=(1.0, 6.0),
        blocks=slice(None),
        chains=("default",),
    ):
        """Inputs of a figure: files of data sets that begin so, of some machines and strengths."""
        return SimpleNamespace(
            runs=[
                path
                for (found, chain, model, h), paths in self.blocks.items()
                if found.startswith(name) and chain in chains and model in models and h in strengths
                for path in paths[blocks]
            ]
        )

    def results(self, dataset, model, h, chain="default"):
        """All runs of one machine, in order."""
        return self.runs[dataset, chain, model, h]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("zhong2022"))
