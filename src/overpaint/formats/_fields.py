"""What travels with an image, by class: image, label, derived from the pixels, text, unknown.

By name first (a member's extension, a column's name; conventions of WebDataset, img2dataset, LAION and Hugging
Face), by type where the name says nothing. docs/reference/containers.md has the table.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as pt

from overpaint.errors import UsageError
from overpaint.records import MetadataPolicy

from ._record import Field
from ._sniff import looks_like_image
from ._walk import IMAGE_EXTENSIONS

__all__ = ["CLASSES", "FieldRules", "classify", "is_exif", "is_preview"]

CLASSES = ("image", "label", "derived", "text", "unknown")
VECTOR = 16  # floats of fixed number from which on a list is an embedding

_IMAGES = frozenset(extension.decode() for extension in IMAGE_EXTENSIONS)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of a name, told apart at anything that is no letter and no digit, and at camelCase.
_EXIF = _words("exif xmp iptc gps geotag latitude longitude lat lon makernote")
_PREVIEW = _words("thumb thumbs thumbnail thumbnails preview previews")
_SCORE = _words("score scores similarity aesthetic nsfw punsafe pwatermark rating")
_DERIVED = _words("""
    activations arcface ahash blake3 blockhash clip dhash dino dinov2 emb embed embedding embeddings embeds embs
    facenet feat feats feature features hash hashes imagehash latent latents logits md5 npy npyz npz pdq pdqhash
    perceptualhash phash pickle pkl pt pth pyd safetensors sha1 sha256 sha512 siglip tb ten vae vqgan whash
""")
_LABEL = _words("""
    annot annotation annotations area attributes bbox bboxes box boxes category categories class classes cls cls2
    height id idx ids index iscrowd key keypoint keypoints label labels landmark landmarks licence license mask masks
    objects orientation polygon polygons seg segmentation shard size sizes split status supercategory synset tag tags
    target targets uid uri url urls uuid width wnid xml
""")
_TEXT = _words("""
    alt alttext answer answers artist author authors byline caption captions comment comments conversation
    conversations copyright creator credit description descriptions email error file filename html info json jsonl
    language meta metadata name names owner path photographer prompt prompts question questions source text title
    titles transcript txt user username
