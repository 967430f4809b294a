"""A TIFF page's strips and tiles as samples that can be painted, and back.

What unpacks a strip is zlib or, for LZW, PackBits, LZMA and Zstandard, Pillow's libtiff, which is shown the page as
grey of one byte: so samples of 16 bits, which Pillow's own reader cuts down to 8, come whole, and predictors are undone
here. JPEG and fax are decoded by libtiff as what they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata import Order, Page, Part, Segment, entry_of, written_tiff

__all__ = ["Layout", "Samples", "read_layout", "read_page", "segments_of"]

Samples = NDArray[np.uint8] | NDArray[np.uint16]
"""Height x width x channels, in the machine's byte order."""

_NONE, _DEFLATE, _PACKED, _FAX, _JPEG = 1, {8, 32946}, {5, 32773, 34925, 50000}, {2, 3, 4}, 7
_MOST_CHANNELS: Final = 64
_STRIP_BYTES: Final = 1 << 18
_CODING: Final = {256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 322, 323, 347, 529, 530, 531, 532}
"""Tags that libtiff needs to decode a page."""
_REVERSED: Final = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True, slots=True)
class Layout:
    """How a page's samples are coded; ``tile`` is None for strips of ``rows``."""

    width: int
    height: int
    channels: int
    bits: int
    compression: int
    photometric: int
    planar: bool
    predictor: bool
    reversed_bits: bool
    rows: int
    tile: tuple[int, int] | None

    @property
    def sample_bytes(self) -> int:
        return self.bits // 8


