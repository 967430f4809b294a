"""Painting an AVIF: its pixels are painted and coded again; only a file that is not painted keeps its coded picture."""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._heif_facts import Facts, carried, facts_of, with_colours
from overpaint.painting._metadata import read_items, strip_isobmff
from overpaint.painting._regions import Regions, regions
from overpaint.records import Box

__all__ = ["QUALITY", "paint_avif"]

QUALITY: Final = 90
"""Of libavif's 0 to 100; differences to the source are then mostly below two levels of 255."""
_SPEED: Final = 6
_ORIENTATION: Final = 0x0112


def paint_avif(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into an AVIF or an AVIF sequence and apply the metadata policy.

    All frames are coded again, with quality 90, the chroma subsampling they had, alpha, ICC profile, colour primaries
    and orientation. Where no face is inside the picture only the metadata policy is applied.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the stored frame (before ``irot`` and ``imir``); in a sequence they are painted in every
        frame.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The most pixels that are decoded, over all frames.

    Raises
    ------
    DecodeError
        ``no-image-data``, ``damaged-header``, ``truncated``, ``damaged-data``.
    Unsupported
        ``bit-depth`` (more than 8 bits), ``cropped`` (a ``clap`` box), ``turned-sequence``, ``too-many-pixels``,
        ``too-many-items``, ``item-location``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number_of_look = checked_look(look)
    kept = strip_isobmff(data, policy=metadata, painted=bool(faces))
    if not faces:
        return unpainted(kept)
    items = read_items(data)
    facts = facts_of(data, items)
    if facts.width * facts.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{facts.width} x {facts.height} is above {max_pixels} pixels")
    image, frames = _opened(data)
    width, height = image.size
    if width * height * frames > max_pixels:
        raise Unsupported("too-many-pixels", f"{frames} frames of {width} x {height} are above the limit")
    where = regions(faces, width=width, height=height, orientation=facts.orientation, cells=cells)
    if not where.groups:
        return unpainted(strip_isobmff(data, policy=metadata, painted=False))
    if facts.bits > 8:
        raise Unsupported("bit-depth", "an AVIF of more than 8 bits would lose some when it is coded again")
    if facts.cropped:
        raise Unsupported("cropped", "an AVIF that tells to be cropped cannot be written")
    if frames > 1 and facts.orientation != 1:  # Pillow 13 does not survive it: the process ends with a signal
        raise Unsupported("turned-sequence", "an AVIF sequence that tells to be turned cannot be written")
    pictures, durations = _painted_frames(image, frames, where, number_of_look)
    exif, xmp = carried(data, items, metadata)
    coded = _coded(pictures, durations, image.info.get("icc_profile"), exif, xmp, facts)
    removed = kept.removed
    return PaintedFile(coded, where.faces, removed, again=True)


def _opened(data: bytes) -> tuple[Any, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is checked
            image = Image.open(io.BytesIO(data), formats=["AVIF"])
            return image, int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError as error:
        raise Unsupported("too-many-pixels", "the AVIF has more pixels than Pillow decodes") from error
    except (OSError, ValueError, SyntaxError, RuntimeError) as error:
        raise DecodeError("damaged-data", "the AVIF cannot be decoded") from error


def _painted_frames(image: Any, frames: int, where: Regions, look: int) -> tuple[list[Image.Image], list[int]]:
    pictures, durations = [], []
    for number in range(frames):
        try:
            image.seek(number)
            samples: NDArray[np.uint8] = np.array(image)
        except (OSError, ValueError, EOFError, RuntimeError, ArithmeticError) as error:
            raise DecodeError("damaged-data", "a frame of the AVIF cannot be decoded") from error
        samples = samples.reshape(where.height, where.width, -1)
        paint_channels(samples, where, look, range(min(3, samples.shape[2])))
        pictures.append(Image.fromarray(samples if samples.shape[2] > 1 else samples[:, :, 0]))
        durations.append(int(image.info.get("duration", 0)))
    return pictures, durations


def _coded(
    pictures: list[Image.Image],
    durations: list[int],
    profile: bytes | None,
    exif: bytes,
    xmp: bytes,
    facts: Facts,
) -> bytes:
    tags = Image.Exif()
    with contextlib.suppress(struct.error, TypeError, ValueError, ArithmeticError, LookupError, SyntaxError):
        fresh = Image.Exif()
        fresh.load(exif)
        fresh.tobytes()
        tags = fresh  # a block that Pillow cannot write goes
    tags[_ORIENTATION] = facts.orientation  # becomes irot and imir
    options: dict[str, Any] = {"quality": QUALITY, "speed": _SPEED, "max_threads": 1, "exif": tags}
    options |= {"subsampling": facts.subsampling, "icc_profile": profile or b"", "xmp": xmp}
    if len(pictures) > 1:
        options |= {"save_all": True, "append_images": pictures[1:], "duration": durations}
    file = io.BytesIO()
    pictures[0].save(file, "AVIF", **options)
    return with_colours(file.getvalue(), facts.colours)
