"""The metadata policy: what else a file carries beside its picture, and what of it stays.

`NAMES` are the words under which removals are recorded; values never are.
"""

from __future__ import annotations

from overpaint.painting._metadata._chunks import SIGNATURE as PNG_SIGNATURE
from overpaint.painting._metadata._chunks import Chunk, chunk, is_animated_png, read_chunks
from overpaint.painting._metadata._exif import technical, without_pictures
from overpaint.painting._metadata._isobmff import Items, brands, is_avif, is_heic, read_items
from overpaint.painting._metadata._isobmff_strip import exif_of, strip_isobmff, xmp_of
from overpaint.painting._metadata._jpeg import jpeg_orientation, strip_jpeg
from overpaint.painting._metadata._jxl import is_jxl, jxl_box, jxl_codestream, jxl_with, strip_jxl
from overpaint.painting._metadata._pictures import xmp_shows_picture
from overpaint.painting._metadata._png import png_orientation, strip_png
from overpaint.painting._metadata._tiff import Order
from overpaint.painting._metadata._tiff_file import edited_tiff, is_reduced, page_orientation, strip_tiff
from overpaint.painting._metadata._tiff_walk import Page, Part, Segment, entry_of, is_tiff, read_tiff, written_tiff
from overpaint.painting._metadata._webp import (
    RiffChunk,
    is_webp,
    riff_chunk,
    riff_chunks,
    strip_webp,
    webp_chunks,
    webp_file,
    webp_orientation,
)
from overpaint.painting._metadata._words import NAMES, POLICIES, Policy, Stripped, checked

__all__ = [
    "NAMES",
    "PNG_SIGNATURE",
    "POLICIES",
    "Chunk",
    "Items",
    "Order",
    "Page",
    "Part",
    "Policy",
    "RiffChunk",
    "Segment",
    "Stripped",
    "brands",
    "checked",
    "chunk",
    "edited_tiff",
    "entry_of",
    "exif_of",
    "is_animated_png",
    "is_avif",
    "is_heic",
    "is_jxl",
    "is_reduced",
    "is_tiff",
    "is_webp",
    "jpeg_orientation",
    "jxl_box",
    "jxl_codestream",
    "jxl_with",
    "page_orientation",
    "png_orientation",
    "read_chunks",
    "read_items",
    "read_tiff",
    "riff_chunk",
    "riff_chunks",
    "strip_isobmff",
    "strip_jpeg",
    "strip_jxl",
    "strip_png",
    "strip_tiff",
    "strip_webp",
    "technical",
    "webp_chunks",
    "webp_file",
    "webp_orientation",
    "without_pictures",
    "written_tiff",
    "xmp_of",
    "xmp_shows_picture",
]
