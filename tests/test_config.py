"""The configuration: defaults, faults, presets, schema."""

import ast
import json
import re

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spinlearn import config
from spinlearn.pipeline.errors import ConfigError
from spinlearn.pipeline.settings import all_settings, differences, value_of


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


def test_every_setting_has_a_meaning_a_unit_and_a_default():
    known = all_settings(config.Config)
    assert len(known) > 60
    for path, info in known.items():
        assert info.description, path
        assert info.json_schema_extra["unit"], path
        assert not info.is_required(), path


def test_lists_of_allowed_values_are_declared_once(repository):
    """In a `choices.py`: a `config.py` names none, and no two of them have the same name."""
    declared = []
    for file in (repository / "src/spinlearn").rglob("*.py"):
        tree = ast.parse(file.read_text())
        if file.name == "config.py":
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert "Literal" not in names, file
        if file.name == "choices.py":
            declared += [node.targets[0].id for node in tree.body if isinstance(node, ast.Assign)]
    assert len(declared) > 10
    assert len(set(declared)) == len(declared)


def test_schema_is_current_and_accepts_the_presets(repository):
    text = (repository / "docs/config.schema.json").read_text()
    assert text == config.json_schema()
    schema = json.loads(text)
    for file in (repository / "config.yaml", *(repository / "presets").glob("*.yaml")):
        jsonschema.validate(yaml.safe_load(file.read_text()), schema)
        assert file.read_text().startswith("# yaml-language-server: $schema=")


def paths(overlay, prefix=""):
    """Dotted names of the settings of an overlay."""
    for key, value in overlay.items():
        if isinstance(value, dict) and f"{prefix}{key}" not in all_settings(config.Config):
            yield from paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def test_presets_are_valid_and_hold_only_what_differs(repository):
    presets = sorted((repository / "presets").glob("*.yaml"))
    assert {"smoke", "paper"} <= {preset.stem for preset in presets}
    base = yaml.safe_load((repository / "config.yaml").read_text())
    for preset in presets:
        overlay = yaml.safe_load(preset.read_text())
        changed = differences(config.Config(), config.load(merge(base, overlay)))
        assert sorted(changed) == sorted(paths(overlay)), preset


