"""The rule of the no-view lane: which pictures nobody shall be shown.

What falls in it is a machine's suspicion that a picture may show a minor sexually. It is not a finding about any
person, and most of it is wrong: the rule takes in whatever it cannot rule out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from overpaint.detectors._ages import ADULT, UNCLEAR, YOUNG, open_adulthood
from overpaint.detectors._nanodet import nanodet
from overpaint.detectors._nudity import FLOOR
from overpaint.detectors._protocol import Detection, Detector, Seen
from overpaint.records import Box

if TYPE_CHECKING:
    from overpaint.detectors._view import LookOptions, View

__all__ = ["AGE", "NOT_ESTABLISHED", "Lane", "open_lane"]

AGE, NOT_ESTABLISHED = "nudity-age", "nudity-adulthood-not-established"

_PERSON, _FACE = "person", "face"
_REPORTED = 0.3  # of a person or a face that another search saw: below this, hardly anything is there
_INSIDE = 0.8  # share of a face's area that has to lie in the box of the person it belongs to
_SAME = 0.3  # IoU of one face as two detectors box it


class Lane:
    """Says which pictures belong into the lane.

    A picture does where any detector reports nudity with a score of `FLOOR` or more, the lowest threshold of review,
    unless adulthood is established of everybody in it:

    - there is a face that looks plainly adult (see `overpaint.detectors._ages.Adulthood`), and no face that does not;
    - every face that another search saw is one of these;
    - every person has such a face of his or her own, so that a body without a face, or with the face cut off, is doubt;
    - the detectors asked here did answer: one that failed leaves doubt.

    Nobody is looked for where no nudity is reported.

    Parameters
    ----------
    people
        Reports ``person``.
    adulthood
        Reports the kinds of `Adulthood`.
    """

    def __init__(self, people: Detector, adulthood: Detector) -> None:
        self.detectors = (people, adulthood)

    def judge(self, view: View, seen: Sequence[Seen]) -> str | None:
        """`AGE`, `NOT_ESTABLISHED`, or None for a picture that stays outside."""
        if not any(one.detection.kind == "nudity" and one.detection.score >= FLOOR for one in seen):
            return None
        people, adulthood = self.detectors
        faces, persons = view.ask(adulthood), list(view.ask(people))
        if any(face.kind == YOUNG for face in faces):
            return AGE
        if {people.name, adulthood.name} & {fault.detector for fault in view.faults}:
            return NOT_ESTABLISHED
        others = [one.detection for one in seen if one.detection.score >= _REPORTED]
        adults = _boxes(faces, ADULT)
        doubted = _boxes(faces, UNCLEAR) + [box for box in _boxes(others, _FACE) if not _known(box, adults)]
        bodies = _boxes(persons, _PERSON) + [
            box for box in _boxes(others, _PERSON) if not _known(box, _boxes(persons, _PERSON))
        ]
        return None if adults and not doubted and _all_have_faces(bodies, adults) else NOT_ESTABLISHED


def open_lane(options: LookOptions) -> Lane:
    """The lane with the networks of the model store; `ModelError` where one is missing."""
    return Lane(nanodet(threads=options.threads), open_adulthood(threads=options.threads))


def _boxes(detections: Sequence[Detection], kind: str) -> list[Box]:
    return [one.box for one in detections if one.kind == kind and one.box is not None]


def _known(box: Box, boxes: Sequence[Box]) -> bool:
    return any(box.iou(other) >= _SAME for other in boxes)


def _all_have_faces(bodies: Sequence[Box], faces: Sequence[Box]) -> bool:
    """Whether every body can be given a face of its own; the smallest first, each the face highest up in it.

    Where another distribution would have served all, this one may not find it: that leaves doubt, as it should.
    """
    free = sorted(faces, key=lambda face: face.y0)
    for body in sorted(bodies, key=lambda box: box.area):
        own = next((face for face in free if face.intersection(body) >= _INSIDE * face.area), None)
        if own is None:
            return False
        free.remove(own)
    return True
