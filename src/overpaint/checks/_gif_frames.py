"""Frames of a GIF, and the canvas that they are laid on as browsers lay them (GIF89a specification, 20 to 23).

What is disposed of "to the background" leaves nothing there, whatever the background colour says: so do browsers, and
Pillow does not. Pillow unpacks the numbers of one frame at a time.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin

__all__ = ["Laid", "canvas_of", "composed"]

_BACKGROUND, _PREVIOUS = 2, 3
_INTERLACED = 0x40
_GREYS = bytes(value for number in range(256) for value in (number,) * 3)


@dataclass(frozen=True, slots=True)
class Laid:
    """One frame: left, top, width, height; its palette; the number that is clear, or -1; and its packed numbers."""

    place: tuple[int, int, int, int]
    interlaced: bool
    palette: bytes
    clear: int
    disposal: int
    packed: bytes


def canvas_of(frames: tuple[Laid, ...], screen: tuple[int, int]) -> tuple[int, int]:
    """Width and height of what is shown: the screen, and frames that reach beyond it."""
    across = max((x + width for x, _, width, _ in (frame.place for frame in frames)), default=0)
    down = max((y + height for _, y, _, height in (frame.place for frame in frames)), default=0)
    return max(screen[0], across), max(screen[1], down)


def composed(frames: tuple[Laid, ...], width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """What is shown of each frame: red, green, blue, opacity; where nothing stands all are 0."""
    canvas = np.zeros((height, width, 4), np.uint8)
    for frame in frames:
        x, y, wide, high = frame.place
        numbers = _numbers(frame)
        part = canvas[y : y + high, x : x + wide]
        before = part.copy()
        colours = np.zeros((256, 4), np.uint8)  # numbers beyond the palette are black
        entries = np.frombuffer(frame.palette or _GREYS, np.uint8).reshape(-1, 3)
        colours[: len(entries), :3] = entries
        colours[:, 3] = 255
        stands = numbers != frame.clear
        part[stands] = colours[numbers[stands]]
        yield canvas.copy()
        if frame.disposal == _BACKGROUND:
            part[:] = 0
        elif frame.disposal >= _PREVIOUS:
            part[:] = before


def _numbers(frame: Laid) -> NDArray[np.uint8]:
    """The frame's numbers, unpacked as a file of its own whose palette is all greys."""
    _, _, wide, high = frame.place
    flags = 0x87
    screen = struct.pack("<HHBBB", wide, high, 0xF0 | flags, 0, 0)
    place = struct.pack("<HHHHB", 0, 0, wide, high, _INTERLACED if frame.interlaced else 0)
    whole = b"GIF89a" + screen + _GREYS + b"," + place + frame.packed + b"\0;"
    image = GifImagePlugin.GifImageFile(io.BytesIO(whole))
    return np.asarray(image.convert("L") if image.mode != "L" else image)
