"""Settings, paths and requests of stage `phases`."""

import json

import pytest

from spinlearn import config
from spinlearn.config import Config
from spinlearn.phases import files
from spinlearn.phases.choices import SOURCES
from spinlearn.pipeline.errors import ConfigError

CFG = Config()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"ising": {"temperatures": [3.0, 2.0, 1.0]}}, "phases.ising.temperatures: must"),
        ({"ising": {"L": [10]}}, "phases.ising.L"),
        ({"ising": {"block": 390, "configurations": 390}}, "multiple of phases.ising.chains"),
        ({"supervised": {"ordered_below": 1.0}}, "there are no ordered training data"),
        ({"supervised": {"disordered_above": 4.0}}, "there are no disordered training data"),
        ({"supervised": {"ordered_below": 2.5}}, "below phases.supervised.disordered_above"),
        ({"spectra": {"chain": "default"}}, "default must be a chain with operators: spin"),
        ({"spectra": {"h": [1.0, 0.5, 2.0]}}, "phases.spectra.h: must ascend"),
        ({"spectra": {"L": [4, 8], "states": 7}}, r"spectra.states: must be at most 6, .*L = 4"),
        ({"tfi": {"hx": [0.0, 1.0]}}, r"confusion.N: .* needs three of them, got \[0.0, 1.0\]"),
        ({"confusion": {"z_samples": 1}}, "phases.confusion.z_samples: needs at least 2 strings"),
        ({"confusion": {"povm_samples": 1}}, "confusion.povm_samples: needs at least 2 strings"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(values, fault):
    phases = {name: value for name, value in values.items() if name != "tfi"}
    with pytest.raises(ConfigError, match=fault):
        config.load({"tfi": values.get("tfi", {}), "phases": phases})


def test_chains_can_be_left_out_of_confusion():
    """With two fields, which allow no division; nothing of theirs is planned then."""
    left_out = {"models": {"left_out": {"left_out_hx": []}}}
    two = {"tfi": {"hx": [0.0, 1.0]}, "vae": left_out}
    cfg = config.load({**two, "phases": {"confusion": {"N": []}}})
    assert files.confusion(cfg.phases) == [
        f"results/phases/confusion/{name}.csv" for name in ("ising", "shuffled", "spectra")
    ]
    assert files.confusion(CFG.phases)[:3] == files.confusion(cfg.phases)
    assert len(files.confusion(CFG.phases)) == len(SOURCES) == 6


def test_data_come_by_size_and_block():
    ising = CFG.phases.ising.model_copy(update={"configurations": 800})
    confusion = CFG.phases.confusion.model_copy(update={"N": (10, 16)})
    phases = CFG.phases.model_copy(update={"ising": ising, "confusion": confusion})
    assert files.ising(phases, (10, 20)) == [
        f"results/phases/ising/L{L}/{block}.h5" for L in (10, 20) for block in ("0000", "0001")
    ]
    assert files.spectra(phases)[0] == "results/phases/spectra/ring/L8/0000.h5"
    assert files.confusion_data(phases, CFG.tfi, "z") == files.z_samples(phases)
    many = CFG.tfi.model_copy(update={"block": 400})  # a few of the blocks suffice
    paths = files.confusion_data(phases, many, "povm")
    assert len(paths) == 2 * len(many.hx) * 3
    assert paths[2] == "results/tfi/povm/N10/hx0.00/0002.h5"


def test_settings_of_a_rule_are_those_that_it_uses():
    more = CFG.phases.ising.model_copy(update={"configurations": 800, "L": (10, 20, 40, 60)})
    phases = CFG.phases.model_copy(update={"ising": more})
    assert files.ising_settings(1, phases) == files.ising_settings(1, CFG.phases)
    assert json.loads(files.ising_settings(1, phases))["samples"] == 10
    few = CFG.tfi.model_copy(update={"samples": 300})
    for source in SOURCES:
        used = json.loads(files.confusion_settings(1, CFG.phases, few, source))
        assert used.get("samples") == (300 if source == "povm" else None)


@pytest.mark.parametrize("source", SOURCES)
def test_requests_grow_with_the_data(source):
    larger = CFG.phases.model_copy(
        update={
            "ising": CFG.phases.ising.model_copy(update={"configurations": 40_000}),
            "spectra": CFG.phases.spectra.model_copy(update={"realisations": 4000}),
            "confusion": CFG.phases.confusion.model_copy(
                update={"z_samples": 10**6, "povm_samples": 10**6}
            ),
        }
    )
    for request in (files.confusion_memory, files.confusion_minutes):
        assert request(larger, CFG.tfi, source) > request(CFG.phases, CFG.tfi, source)


def test_requests_of_the_default_jobs_are_modest():
    """Measured alone: 0.5 GB and under half a minute each."""
    phases, tfi = CFG.phases, CFG.tfi
    for source in SOURCES:
        assert 700 < files.confusion_memory(phases, tfi, source) < 1000
        assert 5 < files.confusion_minutes(phases, tfi, source) < 20
    assert 700 < files.learning_memory(phases, phases.ising.L) < 1500
    assert 5 < files.supervised_minutes(phases) < 20
    assert 250 < files.ising_memory(phases, 40) < 500
    assert 5 < files.ising_minutes(phases, 40) < 10
    assert 5 < files.spectra_minutes(phases, CFG.mbl, 12) < 120
