"""Animated PNG: the frames of a PNG's chunks (PNG 3, W3C 2025)."""

from __future__ import annotations

import struct
from fractions import Fraction

from overpaint.checks._apng_frames import patches
from overpaint.checks._blocks import Walk
from overpaint.checks._contents import MOST_FRAMES, Contents, Frame, Part

__all__ = ["walk_apng"]


def walk_apng(walk: Walk, chunks: list[tuple[bytes, bytes]], icc: bytes, orientation: int) -> Contents:
    """The frames of an animated PNG; what rides along is looked at as in any PNG.

    Parameters
    ----------
    walk
        The PNG taken apart.
    chunks
        All of its chunks in order, by name.
    icc, orientation
        As the PNG's chunks say.
    """
    width, height = walk.size
    loops, controls, parts = -1, list[Fraction](), list[Part]()
    default = True
    for name, payload in chunks:
        if name == b"acTL" and len(payload) == 8:
            loops = struct.unpack(">II", payload)[1]
        elif name == b"fcTL" and len(payload) == 26:
            above, below = struct.unpack_from(">HH", payload, 20)
            controls.append(Fraction(above, below or 100))
        elif name == b"IDAT":
            default = default and not controls
        if name in {b"IHDR", b"PLTE", b"tRNS", b"acTL"}:
            parts.append(Part("picture", name.decode(), payload))
        elif name in {b"fcTL", b"fdAT"}:  # the sequence number may count other chunks' gaps
            parts.append(Part("picture", name.decode(), payload[4:]))
    data = b"".join(payload for name, payload in chunks if name == b"IDAT")
    parts.append(Part("picture", "IDAT", data))
    timed = [Fraction(0), *controls] if default else controls
    frames = tuple(Frame(width, height, d, orientation=orientation, icc=icc) for d in timed[:MOST_FRAMES])
    laid = patches(chunks)
    complete = walk.complete and len(timed) <= MOST_FRAMES and len(laid) == len(timed)
    return Contents("apng", frames, tuple(parts), loops, walk.trailing, complete, patches=laid)
