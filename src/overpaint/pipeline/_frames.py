"""Every picture of a file, one after the other: the frames of an animation, the pages of a TIFF."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, SampleError, Unsupported
from overpaint.formats import Sniffed
from overpaint.pipeline._decode import check_frames, decode_still, imdecode, is_plain, upright
from overpaint.pipeline._pixels import Picture, eight_bits, of_pillow, views

__all__ = ["Frame", "decode", "frames"]

_PILLOW = {"png": "PNG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF"}
_PILLOW |= {"ico": "ICO", "pnm": "PPM", "tga": "TGA", "jp2": "JPEG2000"}
_MAX_PIXELS = 200_000_000

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Python prints its complaints on the terminal


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture to look at.

    Attributes
    ----------
    page
        Of a TIFF, from 0; 0 of everything else.
    number
        Counts the pictures of a page from 0: the frames of an animation; where alpha hides a part of one, its composed
        view follows as a picture of its own.
    image
        Upright, RGB, H x W x 3; perhaps smaller than it is stored.
    stored
        Width and height of the stored frame.
    orientation
        EXIF orientation by which the stored frame was turned upright.
    """

    page: int
    number: int
    image: Picture
    stored: tuple[int, int]
    orientation: int


def decode(data: bytes, sniffed: Sniffed, *, long_side: int) -> Picture:
    """The first picture of a file (see `frames`): upright, RGB, H x W x 3."""
    return next(frames(data, sniffed, long_side=long_side)).image


def frames(data: bytes, sniffed: Sniffed, *, long_side: int, max_pixels: int = _MAX_PIXELS) -> Iterator[Frame]:
    """Decode a file picture by picture, in memory one at a time.

    Parameters
    ----------
    data, sniffed
        The file, and what its headers say; `check_editable` has accepted them.
    long_side
        The longest side in pixels that detectors can use (0: full size); pictures come at least as large where the
        file is.
    max_pixels
        Of one picture. A page's own header is held to it before the page is decoded.

    Raises
    ------
    DecodeError
        ``undecodable``: a picture cannot be decoded, or fewer are there than the file announces. What came before may
        have been looked at; the file as a whole cannot be painted over.
    Unsupported
        ``too-many-pixels``, ``too-many-frames``; ``needs-heic`` or ``needs-jxl`` where a plug-in is not installed;
        ``frames-of-different-sizes``.
    """
    if sniffed.codec == "jpeg" or (sniffed.codec == "png" and not sniffed.animated):
        try:
            first = _still(data, sniffed, long_side) if is_plain(sniffed) else _png(data, sniffed)
        except DecodeError:
            if sniffed.codec == "jpeg":
                raise
            first = _by_pillow(data, sniffed, long_side, max_pixels)  # it forgives more than libpng
        yield from first
    elif sniffed.codec == "heic":
        yield from _heic(data, long_side, max_pixels)
    elif sniffed.codec == "jxl":
        assert sniffed.width is not None and sniffed.height is not None
        yield from _jxl(data, (sniffed.width, sniffed.height), long_side)
    else:
        yield from _by_pillow(data, sniffed, long_side, max_pixels)


def _still(data: bytes, sniffed: Sniffed, long_side: int) -> Iterator[Frame]:
    assert sniffed.width is not None and sniffed.height is not None
    image = decode_still(data, sniffed, long_side=long_side)
    return iter([Frame(0, 0, image, (sniffed.width, sniffed.height), sniffed.orientation)])


def _png(data: bytes, sniffed: Sniffed) -> Iterator[Frame]:
    """A still PNG with alpha or of 16 bits, which Pillow would reduce by itself; decodes at once."""
    samples = imdecode(data, cv2.IMREAD_UNCHANGED)
    if samples.ndim == 2:
        samples = np.repeat(samples[:, :, None], 3, axis=2)
    size = samples.shape[1], samples.shape[0]
    alpha = None
    if samples.shape[2] == 4:
        alpha = (samples[:, :, 3] >> (8 * (samples.dtype.itemsize - 1))).astype(np.uint8)
    colour = eight_bits(np.ascontiguousarray(samples[:, :, 2::-1]))
    turn = sniffed.orientation
    return (Frame(0, number, upright(view, turn), size, turn) for number, view in enumerate(views(colour, alpha)))


