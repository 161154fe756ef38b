"""Sections of the configuration: how a setting is declared, checked, and written to config.yaml.

Each stage declares its section as a frozen `Section` in its own `config.py`, and `spinlearn.config`
composes them. `load` reports every fault at once, one line per fault: the key, the value, what is
allowed, and the nearest known key for a misspelt one.
"""

import difflib
import json
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from spinlearn.pipeline.errors import ConfigError


def setting(
    default: Any, meaning: str, unit: str = "1", *, decimals: int | None = None, **limits: Any
) -> Any:
    """One setting: default, meaning, unit ("1" for a pure number) and limits.

    Args:
        default: its value in config.yaml.
        meaning: what it is, in a few words.
        unit: its unit.
        decimals: number of decimals in file names; a value with more is refused.
        limits: as for `pydantic.Field`.
    """
    extra: dict[str, Any] = {"unit": unit} | ({"decimals": decimals} if decimals else {})
    return Field(default=default, description=meaning, json_schema_extra=extra, **limits)


EVEN_SIZES = range(4, 21, 2)
"""Chain lengths with a sector S^z = 0."""

EvenSize = Annotated[int, Field(ge=EVEN_SIZES[0], le=EVEN_SIZES[-1], multiple_of=2)]
Strength = Annotated[float, Field(ge=0.0, le=100.0)]
Density = Annotated[float, Field(gt=0.0, lt=1.0)]
Positive = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A name of the user's choice, for a file of theirs or for a section."""

NAMING = "at most 60 lower-case letters, digits and _, beginning with a letter"


class Section(BaseModel):
    """A part of the configuration: frozen, unknown keys refused, no type converted silently."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, allow_inf_nan=False
    )


AnySection = TypeVar("AnySection", bound=Section)


# --- relations between settings ---------------------------------------------------------------


@dataclass(frozen=True)
class Relation:
    """A condition on the values of several settings, named by their dotted paths.

    `check` is called with the values and yields one line per fault.
    """

    paths: tuple[str, ...]
    check: Callable[..., Iterator[str]]


MOST_BLOCKS = 10_000
"""Blocks that a rule can have: their numbers have four digits in file names."""

TOO_MANY_BLOCKS = "file names number blocks from 0000 to 9999; take larger blocks"


def multiple(total: str, block: str) -> Relation:
    """The relation "`total` items fill whole blocks, no more than file names can number"."""

    def check(items: int, size: int) -> Iterator[str]:
        if items % size:
            yield f"{total}: must be a multiple of {block} = {size}, got {items}"
        elif items // size > MOST_BLOCKS:
            yield f"{total}: {items} in blocks of {block} = {size} are too many; {TOO_MANY_BLOCKS}"

    return Relation((total, block), check)


def ascending(path: str) -> Relation:
    """The relation "this list ascends"."""

    def check(values: tuple[float, ...]) -> Iterator[str]:
        if list(values) != sorted(set(values)):
            yield f"{path}: must ascend, got {list(values)}"

    return Relation((path,), check)


def among(chosen: str, pool: str) -> Relation:
    """The relation "`chosen` (a value or a list) is part of the list `pool`"."""

    def check(values: Any, known: tuple[Any, ...]) -> Iterator[str]:
        if not isinstance(values, tuple):
            if values not in known:
                yield f"{chosen}: must be one of {pool} = {list(known)}, got {values}"
        elif unknown := [value for value in values if value not in known]:
            yield f"{chosen}: {unknown} not among {pool} = {list(known)}"

    return Relation((chosen, pool), check)


def _broken_relations(
    config: Section, relations: Iterable[Relation], without: Collection[str]
) -> Iterator[str]:
    """Faults in the relations between settings, skipping those in `without`, known to be wrong."""
    known = {path: info for path, info in all_settings(type(config)).items() if path not in without}
    values = {path: value_of(config, path) for path in known}
    for path, value in values.items():
        yield from _list_faults(path, value, known[path])
        for name, section in value.items() if named_section(known[path]) else ():
            for key, info in type(section).model_fields.items():
                yield from _list_faults(f"{path}.{name}.{key}", getattr(section, key), info)
    for relation in relations:
        if all(path in values for path in relation.paths):
            yield from relation.check(*(values[path] for path in relation.paths))


def _list_faults(path: str, value: Any, info: FieldInfo) -> Iterator[str]:
    """Faults of a list: values that files cannot tell apart, or more decimals than their names."""
    values = value if isinstance(value, tuple) else (value,)
    decimals = _extra(info).get("decimals")
    if longer := [item for item in values if decimals and float(f"{item:.{decimals}f}") != item]:
        yield from (
            f"{path}: {item} has more than {decimals} decimals, the limit of file names"
            for item in longer
        )
    elif not isinstance(value, tuple):
        return
    elif len(set(values)) != len(values):
        yield f"{path}: values must not repeat, got {list(values)}"
    elif len({_as_in_tables(item) for item in values}) != len(values):
        yield f"{path}: values must differ in the ten digits that tables hold, got {list(values)}"


def _as_in_tables(item: Any) -> Any:
    """A value as CSV tables hold it, with ten significant digits."""
    return f"{item:.10g}" if isinstance(item, float) else item


# --- settings by their dotted paths -----------------------------------------------------------


def value_of(config: Section, path: str) -> Any:
    """The value of a setting, named by its dotted path."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield name, info.annotation


