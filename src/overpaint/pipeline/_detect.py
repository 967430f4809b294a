"""Ask the detectors about every picture of a file."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from overpaint.detectors import Looker, Seen
from overpaint.errors import DecodeError
from overpaint.formats import Sniffed
from overpaint.pipeline._decode import decode_still, is_plain, to_stored
from overpaint.pipeline._frames import frames
from overpaint.pipeline._pixels import Picture
from overpaint.pipeline._tracks import Tracks
from overpaint.records import Box, Finding

__all__ = ["Detected", "detect"]


@dataclass(frozen=True, slots=True)
class Detected:
    """What the detectors say of one file.

    Attributes
    ----------
    findings
        Boxes in stored pixels of their page. The subjects of a page come by falling confidence.
    errors
        Names of the detectors that could not do what they should, in any picture, sorted.
    blind
        In one of the pictures at least, not one detector worked.
    orientations
        How each page was turned upright.
    """

    findings: tuple[Finding, ...]
    errors: tuple[str, ...]
    blind: bool
    orientations: Mapping[int, int]


def detect(
    key: str, data: bytes, sniffed: Sniffed, looker: Looker, *, max_pixels: int, first_subject: int = 0
) -> Detected:
    """Look at every frame and page; `check_editable` has accepted the file.

    Raises
    ------
    DecodeError, Unsupported
        As `frames` does.
    """
    if is_plain(sniffed):
        with contextlib.suppress(DecodeError) if sniffed.codec == "png" else contextlib.nullcontext():
            image = decode_still(data, sniffed, long_side=looker.long_side)
            return _still(key, image, sniffed, looker, first_subject)
    pages: dict[int, Tracks] = {}
    orientations: dict[int, int] = {}
    errors: set[str] = set()
    blind = False
    for frame in frames(data, sniffed, long_side=looker.long_side, max_pixels=max_pixels):
        boxed, faults = _ask(looker, frame.image, frame.stored, frame.orientation, frame.page)
        pages.setdefault(frame.page, Tracks()).add(frame.number, boxed)
        orientations[frame.page] = frame.orientation
        errors |= faults
        blind = blind or len(faults) == len(looker.detectors)
    findings: list[Finding] = []
    for tracks in pages.values():
        own = tracks.findings(key, first_subject=first_subject)
        first_subject = max((finding.subject + 1 for finding in own), default=first_subject)
        findings += own
    return Detected(tuple(findings), tuple(sorted(errors)), blind, orientations)


def _still(key: str, image: Picture, sniffed: Sniffed, looker: Looker, first_subject: int) -> Detected:
    """The way of nearly every file: one picture, nothing to put together."""
    assert sniffed.width is not None and sniffed.height is not None
    boxed, faults = _ask(looker, image, (sniffed.width, sniffed.height), sniffed.orientation, 0)
    findings = [
        Finding(
            key,
            seen.detection.kind,
            seen.detection.score,
            box,
            seen.detector,
            seen.version,
            seen.weights,
            first_subject + seen.subject,
            seen.confidence,
            seen.detection.text,
        )
        for seen, box in boxed
    ]
    blind = len(faults) == len(looker.detectors) > 0
    return Detected(tuple(findings), tuple(sorted(faults)), blind, {0: sniffed.orientation})


def _ask(
    looker: Looker, image: Picture, stored: tuple[int, int], orientation: int, page: int
) -> tuple[list[tuple[Seen, Box | None]], set[str]]:
    """What is seen in one picture, each with its box in stored pixels, and the detectors that failed."""
    result = looker.look(image)
    size = image.shape[1], image.shape[0]
    boxed = [
        (
            seen,
            None
            if seen.detection.box is None
            else to_stored(seen.detection.box, seen=size, stored=stored, orientation=orientation, page=page),
        )
        for seen in result.seen
    ]
    return boxed, {fault.detector for fault in result.errors}
