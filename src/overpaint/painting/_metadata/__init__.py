"""The metadata policy: what else a file carries beside its picture, and what of it stays.

`NAMES` are the words under which removals are recorded; values never are.
"""

from __future__ import annotations

from overpaint.painting._metadata._chunks import SIGNATURE as PNG_SIGNATURE
from overpaint.painting._metadata._chunks import Chunk, chunk, is_animated_png, read_chunks
from overpaint.painting._metadata._jpeg import jpeg_orientation, strip_jpeg
from overpaint.painting._metadata._png import png_orientation, strip_png
from overpaint.painting._metadata._words import NAMES, POLICIES, Policy, Stripped

__all__ = [
    "NAMES",
    "PNG_SIGNATURE",
    "POLICIES",
    "Chunk",
    "Policy",
    "Stripped",
    "chunk",
    "is_animated_png",
    "jpeg_orientation",
    "png_orientation",
    "read_chunks",
    "strip_jpeg",
    "strip_png",
]
