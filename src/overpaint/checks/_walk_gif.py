"""GIF, by its own walk over blocks (GIF89a specification, CompuServe 1990; NETSCAPE2.0 loops)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from overpaint.checks._contents import MOST_FRAMES, Contents, Frame, Part
from overpaint.checks._gif_frames import Laid

__all__ = ["walk_gif"]

_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_ICC, _XMP = b"ICCRGBG1012", b"XMP DataXMP"
_CENTISECOND = Fraction(1, 100)


@dataclass(slots=True)
class _Walk:
    frames: list[Frame] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    loops: int = -1
    icc: bytes = b""
    delay: int = 0
    clear: int = -1
    disposal: int = 0
    controls: list[Part] = field(default_factory=list)
    laid: list[Laid] = field(default_factory=list)
    strays: bytearray = field(default_factory=bytearray)


def walk_gif(data: bytes) -> Contents:
    """Take a GIF apart; ends at the trailer, at damage, or after `MOST_FRAMES` frames."""
    walk = _Walk()
    screen = data[6:13]
    size = int.from_bytes(screen[0:2], "little"), int.from_bytes(screen[2:4], "little")
    everyone = _palette(data, 13, screen[4]) if len(screen) == 7 else b""
    walk.parts.append(Part("picture", "screen", screen + everyone))
    at, complete = 13 + len(everyone), False
    while at < len(data) and len(walk.frames) <= MOST_FRAMES:
        mark = data[at]
        if mark == 0x3B:
            at, complete = at + 1, True
            break
        if mark == 0x2C:
            at = _image(data, at, walk, size, everyone)
        elif mark == 0x21:
            at = _extension(data, at, walk)
        else:
            walk.strays.append(mark)
            at += 1
    if any(walk.strays):
        walk.parts.append(Part("other", "stray bytes", bytes(walk.strays)))
    frames = tuple(
        Frame(f.width, f.height, f.duration, palette=f.palette, icc=walk.icc) for f in walk.frames[:MOST_FRAMES]
    )
    complete = complete and len(walk.frames) <= MOST_FRAMES
    trailing = len(data) - at if complete else 0
    laid = tuple(walk.laid[:MOST_FRAMES])
    return Contents("gif", frames, tuple(walk.parts), walk.loops, trailing, complete, laid=laid)


def _palette(data: bytes, at: int, flags: int) -> bytes:
    return data[at : at + (3 << ((flags & 7) + 1))] if flags & 0x80 else b""


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """The content of a chain of sub-blocks, and where the next block begins."""
    found = []
    while at < len(data) and data[at]:
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(found), at + 1


def _image(data: bytes, at: int, walk: _Walk, size: tuple[int, int], everyone: bytes) -> int:
    header = data[at + 1 : at + 10]
    own = _palette(data, at + 10, header[8]) if len(header) == 9 else b""
    start = at + 10 + len(own)
    if start >= len(data):  # no pixel of it can be told
        walk.strays += data[at:]
        return len(data)
    coded, end = _blocks(data, start + 1)
    walk.parts += [*walk.controls, Part("picture", "image", header + own + data[start : start + 1] + coded)]
    place = tuple(int.from_bytes(header[i : i + 2], "little") for i in (0, 2, 4, 6))
    walk.laid.append(
        Laid(
            (place[0], place[1], place[2], place[3]),
            bool(header[8] & 0x40),
            own or everyone,
            walk.clear,
            walk.disposal,
            data[start : end - 1],
        )
    )
    # Viewers show everyone's palette where a frame has none of its own.
    colours = own or everyone
    if walk.clear >= 0:  # this entry is shown by no pixel
        colours = colours[: 3 * walk.clear] + colours[3 * walk.clear + 3 :]
    walk.frames.append(Frame(*size, walk.delay * _CENTISECOND, palette=colours))
    walk.delay, walk.clear, walk.disposal = 0, -1, 0
    walk.controls.clear()
    return end


def _extension(data: bytes, at: int, walk: _Walk) -> int:
    label = data[at + 1 : at + 2]
    length = data[at + 2] if at + 2 < len(data) else 0
    head = data[at + 3 : at + 3 + length]
    whole, end = _blocks(data, at + 2)
    if label == b"\xf9" and length == 4:
        walk.controls.append(Part("picture", "control", whole[:4]))  # of the image that follows
        walk.delay = int.from_bytes(whole[1:3], "little")
        walk.clear = whole[3] if len(whole) > 3 and whole[0] & 1 else -1
        walk.disposal = whole[0] >> 2 & 7
        if any(whole[4:]):
            walk.parts.append(Part("other", "bytes behind a control block", whole[4:]))
    elif label == b"\xfe":
        walk.parts.append(Part("text", "comment", whole))
    elif label == b"\x01":
        walk.parts.append(Part("text", "plain text", whole))
    elif label == b"\xff":
        _application(head, whole[length:], walk)
    else:
        walk.parts.append(Part("other", f"extension {label.hex()}", whole))
    return end


def _application(head: bytes, body: bytes, walk: _Walk) -> None:
    if head in _LOOPS and body[:1] == b"\1" and len(body) == 3:
        walk.loops = int.from_bytes(body[1:3], "little")
        walk.parts.append(Part("picture", "loop", body))
    elif head == _ICC:
        walk.icc = walk.icc or body
    elif head == _XMP:
        walk.parts.append(Part("text", "XMP", body))
    elif head in _LOOPS and body[:1] == b"\2" and len(body) == 5:
        walk.parts.append(Part("technical", "buffering", body))
    else:
        walk.parts.append(Part("other", "application extension", head + body))
