"""E-mail addresses in captions, and in names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["addresses", "addresses_in_key"]

_BEFORE: Final = re.compile(r"[\w.+%'-]{1,64}\Z")
_BEHIND: Final = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}")
_LOCAL: Final = re.compile(r"[^\W_][\w.+%'-]*")
_MOST: Final = 1000
_CHARACTERS: Final = 1 << 20
_EXTENSIONS: Final = frozenset(
    """
    ai apng avif bmp cls csv cr bz cr dcm dng eps exr gif gz heic heif htm html ico ini jfif jpe jpeg jpg json jsonl
    jxl key log md mov nef npy npz orig parquet pbm pdf pgm pickle pkl png ppm psd pt raw rar svg tar tga thumb tif
    tiff tmp toml tsv txt wav webm webp xml xmp yaml yml zip
    """.split()  # noqa: SIM905 - a list of words
)


def addresses(text: str) -> Iterator[str]:
    """Every address, as it is written; at most 1,000, of the first million characters."""
    text = text[:_CHARACTERS].replace("%40", "@")
    at = -1
    for _ in range(_MOST):
        at = text.find("@", at + 1)
        if at < 0:
            return
        before, behind = _BEFORE.search(text[max(0, at - 64) : at]), _BEHIND.match(text[at + 1 : at + 255])
        local = _LOCAL.search(before[0]) if before else None
        if local is not None and behind is not None:
            yield f"{local[0]}@{behind[0]}"


def addresses_in_key(key: str) -> Iterator[str]:
    """As `addresses`; what ends a file name is no domain: ``logo@2x.png`` is no address, and
    ``jane@example.org.jpg`` is one of example.org.
    """
    for found in addresses(key):
        local, _, domain = found.rpartition("@")
        labels = domain.split(".")
        while labels and labels[-1].lower() in _EXTENSIONS:
            labels.pop()
        if len(labels) > 1 and _LAST.fullmatch(labels[-1]):
            yield f"{local}@{'.'.join(labels)}"


_LAST: Final = re.compile(r"[^\W\d_]{2,24}")
