"""How sections are declared and checked, on a small configuration; the real one: test_config.py."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest
import yaml

from spinlearn.pipeline import settings
from spinlearn.pipeline.errors import ConfigError
from spinlearn.pipeline.settings import Name, Relation, Section, among, multiple, setting
from spinlearn.spins.config import Chain, has_coupling


class Inner(Section):
    """Networks.

    Each learns
    alone.
    """

    rate: float = setting(1e-5, "step size", "1/J", gt=0.0)
    kind: Literal["a", "b"] = setting("a", "variant")


class Outer(Section):
    """All settings."""

    runs: int = setting(4, "independent runs", "runs", ge=1)
    block: int = setting(2, "runs per file", "runs", ge=1)
    h: tuple[float, ...] = setting((0.5, 2.0), "strengths", "J", decimals=2, min_length=1)
    chosen: float = setting(0.5, "one of h", "J")
    anderson: bool = setting(True, "whether to leave out the interaction")
    inner: Inner = Inner()


def _increasing(values: tuple[float, ...]) -> Iterator[str]:
    if list(values) != sorted(values):
        yield "h: must increase"


RELATIONS = (multiple("runs", "block"), among("chosen", "h"), Relation(("h",), _increasing))


def load(**values):
    return settings.load(Outer, values, RELATIONS)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"h": [2.0, 0.5]}, "h: must increase"),
        ({"h": [0.125, 0.5]}, "h: 0.125 has more than 2 decimals, the limit of file names"),
        ({"inner": {"kid": "a"}}, "inner.kid: unknown key; did you mean inner.kind?"),
        ({"runs": [1, 2]}, "runs = [1, 2]: must be an integer >= 1; unit: runs"),
    ],
)
def test_fault_is_one_line(values, fault):
    with pytest.raises(ConfigError) as caught:
        load(**values)
    head = "1 fault in the configuration; nothing was started."
    assert str(caught.value).splitlines() == [head, f"  {fault}"]


def test_relation_waits_until_its_settings_are_legal():
    with pytest.raises(ConfigError) as caught:
        load(runs="3", block=2, chosen=1.0)
    assert [line.split()[0] for line in caught.value.faults] == ["runs", "chosen:"]


def test_yaml_reads_back_and_tells_the_meaning():
    text = settings.config_yaml(load(h=[0.5, 3.25]), "# Head.\n")
    assert load(**yaml.safe_load(text)) == load(h=[0.5, 3.25])
    assert text.splitlines() == [
        "# Head.",
        "# independent runs",
        "runs: 4",
        "# runs per file",
        "block: 2",
        "# strengths (J)",
        "h: [0.5, 3.25]",
        "# one of h (J)",
        "chosen: 0.5",
        "# whether to leave out the interaction",
        "anderson: true",
        "",
        "# Networks. Each learns alone.",
        "inner:",
        "  # step size (1/J)",
        "  rate: 1.0e-05",
        "  # variant [a, b]",
        "  kind: a",
    ]


def test_reference_lists_every_setting():
    page = settings.reference(Outer)
    assert "| `runs` | `4` | an integer >= 1; unit: runs | independent runs |" in page
    assert page.index("## general") < page.index("## inner") < page.index("`rate`")


# --- sections under names of the user's choice ------------------------------------------------

KEYS = "J_xy, J_zz, J2, boundary, operators, disorder"


class Stage(Section):
    """A stage."""

    chains: dict[Name, Chain] = setting(
        {"ring": Chain(), "anderson": Chain(J_zz=0.0)}, "chains by their names"
    )
    files: dict[Name, str] = setting({}, "files by their names")


class Named(Section):
    """All settings."""

    mbl: Stage = Stage()


def load_chains(chains, **others):
    values = {"mbl": {"chains": chains, **others}}
    return settings.load(Named, values, [has_coupling("mbl.chains")])


def faults_of(chains, **others):
    with pytest.raises(ConfigError) as caught:
        load_chains(chains, **others)
    return caught.value.faults


@pytest.mark.parametrize(
    ("chain", "fault"),
    [
        ({"J_z": 1.0}, ".J_z: unknown key; did you mean mbl.chains.mine.J_zz?"),
        ({"J_zz": "strong"}, '.J_zz = "strong": must be a number >= -100.0, <= 100.0; unit: J'),
        ({"J2": [0.5]}, ".J2 = [0.5]: must be a number >= -100.0, <= 100.0"),
        ({"J_xy": True}, ".J_xy = true: must be a number >= -100.0, <= 100.0; unit: J"),
        ({"J_xy": float("nan")}, ".J_xy = NaN: must be finite"),
        ({"J2": float("-inf")}, ".J2 = -Infinity: must be finite"),
        ({"boundary": "periodic"}, '.boundary = "periodic": must be one of ring, open'),
        ({"operators": None}, ".operators = null: must be one of spin, pauli"),
        (
            {"disorder": "cauchy"},
            '.disorder = "cauchy": must be one of uniform, gaussian, binary, quasiperiodic',
        ),
        ({"J_xy": 0, "J_zz": 0.0}, ": J_xy and J_zz are both 0; a chain needs a coupling"),
        (None, f" = null: must be a section with some of the keys {KEYS}, or {{}}"),
        (1.5, f" = 1.5: must be a section with some of the keys {KEYS}, or {{}}"),
    ],
)
def test_fault_in_a_named_section_is_one_line(chain, fault):
    assert faults_of({"ring": {}, "mine": chain}) == [f"mbl.chains.mine{fault}"]


@pytest.mark.parametrize(
    "name", ["Ring", "my ring", "1d", "", "_a", "a-b", "a.b", "ä", 2, True, "a" * 61]
)
def test_fault_says_what_a_name_is(name):
    expected = (
        f"{str(name)!r} is no name; a name consists of at most 60 lower-case letters, digits "
        "and _, beginning with a letter"
    )
    assert faults_of({name: {"J_zz": 0.5}}) == [f"mbl.chains: {expected}"]
    assert faults_of({}, files={name: "a.csv"}) == [f"mbl.files: {expected}"]


def test_a_path_must_be_a_text():
    assert faults_of({}, files={"a": 3}) == ["mbl.files.a = 3: must be a PATH, a text"]


@pytest.mark.parametrize("chains", [None, [], ["ring"], "ring"])
def test_named_sections_must_be_named(chains):
    (fault,) = faults_of(chains)
    assert f"must be pairs NAME: {{{KEYS}}}, each name of at most 60 lower-case" in fault


def test_all_faults_of_named_sections_are_reported():
    """The relation is checked on the chains that are right, and only there."""
    found = faults_of(
        {
            "a": {"J_zz": "x", "boundary": "y"},
            "b": {"J_xy": 0.0, "J_zz": 0.0},
            "C": {},
            "d": {"k": 1},
        }
    )
    assert [line.split(" ")[0] for line in found] == [
        "mbl.chains.a.J_zz",
        "mbl.chains.a.boundary",
        "mbl.chains:",
        "mbl.chains.d.k:",
        "mbl.chains.b:",
    ]


def test_named_sections_are_added_to_the_default_ones():
    """Keys that are left out have the defaults of their chain; integers and 1e-3 are numbers."""
    default = Named().mbl.chains
    loaded = load_chains({"mine": {"J_zz": 2, "J2": "1e-3"}})
    assert loaded.mbl.chains == {**default, "mine": Chain(J_zz=2.0, J2=0.001)}
    assert load_chains({}).mbl.chains == default
    assert load_chains({"mine": {}}).mbl.chains == {**default, "mine": Chain()}
    (name, first), *_ = default.items()
    changed = load_chains({name: {"boundary": "open"}}).mbl.chains[name]
    assert changed == first.model_copy(update={"boundary": "open"})


def test_yaml_of_named_sections_reads_back():
    """Among the names and texts are those that YAML reads as true, null or a comment."""
    chains = {
        name: {"J_zz": 0.1 * place, "J2": 1e-7, "disorder": "quasiperiodic", "boundary": "open"}
        for place, name in enumerate(("mine", "null", "true", "yes", "on", "no", "off", "y", "x_1"))
    }
    files = {"a": "../some folder/x: y #1.csv", "null": "null", "c": "/a-b/c.h5"}
    files |= {"d": "a, b", "e": "~", "f": "{x}", "g": " ", "h": "1.5", "i": '"', "j": ".5"}
    loaded = load_chains(chains, files=files)
    text = settings.config_yaml(loaded, "")
    assert settings.load(Named, yaml.safe_load(text)) == loaded
    assert "  # chains by their names\n  chains:\n" in text
    assert "    mine:\n      J_xy: 1.0\n      J_zz: 0.0\n      J2: 1.0e-07\n" in text
    assert "c: /a-b/c.h5," in text


def test_yaml_of_default_named_sections_reads_back():
    for complete in (True, False):
        text = settings.config_yaml(Named(), "", complete=complete)
        assert settings.load(Named, yaml.safe_load(text), complete=True) == Named()


def test_reference_and_schema_describe_named_sections():
    page = settings.reference(Named)
    assert "## mbl.chains.NAME\n" in page
    assert "| `boundary` | `ring` | one of ring, open | boundary condition |" in page
    schema = json.loads(settings.json_schema(Named, "settings"))
    chains = schema["$defs"]["Stage"]["properties"]["chains"]
    assert chains["patternProperties"] == {"^[a-z][a-z0-9_]{0,59}$": {"$ref": "#/$defs/Chain"}}


def test_a_changed_named_section_is_a_difference():
    old, new = load_chains({"mine": {}}), load_chains({"mine": {"J_zz": 0.5}})
    assert list(settings.differences(old, new)) == ["mbl.chains"]
