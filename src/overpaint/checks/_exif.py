"""What an EXIF block still holds, by a bounded walk over its directories (TIFF 6.0, EXIF 2.32)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["Exif", "read_exif"]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_ORIENTATION, _EXIF, _GPS, _INTEROP, _SUB = 0x0112, 0x8769, 0x8825, 0xA005, 0x014A
_MAKER, _COMMENT = 0x927C, 0x9286
_JPEG_AT, _JPEG_SIZE, _STRIP_AT, _STRIP_SIZE = 0x0201, 0x0202, 0x0111, 0x0117
_STRUCTURE = frozenset({_ORIENTATION, _EXIF, _GPS, _INTEROP, _SUB})
# Words by or about people: descriptions, artist, copyright, host, XP strings, owner, serial numbers, ids; and XMP,
# IPTC, Photoshop resources as tags.
_TEXT = frozenset(
    {0x010E, 0x013B, 0x8298, 0x013C, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0xA430, 0xA431, 0xA435, 0xA420}
    | {_COMMENT, 0x02BC, 0x83BB, 0x8649, 0xC62F, 0x9213, 0xC614, 0xC615}
)
_MOST_DIRECTORIES, _MOST_ENTRIES = 32, 4096


@dataclass(frozen=True, slots=True)
class Exif:
    """What was found; every flag means: with content, not only a tag whose value was overwritten with zeros."""

    orientation: int = 1
    location: bool = False
    maker_note: bool = False
    preview: bool = False
    text: bool = False
    other: bool = False


@dataclass(slots=True)
class _Found:
    orientation: int = 1
    location: bool = False
    maker_note: bool = False
    preview: bool = False
    text: bool = False
    other: bool = False


def read_exif(tiff: bytes) -> Exif:
    """Walk all directories of a TIFF structure (an EXIF block without its first six bytes); damage ends the walk."""
    found = _Found(preview=b"\xff\xd8\xff" in tiff or b"\x89PNG\r\n" in tiff)
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is not None and len(tiff) >= 8:
        todo, seen = [(struct.unpack_from(order + "I", tiff, 4)[0], 0)], set[int]()
        while todo and len(seen) < _MOST_DIRECTORIES:
            at, kind = todo.pop(0)
            if at in seen or at < 8 or at + 2 > len(tiff):
                continue
            seen.add(at)
            todo += _directory(tiff, order, at, kind, found)
    else:
        found.other = any(tiff)
    return Exif(
        found.orientation, found.location, found.maker_note, found.preview, found.text, found.other or found.text
    )


def _directory(tiff: bytes, order: str, at: int, kind: int, found: _Found) -> list[tuple[int, int]]:
    """Note what one directory holds and return those it points to, each with the tag that led there (0: the first)."""
    (count,) = struct.unpack_from(order + "H", tiff, at)
    onwards: list[tuple[int, int]] = []
    where: dict[int, tuple[int, ...]] = {}
    end = at + 2
    for _ in range(min(count, _MOST_ENTRIES)):
        if end + 12 > len(tiff):
            return onwards
        tag, form, number = struct.unpack_from(order + "HHI", tiff, end)
        size = _SIZES.get(form, 1) * number
        start = end + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, end + 8)[0]
        value = tiff[start : start + size]
        end += 12
        if tag in {_EXIF, _GPS, _INTEROP, _SUB} and not (kind == _GPS and tag != _GPS):
            numbers = _numbers(order, form, value)
            onwards += [(n, _GPS if tag == _GPS else tag) for n in numbers if n]
        elif kind != _GPS and tag in {_JPEG_AT, _JPEG_SIZE, _STRIP_AT, _STRIP_SIZE}:
            where[tag] = _numbers(order, form, value)
        elif any(value):
            _note(tag, kind, value, order, form, found)
    _note_preview(tiff, where, found)
    if end + 4 <= len(tiff) and kind not in {_GPS, _EXIF, _INTEROP}:
        (following,) = struct.unpack_from(order + "I", tiff, end)
        onwards += [(following, -1)] if following else []
    return onwards


def _note(tag: int, kind: int, value: bytes, order: str, form: int, found: _Found) -> None:
    if kind == _GPS:
        found.location = True
    elif tag == _ORIENTATION:
        numbers = _numbers(order, form, value)
        if kind == 0 and numbers and 1 <= numbers[0] <= 8:
            found.orientation = numbers[0]
    elif tag == _MAKER:
        found.maker_note = True
    elif tag in _TEXT and value.strip(b"\0 "):
        # UserComment begins with eight bytes that name its character set.
        found.text = found.text or tag != _COMMENT or any(value[8:].strip(b"\0 "))
    else:
        found.other = True


def _note_preview(tiff: bytes, where: dict[int, tuple[int, ...]], found: _Found) -> None:
    for at, size in ((_JPEG_AT, _JPEG_SIZE), (_STRIP_AT, _STRIP_SIZE)):
        for start, length in zip(where.get(at, ()), where.get(size, ()), strict=False):
            found.preview = found.preview or any(tiff[start : start + length])


def _numbers(order: str, form: int, value: bytes) -> tuple[int, ...]:
    code = {1: "B", 3: "H", 4: "I", 13: "I"}.get(form)
    if code is None:
        return ()
    width = struct.calcsize(code)
    return struct.unpack(order + code * (len(value) // width), value[: len(value) // width * width])
