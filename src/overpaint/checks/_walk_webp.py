"""WebP, by its own walk over RIFF chunks (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from overpaint.checks._contents import MOST_FRAMES, Contents, Frame, Part

__all__ = ["walk_webp"]

_CODED = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_ANIMATED = 0x02
_MILLISECOND = Fraction(1, 1000)


@dataclass(slots=True)
class _Walk:
    size: tuple[int, int] = (0, 0)
    parts: list[Part] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    loops: int = -1
    icc: bytes = b""
    lossy: bool = False
    animated: bool = False
    stills: int = 0


def walk_webp(data: bytes) -> Contents:
    """Take a WebP apart; complete when its chunks fill exactly what the RIFF header announces."""
    (announced,) = struct.unpack_from("<I", data, 4) if len(data) >= 12 else (0,)
    end = min(len(data), 8 + announced)
    walk, at = _Walk(), 12
    for name, payload, at in _chunks(data, 12, end):  # noqa: B007 - where the walk ended is asked below
        _chunk(name, payload, walk)
        if len(walk.durations) > MOST_FRAMES:
            break
    complete = at in {end, end + 1} and end == 8 + announced and len(walk.durations) <= MOST_FRAMES
    shown = walk.durations if walk.animated else [0] * min(1, walk.stills)
    frames = tuple(Frame(*walk.size, d * _MILLISECOND, icc=walk.icc) for d in shown[:MOST_FRAMES])
    return Contents("webp", frames, tuple(walk.parts), walk.loops, max(0, len(data) - end), complete, walk.lossy)


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Name, content, and where the next one begins."""
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            return
        start, at = at + 8, at + 8 + length + (length & 1)
        yield name, data[start : start + length], at


def _chunk(name: bytes, payload: bytes, walk: _Walk) -> None:
    if name == b"VP8X" and len(payload) >= 10:
        walk.animated = bool(payload[0] & _ANIMATED)
        walk.size = int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1
    elif name in _CODED:
        _still(name, payload, walk)
    elif name == b"ANIM" and len(payload) >= 6:
        walk.loops = int.from_bytes(payload[4:6], "little")
        walk.parts.append(Part("picture", "ANIM", payload))
    elif name == b"ANMF":
        _frame(payload, walk)
    elif name == b"ICCP":
        walk.icc = walk.icc or payload
    elif name == b"EXIF":
        walk.parts.append(Part("exif", "EXIF", payload.removeprefix(b"Exif\0\0")))
    else:
        kind, shown = ("text", "XMP") if name == b"XMP " else ("other", name.decode("ascii", "replace"))
        walk.parts.append(Part("text" if kind == "text" else "other", f"chunk {shown}", payload))


def _still(name: bytes, payload: bytes, walk: _Walk) -> None:
    if name != b"ALPH":
        walk.stills += 1
        walk.lossy = walk.lossy or name == b"VP8 "
        if walk.size == (0, 0):
            walk.size = _size(name, payload)
    # A still picture in an animation, or a second one in a still file, is shown by nobody.
    second = walk.animated or walk.stills > 1
    walk.parts.append(Part("preview" if second else "picture", name.decode(), payload))


def _size(name: bytes, payload: bytes) -> tuple[int, int]:
    if name == b"VP8 ":
        return int.from_bytes(payload[6:8], "little") & 0x3FFF, int.from_bytes(payload[8:10], "little") & 0x3FFF
    packed = int.from_bytes(payload[1:5], "little")
    return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1


def _frame(payload: bytes, walk: _Walk) -> None:
    if not walk.animated:
        walk.parts.append(Part("animation", "ANMF", payload))
        return
    walk.durations.append(int.from_bytes(payload[12:15], "little"))
    walk.parts.append(Part("picture", "ANMF", payload[:16]))
    at = 16
    for name, inner, at in _chunks(payload, 16, len(payload)):  # noqa: B007 - as above
        known = name in _CODED
        walk.lossy = walk.lossy or name == b"VP8 "
        walk.parts.append(Part("picture" if known else "other", name.decode("ascii", "replace"), inner))
    if any(payload[at:]):
        walk.parts.append(Part("other", "bytes behind a frame", payload[at:]))
