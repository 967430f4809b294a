"""Where the head of a person is, and which of the faces of a picture is whose.

The proportions are of 414 people that NanoDet found in 120 pictures of WIDER FACE, each with the labelled face that
fits best: whatever a box shows of somebody, the middle of the face lies about 0.3 of the box's *width* below its top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from overpaint.records import Box

__all__ = ["face_owners", "head_of"]

_DEEP = 1.0  # of the width: how far down the head is looked for; holds 95 % of the faces
_ABOVE = 0.04  # of the height: how far hair reaches over the box
_FACE_AT = 0.3  # of the width, below the top: the middle of the face in the middle of the people
_LEAST_FACE = 0.12  # of the width: 2 % of the faces are less than 0.15 high; what is smaller is somebody else's
_SIDEWAYS, _UP, _DOWN = 0.3, 0.5, 0.2  # of a face's sides: what of the head is beside, above and below it


def head_of(person: Box, faces: Sequence[Box] = ()) -> Box:
    """The part of a person's box to be painted when the head is to go, not clipped to the picture.

    Where exactly one face can be this person's, it is that face, grown over hair, ears and chin. Where none can, or
    more than one, it is the top of the person's box: its whole width, and as much of its height.

    Parameters
    ----------
    person
        The person's box.
    faces
        Boxes of the faces of the picture, whoever's they are.
    """
    likely = [face for face in faces if _distance(person, face) < math.inf]
    if len(likely) != 1:
        return _top(person)
    (face,) = likely
    return Box(
        face.x0 - _SIDEWAYS * face.width,
        face.y0 - _UP * face.height,
        face.x1 + _SIDEWAYS * face.width,
        face.y1 + _DOWN * face.height,
        person.page,
    )


def face_owners(people: Sequence[Box], faces: Sequence[Box]) -> list[int | None]:
    """For each person the number of the face that is theirs, or None where no face was found for them.

    A face is of one person, and a person has one: of all pairs that are possible the best fitting are taken first.
    """
    pairs = sorted(
        (distance, i, k)
        for i, person in enumerate(people)
        for k, face in enumerate(faces)
        if (distance := _distance(person, face)) < math.inf
    )
    owners: list[int | None] = [None] * len(people)
    taken: set[int] = set()
    for _, i, k in pairs:
        if owners[i] is None and k not in taken:
            owners[i] = k
            taken.add(k)
    return owners


def _top(person: Box) -> Box:
    deep = min(person.height, _DEEP * person.width)
    return Box(person.x0, person.y0 - _ABOVE * person.height, person.x1, person.y0 + deep, person.page)


def _distance(person: Box, face: Box) -> float:
    """How far the middle of a face lies from where this person's would, in widths of the person; infinite where the
    face cannot be theirs: outside the top of the box, or too small.
    """
    top = _top(person)
    x, y = (face.x0 + face.x1) / 2, (face.y0 + face.y1) / 2
    inside = person.page == face.page and top.x0 <= x <= top.x1 and top.y0 <= y <= top.y1
    if not inside or not person.width or face.height < _LEAST_FACE * person.width:
        return math.inf
    return math.hypot(x - (person.x0 + person.x1) / 2, y - person.y0 - _FACE_AT * person.width) / person.width
