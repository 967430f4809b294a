"""A WebP file as a list of RIFF chunks, and the metadata policy on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from overpaint.errors import DecodeError
from overpaint.painting._metadata import _exif
from overpaint.painting._metadata._pictures import xmp_shows_picture
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["RiffChunk", "is_webp", "riff_chunk", "riff_chunks", "strip_webp", "webp_chunks", "webp_file"]
__all__ += ["webp_orientation"]

_PICTURE: Final = (b"VP8 ", b"VP8L", b"ALPH")
_EXIF_FLAG, _XMP_FLAG, _ANIMATION_FLAG = 0x08, 0x04, 0x02
_PREFIX = b"Exif\0\0"
_MOST_CHUNKS = 1 << 17


class RiffChunk(NamedTuple):
    """One chunk: its payload is ``start:end``; ``whole`` is False where the file ends before."""

    kind: bytes
    start: int
    end: int
    whole: bool


def is_webp(data: bytes) -> bool:
    """Whether the bytes start like a WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def riff_chunk(kind: bytes, payload: bytes | memoryview) -> bytes:
    """A chunk's file bytes, padded to an even length."""
    return kind + len(payload).to_bytes(4, "little") + bytes(payload) + bytes(len(payload) % 2)


def webp_file(chunks: Iterable[bytes]) -> bytes:
    """A file of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def riff_chunks(data: bytes, start: int, end: int) -> Iterator[RiffChunk]:
    """The chunks between two places; the last is cut where there is less than it announces."""
    at = start
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = min(at + 8 + size, end)
        yield RiffChunk(data[at : at + 4], at + 8, stop, at + 8 + size <= end)
        at = stop + size % 2


def webp_chunks(data: bytes) -> tuple[list[RiffChunk], int]:
    """A file's chunks and where the RIFF ends.

    Raises
    ------
    DecodeError
        ``not-a-webp``, ``truncated`` in a picture, ``damaged-header``, ``no-image-data``.
    """
    if not is_webp(data):
        raise DecodeError("not-a-webp", "the file does not begin with WebP's signature")
    end = min(8 + int.from_bytes(data[4:8], "little"), len(data))
    found = list(riff_chunks(data, 12, end))
    if not any(c.kind in {b"VP8 ", b"VP8L", b"ANMF"} for c in found):
        raise DecodeError("no-image-data", "the WebP has no picture")
    if any(not c.whole and c.kind in {*_PICTURE, b"VP8X", b"ANMF", b"ANIM", b"ICCP"} for c in found):
        raise DecodeError("truncated", "the WebP ends inside a chunk that the picture needs")
    if any(c.kind == b"VP8X" for c in found) and (found[0].kind != b"VP8X" or found[0].end - found[0].start < 10):
        raise DecodeError("damaged-header", "the WebP's VP8X chunk is not the first or too short")
    return found, end


def strip_webp(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A WebP after the metadata policy; its coded pictures are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        As `webp_chunks`.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    found, end = webp_chunks(data)
    pieces: list[bytes] = []
    removed: set[str] = {"data-after-riff"} if any(data[end + end % 2 :]) else set()
    extended = found[0].kind == b"VP8X"
    moving = extended and bool(data[found[0].start] & _ANIMATION_FLAG)
    seen: set[bytes] = set()
    for part in found:
        payload, names = _edited(data, part, known, moving=moving, seen=seen)
        removed |= names
        if payload is not None:
            pieces.append(riff_chunk(part.kind, payload))
    if not removed:
        return Stripped(data, ())
    if extended:
        kinds = {piece[:4] for piece in pieces}
        flags = pieces[0][8] & ~(_EXIF_FLAG | _XMP_FLAG)
        flags |= (_EXIF_FLAG if b"EXIF" in kinds else 0) | (_XMP_FLAG if b"XMP " in kinds else 0)
        pieces[0] = pieces[0][:8] + bytes((flags,)) + pieces[0][9:]
    return stripped(webp_file(pieces), removed)


def webp_orientation(data: bytes) -> int:
    """The orientation of the first EXIF chunk, 1 to 8; 1 where the file says none."""
    found = next((c for c in webp_chunks(data)[0] if c.kind == b"EXIF"), None)
    return _exif.orientation(data[found.start : found.end].removeprefix(_PREFIX)) if found else 1


def _edited(
    data: bytes, part: RiffChunk, policy: Policy, *, moving: bool, seen: set[bytes]
) -> tuple[bytes | None, set[str]]:
    """What becomes of a chunk's payload, None if it goes; and the names of what goes."""
    payload = data[part.start : part.end]
    again = part.kind in seen and part.kind != b"ANMF"
    seen.add(part.kind)
    if part.kind in {b"ANIM", b"ANMF"}:
        if not moving or again:
            return None, {"animation"}  # leftovers that no viewer plays
        return _frame(payload) if part.kind == b"ANMF" else (payload, set())
    if part.kind in {*_PICTURE, b"ICCP", b"VP8X"}:
        beside = again or (moving and part.kind in _PICTURE) or (part.kind == b"ALPH" and b"VP8L" in seen)
        return (None, {"stray-bytes"}) if beside else (payload, set())
    if part.kind == b"EXIF":
        return _edited_exif(payload, policy) if not again else (None, _exif.contents(payload.removeprefix(_PREFIX)))
    if part.kind == b"XMP ":
        shows = xmp_shows_picture(payload)
        if policy == "keep" and not shows:
            return payload, set()
        return None, {"xmp", "xmp-image"} if shows else {"xmp"}
    return None, {"vendor-chunk"}


def _edited_exif(payload: bytes, policy: Policy) -> tuple[bytes | None, set[str]]:
    block = payload.removeprefix(_PREFIX)
    prefix = payload[: len(payload) - len(block)]
    if policy == "keep":
        fresh, names = _exif.without_pictures(block)
    elif policy == "keep-safe":
        fresh, names = _exif.technical(block)
    else:
        fresh = _exif.minimal(block)
        names = set() if fresh == block and block else _exif.contents(block)
    return (prefix + fresh if fresh else None), names


def _frame(payload: bytes) -> tuple[bytes, set[str]]:
    """A frame's payload with its picture alone."""
    inner = list(riff_chunks(payload, 16, len(payload)))
    kept = [
        c for number, c in enumerate(inner) if c.kind in _PICTURE and c.kind not in {d.kind for d in inner[:number]}
    ]
    if len(kept) == len(inner):
        return payload, set()
    return payload[:16] + b"".join(riff_chunk(c.kind, payload[c.start : c.end]) for c in kept), {"vendor-chunk"}
