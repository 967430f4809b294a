"""Painting a portable bitmap: the samples of the painted pixels change and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting import _native
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, unpainted
from overpaint.painting._metadata._pnm import Pnm, plain_numbers, read_pnm, strip_pnm
from overpaint.painting._regions import regions
from overpaint.records import Box

__all__ = ["paint_pnm"]

_A_LINE = 11


def paint_pnm(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a portable bitmap (P1 to P6) and apply the metadata policy.

    Samples keep their depth, and files their form, text or bytes; a plain file's numbers are written in lines anew.
    Black and white becomes grey of 8 bits (P2 or P5), since averages are neither.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels.
    look, cells, metadata, max_pixels
        As for `paint_bmp`.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    Unsupported
        ``too-many-pixels``, ``several-pictures``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number = checked_look(look)
    if not faces:
        return unpainted(strip_pnm(data, policy=metadata, painted=False))
    whole = strip_pnm(data, policy=metadata, painted=True)
    pnm = read_pnm(whole.data)
    if pnm.width * pnm.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{pnm.width} x {pnm.height} is above the limit of {max_pixels} pixels")
    where = regions(faces, width=pnm.width, height=pnm.height, cells=cells)
    if not where.groups:
        return unpainted(strip_pnm(data, policy=metadata, painted=False))
    samples = _samples(whole.data, pnm)
    top, head = pnm.top, whole.data[: pnm.start]
    if pnm.kind in (1, 4):
        samples, top = (1 - samples) * np.uint8(255), 255
        head = b"P%d\n%d %d\n255\n" % (pnm.kind + 1, pnm.width, pnm.height)
    groups, cores = where.packed()
    for channel in range(pnm.channels):
        _native.paint_plane(samples[:, :, channel], top.bit_length(), groups, cores, where.cells, number)
    np.minimum(samples, samples.dtype.type(top), out=samples)  # the middle of bits may be above the largest value
    return PaintedFile(head + _written(samples, plain=pnm.plain), where.faces, whole.removed)


def _samples(data: bytes, pnm: Pnm) -> NDArray[Any]:
    """Height x width x channels, of 8 bits where those are enough, else of 16; of black and white, 1 is black."""
    shape = pnm.height, pnm.width, pnm.channels
    form = np.uint8 if pnm.top < 256 else np.uint16
    if pnm.plain:
        numbers, _ = plain_numbers(data, pnm)
        return np.array([int(number) for number in numbers], dtype=form).reshape(shape)
    raw = data[pnm.start : pnm.start + pnm.size]
    if pnm.kind == 4:
        rows = np.frombuffer(raw, dtype=np.uint8).reshape(pnm.height, -1)
        return np.unpackbits(rows, axis=1)[:, : pnm.width].reshape(shape)
    samples = np.frombuffer(raw, dtype=np.uint8 if pnm.top < 256 else ">u2").astype(form).reshape(shape)
    if int(samples.max()) > pnm.top:
        raise DecodeError("damaged-data", "a pixel of the bitmap is above the largest value")
    return samples


def _written(samples: NDArray[Any], *, plain: bool) -> bytes:
    if not plain:
        return samples.astype(samples.dtype.newbyteorder(">")).tobytes()
    numbers = samples.ravel().tolist()
    lines = (" ".join(map(str, numbers[at : at + _A_LINE])) for at in range(0, len(numbers), _A_LINE))
    return "\n".join(lines).encode() + b"\n"
