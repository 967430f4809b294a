"""Painting a file, whatever it is, and saying what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.errors import Unsupported, UsageError
from overpaint.painting._avif import paint_avif
from overpaint.painting._bmp import paint_bmp
from overpaint.painting._gif import paint_gif
from overpaint.painting._heic import paint_heic
from overpaint.painting._ico import paint_ico
from overpaint.painting._jp2 import paint_jp2
from overpaint.painting._jpeg import paint_jpeg
from overpaint.painting._jxl import paint_jxl
from overpaint.painting._metadata import is_avif, is_heic, is_jxl, is_tiff, is_webp
from overpaint.painting._metadata._bmp import is_bmp
from overpaint.painting._metadata._gif import is_gif
from overpaint.painting._metadata._ico import is_ico
from overpaint.painting._metadata._jp2 import is_jp2
from overpaint.painting._metadata._pnm import is_pnm
from overpaint.painting._metadata._tga import is_tga
from overpaint.painting._png import paint_png
from overpaint.painting._pnm import paint_pnm
from overpaint.painting._regions import LOOKS
from overpaint.painting._tga import paint_tga
from overpaint.painting._tiff import paint_tiff
from overpaint.painting._webp import paint_webp
from overpaint.records import Box, Outcome

__all__ = ["Painted", "paint"]

_JPEG = b"\xff\xd8"
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Painted:
    """A file after painting and the metadata policy.

    Attributes
    ----------
    data
        The bytes to publish.
    outcome
        ``identical``, ``metadata-only``, ``redacted``, or ``re-encoded`` where a lossy codec was coded again or a
        damaged JPEG scan had to be written anew.
    faces_painted
        Boxes that lie at least partly in the image.
    metadata_removed
        By name, never by value (`overpaint.painting.NAMES`).
    notes
        Fixed words about how it was written.
    """

    data: bytes
    outcome: Outcome
    faces_painted: int
    metadata_removed: tuple[str, ...]
    notes: tuple[str, ...]


def paint(
    data: bytes, faces: Sequence[Box | Sequence[float]], *, look: str = "fill", cells: int = 4, metadata: str = "strip"
) -> Painted:
    """Paint faces over in an image file, with as little change as can be, and apply the metadata policy.

    The codec is told by the first bytes: JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF, JPEG 2000, portable bitmaps, TGA,
    icons, and where their libraries are installed HEIC and JPEG XL (docs/reference/codecs.md).

    Parameters
    ----------
    data
        The file.
    faces
        Boxes, or ``x0, y0, x1, y1`` each, in pixels of the stored frame, as detected: they are grown over hair and
        chin here. Without any inside the image only the metadata policy is applied. In an animation they are painted in
        every frame; a `Box` says on which page of a TIFF it lies. HEIC and JPEG XL count in upright pixels.
    look
        ``fill`` leaves nothing of a face and is the default (docs/reference/strength.md); ``blur`` and ``mosaic``
        leave at most ``cells`` values across its shorter side.
    cells
        How many; 4 unless there is a reason.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.

    Raises
    ------
    DecodeError
        The bytes are not an image that can be decoded.
    Unsupported
        ``codec``: none of these; ``needs-heic``, ``needs-jxl``: its library is not installed; or a kind of file that
        cannot be edited.
    ContractError
        What was written does not decode to what was meant.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none, or a box is not four finite numbers.
    """
    _check_look(look)
    boxes = [_box(face) for face in faces]
    if data.startswith(_JPEG):
        jpeg = paint_jpeg(data, boxes, look=look, cells=cells, metadata=metadata)
        painted_as = Outcome.RE_ENCODED if jpeg.damaged else Outcome.REDACTED
        outcome = painted_as if jpeg.faces else _untouched(data, jpeg.data)
        return Painted(jpeg.data, outcome, jpeg.faces, jpeg.removed, jpeg.notes)
    if data.startswith(_PNG):
        png = paint_png(data, boxes, look=look, cells=cells, metadata=metadata)
        outcome = Outcome.REDACTED if png.faces else _untouched(data, png.data)
        return Painted(png.data, outcome, png.faces, png.removed, png.notes)
    for starts, paint_codec in _CODED:
        if starts(data):
            coded = paint_codec(data, boxes, look=look, cells=cells, metadata=metadata)
            painted_as = Outcome.RE_ENCODED if coded.again else Outcome.REDACTED
            outcome = painted_as if coded.faces else _untouched(data, coded.data)
            return Painted(coded.data, outcome, coded.faces, coded.removed, coded.notes)
    raise Unsupported("codec", "this kind of image cannot be painted")


_CODED = (
    (is_tiff, paint_tiff),
    (is_gif, paint_gif),
    (is_bmp, paint_bmp),
    (is_webp, paint_webp),
    (is_avif, paint_avif),
    (is_heic, paint_heic),
    (is_jxl, paint_jxl),
    (is_jp2, paint_jp2),
    (is_ico, paint_ico),
    (is_pnm, paint_pnm),
    (is_tga, paint_tga),  # told by nothing but a header that makes sense, so the last
)
"""How files of a codec start, and what paints them."""


def _box(face: Box | Sequence[float]) -> Box:
    try:
        if isinstance(face, Box):
            box = face
        else:
            x0, y0, x1, y1 = map(float, face)
            box = Box(x0, y0, x1, y1)
        if all(map(math.isfinite, (box.x0, box.y0, box.x1, box.y1))):
            return box
    except (TypeError, ValueError):
        pass
    raise UsageError(f"{face!r} is no box: give x0, y0, x1, y1 in pixels")


def _check_look(look: str) -> None:
    if look == "imagenet2021":
        raise UsageError(
            "look 'imagenet2021' leaves small faces beside large ones readable; it is kept for reproduction only, as "
            f"overpaint.painting.imagenet2021: use one of {', '.join(LOOKS)}"
        )
    if look not in LOOKS:
        raise UsageError(f"look {look!r} is unknown: use one of {', '.join(LOOKS)}")


def _untouched(before: bytes, after: bytes) -> Outcome:
    return Outcome.IDENTICAL if before == after else Outcome.METADATA_ONLY
