"""Names and folders as `Gone` compares them."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Iterable, Iterator

from overpaint.formats._layout import SIDE_FOLDERS

from ._names import IMAGE_FOLDERS

__all__ = ["backwards", "common", "encoded", "hashed", "most", "places"]


def places(parts: list[str]) -> Iterator[list[str]]:
    """The folder itself, then those where its images may lie."""
    yield parts
    for at in reversed(range(len(parts))):
        if parts[at].lower() in SIDE_FOLDERS:
            yield from ([*parts[:at], name, *parts[at + 1 :]] for name in IMAGE_FOLDERS)
            yield [*parts[:at], *parts[at + 1 :]]


def hashed(stem: str) -> int:
    return int.from_bytes(hashlib.blake2b(encoded(stem), digest_size=8).digest(), "big")


def backwards(parts: Iterable[str]) -> bytes:
    return b"".join(encoded(part) + b"\0" for part in reversed(list(parts)) if part)


def encoded(part: str) -> bytes:
    if not part.isascii():
        part = unicodedata.normalize("NFC", part)  # macOS takes letters and their accents apart
    return part.encode("utf-8", "surrogatepass")  # JSON can say what no file name can


def common(one: list[bytes], other: list[bytes]) -> int:
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def most(items: list[int], ranks: list[int]) -> list[int]:
    best = max(ranks, default=0)
    return [item for item, rank in zip(items, ranks, strict=True) if rank == best]
