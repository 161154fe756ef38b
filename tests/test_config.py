"""The configuration: defaults, faults, presets, schema."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from spinlearn.workflow import config

from spinlearn.pipeline.errors import ConfigError


def faults(values):
    with pytest.raises(ConfigError) as caught:
        config.load(values)
    return caught.value.faults


def merge(base, overlay):
    """Snakemake's own way of laying one configuration over another."""
    merged = dict(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def test_config_yaml_is_what_the_models_say(repository):
    assert (repository / "config.yaml").read_text() == config.default_yaml()
    assert config.load(yaml.safe_load(config.default_yaml())) == config.Config()


def test_every_leaf_has_a_meaning_a_unit_and_a_default():
    for path, info in config.leaves().items():
        assert info.description, path
        assert info.json_schema_extra["unit"], path
        assert not info.is_required(), path


def test_schema_in_docs_is_current_and_accepts_the_presets(repository):
    text = (repository / "docs/config.schema.json").read_text()
    assert text == config.json_schema()
    schema = json.loads(text)
    for file in (repository / "config.yaml", *(repository / "presets").glob("*.yaml")):
        jsonschema.validate(yaml.safe_load(file.read_text()), schema)
        assert file.read_text().startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize("preset", ["smoke", "paper"])
def test_presets_are_valid_and_hold_only_what_differs(repository, preset):
    base = yaml.safe_load((repository / "config.yaml").read_text())
    overlay = yaml.safe_load((repository / f"presets/{preset}.yaml").read_text())
    config.load(merge(base, overlay))

    def same(one, other, path=""):
        for key, value in one.items():
            if isinstance(value, dict):
                yield from same(value, other[key], f"{path}{key}.")
            elif value == other[key]:
                yield f"{path}{key}"

    assert list(same(overlay, base)) == []


def test_the_configuration_is_frozen():
    loaded = config.load({})
    with pytest.raises(ValueError, match="frozen"):
        loaded.seed = 3


def test_all_faults_are_listed_at_once():
    found = faults(
        {
            "mbl": {"bondary": "open", "L": [7], "states_per_window": -3},
            "gru": {"recipe": "printed"},
            "sed": 1,
        }
    )
    assert found == [
        "mbl.L.0 = 7: must be a list of 1 or more, each an integer >= 4, <= 20, multiple of 2; "
        "unit: sites",
        "mbl.states_per_window = -3: must be an integer >= 3, <= 1000; unit: states",
        "mbl.bondary: unknown key; did you mean mbl.boundary?",
        'gru.recipe = "printed": must be one of text, code',
        "sed: unknown key; did you mean seed?",
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mbl": {"block": 40}}, "mbl.train_realisations: must be a multiple of mbl.block = 40"),
        ({"mbl": {"states_per_window": 100}}, "must be at most 70"),
        ({"mbl": {"h": [1.0, 1.0]}}, "mbl.h: values must not repeat"),
        ({"mbl": {"h": [1.005]}}, "more than the two decimals"),
        ({"mbl": {"h": []}}, "a list of 1 or more"),
        ({"mbl": 3}, "mbl = 3"),
        ({"vae": {"N": [7]}}, "vae.N: [7] not among tfi.N"),
        ({"gru": {"train_L": [14]}}, "gru.train_L: [14] not among mbl.L"),
        ({"gru": {"energy_density": 0.51}}, "one of mbl.energy_density"),
        ({"hbm": {"comparison_h": 7.0}}, "hbm.comparison_h: must be one of h"),
        ({"tfi": {"shard": 3}}, "tfi.samples: must be a multiple of tfi.shard = 3"),
        ({"gru": {"seeds": 7}}, "gru.seeds: must be a multiple of gru.block = 5, got 7"),
        ({"hbm": {"block": 3}}, "hbm.runs: must be a multiple of hbm.block = 3, got 8"),
        ({"sqrbm": {"seeds": 30}}, "sqrbm.seeds: must be a multiple of sqrbm.block = 20, got 30"),
        ({"seed": "abc"}, "seed"),
        ({"seed": None}, "seed = null: must be an integer"),
        ({"seed": True}, "seed = true: must be an integer"),
        ({"gru": {"seeds": "5"}}, 'gru.seeds = "5": must be an integer'),
        ({"gru": {"seeds": 5.0}}, "gru.seeds = 5.0: must be an integer"),
        ({"gru": {"learning_rate": "0.1"}}, 'gru.learning_rate = "0.1": must be a number'),
        ({"hbm": {"anderson": 1}}, "hbm.anderson = 1: must be true or false"),
        ({"mbl": None}, "mbl = null: must be a section with some of the keys L, h, "),
        ({"mbl": {"level_statistics": []}}, "mbl.level_statistics = []: must be a section"),
        ({"levelstatistics": {}}, "did you mean"),
    ],
)
def test_faults_name_the_key_and_what_is_allowed(values, words):
    assert any(words in line for line in faults(values)), faults(values)


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text()), max_size=4))
def test_foreign_keys_never_pass_and_never_crash(values):
    known = set(config.Config.model_fields)
    if set(values) - known:
        assert len(faults(values)) >= len(set(values) - known)


