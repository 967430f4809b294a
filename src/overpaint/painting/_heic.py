"""Painting a HEIC, with pillow-heif (BSD-3-Clause; the extra ``heic``).

Its wheels hold x265, which is under the GPL (version 2), and libheif, under the LGPL; so it is nothing that overpaint
installs by itself. Without it a HEIC can be stripped of metadata, but not painted.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted, upright
from overpaint.painting._heif_facts import carried, facts_of, with_colours
from overpaint.painting._metadata import brands, read_items, strip_isobmff
from overpaint.painting._regions import regions
from overpaint.records import Box

__all__ = ["QUALITY", "paint_heic"]

QUALITY: Final = 90
_SEQUENCES: Final = {b"msf1", b"hevc", b"hevx", b"heis"}


def paint_heic(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into the main picture of a HEIC and apply the metadata policy.

    The picture is coded again, upright, with quality 90, its chroma subsampling, alpha, ICC profile and primaries; all
    other pictures go. Where no face is inside it only the metadata policy is applied, and no library is needed.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the frame as decoders give it: turned and cropped as the file says.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest picture that is decoded.

    Raises
    ------
    DecodeError
        ``no-image-data``, ``damaged-header``, ``truncated``, ``damaged-data``.
    Unsupported
        ``needs-heic``, ``heic-sequence``, ``bit-depth`` (more than 8 bits), ``too-many-pixels``, ``too-many-items``,
        ``item-location``.
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
    library = _library()
    if brands(data) & _SEQUENCES:
        raise Unsupported("heic-sequence", "sequences of HEIC pictures cannot be painted")
    if facts.bits > 8:
        raise Unsupported("bit-depth", "a HEIC of more than 8 bits would lose some when it is coded again")
    samples, profile = _decoded(library, data)
    height, width, channels = samples.shape
    where = regions(faces, width=width, height=height, cells=cells)
    if not where.groups:
        return unpainted(strip_isobmff(data, policy=metadata, painted=False))
    paint_channels(samples, where, number_of_look, range(min(3, channels)))
    exif, xmp = carried(data, items, metadata)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    fresh = library.from_bytes(mode, (width, height), samples.tobytes())
    options: dict[str, Any] = {"quality": QUALITY, "icc_profile": profile, "exif": upright(exif), "xmp": xmp}
    options["chroma"] = {"4:4:4": 444, "4:2:2": 422}.get(facts.subsampling, 420)
    file = io.BytesIO()
    fresh.save(file, format="HEIF", save_all=False, **{key: value for key, value in options.items() if value})
    return PaintedFile(with_colours(file.getvalue(), facts.colours), where.faces, kept.removed, again=True)


def _library() -> ModuleType:
    try:
        import pillow_heif
    except ImportError as error:
        detail = "painting a HEIC needs pillow-heif (its wheels hold x265, GPL): pip install 'overpaint[heic]'"
        raise Unsupported("needs-heic", detail) from error
    module: ModuleType = pillow_heif
    return module


def _decoded(library: ModuleType, data: bytes) -> tuple[NDArray[np.uint8], bytes]:
    try:
        file = library.open_heif(data, convert_hdr_to_8bit=False)
        image = file[file.primary_index]
        samples = np.array(image, dtype=np.uint8)
    except (ValueError, EOFError, SyntaxError, RuntimeError, OSError, IndexError) as error:
        raise DecodeError("damaged-data", "the HEIC cannot be decoded") from error
    return samples.reshape(*samples.shape[:2], -1), bytes(image.info.get("icc_profile") or b"")
