"""What travels with an image, by class, and what of it stays."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.formats._fields import CLASSES, FieldRules, classify
from overpaint.formats._record import Field

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

MEMBERS = {
    "image": "jpg JPEG png seg.png webp tiff heic mask.png",
    "label": "cls CLS seg.txt xml id cls.txt bbox.json similarity.txt",
    "derived": "npy emb.npy clip.json thumb.jpg thumbnail.png pth pt pkl pickle npz phash.txt safetensors features.bin",
    "text": "txt json caption exif.json xmp text",
    "unknown": "mp4 bin dat mp3",
}
COLUMNS = [
    ("image", IMAGE, "image"),
    ("images", pa.list_(IMAGE), "image"),
    ("thumbnail", IMAGE, "derived"),
    ("label", pa.int64(), "label"),
    ("whatever", pa.int32(), "label"),
    ("taken", pa.timestamp("us"), "label"),
    ("whatever", pa.list_(pa.float32(), 16), "derived"),
    ("whatever", pa.list_(pa.float32(), 15), "unknown"),
    ("bbox", pa.list_(pa.float32(), 4), "label"),
    ("whatever", pa.string(), "unknown"),
    ("whatever", pa.binary(), "unknown"),
    ("clip_embedding", pa.list_(pa.float32()), "derived"),
    ("sha256", pa.string(), "derived"),
    ("URL", pa.string(), "label"),
    ("TEXT", pa.string(), "text"),
    ("altText", pa.string(), "text"),
    ("imageEmbedding", pa.binary(), "derived"),
    ("exif", pa.string(), "text"),
    ("gps_latitude", pa.float64(), "text"),
    ("NSFW", pa.string(), "label"),
    ("clip_similarity", pa.float32(), "label"),
    ("original_width", pa.int64(), "label"),
    ("author_name", pa.string(), "text"),
    ("caption_id", pa.int64(), "label"),
    ("__key__", pa.string(), "label"),
]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in MEMBERS.items() for name in names.split()])
def test_members(kind: str, name: str) -> None:
    assert classify(name, b"") == kind
    assert classify(name, bytes) == kind


@pytest.mark.parametrize(("name", "value", "kind"), COLUMNS)
def test_columns(name: str, value: pa.DataType, kind: str) -> None:
    assert classify(name, value) == kind
    assert classify(name, pa.scalar(None, value)) == kind


def test_images_are_known_by_content() -> None:
    assert classify("bin", PNG) == "image"


@given(st.text() | st.just("x" * 10**5), st.binary(max_size=80))
def test_any_name_has_a_class(name: str, data: bytes) -> None:
    assert classify(name, data) in CLASSES


def field(kind: str, name: str = "x", value: Any = b"") -> Field:
    return Field(name, value, kind)


@pytest.mark.parametrize("unknown", ["keep", "drop"])
@pytest.mark.parametrize("metadata", ["strip", "keep-safe", "keep"])
@pytest.mark.parametrize("painted", [False, True])
def test_what_stays(unknown: Any, metadata: Any, painted: bool) -> None:
    rules = FieldRules({"mine": "derived", "yours": "label"}, unknown)

    def keep(one: Field) -> bool:
        kept = rules.keep(one, metadata=metadata, painted=painted)
        assert (rules.apply(one, metadata=metadata, painted=painted) == one) == kept
        return kept

    assert keep(field("label"))
    assert keep(field("derived")) == (not painted)
    assert keep(field("text", "caption"))
    assert keep(field("text", "exif.json")) == (metadata != "strip")
    assert keep(field("unknown")) == (unknown == "keep")
    assert keep(field("unknown", "mine")) == (not painted)
    assert keep(field("derived", "yours"))


def test_wrong_rules_are_said() -> None:
    with pytest.raises(UsageError, match=r"'x'.*'image' is no class; choose one of label"):
        FieldRules({"x": "image"}, "keep")
    with pytest.raises(UsageError, match="choose keep or drop"):
        FieldRules({}, "maybe")  # type: ignore[arg-type]


INSIDE = {"caption": "é", "sha256": "ab", "exif": '{"GPS": 1}', "width": 3, "deep": [{"phash": 1, "id": 2}], "mine": 1}


@pytest.mark.parametrize("scalar", [False, True])
def test_json_is_looked_into(scalar: bool) -> None:
    text = json.dumps(INSIDE)
    one = field("text", "json", pa.scalar(text) if scalar else text.encode())
    rules = FieldRules({"mine": "derived"}, "keep")

    def after(metadata: Any, painted: bool) -> Any:
        left = rules.apply(one, metadata=metadata, painted=painted)
        assert left is not None and type(left.value) is type(one.value)
        return left if left is one else json.loads(left.value.as_py() if scalar else left.value)

    assert after("keep", False) is one
    assert after("strip", False) == {name: value for name, value in INSIDE.items() if name != "exif"}
    assert after("strip", True) == {"caption": "é", "width": 3, "deep": [{"id": 2}]}
    assert after("keep", True) == {"caption": "é", "width": 3, "deep": [{"id": 2}], "exif": INSIDE["exif"]}


@pytest.mark.parametrize(
    "text", [b"{", b"{}", b'["exif"]', b"{" * 10**5, b'{"a":' * 500 + b"1" + b"}" * 500, b'{"a": "\xff"}', b"\xff"]
)
def test_what_is_no_json_stays(text: bytes) -> None:
    one = field("text", "json", text)
    assert FieldRules({}, "drop").apply(one, metadata="strip", painted=True) is one


@given(st.binary(max_size=50) | st.text(max_size=50).map(lambda text: f'{{"exif": "{text}"}}'.encode()))
def test_any_text_is_survived(text: bytes) -> None:
    left = FieldRules({}, "drop").apply(field("text", "json", text), metadata="strip", painted=True)
    assert left is not None
