"""From decisions to bytes: cores and footprints, looks, JPEG coefficients, other codecs, metadata.

`paint` does all of it for one file. docs/reference/contract.md says what is promised.
"""

from overpaint.painting._imagenet2021 import imagenet2021
from overpaint.painting._jpeg import PaintedJpeg, paint_jpeg
from overpaint.painting._metadata import NAMES, POLICIES, Stripped, jpeg_orientation, strip_jpeg, strip_png
from overpaint.painting._paint import Painted, paint
from overpaint.painting._png import PaintedPng, paint_png
from overpaint.painting._regions import LOOKS, Group, Regions, regions

__all__ = [
    "LOOKS",
    "NAMES",
    "POLICIES",
    "Group",
    "Painted",
    "PaintedJpeg",
    "PaintedPng",
    "Regions",
    "Stripped",
    "imagenet2021",
    "jpeg_orientation",
    "paint",
    "paint_jpeg",
    "paint_png",
    "regions",
    "strip_jpeg",
    "strip_png",
]
