"""Chains of the stage: the configuration's faults, in the lines that a user reads."""

import pytest

from spinlearn import config
from spinlearn.hbm.config import Hbm
from spinlearn.pipeline.errors import ConfigError

CHAINS = {name: chain.model_dump() for name, chain in Hbm().chains.items()}


def test_default_chains_are_those_of_the_paper():
    assert CHAINS["default"] == {
        "J_xy": 1.0,
        "J_zz": 1.0,
        "J2": 0.0,
        "h_x": 0.0,
        "boundary": "ring",
        "operators": "spin",
        "disorder": "uniform",
    }
    assert CHAINS["anderson"] == {**CHAINS["default"], "J_zz": 0.0}


def test_chain_of_your_own_is_taken():
    weak = {"J_zz": 0.5, "J2": 0.2, "h_x": 0.3, "disorder": "quasiperiodic"}
    loaded = config.load(
        {"hbm": {"chains": {**CHAINS, "weak": weak}, "compared_chains": ["weak"], "chain": "weak"}}
    )
    assert loaded.hbm.chains["weak"].model_dump() == {**CHAINS["default"], **weak}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (
            {"chain": "weak"},
            "hbm.chain: must be one of hbm.chains = ['default', 'anderson'], got weak",
        ),
        (
            {"compared_chains": ["default", "weak"]},
            "hbm.compared_chains: ['weak'] not among hbm.chains = ['default', 'anderson']",
        ),
        (
            {"chains": {**CHAINS, "none": {"J_xy": 0.0, "J_zz": 0.0, "h_x": 1.0}}},
            "hbm.chains.none: J_xy and J_zz are both 0; a chain needs a coupling",
        ),
        (
            {"chains": {**CHAINS, "driven": {}}},
            "hbm.chains: 'driven' is the name of a machine; take another",
        ),
        ({"chains": {**CHAINS, "weak": {"Jzz": 0.5}}}, "hbm.chains.weak.Jzz: unknown key"),
        (
            {"chains": {**CHAINS, "weak": {"disorder": "binry"}}},
            'hbm.chains.weak.disorder = "binry": must be one of uniform, gaussian, binary',
        ),
    ],
)
def test_faults_name_the_chain(values, fault):
    with pytest.raises(ConfigError) as caught:
        config.load({"hbm": values})
    (line,) = caught.value.faults
    assert line.startswith(fault)
