"""Decode every frame or page, one after the other, as viewers show it.

Pillow decodes all but: TIFF of 16 bits in colour (OpenCV), HEIC (pillow-heif) and JPEG XL (pylibjxl), both optional.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.checks._apng_frames import composed
from overpaint.checks._contents import Contents
from overpaint.checks._decode import MOST_PIXELS, Component, Picture
from overpaint.checks._gif_frames import canvas_of
from overpaint.checks._gif_frames import composed as composed_gif
from overpaint.checks._walk_pnm import samples_of_pnm

__all__ = ["MOST_PIXELS", "Undecodable", "pictures"]

_TURNED, _EXTRA = 274, 338
_MOST_OF_GIF = 50_000_000  # a few bytes announce a frame that makes the canvas grow
_MOST_OF_JP2 = 50_000_000  # its decoder takes about 20 bytes for each
_MOST_TOGETHER = 10 * MOST_PIXELS

_PILLOW = {"webp": "WEBP", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF"}
_PILLOW |= {"ico": "ICO", "tga": "TGA", "jp2": "JPEG2000"}
# Modes of Pillow and what they are compared in.
_SHOWN = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "RGB": "RGB", "YCbCr": "RGB", "RGBX": "RGB", "LAB": "LAB"}
_SHOWN |= {"RGBA": "RGBA", "RGBa": "RGBA", "CMYK": "CMYK"}
_WIDE = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})


class Undecodable(Exception):
    """A file cannot be decoded to be compared; the message says why, without text from the file."""


def pictures(data: bytes, contents: Contents, skip: frozenset[int] = frozenset()) -> Iterator[Picture | None]:
    """Every frame as it is shown, or every page, one at a time; None for the pages to ``skip``.

    Raises
    ------
    Undecodable
        The decoder gives up, is not installed, or there are more pixels than `MOST_PIXELS` in a frame or ten times
        that in all.
    """
    shown = [frame.width * frame.height for index, frame in enumerate(contents.frames) if index not in skip]
    _bounded(max(shown, default=0), sum(shown))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _decoded(data, contents, skip)
    except Undecodable:
        raise
    except Exception as error:  # Pillow's plug-ins raise nearly anything on damaged files
        raise Undecodable(type(error).__name__) from error


def _bounded(largest: int, together: int) -> None:
    if largest > MOST_PIXELS or together > _MOST_TOGETHER:
        raise Undecodable(f"more than {MOST_PIXELS} pixels in a frame, or {_MOST_TOGETHER} in all")


def _decoded(data: bytes, contents: Contents, skip: frozenset[int]) -> Iterator[Picture | None]:
    if contents.codec == "heic":
        yield _heic(data, contents)
    elif contents.codec == "jxl":
        yield _jxl(data, contents)
    elif contents.codec == "pnm":
        yield _bitmap(data, contents)
    elif contents.codec == "gif":
        for samples in _gif(contents):
            yield _of(samples, "RGBA", "RGBA", 8, duration=0)
    elif contents.codec == "apng":
        for frame, samples in zip(contents.frames, _canvases(contents), strict=True):
            yield _of(samples, "RGBA", "RGBA", max(8, frame.depth), duration=0)
    else:
        yield from _pillow(data, contents, skip)
        if contents.codec == "avif" and data[8:12] == b"avis":
            # The picture that viewers without animation show: not a frame, but it shows the same faces.
            still = data[:8] + b"avif" + data[12:]
            with Image.open(io.BytesIO(still), formats=("AVIF",)) as image:
                _bounded(image.width * image.height, 0)
                image.load()
                image.info.pop("duration", None)
                yield _picture(image, contents, 0)


def _gif(contents: Contents) -> Iterator[NDArray[np.uint8]]:
    width, height = canvas_of(contents.laid, (contents.frames[0].width, contents.frames[0].height))
    if width * height > _MOST_OF_GIF:
        raise Undecodable(f"more than {_MOST_OF_GIF} pixels")
    _bounded(0, len(contents.laid) * width * height)
    return composed_gif(contents.laid, width, height)


def _canvases(contents: Contents) -> Iterator[NDArray[np.uint8]]:
    sides = [struct.unpack(">II", patch.png[16:24]) for patch in contents.patches]
    _bounded(max((w * h for w, h in sides), default=0), 0)
    return composed(contents.patches, contents.frames[0].width, contents.frames[0].height)


def _bitmap(data: bytes, contents: Contents) -> Picture:
    """A portable bitmap, by this room's own reading: Pillow stretches samples whose largest value is an odd one."""
    if not contents.complete:
        raise Undecodable("it ends early")
    samples, top = samples_of_pnm(data)
    names = "Y" if samples.shape[2] == 1 else "RGB"
    picture = _of(samples, names, names, contents.frames[0].depth, duration=0)
    middle = float(1 << (top.bit_length() - 1))
    return replace(picture, components=tuple(replace(one, middle=middle) for one in picture.components))


def _heic(data: bytes, contents: Contents) -> Picture:
    try:
        import pillow_heif
    except ImportError as error:
        raise Undecodable("HEIC is decoded by pillow-heif: pip install 'overpaint[heic]'") from error
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    image = file[file.primary_index]
    _bounded(image.size[0] * image.size[1], 0)
    return _picture(image.to_pillow(), contents, 0)