def read_layout(page: Page, *, max_pixels: int) -> Layout:
    """What the tags say, as far as such pages can be painted.

    Raises
    ------
    DecodeError
        ``damaged-header``: sizes that no page can have.
    Unsupported
        ``too-many-pixels``, ``tiff-samples`` (floats, signed numbers, other depths than 1, 2, 4, 8 and 16 bits),
        ``tiff-colours`` (Lab, raw sensor data, YCbCr that is not JPEG), ``tiff-compression``.
    """
    width, height = page.integer(256, 0), page.integer(257, 0)
    channels = page.integer(277, 1)
    depths = page.integers(258) or [1]
    photometric = page.integer(262, 1 if channels < 3 else 2)
    compression = page.integer(259, 1)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31 or not channels > 0:
        raise DecodeError("damaged-header", "a page of the TIFF has no size")
    if width * height > max_pixels:
        raise Unsupported("too-many-pixels", f"{width} x {height} is above the limit of {max_pixels} pixels")
    formats = page.integers(339)
    if channels > _MOST_CHANNELS or width * height * channels > 4 * max_pixels:
        raise Unsupported("tiff-samples", "the TIFF page has too many samples for each pixel")
    if len(set(depths)) > 1 or depths[0] not in {1, 2, 4, 8, 16} or any(form not in {1, 4} for form in formats):
        raise Unsupported("tiff-samples", "only TIFF samples of 1, 2, 4, 8 or 16 bits without sign can be painted")
    if depths[0] < 8 and channels > 1:
        raise Unsupported("tiff-samples", "TIFF samples of less than a byte can be painted in grey and palettes alone")
    if photometric not in {0, 1, 2, 3, 4, 5} and not (photometric == 6 and compression == _JPEG):
        raise Unsupported("tiff-colours", "this kind of colours in a TIFF cannot be painted")
    if compression not in {_NONE, _JPEG} | _DEFLATE | _PACKED | _FAX or (compression == _JPEG and depths[0] != 8):
        raise Unsupported("tiff-compression", "this kind of compression in a TIFF cannot be painted")
    if compression in _FAX and depths[0] != 1:
        raise DecodeError("damaged-header", "a page of the TIFF is fax of more than one bit")
    predictor = page.integer(317, 1) if compression not in {_NONE, _JPEG} | _FAX else 1
    if predictor not in {1, 2} or (predictor == 2 and depths[0] < 8):
        raise Unsupported("tiff-compression", "this predictor of a TIFF cannot be undone")
    tile = None
    if 324 in page.entries:
        tile = page.integer(322, 0), page.integer(323, 0)
        if not 0 < tile[0] < 1 << 16 or not 0 < tile[1] < 1 << 16:
            raise DecodeError("damaged-header", "a page of the TIFF has tiles of no size")
        if -(-width // tile[0]) * -(-height // tile[1]) * tile[0] * tile[1] > 4 * (max_pixels + width * height):
            raise DecodeError("damaged-header", "the tiles of a page of the TIFF are much larger than the page")
    rows = min(page.integer(278, height) or height, height)
    return Layout(
        width,
        height,
        channels,
        depths[0],
        compression,
        photometric,
        planar=page.integer(284, 1) == 2 and channels > 1,
        predictor=predictor == 2,
        reversed_bits=page.integer(266, 1) == 2,
        rows=rows,
        tile=tile,
    )


def read_page(page: Page, layout: Layout, segments: Sequence[Segment]) -> Samples:
    """Every sample of a page, in a new array: 1, 2 and 4 bits as numbers 0 to 1, 3 or 15.

    Raises
    ------
    DecodeError
        ``truncated`` or ``damaged-data``.
    """
    if layout.compression == _JPEG or layout.compression in _FAX:
        return _decoded_whole(page, layout, segments)
    planes = layout.channels if layout.planar else 1
    inside = 1 if layout.planar else layout.channels
    across, down = _grid(layout)
    if len(segments) < across * down * planes:
        raise DecodeError("truncated", "a page of the TIFF has fewer strips than its size needs")
    out = np.zeros((layout.height, layout.width, layout.channels), np.uint8 if layout.bits <= 8 else np.uint16)
    for plane in range(planes):
        mine = segments[plane * across * down : (plane + 1) * across * down]
        rows = _unpacked(layout, mine, inside)
        target = out[:, :, plane : plane + 1] if layout.planar else out
        _placed(rows, layout, inside, target, page.order)
    return out


def _grid(layout: Layout) -> tuple[int, int]:
    if layout.tile:
        return -(-layout.width // layout.tile[0]), -(-layout.height // layout.tile[1])
    return 1, -(-layout.height // layout.rows)


def _row_bytes(layout: Layout, inside: int) -> int:
    width = layout.tile[0] if layout.tile else layout.width
    return -(-width * inside * layout.bits // 8)


def _rows_of(layout: Layout, number: int) -> int:
    """Rows that the strip or tile of that number holds."""
    if layout.tile:
        return layout.tile[1]
    return min(layout.rows, layout.height - number * layout.rows)


def _unpacked(layout: Layout, segments: Sequence[Segment], inside: int) -> NDArray[np.uint8]:
    """The rows of all strips or tiles of a plane, one below the other, as bytes."""
    row = _row_bytes(layout, inside)
    heights = [_rows_of(layout, number) for number in range(len(segments))]
    if layout.compression in _PACKED:
        return _by_libtiff(layout, segments, row, heights)
    out = np.zeros((sum(heights), row), np.uint8)
    at = 0
    for segment, height in zip(segments, heights, strict=True):
        size = row * height
        plain: Segment = bytes(segment).translate(_REVERSED) if layout.reversed_bits else segment
        if layout.compression != _NONE and len(segment):
            plain = _inflated(plain, size)
        if len(segment):
            if len(plain) < size:
                raise DecodeError("truncated", "a strip of the TIFF holds less than it should")
            out[at : at + height] = np.frombuffer(plain, np.uint8, size).reshape(height, row)
        at += height
    return out


def _inflated(packed: Segment, size: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise DecodeError("damaged-data", "a strip of the TIFF cannot be inflated") from error


def _by_libtiff(layout: Layout, segments: Sequence[Segment], row: int, heights: Sequence[int]) -> NDArray[np.uint8]:
    whole = Part(
        [
            entry_of("<", 256, 4, row),
            entry_of("<", 257, 4, sum(heights)),
            entry_of("<", 258, 3, 8),
            entry_of("<", 259, 3, layout.compression),
            entry_of("<", 262, 3, 1),
            entry_of("<", 266, 3, 2 if layout.reversed_bits else 1),
            entry_of("<", 277, 3, 1),
            entry_of("<", 278, 4, heights[0]),
        ],
        segments=segments,
    )
    if any(len(segment) == 0 for segment in segments):
        raise DecodeError("truncated", "a strip of the TIFF is missing")
    return _libtiff(written_tiff("<", [whole], big=False), "<", "L", (row, sum(heights)))[:, :, 0]


def _decoded_whole(page: Page, layout: Layout, segments: Sequence[Segment]) -> NDArray[np.uint8]:
    """A page of JPEG or fax, by libtiff; YCbCr becomes RGB, everything else comes as its numbers."""
    modes = {(1, 1): "1", (1, 8): "L", (3, 8): "RGB", (4, 8): "CMYK"}
    mode = modes.get((layout.channels, layout.bits))
    if mode is None or layout.planar or (mode == "CMYK") != (layout.photometric == 5):
        raise Unsupported("tiff-colours", "JPEG with these channels in a TIFF cannot be painted")
    if mode == "RGB" and layout.photometric not in {2, 6}:
        raise Unsupported("tiff-colours", "JPEG with these colours in a TIFF cannot be painted")
    tags = [(e.tag, e.kind, e.count, bytes(e.value)) for e in page.entries.values() if e.tag in _CODING and e.value]
    bare = Part(tags, (324, 325) if layout.tile else (273, 279), segments)
    file = written_tiff(page.order, [bare], big=False)
    return _libtiff(file, page.order, mode, (layout.width, layout.height))


def _libtiff(file: bytes, order: Order, mode: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    at = int.from_bytes(file[4:8], "little" if order == "<" else "big")
    try:
        image = Image.frombytes(mode, size, file, "libtiff", mode, 0, at)
    except (ValueError, OSError) as error:
        raise DecodeError("damaged-data", "a strip of the TIFF is cut off or cannot be decoded") from error
    return np.array(image, dtype=np.uint8).reshape(size[1], size[0], -1)


def _placed(rows: NDArray[np.uint8], layout: Layout, inside: int, out: Samples, order: Order) -> None:
    """Rows of strips or tiles, one below the other, as samples in their places; predictors are undone."""
    across, _ = _grid(layout)
    width = layout.tile[0] if layout.tile else layout.width
    at = 0
    while at < len(rows):
        number = at // layout.tile[1] if layout.tile else 0
        # strips lie below each other already, and predictors begin anew with each row
        height = layout.tile[1] if layout.tile else len(rows)
        part = _samples(rows[at : at + height], layout, width, inside, order)
        top, left = (number // across * height, number % across * width) if layout.tile else (0, 0)
        into = out[top : top + height, left : left + width]
        into[...] = part[: into.shape[0], : into.shape[1]]
        at += height


def _samples(rows: NDArray[np.uint8], layout: Layout, width: int, inside: int, order: Order) -> Samples:
    if layout.bits < 8:
        bits = np.unpackbits(rows, axis=1).reshape(len(rows), -1, layout.bits)
        weights = (1 << np.arange(layout.bits - 1, -1, -1)).astype(np.uint8)
        few: Samples = (bits * weights).sum(axis=2, dtype=np.uint8)[:, :width, None]
        return few
    if layout.bits == 8:
        samples: Samples = rows.reshape(len(rows), width, inside)
    else:
        wide = rows.reshape(-1).view(f"{order}u2").astype(np.uint16)
        samples = wide.reshape(len(rows), width, inside)
    if layout.predictor:
        np.cumsum(samples, axis=1, dtype=samples.dtype, out=samples)  # wraps around, as it was made
    return samples


def segments_of(samples: Samples, order: Order, *, planar: bool) -> tuple[list[bytes], int]:
    """Deflated strips, each row told by the differences of its samples, and how many rows each strip has.

    Strips hold about a quarter of a mebibyte; of separate planes one follows the other.
    """
    height, width, channels = samples.shape
    planes = [samples[:, :, c : c + 1] for c in range(channels)] if planar else [samples]
    rows = max(1, min(height, _STRIP_BYTES // (width * (1 if planar else channels) * samples.itemsize)))
    out = []
    for plane in planes:
        for top in range(0, height, rows):
            strip = plane[top : top + rows]
            steps = strip.copy()
            steps[:, 1:] -= strip[:, :-1]
            out.append(zlib.compress(steps.astype(steps.dtype.newbyteorder(order)).tobytes(), 6))
    return out, rows
