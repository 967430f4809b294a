"""Pascal VOC and ILSVRC: an XML file an image, boxes in whole pixels counted from 1, both ends inside."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from overpaint.errors import SampleError
from overpaint.records import Box

from ._model import LabelledObject, bytes_of, candidates

__all__ = ["XmlDirectory"]

_MOST_OBJECTS = 10_000
_TOLD = ("occluded", "pose", "truncated")
_LONGEST = 64


class XmlDirectory:
    """A directory of XML files, each read when its sample's turn comes."""

    format = "xml"

    def __init__(self, root: Path) -> None:
        self._root = root

    def lookup(self, key: str) -> Sequence[LabelledObject] | None:
        """Objects of one sample; a text is taken for data, not for a document with definitions of its own."""
        data = bytes_of(self._root, candidates(key, ".xml"))
        if data is None:
            return None
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise SampleError("annotation-unreadable", "its XML defines things, which annotations do not")
        try:
            root = ET.fromstring(data)  # noqa: S314 - bounded, and without definitions there is nothing to expand
            objects = root.findall("object")[:_MOST_OBJECTS]
            return [_object(each, _size(root)) for each in objects]
        except (ET.ParseError, ValueError, LookupError, RecursionError):
            raise SampleError("annotation-unreadable", "its XML is no VOC annotation") from None


def _size(root: ET.Element) -> tuple[int, int] | None:
    width, height = (int(float(root.findtext(f"size/{side}") or 0)) for side in ("width", "height"))
    return (width, height) if 0 < width < 1 << 31 and 0 < height < 1 << 31 else None


def _object(each: ET.Element, size: tuple[int, int] | None) -> LabelledObject:
    x0, y0, x1, y1 = (float(each.findtext(f"bndbox/{side}") or "") for side in ("xmin", "ymin", "xmax", "ymax"))
    if not all(math.isfinite(value) for value in (x0, y0, x1, y1)):
        raise ValueError
    return LabelledObject(
        (each.findtext("name") or "").strip(),
        Box(max(0.0, x0 - 1), max(0.0, y0 - 1), x1, y1),
        size=size,
        ignored=(each.findtext("difficult") or "").strip() == "1",
        told=tuple((name, _word(each.findtext(name))) for name in _TOLD if _word(each.findtext(name))),
    )


def _word(text: str | None) -> str:
    """What a field says, short; VOC's flags as words."""
    word = (text or "").strip()[:_LONGEST]
    return {"0": "no", "1": "yes", "Unspecified": ""}.get(word, word)
