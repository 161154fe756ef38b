"""Configuration files as text: each is read as it is written, or refused with the line's number.

Snakemake reads YAML 1.1 in PyYAML's way: of two equal keys it keeps the last, 1:30 is 90, 010 is 8
and `on` is true. It reads the files itself, so that the values no longer show what was written.
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import ConfigError, UserFileError

AS_WRITTEN = {
    "null": re.compile(r"null|Null|NULL|~|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?(0|[1-9]\d*)"),
    "float": re.compile(
        r"[-+]?(\.\d+|\d+\.?\d*)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
    "merge": re.compile(r"<<"),
}
"""Texts without quotes that are read as they are written, by the type that PyYAML gives them."""


def check_config_files(paths: Sequence[str | Path]) -> None:
    """Refuse configuration files that would be read otherwise than they are written.

    Args:
        paths: files in YAML or JSON.

    Raises:
        ConfigError: with one line for every fault found, which names the file and the line.
    """
    faults = [str(fault) for path in paths for fault in _faults(path)]
    if faults:
        raise ConfigError(list(dict.fromkeys(faults)))


def read_config_file(path: str | Path) -> dict[str, Any]:
    """The settings in one configuration file, as nested dictionaries.

    Raises:
        ConfigError: as `check_config_files`.
    """
    check_config_files([path])
    return yaml.safe_load(_text(path))


def _faults(path: str | Path) -> Iterator[UserFileError]:
    try:
        root = _compose(path, _text(path))
    except UserFileError as error:
        yield error
        return
    if root is None or _type(root) == "null":
        yield UserFileError(path, "holds no settings, only comments; leave it out, or write {}")
    elif not isinstance(root, yaml.MappingNode):
        yield UserFileError(path, "must hold settings, each as NAME: VALUE", _line(root))
    else:
        for node, what in _node_faults(root, ()):
            yield UserFileError(path, what, _line(node))


def _text(path: str | Path) -> str:
    content = read_content(path)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserFileError(path, "is text in UTF-16; save it as UTF-8", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"is not text in UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8"
        raise UserFileError(path, what, content.count(b"\n", 0, error.start) + 1) from None
    try:
        json.loads(text)
    except ValueError:
        return text
    return text.replace("\t", " ")  # between the values of JSON, tabs are blanks; YAML refuses them


def _compose(path: str | Path, text: str) -> yaml.Node | None:
    """The file's keys and values as text, each with its type and line."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        what = f"the character U+{error.character:04X} is not allowed"
        raise UserFileError(path, what, text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"is not YAML: {', '.join(filter(None, [error.context, error.problem]))}"
        if "'\\t'" in what:
            what = "is indented by a tab; indent with blanks"
        raise UserFileError(path, what, mark.line + 1 if mark else None) from None


def _node_faults(node: yaml.Node, above: tuple[yaml.Node, ...]) -> Iterator[tuple[yaml.Node, str]]:
    """What is wrong with a value and all values in it, with the place; `above` are its holders."""
    if node in above:
        yield node, "a section or list is part of itself"
    elif isinstance(node, yaml.ScalarNode):
        yield from ((node, fault) for fault in _scalar_faults(node))
    elif node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
        yield node, f"has the tag {_type(node)}; write the value without it"
    elif isinstance(node, yaml.MappingNode):
        yield from _key_faults([key for key, _ in node.value])
        for _, value in node.value:
            yield from _node_faults(value, (*above, node))
    else:
        for item in node.value:
            yield from _node_faults(item, (*above, node))


def _key_faults(keys: Sequence[yaml.Node]) -> Iterator[tuple[yaml.Node, str]]:
    """What is wrong with the keys of one section."""
    first: dict[str, int] = {}
    for key in keys:
        if not isinstance(key, yaml.ScalarNode):
            yield key, "a key must be a name"
            continue
        yield from ((key, fault) for fault in _scalar_faults(key))
        if key.value == "__use_yte__":
            yield key, "templates (__use_yte__) are not filled in; write the values themselves"
        if key.value in first:
            before = f"first in line {first[key.value]}; only the second would count"
            yield key, f"{key.value} stands twice in the same section, {before}"
        first.setdefault(key.value, _line(key))


def _scalar_faults(node: yaml.ScalarNode) -> Iterator[str]:
    """What is wrong with one value or key."""
    kind, written = _type(node), node.value
    if kind == "str":
        return
    if node.style is not None or kind not in (*AS_WRITTEN, "timestamp"):
        yield f"has the tag {kind}; write the value without it"
    elif kind == "timestamp":
        yield f'{written} is read as a date; for a text, write "{written}" in quotes'
    elif not AS_WRITTEN[kind].fullmatch(written):
        read = json.dumps(yaml.safe_load(written))
        yield f'{written} is read as {read}; write {read} or, for a text, "{written}" in quotes'


def _type(node: yaml.Node) -> str:
    return node.tag.removeprefix("tag:yaml.org,2002:")


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