def test_configuration_is_frozen():
    loaded = config.load({})
    for section, name in ((loaded, "seed"), (loaded.mbl, "L"), (loaded.mbl.windows, "states")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(section, name, 3)


def test_every_value_survives_its_own_yaml():
    changed = config.load(
        {"seed": 3, "tfi": {"longitudinal_field": 1.25e-7}, "hbm": {"localised_h": 9}}
    )
    text = config.config_yaml(changed)
    assert config.load(yaml.safe_load(text)) == changed
    for path in all_settings(config.Config):
        assert f"{path.rpartition('.')[2]}:" in text


def test_differences_name_the_settings():
    new = config.load({"seed": 3, "mbl": {"windows": {"states": 60}}})
    assert differences(config.Config(), new) == {
        "seed": (20261120, 3),
        "mbl.windows.states": (50, 60),
    }
    assert value_of(new, "mbl.windows.states") == 60


def test_all_faults_are_listed_at_once():
    found = faults(
        {
            "mbl": {"chians": {}, "L": [7], "states_per_window": -3},
            "gru": {"recipe": "printed"},
            "sed": 1,
        }
    )
    assert found == [
        "mbl.L.0 = 7: must be a list of 1 or more, each an integer >= 4, <= 20, multiple of 2; "
        "unit: sites",
        "mbl.states_per_window = -3: must be an integer >= 3, <= 1000; unit: states",
        "mbl.chians: unknown key; did you mean mbl.chains?",
        'gru.recipe = "printed": must be one of paper, published_code',
        "sed: unknown key; did you mean seed?",
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mbl": {"block": 40}}, "mbl.train_realisations: must be a multiple of mbl.block = 40"),
        ({"mbl": {"states_per_window": 100}}, "must be at most 70"),
        (
            {"mbl": {"dynamics": {"realisations": 30}}},
            "mbl.dynamics.realisations: must be a multiple of mbl.dynamics.block = 200",
        ),
        (
            {"mbl": {"chains": {"twin": {}}, "level_statistics": {"chains": ["ring", "twin"]}}},
            "mbl.level_statistics.chains: twin and ring are the same chain",
        ),
        (
            {"hbm": {"machines": {"strong": {"J_zz": 1e3}}}},
            "hbm.machines.strong.J_zz = 1000.0: must be",
        ),
        (
            {"mbl": {"dynamics": {"chains": ["default"]}}},
            "default must be a chain with operators: spin",
        ),
        (
            {"mbl": {"dynamics": {"initial_state": "plus"}}},
            "must be one of neel, random_product",
        ),
        (
            {"mbl": {"dynamics": {"initial_state": "random_product", "L": [8, 18]}}},
            "mbl.dynamics.L: must be at most 16 from random product states",
        ),
        ({"mbl": {"h": [1.0, 1.0]}}, "mbl.h: values must not repeat"),
        ({"mbl": {"h": [1.005]}}, "more than 2 decimals"),
        ({"mbl": {"h": []}}, "a list of 1 or more"),
        ({"mbl": 3}, "mbl = 3"),
        ({"vae": {"N": [7]}}, "vae.N: [7] not among tfi.N"),
        ({"gru": {"train_L": [14]}}, "gru.train_L: [14] not among mbl.L"),
        (
            {"gru": {"energy_density": 0.51}},
            "gru.energy_density: must be one of mbl.energy_density",
        ),
        (
            {"mbl": {"observables": ["gap_ratio", "schmitgap"]}},
            "mbl.observables: 'schmitgap' is no observable; did you mean schmidt_gap? The names",
        ),
        (
            {"mbl": {"observables": ["gap_ratio", "spin_fraction"]}},
            "mbl.observables: networks learn gap_ratio, entanglement_entropy, spin_fraction; "
            "['entanglement_entropy'] missing",
        ),
        (
            {"gru": {"further_indicators": ["schmidt_gap"]}},
            "gru.further_indicators: ['schmidt_gap'] not among mbl.observables",
        ),
        (
            {"gru": {"further_indicators": ["gap_ratio"]}},
            "gru.further_indicators: ['gap_ratio'] are learned anyway; leave them out",
        ),
        (
            {"gru": {"networks": {"mine": {"first": ["schmidt_gap"]}}}},
            "gru.networks.mine.first: ['schmidt_gap'] not among mbl.observables",
        ),
        (
            {"gru": {"networks": {"mine": {"train_L": [14], "sites": 3}}}},
            "gru.networks.mine.train_L: [14] not among mbl.L",
        ),
        (
            {"gru": {"networks": {"mine": {}}}},
            "gru.networks: mine and multitask are the same network",
        ),
        (
            {"gru": {"networks": {"baselines": {"sites": 4}}}},
            "gru.networks.baselines: this name is used for other predictions",
        ),
        (
            {"gru": {"networks": {"mine": {"energy": "heads", "then": ["gap_ratio"]}}}},
            "gru.networks.mine.then: must be [] if the energy density is resolved",
        ),
        (
            {"gru": {"networks": {"mine": {"energy": "all"}}}},
            'gru.networks.mine.energy = "all": must be one of none, head, joint, fine_tuned, heads',
        ),
        ({"tfi": {"block": 3}}, "tfi.samples: must be a multiple of tfi.block = 3"),
        ({"gru": {"runs": 7}}, "gru.runs: must be a multiple of gru.block = 5, got 7"),
        (
            {"sqrbm": {"machines": {"hidden": {"qrbm": [1, 3]}}}},
            "sqrbm.machines.hidden.qrbm: 3 with sqrbm.machines.n = 6 are over 8 units, the most",
        ),
        (
            {"sqrbm": {"machines": {"n": 8, "hidden": {"tfim": [], "qrbm": [], "bm": [5]}}}},
            "sqrbm.machines.hidden.bm: 5 with sqrbm.machines.n = 8 are over 12 units, the most",
        ),
        (
            {"sqrbm": {"crossfit": {"cases": [[6, 2], [6, 3]]}}},
            "sqrbm.crossfit.cases: [6, 3] has 69 parameters with {X, Y, Z}; fewer than "
            "2^6 - 1 = 63 are needed to test anything",
        ),
        ({"sqrbm": {"runs": 30}}, "sqrbm.runs: must be a multiple of sqrbm.block = 20, got 30"),
        ({"seed": "abc"}, "seed"),
        ({"seed": None}, "seed = null: must be an integer"),
        ({"seed": True}, "seed = true: must be an integer"),
        ({"gru": {"runs": "5"}}, 'gru.runs = "5": must be an integer'),
        ({"gru": {"runs": 5.0}}, "gru.runs = 5.0: must be an integer"),
        ({"gru": {"learning_rate": "0.1"}}, 'gru.learning_rate = "0.1": must be a number'),
        ({"mbl": None}, "mbl = null: must be a section with some of the keys L, h, "),
        ({"mbl": {"level_statistics": []}}, "mbl.level_statistics = []: must be a section"),
        ({"levelstatistics": {}}, "did you mean"),
    ],
)
def test_faults_name_the_key_and_what_is_allowed(values, words):
    assert any(words in line for line in faults(values)), faults(values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mbl": {"h": [2.0, 2.0000000000000004]}}, "mbl.h: 2.0000000000000004 has more than 2"),
        ({"mbl": {"h": [0.1, 0.30000000000000004]}}, "mbl.h: 0.30000000000000004 has more"),
        ({"mbl": {"h": [4.5, 4.50]}}, "mbl.h: values must not repeat"),
        ({"mbl": {"h": [1, 1.0]}}, "mbl.h: values must not repeat"),
        ({"mbl": {"h": [0, -0.0]}}, "mbl.h: values must not repeat"),
        (
            {
                "tfi": {"hx": [0.5, 1.0, 1.0000000000000002]},
                "vae": {"models": {"left_out": {"left_out_hx": []}}},
            },
            "tfi.hx: 1.0000000000000002 has more",
        ),
        ({"datasets": {"tfi_hx": 1.0000000000000002}}, "datasets.tfi_hx: 1.0000000000000002 has"),
        (
            {"mbl": {"transition": {"energy_density": [0.001]}}},
            "mbl.transition.energy_density: 0.001 has more than 2 decimals",
        ),
        (
            {"mbl": {"energy_density": [0.5, 0.5000000000000001]}},
            "mbl.energy_density: values must differ in the ten digits that tables hold",
        ),
        ({"seed": 2**63}, "seed = 9223372036854775808: must be an integer >= 0, <= 922"),
    ],
)
def test_values_that_files_cannot_tell_apart_are_refused(values, words):
    (found,) = faults(values)
    assert found.startswith(words)


