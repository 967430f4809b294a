"""Class lists in Hugging Face's metadata of a parquet file: where they are, and others in their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from ._parquet_columns import features_of

__all__ = ["class_lists", "with_classes"]

_MOST_DEPTH = 16
_SEQUENCES = frozenset({"Sequence", "List", "LargeList"})


def class_lists(schema: pa.Schema) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Every ClassLabel by the names that lead to it, lists passed over, with the names of its numbers."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, feature in features_of(schema).items():
        for path, label in _labels(feature, (name,), _MOST_DEPTH):
            if (names := _names(label)) is not None:
                found.setdefault(path, names)
    return found


def with_classes(schema: pa.Schema, path: Sequence[str], classes: Sequence[str]) -> pa.Schema:
    """The schema with another class list for the ClassLabel at `path`; as it was where none is there."""
    features = features_of(schema)
    hits = [
        label for name in features for way, label in _labels(features[name], (name,), _MOST_DEPTH) if way == tuple(path)
    ]
    if not hits:
        return schema
    for label in hits:
        label["names"] = list(classes)
        if "num_classes" in label:
            label["num_classes"] = len(classes)
    whole = json.loads(schema.metadata[b"huggingface"])
    whole["info"]["features"] = features
    return schema.with_metadata({**schema.metadata, b"huggingface": json.dumps(whole).encode()})


def _labels(feature: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if depth == 0:
        return
    if isinstance(feature, list) and len(feature) == 1:
        yield from _labels(feature[0], path, depth - 1)
    elif isinstance(feature, dict):
        kind = feature.get("_type")
        if kind == "ClassLabel":
            yield path, feature
        elif kind in _SEQUENCES:
            yield from _labels(feature.get("feature"), path, depth - 1)
        elif not isinstance(kind, str):
            for name, inner in feature.items():
                yield from _labels(inner, (*path, name), depth - 1)


def _names(label: dict[str, Any]) -> tuple[str, ...] | None:
    names = label.get("names")
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    return None
