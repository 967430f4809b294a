"""What the strength of a painting is measured by, against blurs and mosaics whose strength is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from overpaint.measures import _strength_detail as detail
from overpaint.measures import _strength_turns as turns
from overpaint.measures._strength_probes import backdrop, drawn_face, edges
from overpaint.measures._strength_sigma import effective_blur
from overpaint.measures._strength_values import probes, seen_of_pairs, spectrum_of, values_left


def on_ground(square, random):
    side, pad = len(square), len(square) // 2
    ground = backdrop(side + 2 * pad, side + 2 * pad, random)
    ground[pad : pad + side, pad : pad + side] = square
    return ground, (pad, pad, pad + side, pad + side)


def blurred(pixels, sigma):
    planes = [gaussian_filter(pixels[:, :, c].astype(float), sigma, truncate=5) for c in range(3)]
    return np.rint(np.stack(planes, axis=2)).astype(np.uint8)


def coded(pixels, quality):
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def mosaic(pixels, box, cells):
    x0, y0, x1, y1 = box
    small = cv2.resize(pixels[y0:y1, x0:x1], (cells, cells), interpolation=cv2.INTER_AREA)
    painted = pixels.copy()
    painted[y0:y1, x0:x1] = cv2.resize(small, (x1 - x0, y1 - y0), interpolation=cv2.INTER_NEAREST)
    return painted


def left(before, after, box, **options):
    found = detail.face_detail(detail.luma(before), detail.luma(after), box, **options)
    return found and found[0]


@pytest.mark.parametrize("sigma", [2, 3, 5, 8, 12, 20, 30, 40])
def test_a_known_sigma_is_found_within_5_percent_through_jpeg_too(sigma, random):
    side = max(60, 6 * sigma)
    before, box = on_ground(edges(side, random), random)
    after = blurred(before, sigma)
    for quality in (None, 75, 95):
        shown = after if quality is None else coded(after, quality)
        found = effective_blur(detail.luma(before), detail.luma(shown), box)
        assert found.sigma == pytest.approx(sigma, rel=0.05), quality
        assert found.share == pytest.approx(found.sigma / side)
        assert found.sharp < 0.02 and found.explained > 0.99


def test_a_small_sigma_on_a_large_face_and_on_what_is_no_edge(random):
    before, box = on_ground(drawn_face(300, random), random)
    found = effective_blur(detail.luma(before), detail.luma(coded(blurred(before, 2), 90)), box)
    assert found.sigma == pytest.approx(2, rel=0.05)
    assert found.share == pytest.approx(2 / 300, rel=0.05)
    before, box = on_ground(drawn_face(80, random), random)
    assert effective_blur(detail.luma(before), detail.luma(blurred(before, 8)), box).sigma == pytest.approx(8, rel=0.05)


def test_a_box_blur_is_told_as_one(random):
    before, box = on_ground(edges(120, random), random)
    found = effective_blur(detail.luma(before), detail.luma(cv2.blur(before, (25, 25))), box)
    assert found.shape == "box"
    assert found.sigma == pytest.approx(25 / np.sqrt(12), rel=0.05)


def test_nothing_done_and_nothing_left_have_no_sigma(random):
    before, box = on_ground(edges(64, random), random)
    plane = detail.luma(before)
    same = effective_blur(plane, plane, box)
    assert same.sigma is None and same.sharp == 1
    gone = effective_blur(plane, np.full_like(plane, 128), box)
    assert gone.sigma is None and gone.sharp == 0
    assert effective_blur(np.full_like(plane, 9), plane, box) is None
    assert effective_blur(plane, plane, (0, 0, 7, 60)) is None


def test_a_half_transparent_blur_is_told_apart(random):
    before, box = on_ground(edges(100, random), random)
    mixed = np.rint(0.6 * blurred(before, 10) + 0.4 * before).astype(np.uint8)
    found = effective_blur(detail.luma(before), detail.luma(mixed), box)
    assert found.sharp == pytest.approx(0.4, abs=0.03)
    assert found.sigma == pytest.approx(10, rel=0.1)


def test_detail_left_is_one_untouched_and_none_in_averages(random):
    before, box = on_ground(drawn_face(64, random), random)
    assert left(before, before, box).left == pytest.approx(1)
    assert abs(left(before, mosaic(before, box, 4), box).left) < 1e-3
    finer = left(before, mosaic(before, box, 16), box)
    assert 0.5 < finer.left < 1
    inverted = (255 - before.astype(int)).astype(np.uint8)
    assert left(before, inverted, box).left == pytest.approx(-1)
    assert left(np.full_like(before, 7), before, box) is None


def test_an_ellipse_leaves_the_corners(random):
    """An inscribed ellipse leaves 1 - pi/4 of a box, 21 %, and the map shows where."""
    products = 0
    for _ in range(4):
        before, box = on_ground(drawn_face(160, random), random)
        after, middle = before.copy(), (box[0] + 80, box[1] + 80)
        cv2.ellipse(after, middle, (80, 80), 0, 0, 360, (90, 90, 90), -1)
        face, found = detail.face_detail(detail.luma(before), detail.luma(after), box)
        shares = dict(zip(detail.PLACES, np.divide(face.cross, face.power), strict=True))
        assert shares["centre"] == pytest.approx(0, abs=0.01)
        assert shares["corners"] > 0.9
        products = products + found
    assert (detail.left_map(products) >= 0.5).mean() == pytest.approx(1 - np.pi / 4, abs=0.06)


def test_the_formula_against_an_obvious_one(random):
    before, box = on_ground(drawn_face(40, random), random)
    after = blurred(before, 3)
    face = left(before, after, box, cells=5)
    old, new = (detail.luma(p)[box[1] : box[3], box[0] : box[2]].copy() for p in (before, after))
    for plane in (old, new):
        for y in range(0, 40, 8):
            for x in range(0, 40, 8):
                plane[y : y + 8, x : x + 8] -= plane[y : y + 8, x : x + 8].mean()
    assert face.left == pytest.approx((old * new).sum() / (old * old).sum())


def response(side, paint):
    """The values across a face that a function of a picture and a box leaves."""
    pad = side // 2 + 8
    box = (pad, pad, pad + side, pad + side)
    before = {}
    for name, square in probes(side, "p"):
        before[name] = np.full((side + 2 * pad, side + 2 * pad, 3), 128, np.uint8)
        before[name][box[1] : box[3], box[0] : box[2]] = square
    return values_left(side, "p", before, {name: paint(pixels, box) for name, pixels in before.items()}, box)


@pytest.mark.parametrize("cells", [1, 2, 4, 8])
def test_a_mosaic_of_n_cells_leaves_n_values(cells):
    found = response(32, lambda pixels, box: mosaic(pixels, box, cells))
    assert found.recoverable == cells and not found.at_least
    assert found.seen == pytest.approx(cells, rel=0.02)


def test_a_gaussian_leaves_more_than_is_seen():
    side, sigma = 48, 4.0
    found = response(side, lambda pixels, box: blurred(pixels, sigma))
    assert found.seen == pytest.approx(side / (2 * np.sqrt(np.pi) * sigma), rel=0.1)
    gain = np.sqrt(2 * np.log(1 / 0.02)) / np.pi  # where exp(-2 pi^2 s^2 f^2) is a fiftieth, in half periods a sigma
    assert found.recoverable == pytest.approx(gain * side / sigma, abs=2)


def test_untouched_and_filled_faces():
    assert response(24, lambda pixels, box: pixels).recoverable == 24
    assert response(24, lambda pixels, box: np.full_like(pixels, 7)).recoverable == 0
    more = response(72, lambda pixels, box: pixels)
    assert more.at_least and more.recoverable == 64


def test_noise_is_no_value():
    random = np.random.default_rng(1)
    found = response(24, lambda pixels, box: random.integers(0, 256, pixels.shape).astype(np.uint8))
    assert found.recoverable <= 2 and found.floor > 0.1


@pytest.mark.parametrize("cells", [2, 4, 8])
def test_values_seen_are_estimated_from_faces(cells, random):
    faces = []
    for image in range(30):
        before, box = on_ground(drawn_face(64, random), random)
        after = mosaic(before, box, cells)
        faces.append(spectrum_of(detail.luma(before), detail.luma(after), box, image=image))
    assert seen_of_pairs(faces) == pytest.approx(cells, rel=0.15)
    assert np.isnan(seen_of_pairs([]))


@given(st.integers(1, 8), st.integers(2, 9), st.integers(2, 9), st.data())
@settings(max_examples=60, deadline=None)
def test_turns_and_boxes_agree_and_undo_themselves(orientation, width, height, data):
    picture = np.arange(width * height).reshape(height, width)
    shown = turns.as_shown(picture, orientation)
    assert np.array_equal(turns.as_stored(shown, orientation), picture)
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    a, b, c, d = turns.box_as_shown((x0, y0, x1, y1), width, height, orientation)
    assert sorted(shown[b:d, a:c].ravel()) == sorted(picture[y0:y1, x0:x1].ravel())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_those_of_pillow(orientation, tmp_path):
    from PIL import Image, ImageOps

    stored = np.arange(24, dtype=np.uint8).reshape(4, 6)
    image = Image.fromarray(stored)
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(opened)), turns.as_shown(stored, orientation))


@pytest.fixture
def random():
    return np.random.default_rng(7)
