"""The frames of a GIF: their numbers, palettes and control blocks, from bytes and to bytes.

Packing and unpacking (LZW) is Pillow's C, given the bare stream of one frame.
"""

from __future__ import annotations

import dataclasses
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError
from overpaint.painting._metadata._gif import Gif
from overpaint.painting._stage import Disposal, Rectangle, hull

__all__ = ["Frame", "coded", "decoded", "read_frames"]

Numbers = NDArray[np.uint8]
_DISPOSALS = {0: Disposal.NONE, 1: Disposal.NONE, 2: Disposal.BACKGROUND}
"""Those above are read as "previous", as viewers do."""
_MOST_EXPANSION = 2800
"""One byte of LZW gives at most so many pixels: a code of 12 bits stands for at most 4096."""
_GREYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
_NO_NUMBERS = np.zeros((0, 0), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame.

    Attributes
    ----------
    image, control
        The numbers of its blocks in the file.
    rectangle
        On the canvas.
    palette
        Entries x 3; greys where the file has none, as viewers that show such a file at all assume.
    clear
        The number that stands for "transparent".
    steady
        Whether all viewers agree that nothing is cleared to the background when its time is over.
    place, start, end, interlaced
        Where its code size and data lie in the file.
    own_table, code
        Whether the palette is the frame's own, and the least bits of a code.
    numbers
        Its pixels, once decoded.
    """

    image: int
    control: int | None
    rectangle: Rectangle
    palette: NDArray[np.uint8]
    clear: int | None
    disposal: Disposal
    steady: bool
    own_table: bool
    interlaced: bool
    code: int
    start: int
    end: int
    numbers: Numbers = field(default_factory=lambda: _NO_NUMBERS)

    @property
    def pixels(self) -> int:
        """How many."""
        x0, y0, x1, y1 = self.rectangle
        return (x1 - x0) * (y1 - y0)

    def having(self, numbers: Numbers) -> Frame:
        """The same with these pixels."""
        return dataclasses.replace(self, numbers=numbers)

    def reaching(self, beyond: Rectangle, stay: NDArray[np.bool_]) -> Frame | None:
        """The same, grown with transparent pixels to hold a rectangle besides; None where it cannot be.

        Growing needs a transparent number, and a rectangle that is not cleared afterwards. ``stay`` says for each of
        256 numbers whether pixels that will not be painted have it.
        """
        with_clear = self._with_clear(stay) if self.steady else None
        if with_clear is None or with_clear.clear is None:
            return None
        x0, y0, x1, y1 = self.rectangle
        left, top, right, bottom = hull(self.rectangle, beyond)
        grown = np.full((bottom - top, right - left), with_clear.clear, dtype=np.uint8)
        grown[y0 - top : y1 - top, x0 - left : x1 - left] = self.numbers
        return dataclasses.replace(with_clear, rectangle=(left, top, right, bottom), numbers=grown)

    def _with_clear(self, stay: NDArray[np.bool_]) -> Frame | None:
        if self.clear is not None:
            return self
        size = len(self.palette)
        unused = np.flatnonzero(~stay[:size])
        if len(unused):
            return dataclasses.replace(self, clear=int(unused[-1]))
        if size == 256 or stay[size:].any():
            return None
        palette = np.concatenate([self.palette, np.zeros_like(self.palette)])
        return dataclasses.replace(self, clear=size, palette=palette, own_table=True)

    def controlled(self, block: bytes) -> bytes:
        """A control block that names this frame's transparent number."""
        assert self.clear is not None
        return block[:3] + bytes((block[3] | 1,)) + block[4:6] + bytes((self.clear, 0))


def read_frames(data: bytes, gif: Gif) -> list[Frame]:
    """The frames of a file, not decoded yet; those without a pixel are left out.

    Raises
    ------
    DecodeError
        ``damaged-data`` where a code size is none.
    """
    everywhere = np.frombuffer(data[13 : gif.table], dtype=np.uint8).reshape(-1, 3)
    frames: list[Frame] = []
    control: int | None = None
    sticky = 0  # some viewers read "unspecified" as what the frame before said
    for number, block in enumerate(gif.blocks):
        if block.kind == "control":
            control = number
        if block.kind != "image":
            continue
        told = data[gif.blocks[control].start : gif.blocks[control].end] if control is not None else bytes(8)
        disposal = told[3] >> 2 & 7
        steady = disposal in {1, 3} or (disposal == 0 and sticky < 2)
        sticky = disposal or sticky
        left, top, width, height = struct.unpack_from("<4H", data, block.start + 1)
        flags, start = data[block.start + 9], block.start + 10
        size = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
        palette = np.frombuffer(data[start : start + size], dtype=np.uint8).reshape(-1, 3) if size else everywhere
        if width and height:
            frames.append(
                Frame(
                    image=number,
                    control=control,
                    rectangle=(left, top, left + width, top + height),
                    palette=palette if len(palette) else _GREYS,
                    clear=told[6] if told[3] & 1 else None,
                    disposal=_DISPOSALS.get(disposal, Disposal.PREVIOUS),
                    steady=steady,
                    own_table=bool(size),
                    interlaced=bool(flags & 0x40),
                    code=data[start + size],
                    start=start + size + 1,
                    end=block.end,
                )
            )
        control = None
    if not frames:
        raise DecodeError("no-image-data", "no image of the GIF has a pixel")
    return frames


def decoded(data: bytes, frame: Frame) -> Numbers:
    """A frame's pixels as numbers of palette entries, height x width.

    Raises
    ------
    DecodeError
        ``truncated`` or ``damaged-data``.
    """
    if not 1 <= frame.code < 12:
        raise DecodeError("damaged-data", "a frame of the GIF has codes of a size that no reader knows")
    if (frame.end - frame.start) * _MOST_EXPANSION < frame.pixels:
        raise DecodeError("truncated", "a frame's data cannot give as many pixels as its header announces")
    x0, y0, x1, y1 = frame.rectangle
    try:
        image = Image.frombytes(
            "P", (x1 - x0, y1 - y0), data[frame.start : frame.end], "gif", frame.code, int(frame.interlaced), -1
        )
    except ValueError as error:
        reason = "truncated" if "not enough" in str(error) else "damaged-data"
        raise DecodeError(reason, "a frame's data end early or cannot be unpacked") from error
    return np.array(image, dtype=np.uint8)


def coded(frame: Frame) -> bytes:
    """A frame as an image block, from its descriptor to its empty sub-block."""
    x0, y0, x1, y1 = frame.rectangle
    bits = max(1, (len(frame.palette) - 1).bit_length())
    flags = 0x80 | (bits - 1) if frame.own_table else 0
    head = b"".join(value.to_bytes(2, "little") for value in (x0, y0, x1 - x0, y1 - y0))
    code = max(2, bits, int(frame.numbers.max()).bit_length())
    packed = Image.fromarray(frame.numbers).tobytes("gif", "L", code, 0)
    table = frame.palette.tobytes() if frame.own_table else b""
    return b"\x2c" + head + bytes((flags,)) + table + bytes((code,)) + packed + b"\0"
