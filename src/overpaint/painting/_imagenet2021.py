"""The blur of the ImageNet release of 2021, to the pixel and with its flaw; for reproduction, never for publishing.

Yang, Yau, Fei-Fei, Deng and Russakovsky, "A Study of Face Obfuscation in ImageNet", ICML 2022 (arXiv 2103.06191). The
released images were made with Pillow, whose Gaussian is three box blurs, on 8 bits; so Pillow it is here too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["imagenet2021"]

_SHARE = 0.1
"""Of a box's longer side: how far it is enlarged. Of the longest one in the image: the sigma of everything."""


def imagenet2021(rgb: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """Blur boxes as the 2021 release did.

    Each box is enlarged by a tenth of its longer side on every side; one sigma, a tenth of the *largest* longer side
    in the image, blurs the picture and the mask of the boxes; the result is ``mask * blurred + (1 - mask) * image``.
    So a small face beside a large one gets a mask far below 1, and survives.

    Parameters
    ----------
    rgb
        The image, height x width x 3, uint8.
    boxes
        Pixels of this image. A box without width or height is skipped, as the release did.

    Returns
    -------
    A new array of the same shape; with no box, a copy.

    Raises
    ------
    UsageError
        ``rgb`` is not height x width x 3 of uint8.
    """
    from PIL import Image, ImageDraw, ImageFilter

    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise UsageError(f"rgb must be height x width x 3 of uint8, not {rgb.dtype} of shape {rgb.shape}")
    image = Image.fromarray(np.ascontiguousarray(rgb))
    keep = Image.new("L", image.size, 255)  # this way round, because blurring 255 - x is not 255 minus blurring x
    draw = ImageDraw.Draw(keep)
    largest = 0.0
    for box in boxes:
        if box.x0 >= box.x1 or box.y0 >= box.y1:
            continue
        longer = max(box.width, box.height)
        largest = max(largest, longer)
        grown = _SHARE * longer
        draw.rectangle((box.x0 - grown, box.y0 - grown, box.x1 + grown, box.y1 + grown), fill=0)
    gaussian = ImageFilter.GaussianBlur(_SHARE * largest)
    return np.array(Image.composite(image, image.filter(gaussian), keep.filter(gaussian)), dtype=np.uint8)
