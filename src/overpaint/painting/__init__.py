"""From decisions to bytes: cores and footprints, looks, JPEG coefficients, other codecs, metadata.

`paint` does all of it for one file; `paint_jpeg`, `strip_jpeg` and the like do their part for one codec. AVIF and HEIC
share `strip_isobmff`. docs/reference/contract.md says what is promised, docs/reference/codecs.md how each is edited.
"""

from overpaint.painting._avif import paint_avif
from overpaint.painting._bmp import paint_bmp
from overpaint.painting._coded import PaintedFile
from overpaint.painting._gif import paint_gif
from overpaint.painting._heic import paint_heic
from overpaint.painting._ico import paint_ico
from overpaint.painting._imagenet2021 import imagenet2021
from overpaint.painting._jp2 import paint_jp2
from overpaint.painting._jpeg import PaintedJpeg, paint_jpeg
from overpaint.painting._jxl import paint_jxl
from overpaint.painting._metadata import (
    NAMES,
    POLICIES,
    Stripped,
    jpeg_orientation,
    strip_isobmff,
    strip_jpeg,
    strip_jxl,
    strip_png,
    strip_tiff,
    strip_webp,
)
from overpaint.painting._metadata._bmp import strip_bmp
from overpaint.painting._metadata._gif import strip_gif
from overpaint.painting._metadata._ico import strip_ico
from overpaint.painting._metadata._jp2 import strip_jp2
from overpaint.painting._metadata._pnm import strip_pnm
from overpaint.painting._metadata._tga import strip_tga
from overpaint.painting._paint import Painted, paint
from overpaint.painting._png import PaintedPng, paint_png
from overpaint.painting._pnm import paint_pnm
from overpaint.painting._regions import LOOKS, Group, Regions, regions
from overpaint.painting._tga import paint_tga
from overpaint.painting._tiff import paint_tiff
from overpaint.painting._webp import paint_webp

__all__ = [
    "LOOKS",
    "NAMES",
    "POLICIES",
    "Group",
    "Painted",
    "PaintedFile",
    "PaintedJpeg",
    "PaintedPng",
    "Regions",
    "Stripped",
    "imagenet2021",
    "jpeg_orientation",
    "paint",
    "paint_avif",
    "paint_bmp",
    "paint_gif",
    "paint_heic",
    "paint_ico",
    "paint_jp2",
    "paint_jpeg",
    "paint_jxl",
    "paint_png",
    "paint_pnm",
    "paint_tga",
    "paint_tiff",
    "paint_webp",
    "regions",
    "strip_bmp",
    "strip_gif",
    "strip_ico",
    "strip_isobmff",
    "strip_jp2",
    "strip_jpeg",
    "strip_jxl",
    "strip_png",
    "strip_pnm",
    "strip_tga",
    "strip_tiff",
    "strip_webp",
]
