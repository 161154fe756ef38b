"""Machines and experiments: the configuration's faults, in the lines that a user reads."""

import pytest
import yaml
from snakemake.utils import update_config

from spinlearn import config
from spinlearn.config import Config, config_yaml
from spinlearn.datasets.config import Quench
from spinlearn.hbm.config import Machine
from spinlearn.papers.registry import drawn_figures
from spinlearn.pipeline.errors import ConfigError


def loaded(**values):
    return config.load({"hbm": values}).hbm


def test_what_a_machine_leaves_out_has_the_default():
    mine = {"J_zz": 0.5, "hidden": 1, "initial_state": "neel"}
    assert loaded(machines={"mine": mine}).machines["mine"] == Machine(**mine)
    assert loaded(machines={"driven": {"drive_time": 2.0}}).machines["driven"] == Machine(
        hidden=0, drive_strength=0.001, drive_time=2.0
    )


def test_an_overlay_changes_one_size_of_an_experiment():
    changed = loaded(experiments={"comparison": {"runs": 24}}).experiments["comparison"]
    before = Config().hbm.experiments["comparison"]
    assert changed == before.model_copy(update={"runs": 24})


MINE = {
    "machines": {"basic": {"hidden": 2, "J_zz": 0.5}, "mine": {}},
    "experiments": {"disorder": {"h": [8.0]}, "mine": {"datasets": ["parity"]}},
}


@pytest.mark.parametrize("edited", [{}, {"machines": {"basic": {"quench_time": 5.0}}}])
def test_record_of_a_configuration_can_be_laid_over_again(edited):
    """Over any config.yaml: the record has every value of a named section."""
    first = config.load({"hbm": MINE})
    base = yaml.safe_load(config_yaml(config.load({"hbm": edited})))
    update_config(base, yaml.safe_load(config_yaml(first)))
    assert config.load(base, complete=True) == first


def test_what_is_taken_out_of_config_yaml_is_gone():
    values = yaml.safe_load(config.default_yaml())
    assert config.load(values, complete=True) == Config()
    values["datasets"]["quenches"]["localised_plus"] = {}
    del values["hbm"]["experiments"]["history"]
    loaded = config.load(values, complete=True)
    assert loaded.datasets.quenches["localised_plus"] == Quench()
    assert "history" not in loaded.hbm.experiments


def test_an_experiment_without_data_sets_is_off():
    """Whatever its machines and strengths are; its figure is not drawn."""
    off = {"datasets": []}
    names = [*Config().hbm.experiments]
    experiments = dict.fromkeys(names, off) | {"mine": {"machines": [], "h": []}}
    cfg = config.load({"hbm": {"experiments": experiments}})
    assert all(experiment.datasets == () for experiment in cfg.hbm.experiments.values())
    drawn = {figure.rule for figure in drawn_figures(cfg)}
    assert not drawn & {"figure_zhong2022_figure6", "figure_spinlearn_born_controls"}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (
            {"experiments": {"parity": {"machines": ["weak"]}}},
            "hbm.experiments.parity.machines: ['weak'] not among hbm.machines = ['hidden', ",
        ),
        (
            {"experiments": {"parity": {"datasets": ["paritty"]}}},
            "hbm.experiments.parity.datasets: 'paritty' is no data set; the names are bars, ",
        ),
        (
            {"experiments": {"parity": {"datasets": ["digits_pixels"]}}},
            "hbm.experiments.parity.datasets: digits_pixels has 64 bits, not 6 (hbm.visible)",
        ),
        (
            {"experiments": {"parity": {"h": [1.234]}}},
            "hbm.experiments.parity.h: 1.234 has more than 2 decimals, the limit of file names",
        ),
        (
            {"experiments": {"parity": {"h": [1.0, 1.0]}}},
            "hbm.experiments.parity.h: values must not repeat, got [1.0, 1.0]",
        ),
        (
            {"experiments": {"parity": {"runs": 3}}},
            "hbm.experiments.parity.runs: must be a multiple of hbm.block = 8, got 3",
        ),
        (
            {"experiments": {"parity": {"runs": 80016}}},
            "hbm.experiments.parity.runs: 80016 in blocks of hbm.block = 8 are too many; ",
        ),
        (
            {"machines": {"same": {}}, "experiments": {"parity": {"machines": ["hidden", "same"]}}},
            "hbm.experiments.parity.machines: same and hidden are the same machine",
        ),
        (
            {"experiments": {"parity": {"machines": []}}},
            "hbm.experiments.parity.machines: must not be empty; datasets: [] switches parity off",
        ),
        (
            {"experiments": {"mine": {"datasets": ["parity"], "h": []}}},
            "hbm.experiments.mine.h: must not be empty; datasets: [] switches mine off",
        ),
        (
            {"experiments": {"retrieval": {"datasets": ["digits0", "digits1"]}}},
            "hbm.experiments.retrieval.datasets: must have all of digits0, digits1, digits01 (",
        ),
        (
            {"experiments": {"retrieval": {"machines": ["single"]}}},
            "hbm.experiments.retrieval.machines: retrieval needs one with search: sequence",
        ),
        (
            {"machines": {"none": {"J_xy": 0.0, "J_zz": 0.0, "h_x": 1.0}}},
            "hbm.machines.none: J_xy and J_zz are both 0; a chain needs a coupling",
        ),
        (
            {"machines": {"driven": {"drive_time": 20.0}}},
            "hbm.machines.driven.drive_time: must be at most quench_time = 10.0, got 20.0",
        ),
        (
            {"leaderboard": {"machine": "driven"}},
            "hbm.leaderboard.machine: driven has a drive, so that its loss has no gradient; name "
            "one of hbm.machines with drive_strength: 0.0",
        ),
        (
            {"leaderboard": {"budget": 191}},
            "hbm.leaderboard.budget: must be at least 192, four quenches for each of 6 x 8 "
            "parameters (datasets.leaderboard), got 191",
        ),
        ({"machines": {"weak": {"Jzz": 0.5}}}, "hbm.machines.weak.Jzz: unknown key"),
        (
            {"machines": {"weak": {"disorder": "binry"}}},
            'hbm.machines.weak.disorder = "binry": must be one of uniform, gaussian, binary',
        ),
        (
            {"machines": {"weak": {"initial_state": "up"}}},
            'hbm.machines.weak.initial_state = "up": must be one of plus, neel, random_product, ',
        ),
    ],
)
def test_faults_name_the_machine_or_the_experiment(values, fault):
    with pytest.raises(ConfigError) as caught:
        config.load({"hbm": values})
    (line,) = caught.value.faults
    assert line.startswith(fault)
