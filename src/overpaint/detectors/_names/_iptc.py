"""People in IPTC's older records (Information Interchange Model 4.2, record 2), which JPEG, TIFF and PNG carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

__all__ = ["CAPTIONS", "MAKERS", "datasets", "resources"]

MAKERS: Final = frozenset({80, 118, 122})
"""By-line, contact, writer or editor: who made the picture or its caption."""
CAPTIONS: Final = frozenset({5, 25, 40, 105, 120})
"""Title, keywords, instructions, headline, caption."""
_CHARACTERS: Final = (1, 90)
_UTF8: Final = b"\x1b%G"
_MOST: Final = 10_000
_LONGEST: Final = 32_768  # what the model allows without an extended length
_RESOURCES: Final = 4096


def datasets(data: bytes) -> Iterator[tuple[int, str]]:
    """Number and text of each dataset of record 2."""
    at, utf8 = 0, False
    for _ in range(_MOST):
        if at + 5 > len(data) or data[at] != 0x1C:
            return
        record, number = data[at + 1], data[at + 2]
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:  # its length has a length of its own
            width = length & 0x7FFF
            if width > 4:
                return
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        value = data[at : at + min(length, _LONGEST)]
        at += length
        if (record, number) == _CHARACTERS:
            utf8 = value == _UTF8
        elif record == 2:
            yield number, _text(value, utf8=utf8)


def _text(value: bytes, *, utf8: bool) -> str:
    """As the record says; those that say nothing are UTF-8 all the same, or else Latin."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8" if utf8 else "cp1252", "replace")


def resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each of Photoshop's image resources."""
    at = 0
    for _ in range(_RESOURCES):
        if data[at : at + 4] != b"8BIM" or at + 12 > len(data):
            return
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 7 + data[at + 6]
        at += at & 1
        length = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + length + (length & 1)
