"""Painting a JPEG: the blocks under a footprint get new coefficients, every other block keeps its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.errors import ContractError, DecodeError, SampleError, Unsupported, UsageError
from overpaint.painting import _native
from overpaint.painting._metadata import jpeg_orientation, strip_jpeg
from overpaint.painting._regions import LOOKS, regions
from overpaint.records import Box

__all__ = ["PaintedJpeg", "paint_jpeg"]

MAX_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class PaintedJpeg:
    """A painted JPEG.

    Attributes
    ----------
    data
        The file's bytes.
    faces
        How many faces were painted; boxes outside the image are none.
    removed
        What the metadata policy removed, by name, and ``data-after-eoi`` where painting left such data out.
    damaged
        The source's scan had errors: what decoders make of it was painted and written as a whole scan, so that more
        than the blocks under the footprints may differ in the file.
    notes
        Fixed words about how it was written: ``damaged-scan``, ``coefficients-clamped`` (a damaged scan held numbers
        that cannot be written), ``optimised-tables`` (the source's Huffman tables lack a code that the new blocks
        need), ``scans-rearranged`` (the source's order of scans cannot be written).
    """

    data: bytes
    faces: int
    removed: tuple[str, ...]
    damaged: bool
    notes: tuple[str, ...]


def paint_jpeg(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedJpeg:
    """Paint faces into a JPEG's coefficients and apply the metadata policy.

    What was written is read back, and every visible block is compared with what was meant, before this returns.
    Where no face is inside the image only the metadata policy is applied.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the stored frame.
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
        ``not-a-jpeg``, ``undecodable``, ``no-quantisation-table``, or what the metadata policy could not read.
    Unsupported
        ``precision`` (12 bits), ``coding`` (lossless, hierarchical), ``components`` (more than four), ``too-large``,
        ``too-many-scans``, ``quantisation-redefined``.
    ContractError
        ``read-back``: nothing that was written decodes to what was meant.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    if look not in LOOKS:
        raise UsageError(f"look {look!r} is unknown: use one of {', '.join(LOOKS)}")
    try:
        width, height = _native.jpeg_size(data)
    except _native.Refusal as refusal:
        raise _refused(refusal) from None
    where = regions(faces, width=width, height=height, orientation=jpeg_orientation(data), cells=cells)
    if not where.groups:
        kept = strip_jpeg(data, policy=metadata, painted=False)
        return PaintedJpeg(kept.data, 0, kept.removed, damaged=False, notes=())
    # stripped first: it sees what lies behind the picture and between segments, which painting would leave out
    whole = strip_jpeg(data, policy=metadata, painted=True)
    try:
        painted, facts = _native.edit_jpeg(whole.data, *where.packed(), cells, LOOKS[look], max_pixels)
    except _native.Refusal as refusal:
        raise _refused(refusal) from None
    removed = {*whole.removed, *(("data-after-eoi",) if facts["trailing"] else ())}
    damaged = facts["warnings"] > 0 or facts["clamped"]
    return PaintedJpeg(painted, where.faces, tuple(sorted(removed)), damaged=damaged, notes=_notes(facts))


def _notes(facts: _native.Facts) -> tuple[str, ...]:
    said = {
        "coefficients-clamped": facts["clamped"],
        "damaged-scan": facts["warnings"] > 0,
        "optimised-tables": facts["optimised"],
        "scans-rearranged": not facts["own_script"],
    }
    return tuple(word for word, true in said.items() if true)


def _refused(refusal: _native.Refusal) -> SampleError:
    kind, reason, detail = refusal.args
    kinds: dict[str, type[SampleError]] = {
        "unsupported": Unsupported,
        "damaged": DecodeError,
        "readback": ContractError,
    }
    return kinds[kind](reason, detail)
