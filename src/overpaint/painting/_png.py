"""Painting a PNG: every pixel outside the footprints keeps its value, alpha keeps it everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported, UsageError
from overpaint.painting import _native
from overpaint.painting._metadata import (
    PNG_SIGNATURE,
    Chunk,
    chunk,
    is_animated_png,
    png_orientation,
    read_chunks,
    strip_png,
)
from overpaint.painting._png_filters import deflated
from overpaint.painting._png_image import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    Header,
    Samples,
    read_header,
    read_samples,
)
from overpaint.painting._regions import LOOKS, Regions, regions
from overpaint.records import Box

__all__ = ["PaintedPng", "paint_png"]

MAX_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class PaintedPng:
    """A painted PNG.

    Attributes
    ----------
    data
        The file's bytes.
    faces
        How many faces were painted; boxes outside the image are none.
    removed
        What the metadata policy removed, by name.
    """

    data: bytes
    faces: int
    removed: tuple[str, ...]


def paint_png(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedPng:
    """Paint faces into a PNG and apply the metadata policy.

    The result is not interlaced. A palette becomes colours and grey of fewer bits becomes grey of 8, because
    averages are no entries of the palette; depth, colour type and alpha stay otherwise. Where no face is inside the
    image only the metadata policy is applied.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the stored frame.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest picture that is decoded.

    Raises
    ------
    DecodeError
        The file cannot be decoded; nothing is allocated for a picture that its data cannot give.
    Unsupported
        ``animated-png``, ``too-many-pixels``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    if look not in LOOKS:
        raise UsageError(f"look {look!r} is unknown: use one of {', '.join(LOOKS)}")
    if not faces:
        kept = strip_png(data, policy=metadata, painted=False)
        return PaintedPng(kept.data, 0, kept.removed)
    if is_animated_png(data):
        raise Unsupported("animated-png", "an animated PNG has faces in frames that nobody looked at")
    whole = strip_png(data, policy=metadata, painted=True)
    found = read_chunks(whole.data).chunks
    header = read_header(whole.data, max_pixels=max_pixels)
    where = regions(faces, width=header.width, height=header.height, orientation=png_orientation(data), cells=cells)
    if not where.groups:
        kept = strip_png(data, policy=metadata, painted=False)
        return PaintedPng(kept.data, 0, kept.removed)
    picture = _Picture.read(whole.data, header, found)
    picture.paint(where, LOOKS[look])
    return PaintedPng(picture.written(whole.data, found), where.faces, whole.removed)


@dataclass(slots=True)
class _Picture:
    """Samples with the colour type and depth they will be written in."""

    samples: Samples
    colour: int
    source: Header
    key: tuple[int, ...] | None
    palette: NDArray[np.uint8] | None

    @classmethod
    def read(cls, data: bytes, header: Header, chunks: list[Chunk]) -> _Picture:
        samples = read_samples(data, header, chunks)
        payloads = {c.kind: data[c.start + 8 : c.end - 4] for c in chunks if c.kind in {b"PLTE", b"tRNS"}}
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
        clear = self._clear()
        groups, cores = where.packed()
        depth = 8 * self.samples.itemsize
        for channel in range(1 if self.colour in {GREY, GREY_ALPHA} else 3):
            _native.paint_plane(self.samples[:, :, channel], depth, groups, cores, where.cells, look)
        if clear is not None:
            self.samples[clear] = np.array(self.key, dtype=self.samples.dtype)
            now_clear = self._clear()
            assert now_clear is not None
            self.samples[now_clear & ~clear, 0] ^= 1  # by chance painted in the transparent colour

    def _clear(self) -> NDArray[np.bool_] | None:
        if self.key is None:
            return None
        return np.asarray((self.samples == np.array(self.key)).all(axis=2))

    def written(self, data: bytes, chunks: list[Chunk]) -> bytes:
        """The file, with the chunks of ``data`` in their order around the new picture."""
        height, width, channels = self.samples.shape
        depth = 8 * self.samples.itemsize
        rows = self.samples.astype(self.samples.dtype.newbyteorder(">"), copy=False).reshape(height, -1).view(np.uint8)
        few = self.source.depth < 8 or self.palette is not None
        packed = deflated(rows, channels * self.samples.itemsize, adaptive=not few)
        head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, self.colour, 0, 0, 0))
        pieces, placed = [PNG_SIGNATURE, chunk(b"IHDR", head)], False
        for found in chunks:
            if found.kind == b"IDAT" and not placed:
                pieces.append(chunk(b"IDAT", packed))
                placed = True
            elif found.kind not in {b"IHDR", b"IDAT"}:
                pieces.append(self._carried(found, data))
        return b"".join(pieces)

    def _carried(self, found: Chunk, data: bytes) -> bytes:
        """A chunk as it is or, where it counts in the old depth or palette, in the new."""
        payload = data[found.start + 8 : found.end - 4]
        if found.kind == b"hIST":
            return b""  # how often each colour occurred before
        if self.palette is not None:
            if found.kind in {b"PLTE", b"tRNS"} or (found.kind == b"sBIT" and self.colour == RGBA):
                return b""
            if found.kind == b"bKGD":
                colour = self.palette[payload[0]][:3] if payload[:1] and payload[0] < len(self.palette) else []
                return chunk(b"bKGD", b"".join(bytes((0, int(value))) for value in colour)) if len(colour) else b""
        elif self.source.depth < 8 and found.kind in {b"tRNS", b"bKGD"} and len(payload) == 2:
            value = _spread(int.from_bytes(payload, "big"), self.source.depth)
            return chunk(found.kind, value.to_bytes(2, "big"))
        return data[found.start : found.end]


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
