"""Fabricated pictures with a face of known place: noise as photographs have it, and Grace Hopper's portrait."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image

from overpaint.records import Box


@functools.cache
def portrait() -> Image.Image:
    """The public-domain portrait that matplotlib ships; the face is about 200 x 250 px."""
    with Image.open(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg") as image:
        return image.convert("RGB")


def noise(width, height, seed=0) -> np.ndarray:
    """Noise with a 1/f amplitude spectrum."""
    rng = np.random.default_rng(seed)
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
    f[0, 0] = 1
    waves = np.fft.fft2(rng.normal(size=(3, height, width))) / f
    waves[:, 0, 0] = 0
    found = np.fft.ifft2(waves).real
    return np.clip(128 + 40 * found / found.std(), 0, 255).astype(np.uint8).transpose(1, 2, 0)


def scene(faces, width=400, height=300, seed=0):
    """Faces of given widths on noise, side by side where there is room; returns the picture and the boxes."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(noise(width, height, seed))
    boxes, left = [], 0
    for face in faces:
        k = face / 200
        whole = portrait().resize((max(1, int(512 * k)), max(1, int(600 * k))), Image.Resampling.LANCZOS)
        x = left + int(rng.integers(0, 9))
        y = int(rng.integers(0, max(1, height - whole.height)))
        image.paste(whole, (x, y))
        boxes.append(Box(x + 160 * k, y + 60 * k, x + 360 * k, y + 310 * k))
        left = x + whole.width
    return image, boxes


def shapes(kind, size=200) -> Image.Image:
    """Pictures that fool statistics: ramps, edges, nothing at all."""
    y, x = np.mgrid[:size, :size]
    values = {
        "flat": np.full((size, size), 90),
        "ramp": x,
        "bowl": 40 + ((x - size / 2) ** 2 + (y - size / 2) ** 2) / 150,
        "edge": np.where(x + y // 3 < size * 0.6, 60, 190),
        "lines": np.where((x // 3) % 2, 60, 190),
    }[kind]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).convert("RGB")


def coded(image, quality=75, sampling="4:2:0", **more) -> bytes:
    """A file: PNG, grey JPEG, or a JPEG with that sampling."""
    buffer = io.BytesIO()
    if sampling == "png":
        image.save(buffer, "PNG", **more)
    elif sampling == "grey":
        image.convert("L").save(buffer, "JPEG", quality=quality, **more)
    elif sampling == "4:1:1":  # Pillow does not write it
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x411111]
        return cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], flags)[1].tobytes()
    else:
        image.save(buffer, "JPEG", quality=quality, subsampling=sampling, **more)
    return buffer.getvalue()