def test_a_fault_in_one_section_hides_none_across_the_others():
    values = {
        "sqrbm": {"seeds": 0},
        "hbm": {"comparison_h": 7.0},
        "gru": {"energy_density": 0.51},
        "tfi": {"shard": 3},
    }
    found = faults(values)
    for key in ("sqrbm.seeds", "hbm.comparison_h", "gru.energy_density", "tfi.samples"):
        assert sum(line.startswith(key) for line in found) == 1, found


def test_a_fault_in_a_section_hides_none_between_its_other_leaves():
    values = {
        "mbl": {"L": [7], "block": 40, "h": [1.0, 1.0]},
        "hbm": {"runs": "many", "comparison_h": 7.0, "kernell": 1},
        "tfi": {"samples": "many", "shard": 3},
    }
    found = faults(values)
    assert {line.split(" ")[0].rstrip(":") for line in found} == {
        "mbl.L.0",
        "mbl.train_realisations",
        "mbl.test_realisations",
        "mbl.h",
        "hbm.runs",
        "hbm.comparison_h",
        "hbm.kernell",
        "tfi.samples",
    }
    # A relation with a leaf that is itself wrong says nothing: one line for tfi.samples.
    assert len(found) == 8


def test_whole_numbers_serve_as_real_ones():
    assert config.load({"hbm": {"quench_time": 10}}).hbm.quench_time == 10.0


def test_a_power_of_ten_without_a_point_is_a_number():
    assert config.load(yaml.safe_load("hbm: {quench_time: 1.5e1}")).hbm.quench_time == 15.0
    values = yaml.safe_load("tfi: {longitudinal_field: 1e-4}\nseed: 1e3")
    assert faults(values) == ["seed = 1000.0: must be an integer >= 0"]
    del values["seed"]
    assert config.load(values).tfi.longitudinal_field == 1e-4


@pytest.mark.parametrize("text", ["~: 3", "2020-01-01: 3", "3: {}", "{mbl: {~: 1}}"])
def test_names_that_are_no_texts_are_unknown_keys(text):
    assert "unknown key" in faults(yaml.safe_load(text))[0]


def test_keys_joined_by_dots_are_explained():
    assert faults({"mbl.L": [8]}) == ["mbl.L: unknown key; sections are nested, not joined by dots"]


def test_zero_has_one_sign():
    assert str(config.load({"mbl": {"h": [-0.0]}}).mbl.h[0]) == "0.0"


def test_numbers_are_finite():
    assert "hbm.drive_strength" in faults({"hbm": {"drive_strength": float("inf")}})[0]


def test_a_misspelt_key_finds_its_namesake_in_another_section():
    assert faults({"bond_dimension": 10}) == [
        "bond_dimension: unknown key; did you mean tfi.bond_dimension?"
    ]


def test_messages_have_no_python_in_them():
    for line in faults({"mbl": {"L": "eight"}, "hbm": {"runs": 0.5}}):
        assert "typing" not in line
        assert "<class" not in line


def test_paper_preset_holds_the_papers_numbers(repository):
    overlay = yaml.safe_load(Path(repository / "presets/paper.yaml").read_text())
    assert overlay["mbl"]["train_realisations"] == 1000
    assert len(overlay["mbl"]["h"]) == 30
    assert overlay["tfi"]["samples"] == 500_000
    assert overlay["hbm"]["candidates"] == 500
    assert overlay["sqrbm"]["seeds"] == 100
