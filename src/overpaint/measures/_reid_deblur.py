"""Undoing a blur that is known: deconvolution, and the smoothing of a known grid.

Pictures are mirrored at their borders, so that a Gaussian blur multiplies each number of their cosine transform.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["left_of", "richardson_lucy", "smoothed", "wiener"]

Floats = npt.NDArray[np.float32]


def left_of(height: int, width: int, sigma: float) -> Floats:
    """What a Gaussian blur of `sigma` pixels leaves of each number of a picture's cosine transform: height x width."""
    down, across = np.arange(height)[:, None] / (2 * height), np.arange(width)[None, :] / (2 * width)
    return np.asarray(np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2)), np.float32)


def wiener(picture: Floats, sigma: float, *, noise: float) -> Floats:
    """Deconvolution of a Gaussian blur with the least mean error (Wiener 1949).

    Parameters
    ----------
    picture
        H x W x 3, 0 to 255, both sides even.
    sigma
        In pixels.
    noise
        Its power as a share of the picture's, the same at all frequencies.
    """
    left = left_of(picture.shape[0], picture.shape[1], sigma)
    filtered = left * (1 + noise) / (left**2 + noise)  # 1 at frequency 0: the mean brightness is known
    planes = [cv2.idct(cv2.dct(np.ascontiguousarray(plane)) * filtered) for plane in np.moveaxis(picture, 2, 0)]
    return np.asarray(np.clip(np.stack(planes, axis=2), 0, 255), np.float32)


def richardson_lucy(picture: Floats, sigma: float, *, rounds: int = 15) -> Floats:
    """Deconvolution of a Gaussian blur that keeps values positive (Richardson 1972, Lucy 1974); as `wiener`."""

    def blurred(given: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(given, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)

    seen = np.asarray(np.maximum(picture, 1), np.float32)
    found = seen
    for _ in range(rounds):
        found = np.asarray(found * blurred(np.asarray(seen / np.maximum(blurred(found), 1e-3), np.float32)), np.float32)
    return np.asarray(np.clip(found, 0, 255), np.float32)


def smoothed(picture: Floats, cell: float) -> Floats:
    """A mosaic of known cells (pixels) without their edges: what an interpolation between their middles shows."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.3, cell / 2), borderType=cv2.BORDER_REFLECT), np.float32)
