"""What is seen in the frames of one animation (or in the views of one picture), put together by subject.

A face that is in many frames is one subject, so that people are counted and not frames. Its boxes are kept, for all of
them are painted over, but those that are nearly one another become their union: a face that hardly moves has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overpaint.detectors import Seen
from overpaint.records import Box, Finding

__all__ = ["Tracks"]

SAME_SUBJECT = 0.3
"""Intersection over union from which faces of consecutive pictures are the same face."""
SAME_BOX = 0.9
"""Intersection over union from which two boxes of a face become one."""
GAP = 3
"""Pictures in which a detector may lose sight of a face that it then finds again."""

_Where = tuple[Seen, Box | None]


@dataclass
class _Place:
    """Nearly the same boxes of a subject: their union, the first picture, and the best of each detector."""

    frame: int
    box: Box | None
    best: dict[str, Seen]
    own: dict[str, Box | None]

    def add(self, members: Sequence[_Where]) -> None:
        for seen, box in members:
            rival = self.best.get(seen.detector)
            if rival is None or rival.detection.score < seen.detection.score:
                self.best[seen.detector] = seen
            self.own[seen.detector] = _union(self.own.get(seen.detector), box)


@dataclass
class _Track:
    """One subject through the pictures."""

    kind: str
    confidence: float
    last: Box | None
    seen_in: int
    places: list[_Place] = field(default_factory=list)

    def add(self, number: int, members: Sequence[_Where]) -> None:
        leading, box = members[0]
        self.confidence = max(self.confidence, leading.confidence)
        self.last, self.seen_in = box, number
        place = self._place(box)
        if place is None:
            place = _Place(number, box, {}, {})
            self.places.append(place)
        place.box = _union(place.box, box)
        place.add(members)

    def _place(self, box: Box | None) -> _Place | None:
        if box is None:
            return self.places[0] if self.places else None
        pairs = [(place.box.iou(box), -place.frame, place) for place in self.places if place.box is not None]
        overlap, _, place = max(pairs, default=(0.0, 0, None), key=lambda pair: pair[:2])
        return place if overlap >= SAME_BOX else None


class Tracks:
    """Takes what was seen in one picture after the other; gives findings.

    A subject of one picture continues that of an earlier one (at most `GAP` pictures back) of the same kind whose last
    box it overlaps most, with an IoU of at least `SAME_SUBJECT`; the best pairs are taken first. Subjects without a
    box continue those of the same kind and text.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._boxless: dict[tuple[str, str | None], _Track] = {}
        self._pictures = 0

    def add(self, number: int, seen: Sequence[_Where]) -> None:
        """What one picture shows, by subject as `Looker` gives it (the leading one of each first), in stored pixels."""
        self._pictures = max(self._pictures, number + 1)
        subjects: dict[int, list[_Where]] = {}
        for one, box in seen:
            subjects.setdefault(one.subject, []).append((one, box))
        groups = list(subjects.values())
        boxed = [group for group in groups if group[0][1] is not None]
        for group in groups:
            if group[0][1] is None:
                kind, text = group[0][0].detection.kind, group[0][0].detection.text
                if (kind, text) not in self._boxless:
                    self._boxless[kind, text] = self._begin(group)
                self._boxless[kind, text].add(number, group)
        alive = [t for t in self._tracks if t.last is not None and number - t.seen_in <= GAP + 1]
        for group, track in zip(boxed, _matches(boxed, alive), strict=True):
            (track if track is not None else self._begin(group)).add(number, group)

    def _begin(self, group: Sequence[_Where]) -> _Track:
        track = _Track(group[0][0].detection.kind, 0.0, None, 0)
        self._tracks.append(track)
        return track

    def findings(self, key: str, *, first_subject: int) -> list[Finding]:
        """Findings by falling confidence; each place of a subject with the best of each detector.

        Where one picture was looked at, ``frame`` is None and the boxes are as they were seen; else a finding's box is
        the union of what its detector saw there and of the leading boxes, for the leading ones are to be painted.
        """
        still = self._pictures <= 1
        out = []
        for number, track in enumerate(sorted(self._tracks, key=lambda t: -t.confidence)):
            for place in track.places:
                for seen in sorted(place.best.values(), key=lambda s: (-s.detection.score, s.detector)):
                    own = place.own[seen.detector]
                    out.append(
                        Finding(
                            key,
                            seen.detection.kind,
                            seen.detection.score,
                            own if still else _union(place.box, own),
                            seen.detector,
                            seen.version,
                            seen.weights,
                            first_subject + number,
                            track.confidence,
                            seen.detection.text,
                            None if still else place.frame,
                        )
                    )
        return out


def _union(one: Box | None, other: Box | None) -> Box | None:
    if one is None or other is None:
        return one or other
    return Box(min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1), one.page)


def _matches(groups: Sequence[Sequence[_Where]], tracks: Sequence[_Track]) -> list[_Track | None]:
    """For each group the track that it continues; each track at most once, the largest overlaps first."""
    taken: list[_Track | None] = [None] * len(groups)
    if not groups or not tracks:
        return taken
    overlap = _overlaps([group[0][1] for group in groups], [track.last for track in tracks])
    kinds = np.array([[group[0][0].detection.kind == track.kind for track in tracks] for group in groups])
    overlap[~kinds] = 0
    free = set(range(len(tracks)))
    rows, columns = np.nonzero(overlap >= SAME_SUBJECT)
    order = np.argsort(-overlap[rows, columns], kind="stable")
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if taken[row] is None and column in free:
            taken[row] = tracks[column]
            free.discard(column)
    return taken


def _overlaps(ones: Sequence[Box | None], others: Sequence[Box | None]) -> NDArray[np.float64]:
    """Intersection over union of each with each."""
    a, b = (np.array([(x.x0, x.y0, x.x1, x.y1) for x in own if x is not None], float) for own in (ones, others))
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    area, other_area = ((c[:, 2:] - c[:, :2]).prod(axis=1) for c in (a, b))
    union = area[:, None] + other_area[None, :] - shared
    share: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return share
