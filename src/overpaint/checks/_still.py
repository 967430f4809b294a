"""JPEG and PNG: one picture, in the components and blocks that it is coded in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from overpaint.checks._blocks import Walk
from overpaint.checks._core import judged
from overpaint.checks._decode import Picture, decode
from overpaint.checks._geometry import Area, areas
from overpaint.checks._outside import outside
from overpaint.checks._riders import Policy, exif_of, icc_of, riders
from overpaint.checks._surface import Look
from overpaint.checks._verdict import Measures, Problem, Verdict
from overpaint.records import Box, Outcome

__all__ = ["still"]


def still(
    before: bytes,
    after: bytes,
    old: Walk,
    new: Walk,
    faces: Sequence[Box],
    *,
    look: Look,
    cells: int,
    metadata: Policy,
    outcome: Outcome,
) -> Verdict:
    """Verify a JPEG or a PNG that is not animated; the options are those of `check`, ``old`` and ``new`` its walks."""
    width, height = old.size
    found = areas(faces, width=width, height=height, orientation=exif_of(old).orientation, cells=cells)
    problems = [*_frame(old, new), *riders(after, new, policy=metadata, faces=bool(found))]
    if outcome in {Outcome.IDENTICAL, Outcome.METADATA_ONLY}:
        return Verdict((*problems, *_unpainted(before, after, old, new, found, outcome)), Measures())
    first, second = decode(before, old, lenient=True), decode(after, new, lenient=False)
    if first is None or second is None or not new.complete:
        which = "the source" if first is None else "the output"
        return Verdict((*problems, Problem("undecodable", which)), Measures())
    if (first.width, first.height) != (width, height):  # its height comes after the scan (a DNL segment)
        found = areas(faces, width=first.width, height=first.height, orientation=exif_of(old).orientation, cells=cells)
    problems += _same_kind(first, second)
    if any(p.reason in {"size-changed", "mode-changed", "depth-changed", "sampling-changed"} for p in problems):
        return Verdict(tuple(problems), Measures())
    beyond, changed, rim = outside(first, second, found, again=outcome is Outcome.RE_ENCODED)
    cores, left = [], list[Problem]()
    for area in found:
        core, what = judged(first, second, area, look)
        cores.append(core)
        left += what
    return Verdict((*problems, *beyond, *left), Measures(tuple(cores), changed, rim))


def _frame(old: Walk, new: Walk) -> Iterator[Problem]:
    """What metadata must say the same in both files."""
    if exif_of(old).orientation != exif_of(new).orientation:
        yield Problem("orientation-changed", f"{exif_of(old).orientation} became {exif_of(new).orientation}")
    if icc_of(old) != icc_of(new):
        yield Problem("icc-changed", f"{len(icc_of(old))} bytes became {len(icc_of(new))}")


def _unpainted(
    before: bytes, after: bytes, old: Walk, new: Walk, found: Sequence[Area], outcome: Outcome
) -> Iterator[Problem]:
    if found:
        yield Problem("not-replaced", f"{len(found)} faces were decided on, and nothing was painted")
    if outcome is Outcome.IDENTICAL:
        if before != after:
            yield Problem("bytes-changed", f"{len(before)} bytes became {len(after)}")
    elif not _same_picture(old, new) and not _same_pixels(before, after, old, new):
        yield Problem("scan-changed", "neither the segments that make the picture nor the pixels are the same")


def _same_picture(old: Walk, new: Walk) -> bool:
    def joined(blocks: Walk) -> list[tuple[int | bytes, bytes]]:
        # A PNG's coded data may be cut into chunks anywhere.
        data = b"".join(s.payload for s in blocks.picture if s.name == b"IDAT")
        return [(s.name, s.payload) for s in blocks.picture if s.name != b"IDAT"] + [(b"IDAT", data)]

    return old.picture == new.picture or joined(old) == joined(new)


def _same_pixels(before: bytes, after: bytes, old: Walk, new: Walk) -> bool:
    """The long way, for files with strays between their segments."""
    first, second = decode(before, old, lenient=True), decode(after, new, lenient=True)
    return first is not None and second is not None and np.array_equal(first.samples, second.samples)


def _same_kind(old: Picture, new: Picture) -> Iterator[Problem]:
    if (old.width, old.height) != (new.width, new.height):
        yield Problem("size-changed", f"{old.width} x {old.height} became {new.width} x {new.height}")
    # A PNG with a palette or less than eight bits a sample cannot hold a blur: pixels count, not how they are stored.
    if [c.name for c in old.components] != [c.name for c in new.components] or (old.tables and old.mode != new.mode):
        yield Problem("mode-changed", f"{old.mode} became {new.mode}")
    if max(8, old.depth) != new.depth and old.depth != new.depth:
        yield Problem("depth-changed", f"{old.depth} bits became {new.depth}")
    if old.sampling != new.sampling:
        yield Problem("sampling-changed", f"{old.sampling} became {new.sampling}")
    if old.tables != new.tables:
        yield Problem("tables-changed", "quantisation tables differ")
    if old.tables and old.progressive != new.progressive:
        yield Problem("progressive-changed", "progressive became sequential, or the reverse")