def test_largest_values_of_files_are_accepted():
    values = {
        "seed": 2**63 - 1,
        "mbl": {"h": [0.01, 99.99, 100.0]},
        "tfi": {"hx": [0.0, 5.0, 10.0]},
        "vae": {"models": {"left_out": {"left_out_hx": []}}},
    }
    assert config.load(values).seed == 2**63 - 1


@pytest.mark.parametrize(
    ("total", "block"),
    [
        ("mbl.train_realisations", "mbl.block"),
        ("mbl.test_realisations", "mbl.block"),
        ("mbl.level_statistics.realisations", "mbl.windows.block"),
        ("mbl.transition.realisations", "mbl.windows.block"),
        ("mbl.dynamics.realisations", "mbl.dynamics.block"),
        ("tfi.samples", "tfi.block"),
        ("gru.runs", "gru.block"),
        ("hbm.experiments.parity.runs", "hbm.block"),
        ("sqrbm.runs", "sqrbm.block"),
    ],
)
def test_blocks_are_as_many_as_file_names_can_number(total, block):
    """10,000 blocks have the numbers 0000 to 9999; for every setting of a total."""

    def values(count):
        nested = {}
        for path, value in ((total, 2 * count), (block, 2)):
            *sections, name = path.split(".")
            inside = nested
            for section in sections:
                inside = inside.setdefault(section, {})
            inside[name] = value
        return nested

    (found,) = faults(values(10_001))
    assert found.startswith(f"{total}: 20002 in blocks of {block} = 2 are too many; file names")
    config.load(values(10_000))


