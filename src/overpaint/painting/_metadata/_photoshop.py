"""Photoshop image resources (APP13): a list of numbered blobs, which may run over several segments."""

from __future__ import annotations

from typing import NamedTuple

from overpaint.painting._metadata._pictures import picture_in, xmp_shows_picture

__all__ = ["SIGNATURE", "contents", "without_pictures"]

SIGNATURE = b"Photoshop 3.0\0"

_IPTC, _EXIF, _EXIF_MORE, _XMP = 0x0404, 0x0422, 0x0423, 0x0424
_THUMBNAILS = (0x0409, 0x040C)
_MAKERS = (b"8BIM", b"AgHg", b"DCSR", b"PHUT", b"MeSa")


class _Resource(NamedTuple):
    number: int
    start: int
    data: bytes
    end: int


def _resources(block: bytes) -> tuple[list[_Resource], int]:
    """The resources up to the first that cannot be read, and where that is."""
    found: list[_Resource] = []
    start, size = 0, len(block)
    while block[start : start + 4] in _MAKERS:
        name = block[start + 6] + 1 if start + 6 < size else 0
        length_at = start + 6 + name + name % 2
        data_at = length_at + 4
        length = int.from_bytes(block[length_at:data_at], "big")
        if not name or data_at + length > size:
            break
        end = min(size, data_at + length + length % 2)
        number = int.from_bytes(block[start + 4 : start + 6], "big")
        found.append(_Resource(number, start, block[data_at : data_at + length], end))
        start = end
    return found, start


def contents(block: bytes) -> set[str]:
    """The names of what the resources hold."""
    names = {"photoshop"}
    for resource in _resources(block)[0]:
        if resource.number in _THUMBNAILS:
            names.add("photoshop-thumbnail")
        elif resource.number == _IPTC:
            names.add("iptc")
        elif resource.number in {_EXIF, _EXIF_MORE}:
            names.add("exif")
        elif resource.number == _XMP:
            names.add("xmp")
    return names


def without_pictures(block: bytes) -> tuple[bytes, set[str]]:
    """The resources without those that hold a picture, and without what cannot be read."""
    kept: list[bytes] = []
    removed: set[str] = set()
    found, end = _resources(block)
    for resource in found:
        if resource.number in _THUMBNAILS:
            removed.add("photoshop-thumbnail")
        elif resource.number in {_EXIF, _EXIF_MORE}:
            removed.add("exif")
        elif resource.number == _XMP and xmp_shows_picture(resource.data):
            removed.add("xmp-image")
        elif name := picture_in(resource.data):
            removed.add(name)
        else:
            kept.append(block[resource.start : resource.end])
    if block[end:].strip(b"\0"):
        removed.add("stray-bytes")
    return (b"".join(kept), removed) if removed else (block, removed)