""")
_ORDER = ((_SCORE, "label"), (_DERIVED, "derived"), (_LABEL, "label"), (_TEXT, "text"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+")
_NAME = 256
_JSON = 16 << 20  # bytes of a text that is looked into
_JSON_DEPTH = 64


@functools.lru_cache(maxsize=4096)
def _words_of(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(name[:_NAME]))


def classify(name: str, value: Any) -> str:
    """The class of a member, column or side file.

    Parameters
    ----------
    name
        Extension of a member, or name of a column.
    value
        An Arrow type, an Arrow scalar, the bytes of a member, or `bytes` itself where they are not at hand.

    Returns
    -------
    str
        One of `CLASSES`. Of several words in a name the first of these decides: EXIF, previews, scores (labels),
        derived, label, text.
    """
    kind = value.type if isinstance(value, pa.Scalar) else value if isinstance(value, pa.DataType) else None
    words = _words_of(name)
    if words & _EXIF:
        return "text"
    if words & _PREVIEW or (kind is not None and _is_vector(kind)):
        return "derived"
    if (name.rpartition(".")[2].lower() in _IMAGES) if kind is None else _is_image_struct(kind):
        return "image"
    for known, named in _ORDER:
        if words & known:
            return named
    if isinstance(value, bytes):
        return "image" if looks_like_image(value[:64]) else "unknown"
    return "unknown" if kind is None else _by_type(kind)


def is_preview(name: str) -> bool:
    """Whether a field is a smaller copy of an image by its name."""
    return bool(_words_of(name) & _PREVIEW)


def is_exif(name: str) -> bool:
    """Whether a field is EXIF, XMP, IPTC or a place by its name."""
    return bool(_words_of(name) & _EXIF)


def _is_vector(kind: pa.DataType) -> bool:
    if pt.is_fixed_size_list(kind):
        return bool(kind.list_size >= VECTOR and pt.is_floating(kind.value_type))
    return bool(isinstance(kind, pa.FixedShapeTensorType) and pt.is_floating(kind.value_type))


def _is_image_struct(kind: pa.DataType) -> bool:
    if pt.is_list(kind) or pt.is_large_list(kind):
        return _is_image_struct(kind.value_type)
    return pt.is_struct(kind) and {field.name for field in kind} == {"bytes", "path"}


def _by_type(kind: pa.DataType) -> str:
    """Where a name says nothing: whole numbers, flags and times are labels, everything else nobody knows."""
    plain = pt.is_integer(kind) or pt.is_boolean(kind) or pt.is_temporal(kind)
    return "label" if plain else "unknown"


class FieldRules:
    """Which fields go into an output.

    Parameters
    ----------
    overrides
        Class by field name, exactly as in the container; they outrank `classify`.
    unknown
        What becomes of a field whose class nobody knows.

    Raises
    ------
    UsageError
        An override names no class, or `unknown` is neither.
    """

    def __init__(self, overrides: Mapping[str, str], unknown: Literal["keep", "drop"]) -> None:
        for name, kind in overrides.items():
            if kind not in CLASSES[1:]:
                raise UsageError(f"field {name!a}: {kind!a} is no class; choose one of {', '.join(CLASSES[1:])}")
        if unknown not in ("keep", "drop"):
            raise UsageError(f"unknown fields: {unknown!a} is not possible; choose keep or drop")
        self.overrides = dict(overrides)
        self.unknown = unknown

    def kind(self, field: Field) -> str:
        """The class of a field under these rules."""
        return self.overrides.get(field.name, field.kind)

    def keep(self, field: Field, *, metadata: MetadataPolicy, painted: bool) -> bool:
        """Whether a field goes into the output.

        Parameters
        ----------
        metadata
            The metadata policy; ``strip`` drops EXIF-like fields.
        painted
            An image of its record was painted or removed.
        """
        kind = self.kind(field)
        if kind == "derived":
            return not painted
        if kind == "text":
            return not (metadata == "strip" and is_exif(field.name))
        return kind == "label" or self.unknown == "keep"

    def apply(self, field: Field, *, metadata: MetadataPolicy, painted: bool) -> Field | None:
        """The field as it goes into the output; None where it does not.

        Of a JSON object (img2dataset's ``.json``, a string column called ``json``, ``metadata`` ...) the entries that
        are EXIF-like or derived by their name go by the same rules, 64 levels deep; the rest is written anew only if
        something went. Text that is no JSON object stays as it is. In structs such entries become null.

        Parameters
        ----------
        metadata, painted
            As in `keep`.
        """
        if not self.keep(field, metadata=metadata, painted=painted):
            return None
        if isinstance(field.value, pa.StructScalar):
            return dataclasses.replace(field, value=self._emptied(field.value, metadata, painted, _JSON_DEPTH))
        text = _json_text(field) if self.kind(field) in ("text", "label") else None
        if text is None:
            return field
        try:
            before = json.loads(text)
            after = self._pruned(before, metadata, painted, _JSON_DEPTH)
            if after == before:
                return field
            written = json.dumps(after, ensure_ascii=False)
            value: Any = written.encode("utf-8", "surrogatepass") if isinstance(field.value, bytes) else None
            return dataclasses.replace(field, value=pa.scalar(written, field.value.type) if value is None else value)
        except (ValueError, RecursionError):
            return field

    def _emptied(self, value: Any, metadata: MetadataPolicy, painted: bool, depth: int) -> Any:  # noqa: FBT001
        """A struct with nulls for what goes; itself where nothing does."""
        if depth == 0 or not isinstance(value, pa.StructScalar) or not value.is_valid:
            return value
        parts, changed = [], False
        for entry in value.type:
            before = value[entry.name]
            kind = self.overrides.get(entry.name) or classify(entry.name, entry.type)
            goes = (kind == "derived" and painted) or (metadata == "strip" and is_exif(entry.name))
            after = None if goes and before.is_valid else self._emptied(before, metadata, painted, depth - 1)
            changed = changed or after is not before
            parts.append(pa.nulls(1, entry.type) if after is None or not after.is_valid else pa.repeat(after, 1))
        return pa.StructArray.from_arrays(parts, fields=list(value.type))[0] if changed else value

    def _pruned(self, value: Any, metadata: MetadataPolicy, painted: bool, depth: int) -> Any:  # noqa: FBT001
        if depth == 0:
            return value
        if isinstance(value, list):
            return [self._pruned(one, metadata, painted, depth - 1) for one in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for name, one in value.items():
            kind = self.overrides.get(name) or classify(name, None)
            if (kind == "derived" and painted) or (metadata == "strip" and is_exif(name)):
                continue
            kept[name] = self._pruned(one, metadata, painted, depth - 1)
        return kept


def _json_text(field: Field) -> bytes | None:
    """The text of a field that may be a JSON object."""
    if isinstance(field.value, bytes):
        text = field.value
    elif isinstance(field.value, pa.StringScalar | pa.LargeStringScalar) and field.value.is_valid:
        text = bytes(memoryview(field.value.as_buffer()))
    else:
        return None
    return text if len(text) <= _JSON and text[:64].lstrip()[:1] == b"{" else None
