"""Joining the blocks of one result, each of which is stored in its own file.

A stage whose items (runs) come in blocks writes one file per block, so that more items only add
files. `join_blocks` joins the blocks of each result in the order of their items' numbers. It
refuses blocks that were computed with different settings.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spinlearn.pipeline.errors import DatasetError, SchemaError
from spinlearn.storage.hdf5 import Contents, Schema


def load_blocks(
    schema: Schema,
    paths: Iterable[str | Path],
    along: str,
    names: Sequence[str] = (),
    by: tuple[str, ...] = (),
) -> list[Contents]:
    """Read files and join the blocks of each result; see `join_blocks`.

    Args:
        schema, along, by: as for `join_blocks`.
        paths: the files, in any order.
        names: datasets to read besides `along`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or as `join_blocks`.
    """
    wanted = (along, *names) if names else ()
    return join_blocks(schema, (schema.read(path, *wanted) for path in paths), along, by)


def join_blocks(
    schema: Schema, files: Iterable[Contents], along: str, by: tuple[str, ...] = ()
) -> list[Contents]:
    """Join blocks: one `Contents` per result, in the order in which the results first appear.

    Args:
        schema: the kind of the files.
        files: contents of the files, with the same datasets read from each.
        along: the axis that blocks divide; the dataset of this name numbers the items.
        by: attributes that identify a result; empty if all files belong to one result.

    Returns:
        The joined contents of each result, with the path and the attributes of the block that has
        the first item. A result in a single block is returned unchanged.

    Raises:
        DatasetError: if two blocks hold the same item, or differ in a dataset that has no such
            axis, in a shape along another one, or in which datasets they have.
        SchemaError: if two blocks differ in an attribute of the schema or in a parameter.
    """
    groups: dict[tuple[Any, ...], list[Contents]] = {}
    for contents in files:
        key = tuple(contents.attributes[name] for name in by)
        groups.setdefault(key, []).append(contents)
    return [_joined(schema, parts, along) for parts in groups.values()]


def _joined(schema: Schema, parts: Sequence[Contents], along: str) -> Contents:
    if len(parts) == 1:
        return parts[0]
    parts = sorted(parts, key=lambda part: part[along].min())
    first = parts[0]
    for other in parts[1:]:
        _check_alike(schema, first, other, along)
    _check_distinct(parts, along)
    order = np.argsort(np.concatenate([part[along] for part in parts]))
    arrays = {}
    for dataset in schema.datasets:
        if dataset.name not in first:
            continue
        arrays[dataset.name] = first[dataset.name]
        if along in dataset.dims:
            axis = dataset.dims.index(along)
            whole = np.concatenate([part[dataset.name] for part in parts], axis=axis)
            arrays[dataset.name] = np.take(whole, order, axis=axis)
    return Contents(first.path, arrays, first.attributes)


def _check_distinct(parts: Sequence[Contents], along: str) -> None:
    owner: dict[int, Contents] = {}
    for part in parts:
        for number in part[along].tolist():
            if number in owner:
                raise DatasetError(
                    part.path, f"holds {along} {number}, which {owner[number].path} holds too"
                )
            owner[number] = part


def _check_alike(schema: Schema, first: Contents, other: Contents, along: str) -> None:
    """Raise unless two blocks differ in their items only."""
    pairs = {name: (first.attributes[name], other.attributes[name]) for name in schema.attributes}
    settings = [part.attributes.get("parameters", {}) for part in (first, other)]
    for name in sorted({*settings[0], *settings[1]}):
        pairs[f"parameters.{name}"] = (settings[0].get(name), settings[1].get(name))
    for name, (expected, found) in pairs.items():
        if found != expected:
            raise SchemaError(
                other.path,
                f"computed with {name} = {found}, but {first.path} with {expected}; only blocks "
                "that were computed alike can be joined",
            )
    for dataset in schema.datasets:
        name = dataset.name
        if (name in first) != (name in other):
            has, lacks = (first, other) if name in first else (other, first)
            raise DatasetError(lacks.path, f"dataset '{name}' is missing, but {has.path} has it")
        if name not in first:
            continue
        if along in dataset.dims:
            axis = dataset.dims.index(along)
            same = _without(first[name].shape, axis) == _without(other[name].shape, axis)
        else:
            nan = first[name].dtype.kind in "fc"
            same = np.array_equal(first[name], other[name], equal_nan=nan)
        if not same:
            raise DatasetError(other.path, f"dataset '{name}' differs from that of {first.path}")


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]
