"""Frames of an animated PNG, each as a PNG of its own, and the canvas that they are laid on (PNG 3, 11.3.6 and 13.16).

Pillow's own canvas mixes half transparent frames of grey and palette files otherwise than the standard says, so that
the same picture in another colour type would look changed.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

__all__ = ["Patch", "composed", "patches", "png_of"]

_BACKGROUND, _PREVIOUS, _OVER = 1, 2, 1
_COMMON = frozenset({b"PLTE", b"tRNS"})


@dataclass(frozen=True, slots=True)
class Patch:
    """One frame: a PNG, its place on the canvas, disposal and blending; ``still`` is not part of the animation."""

    png: bytes
    place: tuple[int, int]
    disposal: int
    over: bool
    still: bool = False


def patches(chunks: list[tuple[bytes, bytes]]) -> tuple[Patch, ...]:
    """The frames of all chunks in order; the default picture is the first, whether it is played or not."""
    header = next((payload for name, payload in chunks if name == b"IHDR"), b"")
    common = [chunk for chunk in chunks if chunk[0] in _COMMON]
    controls: list[bytes] = [b""]
    data: list[list[bytes]] = [[]]
    for name, payload in chunks:
        if name == b"fcTL" and len(payload) == 26:
            if data[0] or controls[0]:
                controls.append(payload)
                data.append([])
            else:
                controls[0] = payload
        elif name in {b"IDAT", b"fdAT"}:
            data[-1].append(payload if name == b"IDAT" else payload[4:])
    return tuple(_patch(header, common, c, b"".join(d)) for c, d in zip(controls, data, strict=True))


def _patch(header: bytes, common: list[tuple[bytes, bytes]], control: bytes, data: bytes) -> Patch:
    size = control[4:12] or header[:8]
    x, y = struct.unpack(">II", control[12:20]) if control else (0, 0)
    pieces = [(b"IHDR", size + header[8:]), *common, (b"IDAT", data), (b"IEND", b"")]
    return Patch(
        png_of(pieces), (x, y), control[24] if control else 0, bool(control) and control[25] == _OVER, not control
    )


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, with the checksums they need."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(p)) + n + p + struct.pack(">I", zlib.crc32(n + p)) for n, p in chunks
    )


def composed(frames: tuple[Patch, ...], width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """What is shown of each frame, red, green, blue, opacity; raises ValueError for a frame beyond the canvas."""
    canvas = np.zeros((height, width, 4), np.uint8)
    for frame in frames:
        picture = PngImagePlugin.PngImageFile(io.BytesIO(frame.png))
        x, y = frame.place
        if x + picture.width > width or y + picture.height > height:
            raise ValueError("a frame reaches beyond the canvas")
        patch = np.asarray(picture.convert("RGBA"))
        if frame.still:
            yield patch
            continue
        part = canvas[y : y + picture.height, x : x + picture.width]
        before = part.copy()
        part[:] = _over(before, patch) if frame.over else patch
        yield canvas.copy()
        if frame.disposal == _BACKGROUND:
            part[:] = 0
        elif frame.disposal == _PREVIOUS:
            part[:] = before


def _over(below: NDArray[np.uint8], patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    top, under = patch[:, :, 3:].astype(np.float64) / 255, below[:, :, 3:].astype(np.float64) / 255
    opacity = top + under * (1 - top)
    mixed = patch[:, :, :3] * top + below[:, :, :3] * under * (1 - top)
    colours = np.where(opacity > 0, mixed / np.maximum(opacity, 1e-9), patch[:, :, :3])
    found = np.concatenate([colours, opacity * 255], axis=2)
    # What is wholly clear leaves everything as it is, the colour that nobody sees included.
    return np.where(patch[:, :, 3:] == 0, below, np.round(found)).astype(np.uint8)
