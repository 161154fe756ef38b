"""Settings, paths and requests of the optimised runs."""

import json

import pytest

from spinlearn import config
from spinlearn.config import Config
from spinlearn.hbm import files
from spinlearn.pipeline.errors import ConfigError

CFG = Config()


def section_of(**optimisation):
    return config.load({"hbm": {"optimisation": optimisation}}).hbm


def test_optimised_runs_are_beside_the_greedy_ones():
    found = files.optimised_runs(section_of(runs=8), CFG.datasets)
    assert found == [
        f"results/hbm/{dataset}/hidden/h8.00/{optimiser}/{block}.h5"
        for dataset in ("digits0", "parity")
        for optimiser in ("gradient", "cma_es")
        for block in ("0000", "0001")
    ]
    folders = {path.rsplit("/", 2)[0] for path in files.runs(CFG.hbm, CFG.datasets, "optimisers")}
    assert folders == {path.rsplit("/", 2)[0] for path in found}
    assert files.optimised_runs(section_of(optimisers=[]), CFG.datasets) == []
    none = CFG.hbm.model_copy(update={"experiments": {}})
    assert files.optimised_runs(none, CFG.datasets) == []


def test_default_comparison_takes_greedy_runs_of_other_experiments():
    shared = set(files.runs(CFG.hbm, CFG.datasets, "optimisers"))
    others = [files.runs(CFG.hbm, CFG.datasets, name) for name in ("disorder", "parity")]
    assert shared < {path for paths in others for path in paths}


def test_settings_are_those_that_an_optimiser_uses():
    for name, quenches in (("gradient", 40), ("cma_es", CFG.hbm.optimisation.cma_es_quenches)):
        used = json.loads(files.optimise_settings(1, CFG.hbm, "hidden", name))
        assert used["training"]["quenches"] == quenches
        assert ("step" in used["training"]) == (name == "cma_es")
    more = files.optimise_settings(1, section_of(runs=8), "hidden", "cma_es")
    assert more == files.optimise_settings(1, CFG.hbm, "hidden", "cma_es")
    other = section_of(gradient_quenches=20)
    assert files.optimise_settings(1, other, "hidden", "cma_es") == more


def test_requests_grow_with_the_machine_and_the_budget():
    hbm, large = CFG.hbm, section_of(budget=50000)
    assert files.optimise_minutes(large, "hidden", 8.0) > files.optimise_minutes(hbm, "hidden", 8.0)
    assert files.optimise_minutes(hbm, "basic", 8.0) < files.optimise_minutes(hbm, "hidden", 8.0)
    ten = hbm.model_copy(update={"visible": 10})
    assert files.optimise_memory(ten, "hidden") > files.optimise_memory(hbm, "hidden")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (
            {"optimisation": {"budget": 79}},
            "hbm.optimisation.budget: must be >= 80 for gradient, got 79",
        ),
        (
            {"optimisation": {"runs": 3}},
            "hbm.optimisation.runs: must be a multiple of hbm.optimisation.block = 4, got 3",
        ),
        (
            {"experiments": {"optimisers": {"machines": ["driven"]}}},
            "hbm.experiments.optimisers.machines: driven has a drive; optimisers need none",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(values, fault):
    with pytest.raises(ConfigError) as found:
        config.load({"hbm": values})
    assert fault in str(found.value)
