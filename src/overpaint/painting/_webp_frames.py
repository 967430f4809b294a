"""The frames of an animated WebP: those that change a footprint are written anew, the others keep their bytes.

A new frame shows the painted canvas in its rectangle without blending. Where what is painted differs from the frame
before (cells reach beyond footprints), the rectangle grows to hold the footprint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError
from overpaint.painting._coded import paint_channels
from overpaint.painting._metadata import RiffChunk, riff_chunk, riff_chunks, webp_file
from overpaint.painting._regions import Rectangle, Regions
from overpaint.painting._webp_picture import coded_picture

__all__ = ["painted_frames"]

_NO_BLEND, _TO_BACKGROUND = 0x02, 0x01


@dataclass(frozen=True, slots=True)
class _Frame:
    rectangle: Rectangle
    duration: bytes
    flags: int
    kind: bytes
    picture: bytes

    @classmethod
    def read(cls, payload: bytes) -> _Frame:
        if len(payload) < 24:
            raise DecodeError("truncated", "a frame of the WebP is cut off")
        x, y, w, h = (int.from_bytes(payload[i : i + 3], "little") for i in (0, 3, 6, 9))
        inner = next((c for c in riff_chunks(payload, 16, len(payload)) if c.kind in {b"VP8 ", b"VP8L"}), None)
        if inner is None or not inner.whole:
            raise DecodeError("damaged-data", "a frame of the WebP has no picture")
        rectangle = 2 * x, 2 * y, 2 * x + w + 1, 2 * y + h + 1
        return cls(rectangle, payload[12:15], payload[15], inner.kind, payload[inner.start : inner.end])


def painted_frames(
    data: bytes, found: list[RiffChunk], image: Image.Image, where: Regions, look: int
) -> tuple[bytes, bool]:
    """The file with every frame painted, and whether a lossy frame was coded again."""
    frames = sum(part.kind == b"ANMF" for part in found)
    if getattr(image, "n_frames", 1) != frames:
        raise DecodeError("damaged-data", "the WebP's frames cannot be decoded")
    footprints = _footprints(where)
    pieces: list[bytes] = []
    before: list[NDArray[np.uint8]] = []
    debt: Rectangle | None = None
    number, again = 0, False
    for part in found:
        payload = data[part.start : part.end]
        if part.kind != b"ANMF":
            pieces.append(riff_chunk(part.kind, payload))
            continue
        frame = _Frame.read(payload)
        image.seek(number)
        canvas: NDArray[np.uint8] = np.array(image)
        paint_channels(canvas, where, look, range(3))
        now = [canvas[y0:y1, x0:x1].copy() for x0, y0, x1, y1 in footprints]
        moved = [
            rectangle
            for index, rectangle in enumerate(footprints)
            if not before or not np.array_equal(now[index], before[index])
        ]
        needed = moved + ([debt] if debt else [])
        if needed or any(_meets(frame.rectangle, rectangle) for rectangle in footprints):
            grown = _around([frame.rectangle, *needed], where)
            pieces.append(_written(frame, grown, canvas))
            debt = grown if frame.flags & _TO_BACKGROUND and grown != frame.rectangle else None
            again = again or frame.kind == b"VP8 "
        else:
            pieces.append(riff_chunk(part.kind, payload))
            debt = None
        before, number = now, number + 1
    return webp_file(pieces), again


def _footprints(where: Regions) -> list[Rectangle]:
    return [
        (max(0, x0 - f), max(0, y0 - f), min(where.width, x1 + f), min(where.height, y1 + f))
        for group in where.groups
        for (x0, y0, x1, y1), f in zip(group.cores, group.feathers, strict=True)
    ]


def _meets(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _around(rectangles: list[Rectangle], where: Regions) -> Rectangle:
    """The smallest rectangle that holds all; it begins at even places, as WebP's frames must."""
    x0, y0 = (min(rectangle[i] for rectangle in rectangles) // 2 * 2 for i in (0, 1))
    x1, y1 = (max(rectangle[i] for rectangle in rectangles) for i in (2, 3))
    return x0, y0, min(x1, where.width), min(y1, where.height)


def _written(frame: _Frame, rectangle: Rectangle, canvas: NDArray[np.uint8]) -> bytes:
    x0, y0, x1, y1 = rectangle
    part = canvas[y0:y1, x0:x1]
    if part.shape[2] == 4 and bool((part[:, :, 3] == 255).all()):
        part = part[:, :, :3]
    place = b"".join(value.to_bytes(3, "little") for value in (x0 // 2, y0 // 2, x1 - x0 - 1, y1 - y0 - 1))
    head = place + frame.duration + bytes((frame.flags | _NO_BLEND,))
    return riff_chunk(b"ANMF", head + coded_picture(part, frame.kind, frame.picture))
