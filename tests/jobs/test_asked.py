"""What is looked for, by what was asked for."""

from pathlib import Path

import pytest

from overpaint.detectors import SEARCHES
from overpaint.errors import UsageError
from overpaint.jobs._asked import Ask

BOXES = Path("boxes.json")
BUT_FACES = ",".join(name for name in SEARCHES if name != "faces")


@pytest.mark.parametrize(
    ("asked", "profile", "looks_for"),
    [
        ({}, "balanced", "faces"),
        ({"boxes": BOXES}, "", ""),
        ({"boxes": BOXES, "profile": "fast"}, "fast", "faces"),
        ({"boxes": BOXES, "detectors": "people"}, "", "people"),
        ({"boxes": BOXES, "detectors": "people, faces"}, "balanced", "faces,people"),  # named: no silence about it
        ({"boxes": BOXES, "detectors": "all"}, "", BUT_FACES),
        ({"detectors": "people"}, "", "people"),
    ],
)
def test_boxes_stand_for_the_search_for_faces_unless_somebody_asks_for_it(asked, profile, looks_for):
    assert Ask("photos", **asked).looks() == (profile, looks_for)


def test_a_profile_without_faces_is_refused():
    with pytest.raises(UsageError, match="leaves them out"):
        Ask("photos", profile="fast", detectors="people").looks()
