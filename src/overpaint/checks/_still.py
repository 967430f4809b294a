"""The one question of this room: does a written file hold what the contract promises of it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from overpaint.checks._blocks import Walk
from overpaint.checks._decode import Picture, decode, walk
from overpaint.checks._detail import Level, Window, levels
from overpaint.checks._geometry import Area, areas
from overpaint.checks._outside import outside
from overpaint.checks._riders import Policy, exif_of, icc_of, riders
from overpaint.checks._surface import Look
from overpaint.checks._verdict import Core, Measures, Problem, Verdict
from overpaint.records import Box, Outcome

__all__ = ["check"]

_PAINTED = frozenset({Outcome.REDACTED, Outcome.RE_ENCODED})
_UNPAINTED = frozenset({Outcome.IDENTICAL, Outcome.METADATA_ONLY})


def check(
    before: bytes,
    after: bytes,
    faces: Sequence[Box],
    *,
    look: Look = "blur",
    cells: int = 4,
    metadata: Policy = "strip",
    outcome: Outcome,
) -> Verdict:
    """Verify one written file against its source, the decided boxes and the contract.

    Parameters
    ----------
    before, after
        The source's bytes and the output's: JPEG or PNG.
    faces
        The boxes decided on, in pixels of the stored frame. With an outcome that paints nothing, none may lie in the
        image.
    look, cells, metadata
        What the plan promised: ``blur``, ``mosaic`` or ``fill``; N; ``strip``, ``keep-safe`` or ``keep``.
    outcome
        What is said to have happened: identical, metadata-only, redacted or re-encoded.

    Returns
    -------
    Verdict
        ``ok``, problems in fixed words (`REASONS`), and measures. A pass says that this file holds what was
        promised for these boxes; it says nothing of faces that no box names.

    Raises
    ------
    ValueError
        An outcome without an image, or a look, policy or number of cells that the contract does not know.
    """
    if outcome not in _PAINTED | _UNPAINTED:
        raise ValueError(f"outcome={outcome.value!r} leaves no image to check")
    if cells < 1:
        raise ValueError(f"cells={cells} must be at least 1")
    old = walk(before)
    new = old if after is before else walk(after)
    if old is None or new is None or before[:2] != after[:2]:
        return Verdict((Problem("unknown-format", "the source or the output, or they are of two kinds"),), Measures())
    width, height = old.size
    found = areas(faces, width=width, height=height, orientation=exif_of(old).orientation, cells=cells)
    problems = [*_frame(old, new), *riders(after, new, policy=metadata, faces=bool(found))]
    if outcome in _UNPAINTED:
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
        core, what = _core(first, second, area, look)
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


def _core(before: Picture, after: Picture, area: Area, look: str) -> tuple[Core, list[Problem]]:
    """Measure one core in all components; at most one problem of each kind, the worst."""
    found: list[Level] = []
    for one, two in zip(before.components, after.components, strict=True):
        if not one.alpha:
            found += levels(one, two, area, look)
    worst = max((f.worst for f in found if f.worst), key=lambda w: w.excess, default=None)
    core = Core(
        box=area.core,
        left=worst.left if worst else None,
        error=worst.error if worst else None,
        measured=sum(f.measured for f in found),
        compared=sum(f.compared for f in found),
    )
    problems = []
    if worst and worst.excess > 0:
        problems.append(Problem("detail-left", f"core {area.core}: {_shown(worst)}"))
    farthest = max((f.farthest for f in found if f.farthest), key=lambda w: w.excess, default=None)
    if farthest and farthest.excess > 0:
        problems.append(Problem("not-replaced", f"core {area.core}: {_shown(farthest)}, {farthest.off:.1f} levels off"))
    return core, problems


def _shown(window: Window) -> str:
    return f"{window.left:.2f} ± {window.error:.2f} of {window.component} left in {window.place}"
