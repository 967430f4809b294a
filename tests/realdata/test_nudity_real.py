"""False alarms of the classifiers and of the lane on pictures in which nobody nude is known to be. Counts only: nobody
looks at what is found, and no message names it.
"""

import pytest

from overpaint.detectors import LookOptions, View
from overpaint.detectors._lane import open_lane
from overpaint.detectors._nudity import open_nudity
from overpaint.formats import sniff
from overpaint.pipeline import decode

pytestmark = pytest.mark.realdata

EVERY = 3  # of imagenette's pictures, for time's sake; docs/reference/nudity-and-lane.md has the figures of all


@pytest.fixture(scope="module")
def looked(realdata):
    """Of each picture: what the search says of nudity and gore, and the lane's reason code."""
    options = LookOptions(threads=2)
    search, lane = open_nudity(options), open_lane(options)
    found = []
    for folder in ("imagenet_samples", "imagenette2-160", "faces_wider"):
        paths = sorted(p for p in (realdata / folder).rglob("*") if p.suffix.lower() in {".jpg", ".jpeg"})
        for path in paths[:: EVERY if folder.startswith("imagenette") else 1]:
            data = path.read_bytes()
            view = View(decode(data, sniff(data), long_side=512))
            seen = search.look(view, ())
            found.append((seen, lane.judge(view, seen)))
    return found


def share(looked, true):
    return sum(map(true, looked)) / len(looked)


def of(kind, seen):
    return [one for one in seen if one.detection.kind == kind]


def test_the_sets_are_whole(looked):
    assert len(looked) == 42 + 310 + 120


def test_automatic_is_at_most_one_in_a_thousand(looked):
    """One of all 1,092, so at most that one here."""
    assert sum(any(one.confidence >= 0.5 for one in of("nudity", seen)) for seen, _ in looked) <= 1


def test_at_most_three_in_two_hundred_go_to_people(looked):
    assert share(looked, lambda one: any(s.detection.score >= 0.5 for s in of("nudity", one[0]))) <= 0.015


def test_violence_is_rarely_reported(looked):
    assert share(looked, lambda one: any(s.detection.score >= 0.5 for s in of("gore", one[0]))) <= 0.01


def test_the_lane_holds_only_where_nudity_is_reported_and_not_all_of_it(looked):
    reported = share(looked, lambda one: bool(of("nudity", one[0])))
    held = share(looked, lambda one: one[1] is not None)
    assert 0 < held < reported < 0.06
    assert all(of("nudity", seen) for seen, reason in looked if reason)
