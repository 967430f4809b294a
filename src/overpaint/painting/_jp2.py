"""Painting a JPEG 2000: decoded, painted, and written without loss."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._metadata._isobmff import child
from overpaint.painting._metadata._jp2 import Jp2, jp2_with, read_jp2, strip_jp2
from overpaint.painting._regions import regions
from overpaint.records import Box

__all__ = ["paint_jp2"]

MAX_PIXELS = 50_000_000
"""OpenJPEG takes up to 40 bytes for each, and a file of a few hundred bytes may announce any number."""
_MODES = {(1, 8): "L", (2, 8): "LA", (3, 8): "RGB", (4, 8): "RGBA", (1, 16): "I;16"}
_NUMBER, _PROFILE = 1, 2
_SRGB, _GREY = 16, 17


def paint_jp2(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a JPEG 2000 and apply the metadata policy.

    The picture is decoded by OpenJPEG and written without loss (the reversible wavelet), whatever it was before: pixels
    outside the footprints keep the values that they decoded to. A lossy file becomes several times as large.

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
        ``too-many-pixels``, ``several-pictures``; ``bit-depth``: other than 8 bits, or 16 of grey; ``jp2-colours``:
        a palette, YCC, CMYK, components that differ in depth or size, or more of them than colours and alpha;
        ``jp2-encoder``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number = checked_look(look)
    if not faces:
        return unpainted(strip_jp2(data, policy=metadata, painted=False))
    whole = strip_jp2(data, policy=metadata, painted=True)
    jp2 = read_jp2(whole.data)
    if jp2.width * jp2.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{jp2.width} x {jp2.height} is above the limit of {max_pixels} pixels")
    where = regions(faces, width=jp2.width, height=jp2.height, cells=cells)
    if not where.groups:
        return unpainted(strip_jp2(data, policy=metadata, painted=False))
    mode = _mode(whole.data, jp2)
    samples = _decoded(whole.data, mode, jp2)
    colours = jp2.channels - (jp2.channels in (2, 4))
    paint_channels(samples, where, number, range(colours))
    stream = _encoded(samples, mode)
    # OpenJPEG signs what it writes, which is a comment like any other
    fresh = strip_jp2(stream, policy="strip", painted=False).data
    return PaintedFile(jp2_with(whole.data, fresh), where.faces, whole.removed)


def _mode(data: bytes, jp2: Jp2) -> str:
    """Pillow's name for the samples, where it gives them as they are."""
    if not jp2.plain or not _named_colours(data, jp2):
        raise Unsupported("jp2-colours", "only grey and RGB, with alpha or without, can be painted in JPEG 2000")
    mode = _MODES.get((jp2.channels, jp2.depth))
    if mode is None:
        raise Unsupported("bit-depth", "only 8 bits, or 16 of grey, can be written without loss")
    return mode


def _named_colours(data: bytes, jp2: Jp2) -> bool:
    """Whether the boxes around the codestream call its components grey or RGB, by number or by a profile."""
    header = child(data, 0, jp2.stream[0], b"jp2h") if data[:4] != data[slice(*jp2.stream)][:4] else None
    if header is None:
        return True
    colours = child(data, header.body, header.end, b"colr")
    if colours is None or child(data, header.body, header.end, b"pclr"):
        return False
    method, number = data[colours.body], int.from_bytes(data[colours.body + 3 : colours.body + 7], "big")
    return method == _PROFILE or (method == _NUMBER and number == (_GREY if jp2.channels < 3 else _SRGB))


def _decoded(data: bytes, mode: str, jp2: Jp2) -> NDArray[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("JPEG2000",)) as image:
                if image.mode != mode or image.size != (jp2.width, jp2.height):
                    raise Unsupported("jp2-colours", "the decoder gives other samples than the file says")
                image.load()
                samples = np.array(image)
    except Unsupported:
        raise
    except Exception as error:  # Pillow's plug-ins raise nearly anything on damaged files
        raise DecodeError("damaged-data", "the JPEG 2000 cannot be decoded") from error
    return samples.astype(np.uint16 if mode == "I;16" else np.uint8).reshape(jp2.height, jp2.width, jp2.channels)


def _encoded(samples: NDArray[Any], mode: str) -> bytes:
    height, width = samples.shape[:2]
    image = Image.frombytes(mode, (width, height), samples.astype(samples.dtype.newbyteorder("<")).tobytes())
    out = io.BytesIO()
    # small pictures cannot be halved as often as large ones
    levels = max(1, min(6, min(width, height).bit_length()))
    try:
        image.save(out, "JPEG2000", no_jp2=True, irreversible=False, num_resolutions=levels)
    except OSError as error:
        raise Unsupported("jp2-encoder", "OpenJPEG could not write the painted picture") from error
    return out.getvalue()
