"""Painting a PNG: every pixel outside the footprints keeps its value, alpha keeps it everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.errors import UsageError
from overpaint.painting._apng import paint_frames
from overpaint.painting._metadata import (
    PNG_SIGNATURE,
    Chunk,
    chunk,
    is_animated_png,
    png_orientation,
    read_chunks,
    strip_png,
)
from overpaint.painting._png_image import read_header
from overpaint.painting._png_picture import Picture, payload
from overpaint.painting._regions import LOOKS, regions
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
    notes
        ``resting-frames`` where frames of an animation that could not reach all of a footprint keep the painting of
        an earlier one in it.
    """

    data: bytes
    faces: int
    removed: tuple[str, ...]
    notes: tuple[str, ...]


def paint_png(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedPng:
    """Paint faces into a PNG, still or animated, and apply the metadata policy.

    The result is not interlaced. A palette becomes colours and grey of fewer bits becomes grey of 8, because
    averages are no entries of the palette; depth, colour type and alpha stay otherwise. The faces of an animation stand
    for all its frames. Where no face is inside the image only the metadata policy is applied.

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
        ``too-many-pixels``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    if look not in LOOKS:
        raise UsageError(f"look {look!r} is unknown: use one of {', '.join(LOOKS)}")
    if not faces:
        kept = strip_png(data, policy=metadata, painted=False)
        return PaintedPng(kept.data, 0, kept.removed, ())
    whole = strip_png(data, policy=metadata, painted=True)
    animated = is_animated_png(whole.data)
    found = read_chunks(whole.data).chunks
    header = read_header(whole.data, max_pixels=max_pixels)
    where = regions(faces, width=header.width, height=header.height, orientation=png_orientation(data), cells=cells)
    if not where.groups:
        kept = strip_png(data, policy=metadata, painted=False)
        return PaintedPng(kept.data, 0, kept.removed, ())
    if animated:
        written, rested = paint_frames(whole.data, header, found, where, LOOKS[look], max_pixels=max_pixels)
        return PaintedPng(written, where.faces, whole.removed, ("resting-frames",) if rested else ())
    packed = b"".join([payload(one, whole.data) for one in found if one.kind == b"IDAT"])
    picture = Picture.read(packed, header, whole.data, found)
    picture.paint(where, LOOKS[look])
    return PaintedPng(_written(picture, whole.data, found), where.faces, whole.removed, ())


def _written(picture: Picture, data: bytes, chunks: list[Chunk]) -> bytes:
    """The file, with the chunks of ``data`` in their order around the new picture."""
    height, width = picture.samples.shape[:2]
    pieces, placed = [PNG_SIGNATURE, picture.header(width, height)], False
    for found in chunks:
        if found.kind == b"IDAT" and not placed:
            pieces.append(chunk(b"IDAT", picture.packed()))
            placed = True
        elif found.kind not in {b"IHDR", b"IDAT"}:
            pieces.append(picture.carried(found, data))
    return b"".join(pieces)
