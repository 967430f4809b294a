"""A rule that paints heads: the box decided on is the head's, on whichever side of the stored picture it is."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.policy import decide, loads
from overpaint.policy._heads import head_of
from overpaint.policy._parts import upright_head
from overpaint.records import FINDINGS, SAMPLES, Box

TODAY = dt.date(2026, 11, 22)
RULE = """version = 1
[[rule]]
name = "heads"
kind = "person"
part = "{}"
treatment = "redact"
reason = "Heads go."
"""


def decided(part, orientation=1, *, sure=0.9, frame=None):
    sample = dict.fromkeys(SAMPLES.names) | {
        "key": "a.jpg", "size": 1, "looked": True, "width": 200, "height": 200, "orientation": orientation,
    }  # fmt: skip
    found = [
        {"key": "a.jpg", "kind": kind, "score": 0.9, "confidence": 0.9 if kind == "person" else sure, "detector": "d",
         "version": "1", "weights": "", "subject": number, "frame": frame,
         "x0": box[0], "y0": box[1], "x1": box[2], "y1": box[3]}
        for number, (kind, box) in enumerate([("person", (20, 40, 80, 190)), ("face", (40, 50, 60, 75))])
    ]  # fmt: skip
    samples = pa.Table.from_pylist([sample], schema=SAMPLES)
    return decide(
        samples, pa.Table.from_pylist(found, schema=FINDINGS), loads(RULE.format(part), today=TODAY)
    ).to_pylist()


def test_the_whole_person_or_the_head():
    (person, face) = decided("whole")
    assert [person[name] for name in ("x0", "y0", "x1", "y1")] == [20, 40, 80, 190]
    assert (face["treatment"], face["basis"]) == ("keep", "no-rule")
    (person, face) = decided("head")
    wanted = head_of(Box(20, 40, 80, 190), [Box(40, 50, 60, 75)])
    assert [person[name] for name in ("x0", "y0", "x1", "y1")] == pytest.approx(
        [wanted.x0, wanted.y0, wanted.x1, wanted.y1]
    )
    assert [face[name] for name in ("x0", "y0", "x1", "y1")] == [40, 50, 60, 75]


def test_in_a_picture_that_is_shown_upside_down_the_head_is_below():
    (person, _) = decided("head", orientation=3)
    assert person["y1"] > 180
    assert person["y0"] > 100


@pytest.mark.parametrize("doubt", [{"sure": 0.4}, {"frame": 2}])
def test_a_face_that_is_hardly_sure_or_of_another_moment_does_not_make_the_head_smaller(doubt):
    (person, _) = decided("head", **doubt)
    wanted = head_of(Box(20, 40, 80, 190))
    assert [person[name] for name in ("x0", "y0", "x1", "y1")] == [wanted.x0, wanted.y0, wanted.x1, wanted.y1]


SIDES = st.lists(st.integers(0, 300), min_size=4, max_size=4, unique=True).map(
    lambda v: Box(min(v[:2]), min(v[2:]), max(v[:2]), max(v[2:]))
)


def turn(box, orientation, width=400, height=300):
    """Where a stored box is seen, corner by corner: the slow way."""

    def at(x, y):
        return {
            1: (x, y), 2: (width - x, y), 3: (width - x, height - y), 4: (x, height - y),
            5: (y, x), 6: (height - y, x), 7: (height - y, width - x), 8: (y, width - x),
        }[orientation]  # fmt: skip

    (ax, ay), (bx, by) = at(box.x0, box.y0), at(box.x1, box.y1)
    return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


@given(SIDES, st.lists(SIDES, max_size=3), st.integers(1, 8))
def test_the_head_is_the_one_seen_upright(person, faces, orientation):
    seen = head_of(turn(person, orientation), [turn(face, orientation) for face in faces])
    head = turn(upright_head(person, faces, orientation), orientation)
    assert (head.x0, head.y0, head.x1, head.y1) == pytest.approx((seen.x0, seen.y0, seen.x1, seen.y1))