def _by_pillow(data: bytes, sniffed: Sniffed, long_side: int, max_pixels: int) -> Iterator[Frame]:
    codec = sniffed.codec or ""
    with _decoding():
        image = Image.open(io.BytesIO(data), formats=[_PILLOW[codec]])
    paged, shown, pixels = codec == "tiff", 0, 0
    with image:
        for picture in itertools.count():
            if not _seek(image, picture):
                break
            pixels += _checked(image.size, max_pixels)
            check_frames(picture + 1, pixels)
            size, orientation = _stored(image, sniffed)
            with _decoding():
                image.load()
                colour, alpha = of_pillow(image, long_side=long_side)
            turn = 1 if paged else orientation  # Pillow turns TIFF itself
            for number, view in enumerate(views(colour, alpha), 0 if paged else shown):
                yield Frame(picture if paged else 0, number, upright(view, turn), size, orientation)
                shown = number + 1
            del colour, alpha, view
    if picture < (sniffed.frames or 1):
        raise DecodeError("undecodable", f"of its {sniffed.frames} frames or pages {picture} could be decoded")


def _seek(image: Image.Image, picture: int) -> bool:
    """Go to a picture; False where there are no more."""
    try:
        with _decoding(may_end=True):
            image.seek(picture)
    except EOFError:
        return False
    return True


def _stored(image: Image.Image, sniffed: Sniffed) -> tuple[tuple[int, int], int]:
    """The stored frame's size, and how it is to be turned upright.

    Pillow gives the pages of a TIFF upright, each by its own tag.
    """
    width, height = image.size
    if sniffed.codec != "tiff":
        return (width, height), sniffed.orientation
    with _decoding():
        orientation = image.getexif().get(0x0112, 1)
    if orientation not in range(1, 9):
        orientation = 1
    return ((height, width) if orientation >= 5 else (width, height)), orientation


def _checked(size: tuple[int, int], max_pixels: int) -> int:
    """The pixels of a picture, if they are not too many."""
    if size[0] * size[1] > max_pixels:
        raise Unsupported("too-many-pixels", f"{size[0]} x {size[1]} is above the limit of {max_pixels} pixels")
    return size[0] * size[1]


@contextlib.contextmanager
def _decoding(*, may_end: bool = False) -> Iterator[None]:
    """Turn whatever a decoder raises on bad data into one error, and keep its warnings to itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SampleError:
        raise
    except Image.DecompressionBombError as error:
        raise Unsupported("too-many-pixels", "it is above the limit of the decoder's own") from error
    except Exception as error:  # decoders raise nearly every class there is
        if may_end and isinstance(error, EOFError):
            raise
        raise DecodeError("undecodable", f"the decoder gave up ({type(error).__name__})") from error


def _plug_in(codec: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except ImportError as error:
        name = {"heic": "HEIC", "jxl": "JPEG XL"}[codec]
        raise Unsupported(f"needs-{codec}", f"{name} needs a plug-in: pip install 'overpaint[{codec}]'") from error


def _heic(data: bytes, long_side: int, max_pixels: int) -> Iterator[Frame]:
    """The pictures of a HEIC file; its decoder crops and turns them."""
    open_heif = _plug_in("heic", _load_heif)
    with _decoding():
        file = open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        sizes = [image.size for image in file]
    check_frames(len(sizes), sum(_checked(size, max_pixels) for size in sizes))
    if len(set(sizes)) > 1:
        raise Unsupported("frames-of-different-sizes", "its pictures differ in size; split it into still pictures")
    shown = 0
    for picture in range(len(sizes)):
        with _decoding():
            colour, alpha = of_pillow(file[picture].to_pillow(), long_side=long_side)
        for number, view in enumerate(views(colour, alpha), shown):
            yield Frame(0, number, view, sizes[picture], 1)
            shown = number + 1


def _load_heif() -> Any:
    from pillow_heif import open_heif

    return open_heif


def _jxl(data: bytes, size: tuple[int, int], long_side: int) -> Iterator[Frame]:
    """A still JPEG XL; its decoder turns it, and gives 8 bits of whatever is in it."""
    library = _plug_in("jxl", _load_jxl)
    with _decoding():
        samples: NDArray[np.uint8] = library.decode(data)
    if samples.shape[:2] != size[::-1] or samples.ndim != 3:
        raise DecodeError("undecodable", "its picture is not as large as its header says")
    alpha = np.ascontiguousarray(samples[:, :, -1]) if samples.shape[2] in {2, 4} else None
    if samples.shape[2] < 3:
        samples = np.repeat(samples[:, :, :1], 3, axis=2)
    picture = Image.fromarray(np.ascontiguousarray(samples[:, :, :3]))
    if alpha is not None:
        picture.putalpha(Image.fromarray(alpha))
    del samples, alpha
    colour, opacity = of_pillow(picture, long_side=long_side)
    for number, view in enumerate(views(colour, opacity)):
        yield Frame(0, number, view, size, 1)


def _load_jxl() -> Any:
    import pylibjxl

    return pylibjxl
