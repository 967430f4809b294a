"""Painting a JPEG XL, with pylibjxl (BSD-3-Clause; the extra ``jxl``)."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted, upright
from overpaint.painting._jpeg import paint_jpeg
from overpaint.painting._jxl_header import JxlHeader, read_jxl_header
from overpaint.painting._metadata import (
    jpeg_orientation,
    jxl_box,
    jxl_codestream,
    jxl_with,
    strip_jxl,
    technical,
    without_pictures,
    xmp_shows_picture,
)
from overpaint.painting._regions import regions
from overpaint.records import Box

__all__ = ["paint_jxl"]

_EFFORT: Final = 7


def paint_jxl(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a JPEG XL and apply the metadata policy.

    A file that still tells the JPEG it was made from is painted in that JPEG's coefficients; every other one is written
    without loss, so that a lossy one grows (the library's lossy coding leaves marks all over the picture). Where no
    face is inside the picture only the metadata policy is applied, and no library is needed.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the frame as decoders give it, which is upright.
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
        ``not-a-jxl``, ``truncated``, ``no-image-data``, ``damaged-header``, ``damaged-data``.
    Unsupported
        ``needs-jxl``, ``animated-jxl``, ``bit-depth`` (more than 8 bits, or floats), ``jxl-channels`` (others than
        colours and alpha), ``jxl-colours`` (neither sRGB nor with an ICC profile), ``too-many-pixels``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number_of_look = checked_look(look)
    kept = strip_jxl(data, policy=metadata, painted=bool(faces))
    if not faces:
        return unpainted(kept)
    header = read_jxl_header(jxl_codestream(data))
    if header.width * header.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{header.width} x {header.height} is above {max_pixels} pixels")
    library = _library()
    if jxl_box(data, b"jbrd"):
        jpeg = _jpeg(library, data)
        if jpeg_orientation(jpeg) == header.orientation:  # else decoders of one and of the other turn it differently
            stored = [_stored(face, header) for face in faces]
            return _in_jpeg(library, data, jpeg, stored, look=look, cells=cells, metadata=metadata, most=max_pixels)
    _check(header)
    samples, told = _decoded(library, data)
    profile = bytes(told.get("icc", b""))
    if header.colours != "srgb" and not profile:
        raise Unsupported("jxl-colours", "the JPEG XL's colours are told in a way that cannot be written")
    height, width, channels = samples.shape
    where = regions(faces, width=width, height=height, cells=cells)
    if not where.groups:
        return unpainted(strip_jxl(data, policy=metadata, painted=False))
    if channels == 2:
        samples = np.concatenate([samples[:, :, :1]] * 3 + [samples[:, :, 1:]], axis=2)
    paint_channels(samples, where, number_of_look, range(min(3, samples.shape[2])))
    coded = bytes(library.encode(np.ascontiguousarray(samples), lossless=True, effort=_EFFORT, icc=profile or None))
    exif, xmp = _carried(told, metadata)
    return PaintedFile(jxl_with(coded, exif, xmp), where.faces, kept.removed)


def _carried(told: dict[str, bytes], policy: str) -> tuple[bytes, bytes]:
    """The EXIF block and the XMP packet that a painted file takes along."""
    exif, xmp = upright(bytes(told.get("exif", b""))), bytes(told.get("xmp", b""))
    if policy == "strip" or not exif:
        exif = b""
    else:
        exif = (technical(exif) if policy == "keep-safe" else without_pictures(exif))[0]
    return exif, b"" if policy != "keep" or xmp_shows_picture(xmp) else xmp


def _library() -> ModuleType:
    try:
        import pylibjxl
    except ImportError as error:
        raise Unsupported("needs-jxl", "painting a JPEG XL needs pylibjxl: pip install 'overpaint[jxl]'") from error
    module: ModuleType = pylibjxl
    return module


def _check(header: JxlHeader) -> None:
    if header.animated:
        raise Unsupported("animated-jxl", "animated JPEG XLs cannot be painted")
    if header.extra > 1:
        raise Unsupported("jxl-channels", "a JPEG XL with channels beside colours and alpha cannot be written")
    if header.bits != 8 or header.floats:
        raise Unsupported("bit-depth", "a JPEG XL of more than 8 bits would lose some when it is written")


def _decoded(library: ModuleType, data: bytes) -> tuple[NDArray[np.uint8], dict[str, bytes]]:
    try:
        samples, told = library.decode(data, metadata=True)
    except (RuntimeError, ValueError) as error:
        raise DecodeError("damaged-data", "the JPEG XL cannot be decoded") from error
    return np.array(samples, dtype=np.uint8).reshape(*samples.shape[:2], -1), dict(told)


def _jpeg(library: ModuleType, data: bytes) -> bytes:
    """The JPEG that the file was made from."""
    try:
        return bytes(library.jxl_to_jpeg(data))
    except (RuntimeError, ValueError) as error:
        raise DecodeError("damaged-data", "the JPEG inside the JPEG XL cannot be put together") from error


def _stored(face: Box, header: JxlHeader) -> Box:
    """A box of the upright picture in the frame as it is coded."""
    x0, y0, x1, y1 = face.x0, face.y0, face.x1, face.y1
    if header.orientation in {5, 6, 7, 8}:
        x0, y0, x1, y1 = y0, x0, y1, x1
    if header.orientation in {2, 3, 7, 8}:
        x0, x1 = header.width - x1, header.width - x0
    if header.orientation in {3, 4, 6, 7}:
        y0, y1 = header.height - y1, header.height - y0
    return Box(x0, y0, x1, y1, face.page)


def _in_jpeg(
    library: ModuleType,
    data: bytes,
    jpeg: bytes,
    faces: Sequence[Box],
    *,
    look: str,
    cells: int,
    metadata: str,
    most: int,
) -> PaintedFile:
    """Paint the JPEG that the file was made from; its other blocks keep their coefficients."""
    painted = paint_jpeg(jpeg, faces, look=look, cells=cells, metadata=metadata, max_pixels=most)
    if not painted.faces:
        return unpainted(strip_jxl(data, policy=metadata, painted=False))
    coded = strip_jxl(bytes(library.jpeg_to_jxl(painted.data, effort=_EFFORT)), policy=metadata, painted=True)
    outside = strip_jxl(data, policy=metadata, painted=True).removed
    removed = tuple(sorted({*painted.removed, *outside}))
    return PaintedFile(coded.data, painted.faces, removed, again=painted.damaged, notes=("jpeg-inside", *painted.notes))
