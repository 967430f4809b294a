"""Coding samples as the chunks of a WebP picture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.painting._metadata import riff_chunk, webp_chunks
from overpaint.painting._webp_quality import vp8_quality

__all__ = ["coded_picture"]


def coded_picture(samples: NDArray[np.uint8], kind: bytes, old: bytes) -> bytes:
    """The chunks (``ALPH`` and ``VP8`` or ``VP8L``) of height x width x 3 or 4 samples.

    Parameters
    ----------
    kind
        ``VP8L`` for a lossless picture; ``VP8 `` for a lossy one of the quality of ``old``, its alpha without loss.
    old
        The payload of the picture's chunk before.
    """
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(samples))
    if kind == b"VP8L":
        image.save(file, "WEBP", lossless=True, exact=True, method=4, quality=75)
    else:
        quality = vp8_quality(old)
        image.save(file, "WEBP", lossless=False, exact=True, method=4, quality=quality, alpha_quality=100)
    data = file.getvalue()
    found, _ = webp_chunks(data)
    return b"".join(
        riff_chunk(part.kind, data[part.start : part.end]) for part in found if part.kind in {b"ALPH", b"VP8 ", b"VP8L"}
    )
