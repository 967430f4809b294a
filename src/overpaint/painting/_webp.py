"""Painting a WebP: lossless pictures stay exact outside the footprints, lossy ones are coded again as they were."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._metadata import (
    RiffChunk,
    riff_chunk,
    strip_webp,
    webp_chunks,
    webp_file,
    webp_orientation,
)
from overpaint.painting._regions import Regions, regions
from overpaint.painting._webp_frames import painted_frames
from overpaint.painting._webp_picture import coded_picture
from overpaint.records import Box

__all__ = ["paint_webp"]

_ANIMATION = 0x02
_MOST_WORK: Final = 2
"""So many times the largest picture, all frames of an animation may have together."""
_LEAST_WORK: Final = 1 << 14
"""What a frame counts at least, in pixels: a tiny one takes its time, too."""


def paint_webp(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a WebP and apply the metadata policy.

    A lossless picture is written without loss, also the colours below transparent pixels. A lossy one is coded again
    with the quality that its quantiser tells; its alpha plane keeps its bytes. In an animation only the frames that
    change a footprint are written anew. Where no face is inside the picture only the metadata policy is applied.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the stored canvas; in an animation they are painted in every frame.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest picture that is decoded; the frames of an animation are decoded one after the other.

    Raises
    ------
    DecodeError
        ``not-a-webp``, ``truncated``, ``damaged-header``, ``no-image-data``, ``damaged-data``.
    Unsupported
        ``too-many-pixels``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number_of_look = checked_look(look)
    if not faces:
        return unpainted(strip_webp(data, policy=metadata, painted=False))
    whole = strip_webp(data, policy=metadata, painted=True)
    found, _ = webp_chunks(whole.data)
    frames = [part for part in found if part.kind == b"ANMF"]
    width, height = _size(whole.data, found)
    if width * height > max_pixels or max(width * height, _LEAST_WORK) * len(frames) > _MOST_WORK * max_pixels:
        raise Unsupported("too-many-pixels", f"{width} x {height} is above the limit of {max_pixels} pixels")
    where = regions(faces, width=width, height=height, orientation=webp_orientation(data), cells=cells)
    if not where.groups:
        return unpainted(strip_webp(data, policy=metadata, painted=False))
    fresh, again = _edited(whole.data, found, where, number_of_look)
    return PaintedFile(fresh, where.faces, whole.removed, again=again)


def _size(data: bytes, found: list[RiffChunk]) -> tuple[int, int]:
    """Width and height of the canvas, from the first chunk."""
    at = found[0].start
    if found[0].kind == b"VP8X":
        sides = [int.from_bytes(data[at + i : at + i + 3], "little") + 1 for i in (4, 7)]
    elif found[0].kind == b"VP8L":
        bits = int.from_bytes(data[at + 1 : at + 5], "little")
        sides = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    else:
        sides = [int.from_bytes(data[at + i : at + i + 2], "little") & 0x3FFF for i in (6, 8)]
    if not sides[0] or not sides[1]:
        raise DecodeError("damaged-header", "the WebP's header describes no picture")
    return sides[0], sides[1]


def _edited(data: bytes, found: list[RiffChunk], where: Regions, look: int) -> tuple[bytes, bool]:
    """The file with its pictures painted, and whether a lossy one was coded again."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit was checked before
            image = Image.open(io.BytesIO(data), formats=["WEBP"])
        if image.size != (where.width, where.height):
            raise DecodeError("damaged-data", "the WebP's picture has another size than its header says")
        if found[0].kind == b"VP8X" and data[found[0].start] & _ANIMATION:
            return painted_frames(data, found, image, where, look)
        image.load()
    except Image.DecompressionBombError as error:
        raise Unsupported("too-many-pixels", "the WebP has more pixels than Pillow decodes") from error
    except (OSError, ValueError, EOFError, SyntaxError, RuntimeError) as error:
        raise DecodeError("damaged-data", "the WebP cannot be decoded") from error
    samples: NDArray[np.uint8] = np.array(image)
    paint_channels(samples, where, look, range(3))
    picture = next(part for part in found if part.kind in {b"VP8 ", b"VP8L"})
    old = data[picture.start : picture.end]
    if picture.kind == b"VP8L":
        coded = coded_picture(samples, b"VP8L", old)
    else:
        coded = coded_picture(samples[:, :, :3], b"VP8 ", old)  # the alpha chunk stays as it is
    pieces = [coded if part is picture else riff_chunk(part.kind, data[part.start : part.end]) for part in found]
    return webp_file(pieces), picture.kind == b"VP8 "
