"""The one question of this room: does a written file hold what the contract promises of it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from overpaint.checks._blocks import PNG, Walk
from overpaint.checks._carried import carried
from overpaint.checks._codec import apng_contents, contents_of
from overpaint.checks._contents import Contents
from overpaint.checks._decode import walk
from overpaint.checks._reel import Asked, framed, painted, same_pixels, where
from overpaint.checks._riders import Policy, riders
from overpaint.checks._still import still
from overpaint.checks._surface import Look
from overpaint.checks._verdict import Measures, Problem, Verdict
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
        The source's bytes and the output's: JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF, HEIC,
        JPEG XL, JPEG 2000, a portable bitmap, TGA or an icon.
    faces
        The boxes decided on, in pixels of the stored frame (HEIC and JPEG XL: as their decoders turn it). In an
        animation they stand for every frame, in a TIFF for their page. With an outcome that paints nothing, none may
        lie in the image.
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
    if look not in get_args(Look):
        raise ValueError(f"look={look!r} is none of {', '.join(get_args(Look))}")
    if metadata not in get_args(Policy):
        raise ValueError(f"metadata={metadata!r} is none of {', '.join(get_args(Policy))}")
    old, new = walk(before), walk(after)
    if old is not None and new is not None and before[:2] == after[:2]:
        one, two = (apng_contents(d, w) if d.startswith(PNG) else None for d, w in ((before, old), (after, new)))
        if one is None:
            return still(before, after, old, new, faces, look=look, cells=cells, metadata=metadata, outcome=outcome)
        if two is None:
            return Verdict((Problem("frames-changed", "an animation became a still picture"),), Measures())
        walks: tuple[Walk, ...] = (new,)
    else:
        one, two, walks = contents_of(before), contents_of(after), ()
    if one is None or two is None or one.codec != two.codec:
        return Verdict((Problem("unknown-format", "the source or the output, or they are of two kinds"),), Measures())
    asked = Asked(tuple(faces), look, cells, outcome is Outcome.RE_ENCODED and one.lossy)
    return _frames(before, after, one, two, asked, metadata=metadata, outcome=outcome, chunks=walks)


def _frames(
    before: bytes,
    after: bytes,
    old: Contents,
    new: Contents,
    asked: Asked,
    *,
    metadata: Policy,
    outcome: Outcome,
    chunks: tuple[Walk, ...],
) -> Verdict:
    """The same question for everything that is neither a JPEG nor a PNG of one picture."""
    number = sum(len(found) for found in where(old, asked).values())
    problems = list(framed(old, new))
    if chunks:
        problems += riders(after, chunks[0], policy=metadata, faces=bool(number), moving=True)
    else:
        problems += carried(new, policy=metadata, faces=bool(number))
    if outcome in _UNPAINTED:
        return Verdict((*problems, *_unpainted(before, after, old, new, number, outcome)), Measures())
    if (not old.complete and not old.frames) or not new.complete:
        which = "the output" if old.frames else "the source"
        return Verdict((*problems, Problem("undecodable", f"{which} ends early, or is damaged")), Measures())
    if any(problem.reason == "frames-changed" for problem in problems):
        return Verdict(tuple(problems), Measures())
    found = painted(before, after, old, new, asked)
    return Verdict((*problems, *found.problems), found.measures)


def _unpainted(
    before: bytes, after: bytes, old: Contents, new: Contents, number: int, outcome: Outcome
) -> Iterator[Problem]:
    if number:
        yield Problem("not-replaced", f"{number} faces were decided on, and nothing was painted")
    if outcome is Outcome.IDENTICAL:
        if before != after:
            yield Problem("bytes-changed", f"{len(before)} bytes became {len(after)}")
    elif old.picture != new.picture and not same_pixels(before, after, old, new):
        yield Problem("scan-changed", "neither the parts that make the picture nor the pixels are the same")
