"""The frames of an animated PNG: where they lie, and how they follow each other (PNG, third edition, 11.3.6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from overpaint.errors import DecodeError
from overpaint.painting._metadata import Chunk, chunk
from overpaint.painting._png_image import Header
from overpaint.painting._png_picture import payload
from overpaint.painting._stage import Disposal, Rectangle

__all__ = ["Frame", "read_frames"]

_CONTROL = struct.Struct(">5I2H2B")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame.

    Attributes
    ----------
    rectangle
        On the canvas.
    blend
        Whether it is laid over the canvas by its alpha, or takes the place of what was there.
    delay
        Four bytes.
    chunks
        Those that hold its data.
    """

    rectangle: Rectangle
    disposal: Disposal
    blend: bool
    delay: bytes
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        x0, y0, x1, y1 = self.rectangle
        return x1 - x0, y1 - y0

    @property
    def pixels(self) -> int:
        """How many."""
        return self.size[0] * self.size[1]

    @property
    def default(self) -> bool:
        """Whether it is also what viewers show that play no animations."""
        return self.chunks[0].kind == b"IDAT"

    def packed(self, data: bytes) -> bytes:
        """The zlib stream."""
        return b"".join([payload(one, data)[0 if one.kind == b"IDAT" else 4 :] for one in self.chunks])

    def controlled(self, sequence: int, rectangle: Rectangle, *, blend: bool) -> bytes:
        """The control chunk of this frame with another place and number."""
        x0, y0, x1, y1 = rectangle
        place = struct.pack(">5I", sequence, x1 - x0, y1 - y0, x0, y0)
        return chunk(b"fcTL", place + self.delay + bytes((self.disposal.value, blend)))


def read_frames(data: bytes, header: Header, chunks: list[Chunk]) -> list[Frame]:
    """The frames in their order, not decoded yet.

    Raises
    ------
    DecodeError
        ``damaged-animation``: numbers out of order, a wrong checksum, a frame outside the canvas or without data.
    """
    frames: list[Frame] = []
    sequence = 0
    for found in chunks:
        if found.kind in {b"fcTL", b"fdAT"}:
            if not found.sound or payload(found, data)[:4] != sequence.to_bytes(4, "big"):
                raise _damaged()
            sequence += 1
        if found.kind == b"fcTL":
            if frames and not frames[-1].chunks:
                raise _damaged()
            frames.append(_frame(payload(found, data), header))
        elif found.kind == b"fdAT":
            if not frames or (frames[-1].chunks and frames[-1].default):
                raise _damaged()
            frames[-1].chunks.append(found)
        elif found.kind == b"IDAT" and frames:
            frames[-1].chunks.append(found)
    if not frames or not all(frame.chunks for frame in frames) or any(frame.default for frame in frames[1:]):
        raise _damaged()
    if frames[0].default and frames[0].rectangle != (0, 0, header.width, header.height):
        raise _damaged()
    return frames


def _frame(told: bytes, header: Header) -> Frame:
    if len(told) != _CONTROL.size:
        raise _damaged()
    _, width, height, x, y, _, _, disposal, blend = _CONTROL.unpack(told)
    inside = 0 < width <= header.width - x and 0 < height <= header.height - y
    if not inside or disposal > Disposal.PREVIOUS.value or blend > 1:
        raise _damaged()
    return Frame((x, y, x + width, y + height), Disposal(disposal), bool(blend), told[20:24])


def _damaged() -> DecodeError:
    return DecodeError("damaged-animation", "the frames of the animated PNG do not follow each other as they should")
