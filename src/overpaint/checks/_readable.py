"""Whether a file can be decoded to its end."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from overpaint.checks._codec import contents_of
from overpaint.checks._contents import MOST_FRAMES, Contents
from overpaint.checks._moving import MOST_PIXELS, Undecodable, pictures

__all__ = ["readable"]


def readable(data: bytes) -> bool:
    """Whether all of a file of any format can be decoded, every frame or page of it, within bounds.

    A file of more than 200,000,000 pixels in a frame or 4,096 frames is not readable here.

    Examples
    --------
    >>> readable(b"no image")
    False
    """
    contents = contents_of(data)
    if contents is not None:
        return _every_frame(data, contents)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                many = getattr(image, "n_frames", 1)
                if image.width * image.height > MOST_PIXELS or many > MOST_FRAMES:
                    return False
                for index in range(many):
                    image.seek(index)
                    image.load()
    except Exception:  # noqa: BLE001 - Pillow's plug-ins raise nearly anything on damaged files
        return False
    return True


def _every_frame(data: bytes, contents: Contents) -> bool:
    try:
        found = sum(1 for _ in pictures(data, contents))
    except Undecodable:
        return False
    # An animated AVIF's frames are counted by its decoder alone.
    return contents.complete and found >= max(1, len(contents.frames))
