"""Which columns of a parquet file hold images, and what its labels mean: by metadata, by type, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from ._fields import is_preview

__all__ = ["IMAGE_NAMES", "ImageColumn", "features_of", "image_columns", "label_column", "overpaint_of"]

#: Binary columns of these names are asked whether they hold images.
IMAGE_NAMES = frozenset({"image", "images", "img", "jpg", "jpeg", "png", "webp", "gif", "photo", "picture", "bytes"})
LABELS = ("label", "labels", "class")
_METADATA = 16 << 20  # bytes of JSON that are parsed


@dataclass(frozen=True, slots=True)
class ImageColumn:
    """A column of images.

    Attributes
    ----------
    struct
        Values are structs of ``bytes`` and, where `path` is true, ``path``; else plain binary.
    many
        Each row holds a list of them.
    """

    name: str
    struct: bool
    path: bool
    many: bool


def features_of(schema: pa.Schema) -> dict[str, Any]:
    """Hugging Face's description of the columns; empty where there is none that can be read."""
    info = _json(schema, b"huggingface").get("info")
    features = info.get("features") if isinstance(info, dict) else None
    return features if isinstance(features, dict) else {}


def overpaint_of(schema: pa.Schema) -> dict[str, Any]:
    """What `schema_for_images` wrote about where columns came from; empty in other people's files."""
    return _json(schema, b"overpaint")


def image_columns(schema: pa.Schema) -> list[ImageColumn]:
    """The image columns in the order of the schema; binary ones by name only, which the caller asks by content.

    Previews by name (``thumbnail``) are no image columns: they are fields, of the class ``derived``.
    """
    features = features_of(schema)
    found = []
    for field in schema:
        if is_preview(field.name):
            continue
        stated = _states_image(features.get(field.name))
        column = _image_column(field, stated=stated)
        if column is not None:
            found.append(column)
    return found


def label_column(schema: pa.Schema) -> tuple[str, list[str] | None] | None:
    """The column of labels, and the names of its numbers where Hugging Face's metadata has them."""
    features = features_of(schema)
    for name in LABELS:
        if name not in schema.names:
            continue
        kind = schema.field(name).type
        if pt.is_dictionary(kind):
            kind = kind.value_type
        if pt.is_integer(kind) or pt.is_string(kind) or pt.is_large_string(kind):
            feature = features.get(name)
            names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
            known = names if isinstance(names, list) and all(isinstance(one, str) for one in names) else None
            return name, known if pt.is_integer(kind) else None
    return None


def _image_column(field: pa.Field, *, stated: bool) -> ImageColumn | None:
    kind, many = field.type, False
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind):
        kind, many = kind.value_type, True
    if pt.is_struct(kind):
        types = {child.name: child.type for child in kind}
        if len(types) != kind.num_fields or not _is_binary(types.get("bytes")):
            return None
        path = "path" in types and (pt.is_string(types["path"]) or pt.is_large_string(types["path"]))
        return (
            ImageColumn(field.name, struct=True, path=path, many=many) if stated or (path and len(types) == 2) else None
        )
    if _is_binary(kind) and not many and (stated or field.name.lower() in IMAGE_NAMES):
        return ImageColumn(field.name, struct=False, path=False, many=False)
    return None


def _states_image(feature: object) -> bool:
    """Whether a feature is an Image, or a list of them in one of the three ways that were usual."""
    for _ in range(2):
        if isinstance(feature, list) and len(feature) == 1:
            feature = feature[0]
        if not isinstance(feature, dict):
            return False
        if feature.get("_type") == "Image":
            return True
        feature = feature.get("feature")
    return False


def _is_binary(kind: pa.DataType | None) -> bool:
    return kind is not None and (pt.is_binary(kind) or pt.is_large_binary(kind))


def _json(schema: pa.Schema, key: bytes) -> dict[str, Any]:
    text = (schema.metadata or {}).get(key, b"")
    if not 0 < len(text) <= _METADATA:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