@pytest.mark.parametrize(("stage", "name"), [("sqrbm", "random"), ("hbm", "quench")])
def test_draws_are_as_many_as_file_names_can_number(stage, name):
    """A data set that each run draws anew has blocks of its own, of datasets.block draws."""

    def values(learned, draws):
        runs = {"runs": 20_000, "datasets": [learned]}
        section = {"block": 20, **runs} if stage == "sqrbm" else {"experiments": {"parity": runs}}
        return {stage: section, "datasets": {"block": draws}}

    (found,) = faults(values(name, 1))
    path = "sqrbm" if stage == "sqrbm" else "hbm.experiments.parity"
    assert found.startswith(f"{path}.runs: 20000 draws of {name} in blocks of datasets.block = 1")
    config.load(values(name, 2))
    config.load(values("bars", 1))


@pytest.mark.parametrize("section", ["machines", "optimisers"])
def test_draws_of_comparisons_are_as_many_as_file_names_can_number(section):
    def values(draws):
        learned = {"datasets": ["random"]} if section == "optimisers" else {}
        chosen = {section: {**learned, "runs": 20_000}}
        return {"sqrbm": chosen, "datasets": {"block": draws}}

    (found,) = faults(values(1))
    assert found.startswith(f"sqrbm.{section}.runs: 20000 draws of random in blocks of")
    config.load(values(2))


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text()), max_size=4))
def test_unknown_keys_are_faults(values):
    known = set(config.Config.model_fields)
    if set(values) - known:
        assert len(faults(values)) >= len(set(values) - known)


def test_fault_does_not_hide_faults_of_other_sections():
    values = {
        "sqrbm": {"runs": 0},
        "hbm": {"machines": {"driven": {"drive_time": 20.0}}},
        "gru": {"energy_density": 0.51},
        "tfi": {"block": 3},
    }
    found = faults(values)
    for key in (
        "sqrbm.runs",
        "hbm.machines.driven.drive_time",
        "gru.energy_density",
        "tfi.samples",
    ):
        assert sum(line.startswith(key) for line in found) == 1, found


def test_fault_does_not_hide_faults_of_its_section():
    values = {
        "mbl": {"L": [7], "block": 40, "h": [1.0, 1.0]},
        "hbm": {"block": "many", "localised_h": -7.0, "kernell": 1},
        "tfi": {"samples": "many", "block": 3},
    }
    found = faults(values)
    assert {line.split(" ")[0].rstrip(":") for line in found} == {
        "mbl.L.0",
        "mbl.train_realisations",
        "mbl.test_realisations",
        "mbl.h",
        "hbm.block",
        "hbm.localised_h",
        "hbm.kernell",
        "tfi.samples",
    }
    # A relation with a wrong setting is not checked: only one line for tfi.samples.
    assert len(found) == 8


def test_integer_serves_as_a_number():
    assert config.load({"hbm": {"localised_h": 10}}).hbm.localised_h == 10.0


def test_power_of_ten_without_a_point_is_a_number():
    assert config.load(yaml.safe_load("hbm: {localised_h: 1.5e1}")).hbm.localised_h == 15.0
    values = yaml.safe_load("tfi: {longitudinal_field: 1e-4}\nseed: 1e3")
    assert faults(values) == ["seed = 1000.0: must be an integer >= 0, <= 9223372036854775807"]
    del values["seed"]
    assert config.load(values).tfi.longitudinal_field == 1e-4


