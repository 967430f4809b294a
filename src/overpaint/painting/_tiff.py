"""Painting a TIFF: pages with faces are written anew without loss, all others keep their strips and tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._metadata import (
    Order,
    Page,
    Part,
    Segment,
    checked,
    edited_tiff,
    entry_of,
    page_orientation,
    read_tiff,
    strip_tiff,
)
from overpaint.painting._regions import Regions, regions
from overpaint.painting._tiff_image import Layout, Samples, read_layout, read_page, segments_of
from overpaint.records import Box

__all__ = ["paint_tiff"]

_COLOURS: Final = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 4: 1, 6: 3}
"""Channels of each photometric interpretation; the others are extra samples."""
_SHORT: Final = 3
_CMYK: Final = 5
_MOST_WORK: Final = 10
"""So many times the largest page, all pages that are painted may have together."""
_ALPHA: Final = {1, 2}


def paint_tiff(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into the pages of a TIFF and apply the metadata policy.

    A painted page is written in deflated strips with the samples, channels, planes and photometric interpretation it
    had; palettes and YCbCr become RGB, and grey of 1, 2 and 4 bits becomes grey of 8. Extra samples that are alpha
    stay, others are painted. Where no face is inside its page only the metadata policy is applied.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the stored frame; ``page`` counts the directories of the file's chain.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest page that is decoded; pages are decoded one after the other.

    Raises
    ------
    DecodeError
        ``not-a-tiff``, ``damaged-header``, ``no-image-data``, ``truncated``, ``damaged-data``, ``bad-palette``.
    Unsupported
        ``too-many-pixels``, ``tiff-samples``, ``tiff-colours``, ``tiff-compression``, and those of `strip_tiff`.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number_of_look = checked_look(look)
    policy = checked(metadata)
    where: dict[int, Regions] = {}
    if faces:
        for number, page in enumerate(read_tiff(data).pages):
            here = [box for box in faces if box.page == number]
            if here:
                width, height = page.integer(256, 0), page.integer(257, 0)
                found = regions(here, width=width, height=height, orientation=page_orientation(page), cells=cells)
                where.update({number: found} if found.groups else {})
    if not where:
        return unpainted(strip_tiff(data, policy=metadata, painted=False))
    total = sum(found.width * found.height for found in where.values())
    if total > _MOST_WORK * max_pixels:
        raise Unsupported("too-many-pixels", f"the pages with faces have {total} pixels together")

    def paint(number: int, page: Page, segments: list[Segment]) -> Part | None:
        layout = read_layout(page, max_pixels=max_pixels)
        samples = read_page(page, layout, segments)
        samples, photometric = _in_colours(samples, page, layout)
        paint_channels(samples, where[number], number_of_look, _painted(page, photometric, samples.shape[2]))
        return _part(samples, photometric, page, layout)

    whole = edited_tiff(data, policy, painted=where.keys(), paint=paint, any_painted=True)
    return PaintedFile(whole.data, sum(found.faces for found in where.values()), whole.removed)


def _painted(page: Page, photometric: int, channels: int) -> list[int]:
    """The channels that show the picture: the colours, and extra samples that are not called alpha."""
    colours = _COLOURS[photometric]
    extra = [1] if _unnamed_alpha(page, photometric, channels) else page.integers(338)
    kinds = [0] * colours + extra + [0] * channels
    return [channel for channel in range(channels) if kinds[channel] not in _ALPHA]


def _unnamed_alpha(page: Page, photometric: int, channels: int) -> bool:
    """Whether a fourth channel is called nothing: libtiff, and who reads with it, takes it for alpha."""
    return photometric == 2 and channels == 4 and 338 not in page.entries


def _in_colours(samples: Samples, page: Page, layout: Layout) -> tuple[Samples, int]:
    """Samples that can be averaged, and their photometric interpretation."""
    if layout.photometric == 3:
        if layout.bits > 8:
            raise Unsupported("tiff-colours", "a palette of 16 bits in a TIFF cannot be painted")
        palette = _palette(page, layout.bits)
        return np.concatenate([palette[samples[:, :, 0]], samples[:, :, 1:]], axis=2), 2
    photometric = 2 if layout.photometric == 6 else layout.photometric
    if photometric == _CMYK and layout.bits == 16:
        raise Unsupported("tiff-colours", "CMYK of 16 bits in a TIFF is read by no second decoder that could check it")
    if layout.channels < _COLOURS[photometric]:
        raise Unsupported("tiff-samples", "a page of the TIFF has fewer channels than its colours need")
    if layout.bits < 8 and layout.compression not in {2, 3, 4}:
        samples *= 255 // ((1 << layout.bits) - 1)
    elif layout.bits < 8:
        samples *= 255
    return samples, photometric


def _palette(page: Page, bits: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Entries x 3. Palettes in which no value has more than 8 bits are taken as such, as libtiff does."""
    values = np.array(page.integers(320), dtype=np.uint16)
    if len(values) != 3 << bits:
        raise DecodeError("bad-palette", "the palette of a TIFF page is missing or has a wrong length")
    table = values.reshape(3, -1).T
    return np.ascontiguousarray(table >> 8 if int(values.max()) > 255 else table).astype(np.uint8)


def _part(samples: Samples, photometric: int, page: Page, layout: Layout) -> Part:
    order: Order = page.order
    height, width, channels = samples.shape
    segments, rows = segments_of(samples, order, planar=layout.planar)
    tags = [
        entry_of(order, 256, 4, width),
        entry_of(order, 257, 4, height),
        entry_of(order, 258, _SHORT, *[8 * samples.itemsize] * channels),
        entry_of(order, 259, _SHORT, 8),
        entry_of(order, 262, _SHORT, photometric),
        entry_of(order, 277, _SHORT, channels),
        entry_of(order, 278, 4, rows),
        entry_of(order, 284, _SHORT, 2 if layout.planar else 1),
        entry_of(order, 317, _SHORT, 2),
    ]
    extra = channels - _COLOURS[photometric]
    if extra and not _unnamed_alpha(page, photometric, channels):
        kinds = [*page.integers(338), *[0] * extra][:extra]
        tags.append(entry_of(order, 338, _SHORT, *[kind if kind in {0, 1, 2} else 0 for kind in kinds]))
    if photometric == layout.photometric and 8 * samples.itemsize == layout.bits:
        same = [page.entries[tag] for tag in (301, 336) if tag in page.entries]
        tags += [(e.tag, e.kind, e.count, bytes(e.value)) for e in same if 0 < len(e.value) <= 1 << 19 and e.kind != 2]
    return Part(tags, segments=segments)
