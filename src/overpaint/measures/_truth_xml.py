"""True boxes as dlib's imglab writes them: one XML file for all images."""

from __future__ import annotations

import math
import os
import xml.etree.ElementTree as ET
from pathlib import Path

from overpaint.errors import BoxesError
from overpaint.formats import LabelledObject
from overpaint.records import Box

__all__ = ["read_imglab"]

_MOST_BYTES = 512 << 20
_MOST = 2_000_000
_FLAGS = ("occluded", "truncated")


def read_imglab(path: Path) -> dict[str, list[LabelledObject]]:
    """``<image file="…"><box top="…" left="…" width="…" height="…"/>``; ``ignore`` and ``difficult`` boxes are ignored.

    Raises
    ------
    BoxesError
        It is too large, defines things of its own, or is no such XML.
    """
    where = f"--truth {os.fspath(path)!a}"
    if path.stat().st_size > _MOST_BYTES:
        raise BoxesError(f"{where}: larger than {_MOST_BYTES >> 20} MiB; split it")
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BoxesError(f"{where}: its XML defines things, which annotations do not")
    found: dict[str, list[LabelledObject]] = {}
    boxes = 0
    try:
        root = ET.fromstring(data)  # noqa: S314 - bounded, and without definitions there is nothing to expand
        for image in root.iter("image"):
            mine = found.setdefault(image.attrib["file"].removeprefix("./"), [])
            mine += [_box(each) for each in image.findall("box")]
            boxes += len(mine)
    except (ET.ParseError, ValueError, KeyError, RecursionError):
        raise BoxesError(f"{where}: no XML of imglab's (image file, box top left width height)") from None
    if not found or boxes > _MOST:
        raise BoxesError(f"{where}: " + (f"more than {_MOST:,} boxes; split it" if found else "it names no image"))
    return found


def _box(each: ET.Element) -> LabelledObject:
    left, top, width, height = (float(each.attrib[side]) for side in ("left", "top", "width", "height"))
    if not all(math.isfinite(value) and abs(value) < 1e7 for value in (left, top, width, height)):
        raise ValueError
    flags = {name: each.attrib.get(name) == "1" for name in ("ignore", "difficult", *_FLAGS)}
    told = tuple((name, "yes" if flags[name] else "no") for name in _FLAGS)
    ignored = flags["ignore"] or flags["difficult"] or width <= 0 or height <= 0
    # imglab writes a label only where somebody gave one; the file is then of one kind of thing
    label = (each.findtext("label") or "").strip()
    return LabelledObject(label, Box(left, top, left + max(width, 0), top + max(height, 0)), ignored=ignored, told=told)
