"""Icons by their own reading of the directory; a PNG inside by the walk for PNG."""

from __future__ import annotations

import struct

from overpaint.checks._blocks import PNG, walk_png
from overpaint.checks._contents import Contents, Frame, Part
from overpaint.checks._riders import exif_of, icc_of

__all__ = ["ICO", "walk_ico"]

ICO = b"\0\0\1\0"
# What says how a PNG is shown, and of nobody anything.
_PLAIN = frozenset({b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"cICP", b"mDCV", b"cLLI"})


def walk_ico(data: bytes) -> Contents:
    """Take an icon of one picture apart; one of several is not read."""
    count, wide, tall, size, start = *struct.unpack_from("<HBB", data, 4), *struct.unpack_from("<II", data, 14)
    if count != 1:
        return Contents("ico", (), (), complete=False)
    blob = data[start : start + size]
    parts = [Part("picture", "directory", data[:6])]
    loose = data[22:start].strip(b"\0") + data[start + size :].strip(b"\0")
    if blob.startswith(PNG):
        walk = walk_png(blob)
        wide, tall = walk.size
        parts += [Part("picture", repr(s.name), s.payload) for s in walk.picture]
        for segment in walk.metadata:
            if segment.name not in _PLAIN:
                parts.append(Part("exif" if segment.name == b"eXIf" else "other", repr(segment.name), segment.payload))
        frame = Frame(wide, tall, orientation=exif_of(walk).orientation, icc=icc_of(walk))
        complete = walk.complete and not walk.trailing
    else:
        length, wide, both = struct.unpack_from("<Iii", blob, 0)
        depth, coding = struct.unpack_from("<HI", blob, 14)
        (used,) = struct.unpack_from("<I", blob, 32)
        tall = both // 2
        palette = 4 * (used or 1 << depth) if depth <= 8 else 0
        rows = (-(-wide * depth // 32) + -(-wide // 32)) * 4 * tall
        end = length + palette + rows
        parts.append(Part("picture", "bitmap", struct.pack("<iiHI", wide, both, depth, coding) + blob[length:end]))
        loose += blob[end:].strip(b"\0")
        frame, complete = Frame(wide, tall), bool(wide > 0 and tall > 0 and not coding)
    if loose:
        parts.append(Part("other", "bytes beside the picture", loose))
    return Contents("ico", (frame,), tuple(parts), complete=complete and start + size <= len(data))
