"""What can be looked at, and still pictures of the two codecs that most datasets are made of.

JPEG and PNG are decoded once, as small as the detectors allow, and turned upright. Everything else is `_frames`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.formats import Sniffed
from overpaint.records import Box

__all__ = [
    "CODECS",
    "MAX_FRAMES",
    "MAX_PIXELS_IN_ALL",
    "check_editable",
    "check_frames",
    "decode_still",
    "imdecode",
    "is_plain",
    "to_stored",
    "upright",
]

CODECS = ("jpeg", "png", "gif", "webp", "bmp", "tiff", "avif", "heic", "jxl", "pnm", "tga", "jp2", "ico")
MAX_FRAMES = 1000
"""Frames of an animation, or pages, that are looked at in one file."""
MAX_PIXELS_IN_ALL = 2_000_000_000
"""Pixels of all of them together: they are decoded one after the other."""

_MAX_PIXELS_OF_JP2 = 50_000_000  # each takes up to 40 bytes, and a few hundred bytes may announce any number
_CHUNKS = 65_536
_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_TURN = {
    3: cv2.ROTATE_180,
    5: cv2.ROTATE_90_COUNTERCLOCKWISE,
    6: cv2.ROTATE_90_CLOCKWISE,
    7: cv2.ROTATE_90_CLOCKWISE,
    8: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def check_editable(sniffed: Sniffed, *, max_pixels: int) -> tuple[int, int]:
    """Width and height of an image that can be handled; raises what is to be counted otherwise.

    Only headers are read: nothing is allocated for a picture that is refused here.

    Raises
    ------
    DecodeError
        ``not-an-image``, ``truncated-header``.
    Unsupported
        ``codec``: an image, but of none that are handled; ``too-many-pixels`` of one frame or (beyond
        `MAX_PIXELS_IN_ALL`) of all, ``too-many-frames``, ``animated-jxl``.
    """
    if sniffed.codec is None:
        raise DecodeError("not-an-image", "its first bytes are of no image format that overpaint knows")
    if sniffed.codec not in CODECS:
        raise Unsupported("codec", "an image of a kind that is not handled; convert it to PNG")
    if not sniffed.width or not sniffed.height:
        raise DecodeError("truncated-header", "the file ends before it says how large its picture is")
    pixels = sniffed.width * sniffed.height
    if sniffed.codec == "jp2":
        max_pixels = min(max_pixels, _MAX_PIXELS_OF_JP2)
    if pixels > max_pixels:
        raise Unsupported(
            "too-many-pixels", f"{sniffed.width} x {sniffed.height} is above the limit of {max_pixels} pixels"
        )
    if sniffed.animated:
        check_frames(sniffed.frames or 1, pixels * (sniffed.frames or 1))
        if sniffed.codec == "ico":
            raise Unsupported("several-pictures", "only one picture of the icon could be looked at; split it")
        if sniffed.codec == "jxl":
            raise Unsupported("animated-jxl", "only one of its frames could be looked at; split it into still pictures")
    return sniffed.width, sniffed.height


def check_frames(frames: int, pixels: int) -> None:
    """Raise where so many frames, or so many pixels in all of them, are more than is looked at in one file."""
    if frames > MAX_FRAMES:
        raise Unsupported("too-many-frames", f"more than {MAX_FRAMES} frames or pages; split the file")
    if pixels > MAX_PIXELS_IN_ALL:
        raise Unsupported("too-many-pixels", f"its frames have more than {MAX_PIXELS_IN_ALL} pixels; split the file")


def is_plain(sniffed: Sniffed) -> bool:
    """Whether one decoding by OpenCV shows all there is: a still JPEG, or PNG of 8 bits without an alpha channel.

    Transparent entries of a palette, and a transparent colour, do not count: OpenCV shows the colours beneath.
    """
    if sniffed.codec == "jpeg":
        return True
    return sniffed.codec == "png" and not sniffed.animated and sniffed.channels in {1, 3} and sniffed.bits != 16


def decode_still(data: bytes, sniffed: Sniffed, *, long_side: int) -> NDArray[np.uint8]:
    """A plain picture (`is_plain`): upright, RGB, H x W x 3, at least ``long_side`` long if the file is (0: full size).

    JPEG decodes at 1/2, 1/4 or 1/8 for a fraction of the price, so large photographs never exist at full size.
    The result is a view with reversed channels: detectors that want BGR turn it back at no cost.

    Raises
    ------
    DecodeError
        ``undecodable``.
    """
    assert sniffed.width is not None and sniffed.height is not None
    flag = cv2.IMREAD_COLOR
    if long_side and sniffed.codec == "jpeg":
        longest = max(sniffed.width, sniffed.height)
        flag = next((_REDUCED[f] for f in (8, 4, 2) if longest // f >= long_side), flag)
    bgr = upright(imdecode(data, flag | cv2.IMREAD_IGNORE_ORIENTATION), sniffed.orientation)
    return bgr[:, :, ::-1]


def imdecode(data: bytes, flag: int) -> NDArray[np.uint8]:
    """OpenCV's decoder, with its two ways of giving up as one."""
    if data[:4] == b"\x89PNG" and not _chunks_fit(data):
        raise DecodeError("undecodable", "a chunk of it is longer than the file")
    try:
        picture: NDArray[np.uint8] | None = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise DecodeError("undecodable", "the decoder gave up") from error
    if picture is None:
        raise DecodeError("undecodable", "the decoder could make no picture of it")
    return picture


def _chunks_fit(data: bytes) -> bool:
    """Whether no chunk of a PNG ends beyond the file: OpenCV allocates up to 2 GB for one before it reads."""
    at = 8
    for _ in range(_CHUNKS):
        if at + 12 > len(data):
            return at == len(data)
        length = int.from_bytes(data[at : at + 4], "big")
        if length > len(data) - at - 12:
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + length
    return False


def upright(picture: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A stored frame turned as its EXIF orientation says."""
    if orientation in {2, 5, 7}:
        picture = cv2.flip(picture, 1)
    elif orientation == 4:
        picture = cv2.flip(picture, 0)
    turn = _TURN.get(orientation)
    return picture if turn is None else cv2.rotate(picture, turn)


def to_stored(box: Box, *, seen: tuple[int, int], stored: tuple[int, int], orientation: int, page: int = 0) -> Box:
    """A box of the upright picture that was looked at, in pixels of the stored frame.

    Parameters
    ----------
    seen
        Width and height of the upright picture.
    stored
        Width and height of the stored frame.
    orientation
        EXIF orientation, 1 to 8, by which the stored frame was turned upright.
    page
        Of a multi-page file, from 0.
    """
    u0, u1, v0, v1 = box.x0 / seen[0], box.x1 / seen[0], box.y0 / seen[1], box.y1 / seen[1]
    if orientation in {5, 6, 7, 8}:  # the upright picture's columns are the stored frame's rows
        u0, u1, v0, v1 = v0, v1, u0, u1
    if orientation in {2, 3, 7, 8}:
        u0, u1 = 1 - u1, 1 - u0
    if orientation in {3, 4, 6, 7}:
        v0, v1 = 1 - v1, 1 - v0
    width, height = stored
    # a sixteenth of a pixel is far below what a detector knows, and short to store
    x0, y0, x1, y1 = (round(16 * value) / 16 for value in (u0 * width, v0 * height, u1 * width, v1 * height))
    return Box(x0, y0, x1, y1, page)
