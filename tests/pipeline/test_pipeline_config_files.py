"""Configuration files are read as they are written, or refused with their line."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spinlearn.pipeline.config_files import check_config_files, read_config_file
from spinlearn.pipeline.errors import ConfigError


@pytest.fixture
def file(tmp_path):
    """Writes a file of text or bytes, and returns its path."""

    def write(content, name="mine.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def faults(path):
    """The faults of a file, each with the file's name in place of its path."""
    with pytest.raises(ConfigError) as caught:
        check_config_files([path])
    return [fault.replace(str(path), path.name) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("vae: {hidden: 3}\nmbl: {}\nvae: {epochs: 3}", "3: vae stands twice in the same section"),
        ("vae:\n  epochs: 2\n  hidden: 8\n  epochs: 3", "4: epochs stands twice"),
        ('vae: {epochs: 2,\n "epochs": 3}', "2: epochs stands twice in the same section, first in"),
        ("mbl:\n chains: {a: {}, b: {},\n a: {}}", "3: a stands twice"),
        ("vae:\n  epochs: 1:30", "2: 1:30 is read as 90; write 90 or, for a text, "),
        ("mbl:\n  h: [1.5,\n 1:30.5]", "3: 1:30.5 is read as 90.5"),
        ("seed: 010", "1: 010 is read as 8; write 8"),
        ("seed: 1_000", "1: 1_000 is read as 1000"),
        ("seed: 1_0.5", "1: 1_0.5 is read as 10.5"),
        ("seed: 0x10", "1: 0x10 is read as 16"),
        ("seed: 0b11", "1: 0b11 is read as 3"),
        ("mbl:\n  chains:\n    on: {}", "3: on is read as true; write true or, for a text, "),
        ("a: [x, NO]", "1: NO is read as false"),
        ("a: off", "1: off is read as false"),
        ("a: Yes", "1: Yes is read as true"),
        ("a:\n  files: {b: 2020-01-02}", "2: 2020-01-02 is read as a date"),
        ("a: !!python/tuple [1, 2]", "1: has the tag python/tuple; write the value without it"),
        ('a: !!int "3"', "1: has the tag int"),
        ("a: !mine 3", "1: has the tag !mine"),
        ("a: !!set {b}", "1: has the tag set"),
        ("a: =", "1: has the tag value"),
        ("__use_yte__: true\nseed: ?1+1", "1: templates (__use_yte__) are not filled in"),
        ("? [a]\n: 3", "1: a key must be a name"),
        ("a: &b\n  c: *b", "1: a section or list is part of itself"),
        ("a: *b", "1: is not YAML: found undefined alias 'b'"),
        ("a: 1\n---\nb: 2", "2: is not YAML: expected a single document in the stream"),
        ("vae:\n\tepochs: 3", "2: is indented by a tab; indent with blanks"),
        ("a: [1, 2\nb: 3", "2: is not YAML: while parsing a flow sequence"),
        ("a: 1\nb\nc: 3", "3: is not YAML: "),
        ("- a\n- b", "1: must hold settings, each as NAME: VALUE"),
        ("\n\njust words", "3: must hold settings"),
        ("a: 1\nb: \0", "2: the character U+0000 is not allowed"),
        (b"# f\nb: f\xfcr\n", "2: is not text in UTF-8 (byte 0xfc); save it as UTF-8"),
        ("a: für\n".encode("utf-16"), "1: is text in UTF-16; save it as UTF-8"),
        ("a: 3\n".encode("utf-16-be"), "1: the character U+0000 is not allowed"),
    ],
)
def test_fault_names_file_and_line(file, text, fault):
    (found,) = faults(file(text))
    assert found.startswith(f"mine.yaml, line {fault}")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "mine.yaml: is empty"),
        (" \n\n", "mine.yaml: is empty"),
        ("# a: 3\n# b: 4\n", "mine.yaml: holds no settings, only comments; leave it out, or write"),
        ("---\n", "mine.yaml: holds no settings"),
    ],
)
def test_file_without_settings_is_named(file, content, fault):
    (found,) = faults(file(content))
    assert found.startswith(fault)


def test_every_fault_of_every_file_is_one_line(file, tmp_path):
    paths = [file("a: on\nb: 010\na: 3\n", "1.yaml"), file("- 1", "2.yaml"), tmp_path / "none.yaml"]
    with pytest.raises(ConfigError) as caught:
        check_config_files(paths)
    assert [line.replace(f"{tmp_path}/", "").split(":")[0] for line in caught.value.faults] == [
        "1.yaml, line 3",
        "1.yaml, line 1",
        "1.yaml, line 2",
        "2.yaml, line 1",
        "none.yaml",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "a: 3\nb: {a: 3}\nc: {a: 3}",  # the same key in other sections
        "a: [0, -1, +2, .5, 1., 1.5e-3, 1e5, 1.5e3, 00.5, .inf]",
        "a: [true, False, null, ~, yesterday, 2020, on_site, n, y]\nb:",
        "a: ['on', \"1:30\", '010', \"2020-01-01\"]",
        "a: &x {b: 1}\nc: *x\nd: {<<: *x, b: 2}",
        "a: 3 # 1:30, 010, on\n",
        "a: für\r\nb: 4\r\n",
    ],
)
def test_what_is_read_as_written_is_read_as_yaml_does(file, text):
    """Also with a byte order mark, which editors under Windows write."""
    for content in (text.encode(), text.encode("utf-8-sig")):
        assert read_config_file(file(content)) == yaml.safe_load(text)


def test_json_may_be_indented_by_tabs(file):
    values = {"a": {"b": [1, 2.5, "on", None, True]}, "c": "1:30"}
    assert read_config_file(file(json.dumps(values, indent="\t"), "a.json")) == values
    (found,) = faults(file('{"a": 1,\n\t"a": 2}', "a.json"))
    assert found.startswith("a.json, line 2: a stands twice in the same section, first in line 1")


@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans())))
def test_numbers_that_python_writes_are_read_as_written(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "numbers.yaml"
    path.write_text(yaml.safe_dump({"a": values}))
    assert read_config_file(path) == {"a": values}


def test_the_repositorys_own_files_are_read_as_written(repository):
    check_config_files([repository / "config.yaml", *(repository / "presets").glob("*.yaml")])
