"""Ask the detectors about every picture of a file."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from overpaint.detectors import Look, Looker, Seen
from overpaint.errors import DecodeError
from overpaint.formats import Sniffed
from overpaint.pipeline._decode import decode_still, is_plain, to_stored
from overpaint.pipeline._frames import frames
from overpaint.pipeline._pixels import Picture
from overpaint.pipeline._tracks import Tracks
from overpaint.records import Box, Finding

__all__ = ["Costs", "Detected", "add_costs", "detect"]

Costs = Mapping[str, tuple[float, int]]
"""Seconds and pictures of each detector."""


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
        In one of the pictures at least, not one detector worked, or none of those for faces or for nudity.
    orientations
        How each page was turned upright.
    costs
        Seconds that each detector took, and how many pictures it was asked about.
    lane
        The reason code where one of the pictures belongs into the no-view lane; there are no findings then.
    """

    findings: tuple[Finding, ...] = ()
    errors: tuple[str, ...] = ()
    blind: bool = False
    orientations: Mapping[int, int] = field(default_factory=dict)
    costs: Costs = field(default_factory=dict)
    lane: str | None = None


def detect(
    key: str,
    data: bytes,
    sniffed: Sniffed,
    looker: Looker,
    *,
    max_pixels: int,
    first_subject: int = 0,
    label: str | None = None,
) -> Detected:
    """Look at every frame and page of a sample of class ``label``; `check_editable` has accepted the file.

    Raises
    ------
    DecodeError, Unsupported
        As `frames` does.
    """
    if is_plain(sniffed):
        with contextlib.suppress(DecodeError) if sniffed.codec == "png" else contextlib.nullcontext():
            image = decode_still(data, sniffed, long_side=looker.long_side)
            return _still(key, image, sniffed, looker, first_subject, label)
    if looker.lane is not None or looker.known is not None:
        for frame in frames(data, sniffed, long_side=looker.long_side, max_pixels=max_pixels):
            reason = looker.guard(frame.image)
            if reason is not None:
                return Detected(lane=reason)
    pages: dict[int, Tracks] = {}
    orientations: dict[int, int] = {}
    errors: set[str] = set()
    blind = False
    costs: dict[str, tuple[float, int]] = {}
    for frame in frames(data, sniffed, long_side=looker.long_side, max_pixels=max_pixels):
        looked = looker.look(frame.image, label=label)
        add_costs(costs, {name: (seconds, 1) for name, seconds in looked.costs.items()})
        if looked.lane is not None:
            return Detected(costs=costs, lane=looked.lane)
        boxed, faults = _placed(looked, frame.image, frame.stored, frame.orientation, frame.page)
        pages.setdefault(frame.page, Tracks()).add(frame.number, boxed)
        orientations[frame.page] = frame.orientation
        errors |= faults
        blind = blind or looked.blind
    findings: list[Finding] = []
    for tracks in pages.values():
        own = tracks.findings(key, first_subject=first_subject)
        first_subject = max((finding.subject + 1 for finding in own), default=first_subject)
        findings += own
    return Detected(tuple(findings), tuple(sorted(errors)), blind, orientations, costs)


def _still(
    key: str, image: Picture, sniffed: Sniffed, looker: Looker, first_subject: int, label: str | None
) -> Detected:
    """The way of nearly every file: one picture, nothing to put together."""
    assert sniffed.width is not None and sniffed.height is not None
    looked = looker.look(image, label=label)
    costs = {name: (seconds, 1) for name, seconds in looked.costs.items()}
    if looked.lane is not None:
        return Detected(costs=costs, lane=looked.lane)
    boxed, faults = _placed(looked, image, (sniffed.width, sniffed.height), sniffed.orientation, 0)
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
    return Detected(tuple(findings), tuple(sorted(faults)), looked.blind, {0: sniffed.orientation}, costs)


def add_costs(sums: dict[str, tuple[float, int]], more: Costs) -> None:
    """Add to the seconds and pictures of each detector."""
    for name, (seconds, pictures) in more.items():
        before, count = sums.get(name, (0.0, 0))
        sums[name] = before + seconds, count + pictures


def _placed(
    result: Look, image: Picture, stored: tuple[int, int], orientation: int, page: int
) -> tuple[list[tuple[Seen, Box | None]], set[str]]:
    """What is seen in one picture, each with its box in stored pixels, and the detectors that failed."""
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
