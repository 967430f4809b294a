"""What painting gives back for the codecs that are edited whole: TIFF, WebP, AVIF, HEIC, JPEG XL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.painting import _native
from overpaint.painting._metadata import Stripped
from overpaint.painting._metadata._tiff import ORIENTATION, byte_order, directories
from overpaint.painting._regions import LOOKS, Regions

__all__ = ["MAX_PIXELS", "PaintedFile", "checked_look", "paint_channels", "unpainted", "upright"]

MAX_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class PaintedFile:
    """A painted file.

    Attributes
    ----------
    data
        The file's bytes.
    faces
        How many faces were painted; boxes outside the image are none.
    removed
        What the metadata policy removed, by name.
    again
        A lossy codec was coded again: pixels outside the footprints may differ too.
    notes
        Fixed words about how it was written.
    """

    data: bytes
    faces: int
    removed: tuple[str, ...]
    again: bool = False
    notes: tuple[str, ...] = ()


def unpainted(kept: Stripped) -> PaintedFile:
    """A file in which nothing was to be painted."""
    return PaintedFile(kept.data, 0, kept.removed)


def checked_look(look: str) -> int:
    """The look's number in the extension; `UsageError` where it is none."""
    if look not in LOOKS:
        raise UsageError(f"look {look!r} is unknown: use one of {', '.join(LOOKS)}")
    return LOOKS[look]


def paint_channels(
    samples: NDArray[np.uint8] | NDArray[np.uint16], where: Regions, look: int, channels: Iterable[int]
) -> None:
    """Paint these channels of height x width x channels samples, in place."""
    groups, cores = where.packed()
    for channel in channels:
        _native.paint_plane(samples[:, :, channel], 8 * samples.itemsize, groups, cores, where.cells, look)


def upright(exif: bytes) -> bytes:
    """An EXIF block for a picture that is stored upright: its orientation says so; nothing where there is no block."""
    order = byte_order(exif)
    directory = next(directories(exif), None)
    if order is None or directory is None:
        return b""
    out = bytearray(exif)
    for field in directory.fields:
        if field.tag == ORIENTATION and field.start >= 0 and field.size:
            out[field.start : field.start + field.size] = (1).to_bytes(field.size, "little" if order == "<" else "big")
    return bytes(out)
