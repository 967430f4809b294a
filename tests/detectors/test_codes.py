"""The search for codes, on codes made by the library's own writer."""

import hmac
import sys

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector

from overpaint.detectors import Detection
from overpaint.detectors._bars import Bars, profile, striped
from overpaint.detectors._codes import Codes, open_codes
from overpaint.detectors._view import LookOptions, View
from overpaint.detectors._zxing import Zxing
from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.testing import assert_search

zxingcpp = pytest.importorskip("zxingcpp")

MATRIX = {
    "QRCode": "https://example.org/people/1234",
    "DataMatrix": "ABC 12345",
    "Aztec": "boarding pass",
    "PDF417": "name 1234567",
}
LINES = {"EAN13": "4006381333931", "Code128": "ABC-12345", "Code39": "ABC123", "ITF": "12345678"}


def made(kind, text, size, *, angle=0.0, blur=0.0):
    """A grey picture of 500 x 375 with the code `size` pixels long in its middle, and the code's box."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    bits = np.array(zxingcpp.write_barcode_to_image(code, scale=8))
    y, x = np.nonzero(bits < 128)
    bits = bits[y.min() : y.max() + 1, x.min() : x.max() + 1]
    if kind in LINES:
        bits = np.repeat(bits[:1], bits.shape[1] // 3, axis=0)
    ratio = size / max(bits.shape)
    bits = cv2.resize(bits, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    high, wide = bits.shape
    quiet = max(8, size // 10)
    paper = cv2.copyMakeBorder(bits, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=255)
    turn = cv2.getRotationMatrix2D((paper.shape[1] / 2, paper.shape[0] / 2), angle, 1)
    turn[:, 2] += (250 - paper.shape[1] / 2, 187 - paper.shape[0] / 2)
    y, x = np.mgrid[0:375, 0:500]
    image = (90 + 60 * np.sin(x / 45) + 50 * np.cos(y / 31)).astype(np.uint8)
    laid = cv2.warpAffine(paper, turn, (500, 375), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.full_like(paper, 255), turn, (500, 375)) > 128
    image = np.where(inside, laid, image)
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    corners = np.array([(quiet, quiet), (quiet + wide, quiet), (quiet + wide, quiet + high), (quiet, quiet + high)])
    corners = corners @ turn[:, :2].T + turn[:, 2]
    return np.repeat(image[..., None], 3, axis=2), Box(*corners.min(axis=0), *corners.max(axis=0))


def look(image, **options):
    view = View(image)
    seen = open_codes(LookOptions(secret=b"key", **options)).look(view, ())
    assert not view.faults
    return seen


def covers(box, code):
    return box.intersection(code) >= 0.9 * code.area and box.area <= 2.5 * code.area


@pytest.mark.parametrize(
    ("kind", "angle"), [(k, a) for k in sorted(MATRIX) for a in (0, 15, 90, 200) if k != "PDF417" or a % 90 == 0]
)
def test_matrix_codes_are_read_however_they_lie(kind, angle):
    image, code = made(kind, MATRIX[kind], 320 if kind == "PDF417" else 180, angle=angle)
    (seen,) = look(image, keep_text=True)
    assert seen.detection.kind == "code"
    assert seen.detection.text == MATRIX[kind]
    assert seen.confidence == 1
    assert covers(seen.detection.box, code)


@pytest.mark.parametrize("size", [60, 90])
def test_small_blurred_codes(size):
    image, code = made("QRCode", "HELLO 123", size, angle=10, blur=0.7)
    (seen,) = look(image)
    assert covers(seen.detection.box, code)


@pytest.mark.parametrize(("angle", "size", "blur"), [(0, 340, 0), (12, 150, 0.7), (90, 200, 1), (170, 300, 0)])
@pytest.mark.parametrize("kind", sorted(LINES))
def test_barcodes_are_found_readable_or_not(kind, angle, size, blur):
    image, code = made(kind, LINES[kind], size, angle=angle, blur=blur)
    seen = look(image)
    assert seen
    assert {one.subject for one in seen} == {0}
    assert seen[0].confidence >= 0.5
    assert covers(seen[0].detection.box, code)


@pytest.mark.parametrize("kind", ["QRCode", "EAN13"])
def test_a_larger_picture_has_the_same_boxes_multiplied(kind):
    image, _ = made(kind, {**MATRIX, **LINES}[kind], 160)
    large = cv2.resize(image, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    (one, *_), (other, *_) = look(image), look(large)
    assert (other.detection.kind, other.confidence) == ("code", pytest.approx(1))
    got = np.array([getattr(other.detection.box, side) / 8 for side in ("x0", "y0", "x1", "y1")])
    np.testing.assert_allclose(got, [getattr(one.detection.box, side) for side in ("x0", "y0", "x1", "y1")], atol=8)


def test_a_search_keeps_to_what_is_relied_on():
    pictures = {kind: made(kind, text, 200)[0] for kind, text in {**MATRIX, **LINES}.items()}
    assert_search(open_codes, pictures=pictures)


def test_what_a_code_says_is_kept_as_its_keyed_hash():
    image, _ = made("QRCode", MATRIX["QRCode"], 150)
    (seen,) = look(image)
    assert seen.detection.text == hmac.digest(b"key", MATRIX["QRCode"].encode(), "sha256").hex()[:32]


def test_two_codes_are_two_subjects():
    one, a = made("QRCode", "left", 120)
    other, b = made("Aztec", "right", 120)
    seen = look(np.concatenate([one, other], axis=1), keep_text=True)
    assert {s.detection.text for s in seen} == {"left", "right"}
    assert sorted({s.subject for s in seen}) == [0, 1]
    shifted = Box(b.x0 + 500, b.y0, b.x1 + 500, b.y1)
    assert all(any(covers(s.detection.box, code) for s in seen) for code in (a, shifted))


class Says:
    """A detector that always gives the same boxes."""

    version, weights, long_side, kinds = "1", "", 0, ("code",)

    def __init__(self, name, *found):
        self.name = name
        self.found = [Detection("code", score, Box(*box)) for score, box in found]

    def detect(self, image):
        return self.found


def test_parts_of_one_code_are_one_subject_with_the_box_of_all():
    first = Says("one", (0.7, (0, 0, 10, 10)), (0.7, (30, 0, 40, 10)), (0.7, (80, 80, 90, 90)))
    second = Says("two", (1.0, (2, 4, 38, 6)), (0.9, (1, 1, 39, 9)))
    seen = Codes((first, second)).look(View(np.zeros((100, 100, 3), np.uint8)), ())
    assert [(s.detector, s.subject, s.detection.score) for s in seen] == [
        ("two", 0, 1.0), ("two", 0, 0.9), ("one", 0, 0.7), ("one", 0, 0.7), ("one", 1, 0.7),
    ]  # fmt: skip
    assert {s.detection.box for s in seen if s.subject == 0} == {Box(0, 0, 40, 10)}
    assert seen[0].confidence == seen[3].confidence == 1.0


def stripes(widths, *, weak=False):
    """16 x 192 grey levels with bars of those widths, over and over."""
    line, dark = [], True
    while len(line) < 192:
        line += [0 if dark else (40 if weak else 255)] * widths[len(line) % len(widths)]
        dark = not dark
    return np.repeat(np.array(line[:192], np.float64)[None], 16, axis=0)


def test_stripes():
    code = np.repeat(np.random.default_rng(1).integers(0, 2, 48).repeat(4)[None] * 255.0, 16, axis=0)
    assert striped(code)
    assert not striped(code / 10)  # weak
    assert not striped(stripes([8]))  # all of one width, as blinds are
    assert not striped(np.stack([np.roll(row, 3 * i) for i, row in enumerate(code)]))  # slanting
    assert not striped(np.zeros((16, 192)))


def test_the_profile_lies_across_whichever_corner_comes_first():
    grey = np.random.default_rng(2).integers(0, 256, (60, 200)).astype(np.uint8)
    corners = np.array([(0, 0), (200, 0), (200, 60), (0, 60)], np.float32)
    one = profile(grey, corners)
    assert one.shape == (16, 192)
    np.testing.assert_allclose(profile(grey, np.roll(corners, 2, axis=0)), one[::-1, ::-1], atol=1)
    upright = profile(np.ascontiguousarray(grey.T), corners[:, ::-1].copy())
    np.testing.assert_allclose(upright, one, atol=1)


@pytest.mark.parametrize("detector", [Zxing, Bars])
def test_conformance(detector):
    draw = np.random.default_rng(0)
    shapes = [(1, 1), (1, 700), (700, 1), (20, 3000), (31, 33), (300, 300)]
    images = [draw.integers(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes]
    check_detector(detector(), [*images, made("Code128", LINES["Code128"], 300)[0]])


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(UsageError, match=r"pip install 'overpaint\[codes\]'"):
        open_codes(LookOptions())
