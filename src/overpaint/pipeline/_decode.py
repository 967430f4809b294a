"""Decode once, as small as the detectors allow, and turn upright."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.formats import Sniffed
from overpaint.records import Box

__all__ = ["CODECS", "check_editable", "decode", "to_stored"]

CODECS = ("jpeg", "png")  # what can be edited; everything else is refused before it is decoded

_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_TURN = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}


def check_editable(sniffed: Sniffed, *, max_pixels: int) -> tuple[int, int]:
    """Width and height of an image that can be handled; raises what is to be counted otherwise."""
    if sniffed.codec is None:
        raise DecodeError("not-an-image", "its first bytes are of no image format that overpaint knows")
    if sniffed.codec not in CODECS:
        raise Unsupported(
            f"unsupported-{sniffed.codec}", f"{sniffed.codec} files cannot be edited; convert them to JPEG or PNG"
        )
    if not sniffed.width or not sniffed.height:
        raise DecodeError("truncated-header", "the file ends before it says how large its picture is")
    if sniffed.width * sniffed.height > max_pixels:
        raise Unsupported(
            "too-many-pixels", f"{sniffed.width} x {sniffed.height} is above the limit of {max_pixels} pixels"
        )
    if sniffed.animated and sniffed.codec == "png":
        raise Unsupported("animated-png", "only its first frame could be looked at; split it into still pictures")
    return sniffed.width, sniffed.height


def decode(data: bytes, sniffed: Sniffed, *, long_side: int) -> NDArray[np.uint8]:
    """The picture upright, RGB, H x W x 3, at least ``long_side`` pixels long where the file is (0: full size).

    JPEG decodes at 1/2, 1/4 or 1/8 for a fraction of the price, so large photographs never exist at full size.
    The result is a view with reversed channels: detectors that want BGR turn it back at no cost.
    """
    assert sniffed.width is not None and sniffed.height is not None
    flag = cv2.IMREAD_COLOR
    if long_side and sniffed.codec == "jpeg":
        longest = max(sniffed.width, sniffed.height)
        flag = next((_REDUCED[f] for f in (8, 4, 2) if longest // f >= long_side), flag)
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise DecodeError("undecodable", "the decoder gave up") from error
    if bgr is None:
        raise DecodeError("undecodable", "the decoder could make no picture of it")
    if sniffed.orientation in {2, 5, 7}:
        bgr = cv2.flip(bgr, 1)
    elif sniffed.orientation == 4:
        bgr = cv2.flip(bgr, 0)
    turn = {5: cv2.ROTATE_90_COUNTERCLOCKWISE, 7: cv2.ROTATE_90_CLOCKWISE}.get(
        sniffed.orientation, _TURN.get(sniffed.orientation)
    )
    if turn is not None:
        bgr = cv2.rotate(bgr, turn)
    upright: NDArray[np.uint8] = bgr[:, :, ::-1]
    return upright


def to_stored(box: Box, *, seen: tuple[int, int], stored: tuple[int, int], orientation: int) -> Box:
    """A box of the upright picture that was looked at, in pixels of the stored frame.

    Parameters
    ----------
    seen
        Width and height of the upright picture.
    stored
        Width and height of the stored frame.
    orientation
        EXIF orientation, 1 to 8, by which the stored frame was turned upright.
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
    return Box(*(round(16 * value) / 16 for value in (u0 * width, v0 * height, u1 * width, v1 * height)))