def _jxl(data: bytes, contents: Contents) -> Picture:
    """A JPEG XL, upright and at 8 bits as its decoder gives it."""
    try:
        import pylibjxl
    except ImportError as error:
        raise Undecodable("JPEG XL is decoded by pylibjxl: pip install 'overpaint[jxl]'") from error
    if not contents.complete:
        raise Undecodable("it ends early, or is an animation")
    samples: NDArray[np.uint8] = pylibjxl.decode(data)
    names = {1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}[samples.shape[2]]
    return _of(samples, names, names, max(8, contents.frames[0].depth), duration=0)


def _pillow(data: bytes, contents: Contents, skip: frozenset[int]) -> Iterator[Picture | None]:
    if contents.codec == "jp2" and contents.frames[0].width * contents.frames[0].height > _MOST_OF_JP2:
        raise Undecodable(f"more than {_MOST_OF_JP2} pixels of a JPEG 2000")
    with Image.open(io.BytesIO(data), formats=(_PILLOW[contents.codec],)) as image:
        # A sequence's frames are counted by its decoder; everything else by this room's own walk.
        many = getattr(image, "n_frames", 1) if contents.codec == "avif" else len(contents.frames)
        if contents.codec != "tiff":
            _bounded(image.width * image.height, many * image.width * image.height)
        for index in range(many):
            if index in skip:
                yield None
                continue
            if contents.codec == "tiff" and contents.frames[index].depth == 16:
                yield _sixteen(data, contents, index)
                continue
            try:
                image.seek(index)
            except EOFError:
                return
            _bounded(image.width * image.height, 0)
            if contents.codec == "tiff":
                image.getexif().pop(_TURNED, None)  # or Pillow would turn the page
            image.load()
            yield _picture(image, contents, index)


def _sixteen(data: bytes, contents: Contents, index: int) -> Picture:
    """A TIFF's page of 16 bits, by OpenCV: Pillow halves the bits of colour."""
    planes = contents.frames[index].planes
    if planes:
        several = [np.asarray(Image.open(io.BytesIO(plane), formats=("TIFF",))) for plane in planes]
        names = {2: "YA", 3: "RGB", 4: "RGBA"}.get(len(planes), "")
        if not names or any(plane.dtype != np.uint16 for plane in several):
            raise Undecodable("planes that are not compared")
        return _of(np.stack(several, axis=-1), names, names, 16, duration=0)
    chatter: Any = cv2.utils.logging  # not in its stubs
    level = chatter.getLogLevel()
    chatter.setLogLevel(0)
    try:
        found, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED, range=(index, index + 1))
    finally:
        chatter.setLogLevel(level)
    if not found or pages[0].dtype != np.uint16:
        raise Undecodable("OpenCV cannot decode the page to 16 bits")
    samples: NDArray[np.uint16] = pages[0].reshape(*pages[0].shape[:2], -1)
    samples = samples[:, :, [2, 1, 0, 3][: samples.shape[2]]] if samples.shape[2] in {3, 4} else samples
    names = {1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}.get(samples.shape[2], "")
    if not names:
        raise Undecodable("more channels than are compared")
    return _of(samples, names, names, contents.frames[index].depth, duration=0)


def _picture(image: Image.Image, contents: Contents, index: int) -> Picture:
    frame = contents.frames[min(index, len(contents.frames) - 1)]
    duration = image.info.get("duration", 0) if contents.codec == "avif" else 0
    # Of a page that it was kept from turning, Pillow still tells the sides as if it had.
    stored = image if image.im.size == image.size else image.copy()
    if image.mode in _WIDE:
        wide = np.asarray(stored).astype(np.uint16)
        return _of(wide[:, :, None], "Y", "grey", 16, duration=duration)
    shown = _shown(image)
    if shown is None:
        raise Undecodable(f"pixels of mode {image.mode}")
    if contents.codec == "tiff" and shown == "RGBA" and 1 in getattr(image, "tag_v2", {}).get(_EXTRA, ()):
        shown = "RGBa"  # colours are stored multiplied by the opacity, and averaged so
    samples = np.asarray(stored if image.mode == shown else image.convert(shown))
    samples = samples.reshape(*samples.shape[:2], -1)
    names = shown.replace("L", "Y") if shown in {"L", "LA"} else shown
    return _of(samples, names.upper(), shown.upper(), max(8, frame.depth), duration=duration)


def _shown(image: Image.Image) -> str | None:
    """The mode in which a frame is compared."""
    clear = "transparency" in image.info
    if image.mode in {"P", "PA"}:
        return "RGBA" if clear or image.mode == "PA" else "RGB"
    shown = _SHOWN.get(image.mode)
    return f"{shown}A" if clear and shown in {"L", "RGB"} else shown


def _of(
    samples: NDArray[np.uint8] | NDArray[np.uint16], names: str, mode: str, depth: int, *, duration: float
) -> Picture:
    middle = 32768.0 if samples.dtype == np.uint16 else 128.0
    return Picture(
        width=samples.shape[1],
        height=samples.shape[0],
        mode=mode,
        depth=depth,
        sampling=(),
        tables=(),
        progressive=False,
        samples=samples,
        components=tuple(
            Component(name, samples[:, :, i], (1, 1), None, alpha=name == "A" and names != "LAB", middle=middle)
            for i, name in enumerate(names)
        ),
        duration=duration,
        # Where nothing stands, in a frame that was disposed of or not yet laid, nothing can be left.
        clear=(samples == 0).all(axis=2) if names == "RGBA" else None,
    )
