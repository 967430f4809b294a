"""Small files of each codec, made by the libraries that write it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pillow_heif
import pylibjxl
from PIL import Image

pylibjxl.register_pillow()

STILL = ("jpeg", "png", "gif", "webp", "bmp", "tiff", "avif", "heic", "jxl")
MOVING = ("png", "gif", "webp", "avif", "heic", "tiff")
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored so that the orientation turns it back."""
_LOSSLESS = {"webp": {"lossless": True}, "jxl": {"lossless": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}


def scene(*places: tuple[int, int, int, int], size: tuple[int, int] = (96, 64), dark: int = 20) -> Image.Image:
    """A dark picture with bright rectangles."""
    pixels = np.full((size[1], size[0], 3), dark, np.uint8)
    for x0, y0, x1, y1 in places:
        pixels[y0:y1, x0:x1] = 240
    return Image.fromarray(pixels)


def encoded(codec: str, pictures: Sequence[Image.Image] | Image.Image, **options: object) -> bytes:
    pictures = [pictures] if isinstance(pictures, Image.Image) else list(pictures)
    out = io.BytesIO()
    if codec == "heic":
        file = pillow_heif.HeifFile()
        for picture in pictures:
            file.add_from_pillow(picture)
        file.save(out, quality=95, save_all=True, **options)
    else:
        many = {"save_all": True, "append_images": pictures[1:]} if len(pictures) > 1 else {}
        pictures[0].save(out, codec.upper(), **_LOSSLESS.get(codec, {}) | many | options)
    return out.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()
