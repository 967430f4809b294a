"""A PNG's picture as samples with the colour type and depth they will be written in, and the chunks around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError
from overpaint.painting import _native
from overpaint.painting._metadata import Chunk, chunk
from overpaint.painting._png_filters import deflated
from overpaint.painting._png_image import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, Header, Samples, read_samples
from overpaint.painting._regions import Regions

__all__ = ["Picture", "payload"]


@dataclass(slots=True)
class Picture:
    """Samples with the colour type and depth they will be written in."""

    samples: Samples
    colour: int
    source: Header
    key: tuple[int, ...] | None
    palette: NDArray[np.uint8] | None

    @classmethod
    def read(cls, packed: bytes, header: Header, data: bytes, chunks: list[Chunk]) -> Picture:
        """Inflate ``packed``; what its samples mean stands in the file's other chunks.

        Raises
        ------
        DecodeError
            As `read_samples`; ``bad-palette``.
        """
        samples = read_samples(packed, header)
        payloads = {c.kind: payload(c, data) for c in chunks if c.kind in {b"PLTE", b"tRNS"}}
        clear = payloads.get(b"tRNS", b"")
        if header.colour == PALETTE:
            palette = _palette(payloads.get(b"PLTE", b""), clear)
            if int(samples.max()) >= len(palette):
                raise DecodeError("bad-palette", "the PNG has pixels whose number is not in its palette")
            colour = RGBA if palette.shape[1] == 4 else RGB
            return cls(palette[samples[:, :, 0]], colour, header, None, palette)
        key = None
        if header.colour in {GREY, RGB} and len(clear) == (2 if header.colour == GREY else 6):
            key = tuple(_spread(int.from_bytes(clear[i : i + 2], "big"), header.depth) for i in range(0, len(clear), 2))
        return cls(samples, header.colour, header, key, None)

    def paint(self, where: Regions, look: int) -> None:
        """Paint every colour channel; alpha, and a colour that stands for "transparent", mean what they meant."""
        clear = self.clear()
        groups, cores = where.packed()
        for channel in range(1 if self.colour in {GREY, GREY_ALPHA} else 3):
            _native.paint_plane(self.samples[:, :, channel], self.depth, groups, cores, where.cells, look)
        if clear is not None:
            self.samples[clear] = np.array(self.key, dtype=self.samples.dtype)
            now_clear = self.clear()
            assert now_clear is not None
            self.samples[now_clear & ~clear, 0] ^= 1  # by chance painted in the transparent colour

    def clear(self) -> NDArray[np.bool_] | None:
        """Where the colour that stands for "transparent" lies; None where there is none."""
        if self.key is None:
            return None
        return np.asarray((self.samples == np.array(self.key)).all(axis=2))

    @property
    def depth(self) -> int:
        """Bits of a sample."""
        return 8 * self.samples.itemsize

    def header(self, width: int, height: int) -> bytes:
        """An IHDR chunk for pictures of this kind."""
        size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        return chunk(b"IHDR", size + bytes((self.depth, self.colour, 0, 0, 0)))

    def packed(self) -> bytes:
        """The zlib stream."""
        height, _, channels = self.samples.shape
        rows = self.samples.astype(self.samples.dtype.newbyteorder(">"), copy=False).reshape(height, -1).view(np.uint8)
        few = self.source.depth < 8 or self.palette is not None
        return deflated(rows, channels * self.samples.itemsize, adaptive=not few)

    def carried(self, found: Chunk, data: bytes) -> bytes:
        """A chunk as it is or, where it counts in the old depth or palette, in the new."""
        told = payload(found, data)
        if found.kind == b"hIST":
            return b""  # how often each colour occurred before
        if self.palette is not None:
            if found.kind in {b"PLTE", b"tRNS"} or (found.kind == b"sBIT" and self.colour == RGBA):
                return b""
            if found.kind == b"bKGD":
                colour = self.palette[told[0]][:3] if told[:1] and told[0] < len(self.palette) else []
                return chunk(b"bKGD", b"".join(bytes((0, int(value))) for value in colour)) if len(colour) else b""
        elif self.source.depth < 8 and found.kind in {b"tRNS", b"bKGD"} and len(told) == 2:
            value = _spread(int.from_bytes(told, "big"), self.source.depth)
            return chunk(found.kind, value.to_bytes(2, "big"))
        return data[found.start : found.end]


def payload(found: Chunk, data: bytes) -> bytes:
    """What a chunk holds."""
    return data[found.start + 8 : found.end - 4]


def _spread(value: int, depth: int) -> int:
    """A grey value of fewer than 8 bits as one of 8; bits above the depth do not count."""
    top = (1 << depth) - 1
    return (value & top) * (255 // top if depth < 8 else 1)


def _palette(colours: bytes, alpha: bytes) -> NDArray[np.uint8]:
    """Entries x 3, or x 4 where some are transparent."""
    if not colours or len(colours) % 3 or len(colours) > 768:
        raise DecodeError("bad-palette", "the PNG's palette is missing or has a wrong length")
    palette = np.frombuffer(colours, dtype=np.uint8).reshape(-1, 3)
    if not alpha:
        return palette
    opaque = np.full((len(palette), 1), 255, dtype=np.uint8)
    known = np.frombuffer(alpha[: len(palette)], dtype=np.uint8)
    opaque[: len(known), 0] = known
    return np.hstack([palette, opaque])
