"""The built-in networks on made pictures: a public-domain portrait pasted on backgrounds without faces."""

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector
from matplotlib import cbook

from overpaint.detectors import PROFILES, centerface, open_looker, yunet
from overpaint.detectors._profiles import retinaface
from overpaint.records import Box

HEAD = (130, 60, 400, 400)  # what is cut from the portrait; the face is inside


@pytest.fixture(scope="module")
def head():
    portrait = cv2.imread(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    x0, y0, x1, y1 = HEAD
    return np.ascontiguousarray(portrait[y0:y1, x0:x1, ::-1])


@pytest.fixture(scope="module")
def reference(head):
    """Where the face lies in the cut-out, as fractions, by YuNet at the cut-out's own size."""
    (face,) = [d for d in yunet().detect(head) if d.score >= 0.6]
    height, width = head.shape[:2]
    return face.box.x0 / width, face.box.y0 / height, face.box.x1 / width, face.box.y1 / height


def ground(kind, width, height):
    y, x = np.mgrid[0:height, 0:width]
    if kind == "flat":
        return np.full((height, width, 3), 128, np.uint8)
    if kind == "ramp":
        return np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=2).astype(np.uint8)
    return np.random.default_rng(0).integers(90, 150, (height, width, 3)).astype(np.uint8)


def pasted(head, kind, size, x, y, *, width=500, height=375):
    """A picture with the head `size` pixels high at (x, y), and the rectangle it takes."""
    image = ground(kind, width, height)
    wide = round(size * head.shape[1] / head.shape[0])
    how = cv2.INTER_AREA if size < head.shape[0] else cv2.INTER_LINEAR
    image[y : y + size, x : x + wide] = cv2.resize(head, (wide, size), interpolation=how)
    return image, (x, y, wide, size)


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize(
    ("kind", "size", "x", "y"),
    [
        ("flat", 40, 0, 0),
        ("ramp", 60, 430, 300),
        ("noise", 90, 211, 87),
        ("flat", 150, 333, 10),
        ("ramp", 300, 101, 41),
    ],
)
def test_a_pasted_face_is_found_where_it_was_put(head, reference, profile, kind, size, x, y):
    image, (left, top, wide, high) = pasted(head, kind, size, x, y)
    looker = open_looker(profile)
    look = looker.look(image)
    found = [s for s in look.leading() if s.confidence >= looker.min_confidence]
    assert not look.errors
    assert len(found) == 1
    box = found[0].detection.box
    fx0, fy0, fx1, fy1 = reference
    expected = Box(left + fx0 * wide, top + fy0 * high, left + fx1 * wide, top + fy1 * high)
    assert box.iou(expected) >= 0.75
    middle = ((box.x0 + box.x1 - expected.x0 - expected.x1) / 2, (box.y0 + box.y1 - expected.y0 - expected.y1) / 2)
    assert max(map(abs, middle)) <= max(2, 0.04 * size)


@pytest.mark.parametrize("detector", [yunet, centerface, retinaface])
@pytest.mark.parametrize(("dx", "dy"), [(32, 0), (0, 32), (64, 32)])
def test_boxes_move_with_the_face(head, detector, dx, dy):
    """A shift by whole cells of the network moves the box by as much: nothing is lost on the way back."""
    looker = detector()
    one, _ = pasted(head, "flat", 90, 96, 96)
    other, _ = pasted(head, "flat", 90, 96 + dx, 96 + dy)
    (a, *_), (b, *_) = looker.detect(one), looker.detect(other)
    assert b.box.x0 - a.box.x0 == pytest.approx(dx, abs=2)
    assert b.box.y0 - a.box.y0 == pytest.approx(dy, abs=2)
    assert b.box.width == pytest.approx(a.box.width, abs=2)


@pytest.mark.parametrize(("width", "height"), [(1000, 750), (777, 1333), (2400, 900)])
def test_boxes_come_back_to_pictures_of_any_size(head, width, height):
    """What is seen in the resized picture is seen, multiplied, in the picture itself."""
    image, _ = pasted(head, "flat", 600, 120, 90, width=width, height=height)
    ratio = 512 / max(width, height)
    size = round(width * ratio), round(height * ratio)
    how = cv2.INTER_AREA if ratio < 0.45 else cv2.INTER_LINEAR
    looker = open_looker("fast")
    (small, *_) = looker.look(cv2.resize(image, size, interpolation=how)).leading()
    (whole, *_) = looker.look(image).leading()
    x, y = width / size[0], height / size[1]
    box, found = small.detection.box, whole.detection.box
    np.testing.assert_allclose(
        [found.x0, found.y0, found.x1, found.y1], [box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y], atol=0.01
    )


def test_channels_as_a_view_or_as_a_copy_are_the_same(head):
    image, _ = pasted(head, "noise", 120, 50, 60)
    view = np.ascontiguousarray(image[..., ::-1])[..., ::-1]
    for profile in PROFILES:
        looker = open_looker(profile)
        one, other = looker.look(view), looker.look(image)
        assert (one.seen, one.errors) == (other.seen, other.errors)


@pytest.mark.parametrize("detector", [yunet, centerface, retinaface])
def test_conformance(detector, head):
    shapes = [(1, 1), (1, 700), (700, 1), (20, 8000), (8000, 20), (31, 33)]
    images = [ground("noise", width, height) for height, width in shapes]
    images += [np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8), head.copy()]
    check_detector(detector(), images)


def test_plain_backgrounds_hold_no_face():
    for profile in PROFILES:
        looker = open_looker(profile)
        for kind in ("flat", "ramp", "noise"):
            look = looker.look(ground(kind, 500, 375))
            assert not [s for s in look.seen if s.confidence >= looker.min_confidence]


def test_thorough_says_which_detectors_saw_it(head):
    image, _ = pasted(head, "ramp", 120, 50, 60)
    look = open_looker("thorough").look(image)
    first = [s for s in look.seen if s.subject == 0]
    assert {s.detector for s in first} == {"yunet", "centerface"}
    assert len({s.weights for s in first}) == 2
    assert first[0].confidence > 0.99