def all_settings(model: type[BaseModel], prefix: str = "") -> dict[str, FieldInfo]:
    """Every setting of a model, as a dotted path, with its field."""
    found: dict[str, FieldInfo] = {}
    nested = dict(_sections(model))
    for name, info in model.model_fields.items():
        if name in nested:
            found |= all_settings(nested[name], f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = info
    return found


def named_section(info: FieldInfo) -> type[Section] | None:
    """The kind of section that a setting holds under names of the user's choice, if it does."""
    if get_origin(info.annotation) is not dict:
        return None
    kind = get_args(info.annotation)[1]
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def with_named(known: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
    """Settings by path, and those of named sections under the name NAME."""
    inner = {
        f"{path}.NAME.{name}": field
        for path, info in known.items()
        if (kind := named_section(info))
        for name, field in kind.model_fields.items()
    }
    return {**known, **inner}


def differences(old: Section, new: Section) -> dict[str, tuple[Any, Any]]:
    """Old and new value of each setting that two configurations do not share."""
    pairs = {path: (value_of(old, path), value_of(new, path)) for path in all_settings(type(new))}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


# --- faults -----------------------------------------------------------------------------------


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _limits(metadata: list[Any]) -> str:
    symbols = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"), ("multiple_of", "multiple of"))
    return ", ".join(
        f"{symbol} {getattr(item, name)}"
        for item in metadata
        for name, symbol in symbols
        if getattr(item, name, None) is not None
    )


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """The allowed values of a setting, in words: "a list of integers >= 4, multiple of 2"."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        nested = [item for info in extra for item in getattr(info, "metadata", [info])]
        return _kind(inner, [*nested, *metadata])
    if origin is tuple:
        parts = get_args(annotation)
        if Ellipsis not in parts:
            return "a list of " + " and ".join(_kind(part, []) for part in parts)
        inner = _kind(parts[0], [])
        least = next((item.min_length for item in metadata if hasattr(item, "min_length")), 0)
        return f"a list of {least} or more, each {inner}" if least else f"a list, each {inner}"
    if origin is dict:
        value = get_args(annotation)[1]
        what = "PATH" if value is str else "{" + ", ".join(value.model_fields) + "}"
        return f"pairs NAME: {what}, each name of {NAMING}"
    if origin is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(annotation))
    words = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}
    limits = _limits(metadata)
    return words.get(annotation, str(annotation)) + (f" {limits}" if limits else "")


def allowed(info: FieldInfo) -> str:
    """The allowed values of a setting, in words, with its unit."""
    text = _kind(info.annotation, list(info.metadata))
    return f"{text}; unit: {unit(info)}" if unit(info) else text


def _nearest(path: str, known: Iterable[str]) -> str:
    """The key or section nearest to a misspelt one, first in the same section, then anywhere."""
    parent, _, last = path.rpartition(".")
    everything: dict[str, str] = {}
    for key in known:
        parts = key.split(".")
        for length in range(1, len(parts) + 1):
            everything.setdefault(".".join(parts[:length]), parts[length - 1].lower())
    siblings = {key: name for key, name in everything.items() if key.rpartition(".")[0] == parent}
    for pool in (siblings, everything):
        match = difflib.get_close_matches(last.lower(), pool.values(), n=1, cutoff=0.6)
        if match:
            return next(key for key, name in pool.items() if name == match[0])
    return ""


def _show(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_named(location: Sequence[str], known: Mapping[str, FieldInfo]) -> bool:
    """Whether a path is that of a setting that holds named sections."""
    info = known.get(".".join(location))
    return info is not None and named_section(info) is not None


def _fault(error: Mapping[str, Any], known: dict[str, FieldInfo]) -> list[str]:
    location = [str(part) for part in error["loc"]]
    path = ".".join(location)
    name = next(
        (location[i] for i in range(2, len(location)) if _is_named(location[:i], known)), "NAME"
    )
    known = {key.replace(".NAME.", f".{name}."): info for key, info in with_named(known).items()}
    key = ".".join(part for part in location if not part.isdigit())
    if error["type"] == "extra_forbidden":
        if path in known:
            return [f"{path}: unknown key; sections are nested, not joined by dots"]
        near = _nearest(path, known)
        return [f"{path}: unknown key" + (f"; did you mean {near}?" if near else "")]
    if location[-1] == "[key]":
        *parent, wrong, _ = location
        return [f"{'.'.join(parent)}: {wrong!r} is no name; a name consists of {NAMING}"]
    while key not in known and key.rpartition(".")[0] in known:
        key = key.rpartition(".")[0]
    shown = f"{path} = {_show(error['input'])}"
    if error["type"] == "finite_number":
        return [f"{shown}: must be finite"]
    inside = dict.fromkeys(
        name[len(path) + 1 :].partition(".")[0] for name in known if name.startswith(f"{path}.")
    )
    section = f"a section with some of the keys {', '.join(inside)}"
    holder = known.get(".".join(location[:-1]))
    if holder is not None and get_origin(holder.annotation) is dict:
        return [f"{shown}: must be {f'{section}, or {{}}' if inside else 'a PATH, a text'}"]
    if key in known:
        return [f"{shown}: must be {allowed(known[key])}"]
    return [f"{shown}: must be {section}, or be left out"]


def load(
    model: type[AnySection],
    values: Mapping[str, Any],
    relations: Iterable[Relation] = (),
    *,
    complete: bool = False,
) -> AnySection:
    """The validated configuration.

    Args:
        model: the configuration's model.
        values: nested dictionaries, as read from YAML. What they leave out has its default.
        relations: conditions between settings.
        complete: whether `values` are a whole configuration, in which named sections are just as
            they are written. Otherwise they are an overlay, whose named sections are laid over
            those of the defaults.

    Raises:
        ConfigError: with one line for every fault found. Relations between correct settings are
            checked even if other settings are wrong.
    """
    known = all_settings(model)
    faults: list[str] = []
    wrong: set[str] = set()
    for path, info in known.items():
        if named_section(info) and not complete:
            values = _with_default_names(values, path.split("."), info.default)
    sound: Mapping[str, Any] = values
    try:
        config = _validated(model, values)
    except ValidationError as error:
        # A list with a bad item is also reported as too short; the item's own line is enough.
        errors = error.errors()
        parents = {item["loc"][:-1] for item in errors}
        for item in errors:
            if item["type"] != "too_short" or item["loc"] not in parents:
                faults += _fault(item, known)
            location = [part for part in item["loc"] if isinstance(part, str)]
            if location[-1] == "[key]" and item["type"] != "extra_forbidden":
                location.pop()  # what is wrong is the name before it
            sound = _without(sound, location)
            path = ".".join(location)
            wrong |= {name for name in known if name == path or name.startswith(f"{path}.")}
        config = _validated(model, sound)
    faults += _broken_relations(config, relations, wrong)
    if faults:
        raise ConfigError(sorted(set(faults), key=faults.index))
    return config


def _with_default_names(
    values: Mapping[str, Any], location: Sequence[str], default: Mapping[str, Section]
) -> Mapping[str, Any]:
    """Nested dictionaries in which the named sections at a path are laid over the default ones."""
    if not isinstance(values, Mapping):
        return values
    first, *rest = location
    inside = values.get(first, {})
    if rest:
        return {**values, first: _with_default_names(inside, rest, default)}
    if not isinstance(inside, Mapping):
        return values
    laid = {name: section.model_dump() for name, section in default.items()}
    for name, section in inside.items():
        both = name in laid and isinstance(section, Mapping)
        laid[name] = {**laid[name], **section} if both else section
    return {**values, first: laid}


def _validated(model: type[AnySection], values: Mapping[str, Any]) -> AnySection:
    """Validate each setting by itself. Lists are accepted as tuples, and integers as floats."""
    text = json.dumps(_numbers(values), default=str)
    return model.model_validate_json(text)


def _numbers(value: Any) -> Any:
    """Convert keys to text, -0.0 to 0.0, and numbers that PyYAML reads as text, such as 1e-5.

    YAML 1.1 only accepts 1.0e-5 as a number.
    """
    if isinstance(value, Mapping):
        return {str(name): _numbers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+", value):
        value = float(value)
    return value + 0.0 if isinstance(value, float) else value


def _without(values: Mapping[str, Any], location: Sequence[str]) -> Mapping[str, Any]:
    """Nested dictionaries without the entry at a path."""
    if not location or not isinstance(values, Mapping):
        return values
    first, *rest = location
    kept = {str(name): value for name, value in values.items()}
    if rest and isinstance(kept.get(first), Mapping):
        kept[first] = _without(kept[first], rest)
    else:
        kept.pop(first, None)
    return kept


# --- texts ------------------------------------------------------------------------------------


def json_schema(model: type[Section], title: str) -> str:
    """The JSON Schema of a configuration, as text."""
    schema = model.model_json_schema()
    schema["title"] = title
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def unit(info: FieldInfo) -> str:
    """The unit of a setting; empty for a pure number."""
    found = _extra(info).get("unit", "1")
    return "" if found == "1" else found


WORDS = ("null", "true", "false", "yes", "no", "on", "off")
"""Texts that YAML 1.1 reads as something else."""


def _yaml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_yaml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(_yaml_pairs(value)) + "}"
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value)
    if isinstance(value, float) and "e" in repr(value):
        digits, _, exponent = repr(value).partition("e")
        point = "" if "." in digits else ".0"  # YAML 1.1 reads 1e-05 as a text
        return f"{digits}{point}e{exponent}"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _yaml_pairs(values: Mapping[str, Any]) -> Iterator[str]:
    """Each "name: value" of a setting with names of the user's choice."""
    return (f"{_yaml_value(name)}: {_yaml_value(item)}" for name, item in values.items())


def _is_plain(text: str) -> bool:
    """Whether YAML reads a text without quotes as this text."""
    return bool(re.fullmatch(r"(\.{0,2}/)?[A-Za-z_][\w./-]*", text)) and text.lower() not in WORDS


def _yaml_section(model: BaseModel, indent: str, complete: bool) -> Iterator[str]:
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Section):
            yield ""
            yield from _comment(" ".join((type(value).__doc__ or "").split()), indent)
            yield f"{indent}{name}:"
            yield from _yaml_section(value, indent + "  ", complete)
        else:
            yield from _comment(_meaning(info), indent)
            if named_section(info):
                yield f"{indent}{name}:" + ("" if value else " {}")
                yield from _yaml_named(value, indent + "  ", complete)
            else:
                yield f"{indent}{name}: {_yaml_value(value)}"


def _yaml_named(sections: Mapping[str, Section], indent: str, complete: bool) -> Iterator[str]:
    """Named sections, on one line each if it is not too long.

    Values that are the section's default are left out, unless all are asked for.
    """
    for name, section in sections.items():
        usual = type(section)()
        pairs = {
            key: getattr(section, key)
            for key in type(section).model_fields
            if complete or getattr(section, key) != getattr(usual, key)
        }
        key = f"{indent}{_yaml_value(name)}:"
        line = f"{key} {{{', '.join(_yaml_pairs(pairs))}}}"
        if len(line) <= 100:
            yield line
        else:
            yield key
            yield from (f"{indent}  {pair}" for pair in _yaml_pairs(pairs))


def _meaning(info: FieldInfo) -> str:
    """A setting's meaning, its choices in brackets, and its unit unless the text names it."""
    text = info.description or ""
    kind = _kind(info.annotation, list(info.metadata))
    if "one of " in kind:
        text += f" [{kind[kind.index('one of ') + len('one of ') :]}]"
    return text if not unit(info) or unit(info) in text else f"{text} ({unit(info)})"


def _comment(text: str, indent: str) -> list[str]:
    lines = textwrap.wrap(text, width=98 - len(indent), break_long_words=False)
    return [f"{indent}# {line}" for line in lines]


def config_yaml(config: Section, head: str, *, complete: bool = True) -> str:
    """The text of a configuration with every setting, its meaning above it.

    Args:
        config: the configuration.
        head: comments that come first.
        complete: whether named sections have all their values, or those that are not usual.
    """
    return head + "\n".join(_yaml_section(config, "", complete)) + "\n"


def reference(model: type[Section]) -> str:
    """Every setting with its default, what is allowed and its meaning, as tables in Markdown."""
    lines: list[str] = []
    section = None
    for path, info in with_named(all_settings(model)).items():
        parent, _, name = path.rpartition(".")
        if parent != section:
            section = parent
            lines += ["", f"## {parent or 'general'}", ""]
            lines += ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
        default = "see `config.yaml`" if named_section(info) else f"`{_yaml_value(info.default)}`"
        cells = (f"`{name}`", default, allowed(info), info.description)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines).lstrip() + "\n"
