"""Undoing a blur that is known: deconvolution, and the smoothing of a known grid."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["richardson_lucy", "smoothed", "transfer", "wiener"]

Doubles = npt.NDArray[np.float64]


def transfer(height: int, width: int, sigma: float) -> Doubles:
    """What a Gaussian blur of `sigma` pixels leaves of each frequency of a picture: height x (width / 2 + 1)."""
    down = np.fft.fftfreq(height)[:, None]
    across = np.fft.rfftfreq(width)[None, :]
    return np.asarray(np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2)))


def wiener(picture: Doubles, sigma: float, *, noise: float) -> Doubles:
    """Deconvolution of a Gaussian blur (Wiener 1949), `noise` as the ratio of its power to the picture's.

    Borders are mirrored outwards first, so that the picture is periodic.

    Parameters
    ----------
    picture
        H x W x 3, 0 to 255.
    sigma
        In pixels.
    """
    high, wide = picture.shape[:2]
    doubled = np.concatenate([picture, picture[::-1]], axis=0)
    doubled = np.concatenate([doubled, doubled[:, ::-1]], axis=1)
    left = transfer(2 * high, 2 * wide, sigma)[..., None]
    spectrum = np.fft.rfft2(doubled, axes=(0, 1)) * left / (left**2 + noise)
    back = np.fft.irfft2(spectrum, s=doubled.shape[:2], axes=(0, 1))[:high, :wide]
    # the filter dims what does not vary as well; that much is known and given back
    return np.asarray(np.clip(back * (1 + noise), 0, 255))


def richardson_lucy(picture: Doubles, sigma: float, *, rounds: int = 30) -> Doubles:
    """Deconvolution of a Gaussian blur that keeps values positive (Richardson 1972, Lucy 1974); as `wiener`."""

    def blurred(given: Doubles) -> Doubles:
        return np.asarray(cv2.GaussianBlur(given, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float64)

    seen = np.maximum(picture, 1.0)
    found = seen.copy()
    for _ in range(rounds):
        found *= blurred(seen / np.maximum(blurred(found), 1e-6))
    return np.asarray(np.clip(found, 0, 255))


def smoothed(picture: Doubles, cell: float) -> Doubles:
    """A mosaic of known cells (pixels) without their edges: what an interpolation between their middles shows."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.3, cell / 2), borderType=cv2.BORDER_REFLECT), np.float64)
