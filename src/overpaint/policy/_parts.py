"""Where a policy wants a part of a person painted and not the whole: the box decided on becomes the head's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overpaint.policy._heads import head_of
from overpaint.policy._subjects import Subjects
from overpaint.records import Box

__all__ = ["heads", "upright_head"]

# On which stored side the heads are, by EXIF orientation: 3 and 4 show the picture upside down, 5 to 8 turned.
_TURNED = {3: "bottom", 4: "bottom", 5: "left", 6: "left", 7: "right", 8: "right"}
_SURE = 0.5  # confidence of a face that says where a head is; with less the whole top of the person is painted


def heads(
    subjects: Subjects, rows: NDArray[np.int64], orientation: NDArray[np.int64]
) -> list[tuple[float, float, float, float]]:
    """The heads of people, clipped at the picture's upper and left border.

    Faces that are hardly sure say nothing of where a head is, and none does in an animation.

    Parameters
    ----------
    subjects
        A shard's findings.
    rows
        The findings of people whose heads are wanted, each with a box.
    orientation
        Of each sample of the shard, 1 to 8.
    """
    faces = np.array(
        [subjects.boxed[row] and subjects.kind_of(int(row)) == "face" for row in subjects.starts], np.bool_
    )
    own = subjects.starts[faces & (subjects.confidence[subjects.starts] >= _SURE)]
    # In an animation a face and a person move, and where the one was need not be where the other's head is.
    still = np.asarray(subjects.findings.column("frame").is_null())
    out = []
    for row in rows.tolist():
        person = subjects.box_of(row)
        assert person is not None
        same = own[subjects.place[own] == subjects.place[row]] if still[row] else ()
        near = [box for face in same if (box := subjects.box_of(int(face)))]
        head = upright_head(person, near, int(orientation[subjects.place[row]]))
        out.append((max(0.0, head.x0), max(0.0, head.y0), max(0.0, head.x1), max(0.0, head.y1)))
    return out


def upright_head(person: Box, faces: Sequence[Box], orientation: int) -> Box:
    """`head_of` boxes of the stored frame of a picture that is shown turned."""
    above = _TURNED.get(orientation, "top")
    return _back(head_of(_turned(person, above), [_turned(face, above) for face in faces]), above)


def _turned(box: Box, above: str) -> Box:
    """The box as it lies when the side that is above is up; mirrored or not does not matter for heads."""
    if above == "bottom":
        return Box(box.x0, -box.y1, box.x1, -box.y0, box.page)
    if above == "left":
        return Box(box.y0, box.x0, box.y1, box.x1, box.page)
    return Box(box.y0, -box.x1, box.y1, -box.x0, box.page) if above == "right" else box


def _back(box: Box, above: str) -> Box:
    if above == "right":
        return Box(-box.y1, box.x0, -box.y0, box.x1, box.page)
    return _turned(box, above)