@pytest.mark.parametrize("text", ["~: 3", "2020-01-01: 3", "3: {}", "{mbl: {~: 1}}", "'[key]': 3"])
def test_keys_that_are_not_text_are_unknown(text):
    assert "unknown key" in faults(yaml.safe_load(text))[0]


def test_keys_joined_by_dots_are_explained():
    assert faults({"mbl.L": [8]}) == ["mbl.L: unknown key; sections are nested, not joined by dots"]


def test_zero_has_one_sign():
    assert str(config.load({"mbl": {"h": [-0.0]}}).mbl.h[0]) == "0.0"
    values = yaml.safe_load("mbl: {h: [-0e0]}")  # without a point, PyYAML reads a text
    assert str(config.load(values).mbl.h[0]) == "0.0"


def test_numbers_are_finite():
    assert "hbm.localised_h" in faults({"hbm": {"localised_h": float("inf")}})[0]


def test_key_of_another_section_is_suggested():
    assert faults({"bond_dimension": 10}) == [
        "bond_dimension: unknown key; did you mean tfi.bond_dimension?"
    ]


def test_messages_have_no_python_in_them():
    for line in faults({"mbl": {"L": "eight"}, "hbm": {"block": 0.5}}):
        assert "typing" not in line
        assert "<class" not in line


def test_paper_preset_has_the_numbers_of_the_papers(repository):
    overlay = yaml.safe_load((repository / "presets/paper.yaml").read_text())
    assert overlay["mbl"]["train_realisations"] == 1000
    assert len(overlay["mbl"]["h"]) == 30
    assert overlay["tfi"]["samples"] == 500_000
    assert overlay["hbm"]["experiments"]["comparison"] == {
        "quenches": 150,
        "candidates": 500,
        "runs": 100,
    }
    assert overlay["sqrbm"]["runs"] == 100


def cut(paper, ours, prefix=""):
    """Dotted names of the settings of which one configuration has less than another.

    Less is a smaller number, a list without some of the other's values, or a name that is missing.
    Blocks only divide the work.
    """
    for key, value in paper.items():
        mine, name = ours.get(key), f"{prefix}{key}"
        if isinstance(value, dict) and isinstance(mine, dict):
            yield from cut(value, mine, f"{name}.")
        elif isinstance(value, list):
            if any(item not in mine for item in value):
                yield name
        elif key != "block" and (mine is None or (isinstance(value, int | float) and mine < value)):
            yield name


def test_workstation_preset_says_what_it_cuts(repository):
    """For each stage its head names every setting that has less than at the papers' sizes."""
    base = yaml.safe_load((repository / "config.yaml").read_text())
    text = (repository / "presets/workstation.yaml").read_text()
    paper, ours = (
        config.load(merge(base, yaml.safe_load(preset))).model_dump(mode="json")
        for preset in ((repository / "presets/paper.yaml").read_text(), text)
    )
    names = list(cut(paper, ours))
    assert len(names) > 20
    head = text[text.index("# Cut are") : text.index("\nmbl:")]
    said = dict(re.findall(r"#   (\w+): ((?:.+\n)(?:#      .+\n)*)", head))
    for name in names:
        stage, leaf = name.partition(".")[0], name.rpartition(".")[2]
        assert re.search(rf"\b{leaf}\b", said.get(stage, "")), name


def test_pauli_sets_of_the_paper_are_accepted():
    names = ("Z", "X", "Y", "XZ", "YZ", "XYZ")
    assert config.load({"sqrbm": {"paulis": list(names)}}).sqrbm.paulis == names
    (found,) = faults({"sqrbm": {"paulis": ["ZX"]}})
    assert "each one of Z, X, Y, XZ, YZ, XYZ" in found
