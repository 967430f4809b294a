"""Trials on photographs with people: faces are covered whole, patches hold none, and what is painted is painted."""

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from overpaint.measures import CuePicture
from overpaint.measures._cues_places import mask_of
from overpaint.measures._cues_trials import Trial, trials_of
from overpaint.records import Box

pytestmark = pytest.mark.realdata


def pictures(place):
    """Their labels are their numbers."""
    for number, image in enumerate(ET.parse(place / "training.xml").getroot().iter("image")):
        picture = cv2.imread(str(place / image.get("file")))
        by = 400 / max(picture.shape[:2])
        rows = [[by * float(box.get(name)) for name in ("left", "top", "width", "height")] for box in image.iter("box")]
        small = cv2.resize(picture, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)[:, :, ::-1]
        yield CuePicture(np.ascontiguousarray(small), tuple(Box(x, y, x + w, y + h) for x, y, w, h in rows), number)


def test_trials_touch_what_they_say(realdata):
    found = list(pictures(realdata / "faces_dlib"))
    by_name = {}
    for each in trials_of(found, look="blur", cells=4, seed=1):
        if isinstance(each, Trial):
            by_name.setdefault(each.name, []).append(each)
    assert set(by_name) == {"elsewhere", "removed", "exchanged"} and len(by_name["removed"]) >= 2
    for each in by_name["removed"] + by_name["exchanged"]:
        one = found[each.label]
        mask = mask_of(one.faces, *one.picture.shape[1::-1], cells=4)
        assert np.array_equal(each.before[~mask], one.picture[~mask])
        assert np.array_equal(each.after[~mask], each.before[~mask])
        assert (each.after[mask] != each.before[mask]).mean() > 0.5
        assert np.array_equal(each.control[mask], each.before[mask])
    for each in by_name["elsewhere"]:
        mask = mask_of(found[each.label].faces, *each.before.shape[1::-1], cells=4)
        assert np.array_equal(each.after[mask], each.before[mask])
        assert np.array_equal(each.control[mask], each.before[mask])
