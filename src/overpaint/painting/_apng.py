"""Painting the frames of an animated PNG (PNG specification, third edition, 13.2 to 13.16)."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import Unsupported
from overpaint.painting._apng_frames import Frame, read_frames
from overpaint.painting._metadata import PNG_SIGNATURE, Chunk, chunk
from overpaint.painting._png_image import GREY_ALPHA, RGBA, Header, Samples
from overpaint.painting._png_picture import Picture, payload
from overpaint.painting._regions import Regions
from overpaint.painting._stage import Canvas, Disposal, Rectangle, Shown, Stage, Window, hull

__all__ = ["paint_frames"]

_HELD = 5
"""Canvases that are held at once."""
_MOST_WORK = 10
"""All frames with their canvases may have so many times the pixels that one picture may have."""
_LEAST_WORK = 1 << 18
"""A frame takes the time of so many pixels, be it never so small."""


def paint_frames(
    data: bytes, header: Header, chunks: list[Chunk], where: Regions, look: int, *, max_pixels: int
) -> tuple[bytes, bool]:
    """The file with every frame painted that meets a footprint, and the default image if it is no frame.

    Returns also whether frames that could not reach all of a footprint keep the painting of an earlier one in it.

    Raises
    ------
    DecodeError
        ``damaged-animation``, or a frame's data cannot be decoded.
    Unsupported
        ``too-many-pixels``: a canvas that cannot be held five times, or too many frames.
    """
    frames = read_frames(data, header, chunks)
    _check_work(frames, header, max_pixels)
    stage = Stage(Window.of(where, look, whole=True), header.colours, max(8, header.depth))
    painter = _Painter(data, header, chunks, stage)
    edits = [painter.edited(frame) for frame in frames]
    still: Picture | None = None
    if not frames[0].default:
        packed = b"".join([payload(c, data) for c in chunks if c.kind == b"IDAT"])
        still = painter.read(packed, header.width, header.height)
        still.paint(where, look)
    return painter.written(frames, edits, still), painter.rested


def _check_work(frames: list[Frame], header: Header, max_pixels: int) -> None:
    canvas = header.width * header.height
    work = sum(max(frame.pixels + canvas, _LEAST_WORK) for frame in frames)
    if canvas * _HELD > max_pixels or work > _MOST_WORK * max_pixels:
        raise Unsupported("too-many-pixels", f"{len(frames)} frames of {header.width} x {header.height} are too many")


@dataclasses.dataclass(frozen=True, slots=True)
class _Edit:
    """A frame as it will be written: its place, how it is blended and its zlib stream; None where its data stay."""

    rectangle: Rectangle
    blend: bool
    packed: bytes | None


class _Painter:
    """Plays the frames of one file in their order."""

    def __init__(self, data: bytes, header: Header, chunks: list[Chunk], stage: Stage) -> None:
        self._data, self._header, self._chunks, self._stage = data, header, chunks, stage
        self.rested = False

    def read(self, packed: bytes, width: int, height: int) -> Picture:
        header = self._header._replace(width=width, height=height)
        return Picture.read(packed, header, self._data, self._chunks)

    def edited(self, frame: Frame) -> _Edit:
        """Play a frame, and say how it is to be written."""
        x0, y0, x1, y1 = frame.rectangle
        picture = self.read(frame.packed(self._data), x1 - x0, y1 - y0)
        patch = _canvas(picture)
        shown = self._stage.show(frame.rectangle, patch, blend=frame.blend)
        rectangle, blend, painted = frame.rectangle, frame.blend, picture if self._header.converted else None
        if shown is not None:
            rectangle, blend, painted = self._painted(frame, picture, patch, shown)
            self._stage.becomes(rectangle, _canvas(painted), blend=blend)
        self._stage.dispose(frame.rectangle, frame.disposal)
        return _Edit(rectangle, blend, painted.packed() if painted else None)

    def _painted(self, frame: Frame, picture: Picture, patch: Canvas, shown: Shown) -> tuple[Rectangle, bool, Picture]:
        """Where the frame lies, how it is blended and what it holds, so that what is wanted is shown."""
        solid = picture.colour not in {GREY_ALPHA, RGBA} and picture.key is None
        rectangle = frame.rectangle
        beyond = shown.beyond()
        if beyond is not None:
            grown = hull(rectangle, beyond)
            # what is cleared when its time is over cannot grow, nor can opaque frames over places where nothing stands
            empty = solid and bool((shown.wanted[self._stage.window.part(grown)][:, :, -1] == 0).any())
            if frame.disposal is Disposal.BACKGROUND or empty:
                shown, self.rested = shown.resting(), True
            else:
                rectangle = grown
        part = self._stage.window.part(rectangle)
        wanted, blend = shown.wanted[part], frame.blend
        if frame.blend and not solid:
            own = np.zeros_like(wanted)
            left, top = frame.rectangle[0] - rectangle[0], frame.rectangle[1] - rectangle[1]
            own[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
            blend = _blended(own, wanted, shown.below[part], shown.mask[part])
            wanted = own if blend else wanted
        return rectangle, blend, dataclasses.replace(picture, samples=_samples(wanted, picture))

    def written(self, frames: list[Frame], edits: list[_Edit], still: Picture | None) -> bytes:
        """The file, with its chunks in their order; the chunks of the animation are numbered anew."""
        first = frames[0]
        model = still or self.read(first.packed(self._data), *first.size)
        pieces, sequence, at = [PNG_SIGNATURE], 0, -1
        fresh = still.packed() if still else None  # what stands in the place of the data that follow
        for found in self._chunks:
            if found.kind == b"IHDR":
                pieces.append(model.header(self._header.width, self._header.height))
            elif found.kind == b"fcTL":
                at += 1
                fresh = edits[at].packed
                pieces.append(frames[at].controlled(sequence, edits[at].rectangle, blend=edits[at].blend))
                sequence += 1
            elif found.kind in {b"IDAT", b"fdAT"}:
                numbered = found.kind == b"fdAT"
                packed = payload(found, self._data)[4 if numbered else 0 :] if fresh is None else fresh
                if fresh is None or fresh:
                    pieces.append(chunk(found.kind, sequence.to_bytes(4, "big") * numbered + packed))
                    sequence += numbered
                fresh = fresh and b""  # once
            else:
                pieces.append(model.carried(found, self._data))
        return b"".join(pieces)


def _canvas(picture: Picture) -> Canvas:
    """A picture's samples with alpha."""
    if picture.colour in {GREY_ALPHA, RGBA}:
        return picture.samples
    top = np.iinfo(picture.samples.dtype).max
    alpha = np.full((*picture.samples.shape[:2], 1), top, dtype=picture.samples.dtype)
    clear = picture.clear()
    if clear is not None:
        alpha[clear] = 0
    return np.concatenate([picture.samples, alpha], axis=2)


def _samples(canvas: Canvas, picture: Picture) -> Samples:
    """The inverse: a painted colour that would meet the transparent one moves by one step."""
    if picture.colour in {GREY_ALPHA, RGBA}:
        return canvas.copy()
    out = canvas[:, :, :-1].copy()
    if picture.key is not None:
        key = np.array(picture.key, dtype=out.dtype)
        clear = canvas[:, :, -1] == 0
        out[(out == key).all(axis=2) & ~clear, 0] ^= 1
        out[clear] = key
    return out


def _blended(own: Canvas, wanted: Canvas, below: Canvas, mask: NDArray[np.bool_]) -> bool:
    """Change a frame's pixels so that they show what is wanted when they are blended; whether they can.

    They can where what is wanted is opaque or nothing lies below. Pixels outside the mask keep their values, so that
    each viewer blends them as it always did.
    """
    top = np.iinfo(own.dtype).max
    stands = mask & ((wanted == below).all(axis=2) | (wanted[:, :, -1] == 0))
    new = mask & ~stands
    if not ((wanted[:, :, -1] == top) | (below[:, :, -1] == 0))[new].all():
        return False
    own[stands] = 0
    own[new] = wanted[new]
    return True
