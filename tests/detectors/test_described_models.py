"""ONNX networks by description: made ones with known answers, boxes to the pixel, and every wrong description named."""

import math

import numpy as np
import pytest
from onnx import TensorProto
from onnx_networks import describe, saying, seeing

from overpaint.detectors import Detector, open_looker, search_names
from overpaint.detectors._described import described, open_described
from overpaint.detectors._described_input import network_input, place
from overpaint.detectors._described_parse import read_description
from overpaint.errors import ModelError, UsageError
from overpaint.records import Box

V8 = 'type = "yolo"\nclasses = 2\nboxes_in = "columns"\nobjectness = false\noverlap = 0.5'
ONE = 'type = "yolo"\nclasses = 1\nboxes_in = "rows"\nobjectness = false\noverlap = 0.5'
SSD_HEAD = (
    'type = "ssd"\nboxes = "out"\nscores = "out"\norder = "xyxy"\ncoordinates = "pixels"\nclasses = 2\noverlap = 0.5'
)
TWO_KINDS = [(0, "lamp", 0.3), (1, "logo-brand", 0.6)]


def opened(place, outputs, head, **wanted):
    sha256 = saying(place / "model.onnx", outputs, **{k: wanted.pop(k) for k in ("shape", "dtype_of") if k in wanted})
    return open_described(describe(place / "made.toml", sha256, head, **wanted))


def black(width=96, height=64):
    return np.zeros((height, width, 3), np.uint8)


def found(detector, image=None):
    return [
        (
            d.kind,
            round(d.score, 4),
            None if d.box is None else tuple(map(float, (d.box.x0, d.box.y0, d.box.x1, d.box.y1))),
        )
        for d in detector.detect(black() if image is None else image)
    ]


# Two lamps that overlap by more than half, a logo, and a logo with too low a score; cxcywh in pixels of 96 x 64.
ROWS = np.array(
    [
        [20, 20, 20, 20, 0.9, 0.0],
        [22, 20, 20, 20, 0.8, 0.1],
        [60, 30, 10, 30, 0.0, 0.7],
        [80, 50, 4, 4, 0.2, 0.5],
    ],
    np.float32,
)
SEEN = [("lamp", 0.9, (10.0, 10.0, 30.0, 30.0)), ("logo-brand", 0.7, (55.0, 15.0, 65.0, 45.0))]


def v5(rows, objectness=0.5):
    return np.concatenate([rows[:, :4], np.full((len(rows), 1), objectness), rows[:, 4:] / objectness / 2], axis=1)


def logit(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def corners(rows):
    return np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], axis=1)


YOLO = {
    "v8": (ROWS.T, 'boxes_in = "columns"\nobjectness = false\noverlap = 0.5'),
    "v8 with landmarks": (
        np.concatenate([ROWS, ROWS], axis=1).T,
        'boxes_in = "columns"\nobjectness = false\noverlap = 0.5\nextra = 6',
    ),
    "v5": (v5(ROWS), 'boxes_in = "rows"\nobjectness = true\noverlap = 0.5'),
    "shares of the sides": (
        ROWS / np.array([96, 64, 96, 64, 1, 1]),
        'boxes_in = "rows"\nobjectness = false\noverlap = 0.5\ncoordinates = "shares"',
    ),
    "corners": (
        np.concatenate([corners(ROWS), ROWS[:, 4:]], axis=1),
        'boxes_in = "rows"\nobjectness = false\noverlap = 0.5\nbox = "xyxy"',
    ),
    "logits": (
        np.concatenate([ROWS[:, :4], logit(ROWS[:, 4:])], axis=1),
        'boxes_in = "rows"\nobjectness = false\noverlap = 0.5\nactivation = "sigmoid"',
    ),
    "finished": (
        np.concatenate([corners(ROWS), [[0.9, 0], [0.1, 0], [0.7, 1], [0.5, 1]]], axis=1),
        'boxes_in = "rows"\nfinished = true',
    ),
}


@pytest.mark.parametrize("form", YOLO)
def test_yolo_heads(tmp_path, form):
    output, head = YOLO[form]
    scores = 0.5 if form == "v5" else 1
    detector = opened(
        tmp_path,
        {"output0": output.astype(np.float32)[np.newaxis]},
        f'type = "yolo"\nclasses = 2\n{head}',
        classes=[(0, "lamp", 0.3 * scores), (1, "logo-brand", 0.6 * scores)],
    )
    assert isinstance(detector, Detector)
    expected = [(kind, round(score * scores, 4), box) for kind, score, box in SEEN]
    got = found(detector)
    assert [(kind, score) for kind, score, _ in got] == [(kind, score) for kind, score, _ in expected]
    np.testing.assert_allclose([box for *_, box in got], [box for *_, box in expected], atol=1e-4)


SSD_BOXES = corners(ROWS)[:, [1, 0, 3, 2]] / np.array([64, 96, 64, 96])
SSD = {
    "after suppression, with a count": (
        {
            "boxes": np.concatenate([SSD_BOXES[[0, 2, 3]], SSD_BOXES])[np.newaxis],
            "scores": np.array([[0.9, 0.7, 0.5, 0.99, 0.99, 0.99, 0.99]]),
            "labels": np.array([[1, 2, 2, 1, 1, 1, 1]], np.float32),
            "count": np.array([3.0]),
        },
        'order = "yxyx"\ncoordinates = "shares"\nlabels = "labels"\ncount = "count"\noverlap = 1\nclasses = 3',
        [(1, "lamp", 0.3), (2, "logo-brand", 0.6)],
    ),
    "torchvision's": (
        {"boxes": corners(ROWS), "scores": np.array([0.9, 0.8, 0.7, 0.5]), "labels": np.array([1, 1, 2, 2], np.int64)},
        'order = "xyxy"\ncoordinates = "pixels"\nlabels = "labels"\noverlap = 0.5\nclasses = 3',
        [(1, "lamp", 0.3), (2, "logo-brand", 0.6)],
    ),
    "scores of classes": (
        {
            "boxes": SSD_BOXES[np.newaxis],
            "scores": np.concatenate([1 - ROWS[:, 4:].sum(1)[:, None], ROWS[:, 4:]], axis=1)[np.newaxis],
        },
        'order = "yxyx"\ncoordinates = "shares"\noverlap = 0.5\nclasses = 3',
        [(1, "lamp", 0.3), (2, "logo-brand", 0.6)],
    ),
    "logits of classes": (
        {
            "boxes": SSD_BOXES,
            "scores": np.log(np.maximum(np.concatenate([1 - ROWS[:, 4:].sum(1)[:, None], ROWS[:, 4:]], axis=1), 1e-9))
            + 3,
        },
        'order = "yxyx"\ncoordinates = "shares"\noverlap = 0.5\nclasses = 3\nactivation = "softmax"',
        [(1, "lamp", 0.3), (2, "logo-brand", 0.6)],
    ),
}


@pytest.mark.parametrize("form", SSD)
def test_ssd_heads(tmp_path, form):
    outputs, head, classes = SSD[form]
    outputs = {k: v if v.dtype == np.int64 else v.astype(np.float32) for k, v in outputs.items()}
    detector = opened(tmp_path, outputs, f'type = "ssd"\nboxes = "boxes"\nscores = "scores"\n{head}', classes=classes)
    got = found(detector)
    assert [(kind, score) for kind, score, _ in got] == [(kind, score) for kind, score, _ in SEEN]
    np.testing.assert_allclose([box for *_, box in got], [box for *_, box in SEEN], atol=1e-4)


LOGITS = np.array([[2.0, 0.0, 1.0, -1.0]], np.float32)
SHARES = np.exp(LOGITS) / np.exp(LOGITS).sum()


@pytest.mark.parametrize(
    ("head", "values", "expected"),
    [
        (
            'type = "softmax"\nlogits = true',
            LOGITS,
            [("nudity", float(SHARES[0, [0, 3]].sum())), ("gore", float(SHARES[0, 2]))],
        ),
        (
            'type = "softmax"\nlogits = false',
            SHARES,
            [("nudity", float(SHARES[0, [0, 3]].sum())), ("gore", float(SHARES[0, 2]))],
        ),
        (
            'type = "sigmoid"\nlogits = true',
            LOGITS,
            [("nudity", 1 / (1 + math.exp(-2))), ("gore", 1 / (1 + math.exp(-1)))],
        ),
        (
            'type = "sigmoid"\nlogits = false',
            1 / (1 + np.exp(-LOGITS[0])),
            [("nudity", 1 / (1 + math.exp(-2))), ("gore", 1 / (1 + math.exp(-1)))],
        ),
    ],
)
def test_classifiers(tmp_path, head, values, expected):
    """Shares of a softmax add up where a kind has several classes; of independent ones the best counts."""
    detector = opened(
        tmp_path,
        {"out": values.astype(np.float32)},
        f"{head}\nclasses = 4",
        classes=[("[0, 3]", "nudity", 0.5), (2, "gore", 0.2), (1, "never", 0.99)],
    )
    got = found(detector)
    assert [(kind, box) for kind, _, box in got] == [(kind, None) for kind, _ in expected]
    np.testing.assert_allclose([score for _, score, _ in got], [score for _, score in expected], atol=1e-4)


def lit(width, height, box, colour=(255, 0, 0), ground=(0, 0, 255)):
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = ground
    x0, y0, x1, y1 = box
    image[y0:y1, x0:x1] = colour
    return image


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("fit", ["letterbox", "corner", "stretch"])
@pytest.mark.parametrize(
    ("width", "height", "box"),
    [
        (96, 64, (10, 7, 31, 50)),
        (192, 128, (20, 14, 60, 100)),
        (96, 32, (11, 5, 40, 20)),
        (20, 64, (3, 9, 12, 60)),
        (300, 900, (30, 90, 150, 720)),
    ],
)
def test_a_network_that_sees_gives_boxes_of_the_picture(tmp_path, layout, fit, width, height, box):
    """Exact where nothing is resized, else to half a pixel of the network on every side."""
    sha256 = seeing(tmp_path / "model.onnx", width=96, height=64, layout=layout)
    path = describe(tmp_path / "made.toml", sha256, ONE, layout=layout, fit=fit, scale=1 / 255)
    (detection,) = open_described(path).detect(lit(width, height, box))
    placed = place(width, height, read_description(path).input)
    x, y = (width / placed.inner_width) / 2, (height / placed.inner_height) / 2
    exact = (placed.inner_width, placed.inner_height) == (width, height)
    got = detection.box
    assert got.x0 == pytest.approx(box[0], abs=1e-4 if exact else x + 1e-4)
    assert got.x1 == pytest.approx(box[2], abs=1e-4 if exact else x + 1e-4)
    assert got.y0 == pytest.approx(box[1], abs=1e-4 if exact else y + 1e-4)
    assert got.y1 == pytest.approx(box[3], abs=1e-4 if exact else y + 1e-4)
    assert detection.score == 0.75


@pytest.mark.parametrize(("colour", "box"), [("RGB", (10, 7, 31, 50)), ("BGR", (0, 0, 96, 64))])
def test_the_order_of_colours_matters(tmp_path, colour, box):
    """The first channel is red, or blue, of which the ground and not the lamp is made."""
    sha256 = seeing(tmp_path / "model.onnx", width=96, height=64)
    detector = open_described(describe(tmp_path / "made.toml", sha256, ONE, colour=colour, scale=1 / 255))
    (detection,) = detector.detect(lit(96, 64, (10, 7, 31, 50)))
    assert detection.box == Box(*map(float, box))


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("colour", ["RGB", "BGR"])
def test_input_equals_a_walk_over_the_pixels(tmp_path, dtype, layout, colour):
    numbers = {} if dtype == "uint8" else {"scale": 1 / 255, "mean": [0.1, 0.2, 0.3], "std": [0.5, 1, 2]}
    path = describe(
        tmp_path / "made.toml", "0" * 64, ONE, size=(12, 10), fit="letterbox", fill=114,
        layout=layout, colour=colour, dtype=dtype, **numbers,
    )  # fmt: skip
    wanted = read_description(path).input
    image = np.random.default_rng(0).integers(0, 256, (6, 12, 3)).astype(np.uint8)
    got = network_input(image, place(12, 6, wanted), wanted)
    expected = np.zeros((1, 3, 10, 12) if layout == "NCHW" else (1, 10, 12, 3), dtype)
    for y in range(10):
        for x in range(12):
            for c in range(3):
                value = image[y - 2, x, c if colour == "RGB" else 2 - c] if 2 <= y < 8 else 114
                if numbers:
                    value = (np.float32(value) * np.float32(1 / 255) - np.float32(numbers["mean"][c])) / np.float32(
                        numbers["std"][c]
                    )
                expected[(0, c, y, x) if layout == "NCHW" else (0, y, x, c)] = value
    assert got.dtype == dtype
    assert got.flags.c_contiguous
    np.testing.assert_array_equal(got, expected)


def test_the_middle_is_cut_out_as_torchvision_does(tmp_path):
    wanted = read_description(
        describe(
            tmp_path / "made.toml",
            "0" * 64,
            'type = "softmax"\nlogits = true\nclasses = 1',
            size=(40, 40),
            fit="centre-crop",
            crop=0.5,
        )
    ).input
    image = np.zeros((80, 200, 3), np.uint8)
    image[20:60, 80:120] = 255  # resized to 80 x 200, of which the middle 40 x 40 stay
    assert network_input(image, place(200, 80, wanted), wanted).min() == 255
    image[20:60, 79:121] = 0
    assert network_input(image, place(200, 80, wanted), wanted).max() == 0
    for width, height in ((1, 1), (1, 30_000), (30_000, 1), (3, 2)):
        assert network_input(black(width, height), place(width, height, wanted), wanted).shape == (1, 3, 40, 40)


@pytest.mark.parametrize("fit", ["letterbox", "corner", "stretch"])
@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (30_000, 1), (2, 3)])
def test_odd_pictures(tmp_path, fit, size):
    rows = np.array([[[48, 32, 96, 64, 0.9]]], np.float32)
    sha256 = saying(tmp_path / "model.onnx", {"out": rows})
    (detection,) = open_described(describe(tmp_path / "made.toml", sha256, ONE, fit=fit)).detect(black(*size))
    assert detection.box == Box(0.0, 0.0, float(size[0]), float(size[1]))


def test_what_lies_in_the_margin_is_nothing(tmp_path):
    rows = np.array([[[5, 32, 8, 8, 0.9], [48, 32, 8, 8, 0.8]]], np.float32)
    sha256 = saying(tmp_path / "model.onnx", {"out": rows})
    detector = open_described(describe(tmp_path / "made.toml", sha256, ONE, fit="letterbox"))
    assert [d.box for d in detector.detect(black(64, 64))] == [Box(28.0, 28.0, 36.0, 36.0)]


def reference(rows, thresholds, overlap):
    """Yolo by a walk over rows, kinds and pairs."""
    result = []
    for kind, threshold in thresholds.items():
        able = []
        for row in rows:
            box = Box(row[0] - row[2] / 2, row[1] - row[3] / 2, row[0] + row[2] / 2, row[1] + row[3] / 2)
            score = row[4] * row[5 + kind]
            if score >= threshold:
                able.append((score, box))
        able.sort(key=lambda pair: -pair[0])
        kept = []
        for score, box in able:
            if all(box.iou(other) <= overlap for _, other in kept):
                kept.append((score, box))
        result += [(kind, score, box) for score, box in kept]
    return result


@pytest.mark.parametrize("seed", range(5))
def test_decoding_equals_a_slow_walk(tmp_path, seed):
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [rng.uniform(0, 60, (80, 2)), rng.uniform(1, 40, (80, 2)), rng.uniform(0, 1, (80, 4))], axis=1
    ).astype(np.float32)
    sha256 = saying(tmp_path / "model.onnx", {"out": rows[np.newaxis]})
    head = 'type = "yolo"\nclasses = 3\nboxes_in = "rows"\nobjectness = true\noverlap = 0.4'
    classes = [(0, "zero", 0.2), (1, "one", 0.3), (2, "two", 0.4)]
    detector = open_described(describe(tmp_path / "made.toml", sha256, head, classes=classes))
    expected = reference(rows, {0: 0.2, 1: 0.3, 2: 0.4}, 0.4)
    got = detector.detect(black())
    assert [d.kind for d in got] == [("zero", "one", "two")[kind] for kind, *_ in expected]
    for detection, (_, score, box) in zip(got, expected, strict=True):
        assert detection.score == pytest.approx(score, abs=1e-6)
        assert detection.box.iou(box.clipped(96, 64)) > 0.9999


def test_what_it_is_goes_into_the_plan(tmp_path):
    detector = opened(tmp_path, {"out": ROWS.T[np.newaxis]}, V8, classes=TWO_KINDS)
    assert (detector.name, detector.kinds, detector.licence, detector.trained_on) == (
        "made",
        ("lamp", "logo-brand"),
        "CC0-1.0",
        "nothing",
    )
    assert detector.long_side == 192  # each side is resized by itself
    before = detector.version
    path = tmp_path / "made.toml"
    path.write_text(path.read_text().replace("threshold = 0.3", "threshold = 0.4"))
    after = open_described(path)
    assert after.version != before
    assert after.weights == detector.weights == read_description(path).sha256


def test_it_runs_in_a_process_of_its_own(tmp_path, monkeypatch):
    opened(tmp_path, {"out": ROWS.T[np.newaxis]}, V8, classes=TWO_KINDS)
    monkeypatch.chdir(tmp_path)
    detector = described("made.toml")
    assert found(detector) == SEEN
    assert detector.version == open_described(tmp_path / "made.toml").version
    (tmp_path / "model.onnx").write_bytes(b"another")
    with pytest.raises(ModelError, match=r"is not the file that .*made.toml describes: its SHA-256 is "):
        described("made.toml")


@pytest.mark.parametrize(
    ("output", "head", "word"),
    [
        (np.zeros((1, 7, 10)), V8, "output 'out' is of shape (1, 7, 10), and the head wants (1, 6, N)"),
        (np.zeros((1, 10, 6)), V8, "output 'out' is of shape (1, 10, 6), and the head wants (1, 6, N)"),
        (np.zeros((2, 6, 10)), V8, "is of shape (2, 6, 10)"),
        (np.zeros((1, 1000)), V8, "is of shape (1, 1000)"),
        (np.zeros((1, 1000)), 'type = "softmax"\nlogits = true\nclasses = 2', "wants (1, 2) or (2) or (1, 2, 1, 1)"),
        (np.full((1, 6, 10), np.nan), V8, "scores that are not finite"),
        (np.full((1, 6, 10), 7.0), V8, "scores from 7 to 7 and not 0 to 1: the description's head wants"),
        (np.full((1, 6, 10), 0.5) + np.array([np.inf, 0, 0, 0, 0, 0])[None, :, None], V8, "boxes that are not finite"),
        (np.zeros((1, 6, 10)), V8 + '\noutput = "other"', "there is no output 'other', only out"),
        (np.zeros((1, 6, 10)), SSD_HEAD, "is of shape (1, 6, 10), and the head wants (1, N, 4)"),
    ],
)  # fmt: skip
def test_a_wrong_head_is_one_line_before_a_run(tmp_path, output, head, word):
    with pytest.raises(UsageError) as caught:
        opened(tmp_path, {"out": output.astype(np.float32)}, head, classes=TWO_KINDS)
    assert word in str(caught.value)
    assert "made.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_numbers_later_are_faults_and_no_findings(tmp_path):
    """The first look is at grey; what a network says of another picture is judged again."""
    sha256 = seeing(tmp_path / "model.onnx", width=96, height=64, score=0.5)
    detector = open_described(describe(tmp_path / "made.toml", sha256, ONE, scale=1 / 255))
    detector.run = lambda values: {"boxes": np.full((1, 1, 5), np.nan, np.float32)}
    with pytest.raises(ValueError, match="not finite"):
        detector.detect(black())


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"size": (64, 96)}, "[input] is [1, 3, 96, 64] (NCHW), and the network's input 'picture' is [1, 3, 64, 96]"),
        ({"layout": "NHWC"}, "[input] is [1, 64, 96, 3] (NHWC)"),
        ({"dtype": "uint8"}, "[input] dtype is uint8, and the network's input 'picture' is tensor(float)"),
        ({"name": "image"}, "the network has the inputs picture"),
    ],
)
def test_a_wrong_input_is_one_line_before_a_run(tmp_path, changes, word):
    with pytest.raises(UsageError) as caught:
        opened(tmp_path, {"out": np.zeros((1, 6, 10), np.float32)}, V8, **changes)
    assert word in str(caught.value)


def test_a_network_of_several_outputs_wants_a_name(tmp_path):
    with pytest.raises(UsageError, match=r"\[head\] output: the network has one, two; name one"):
        opened(tmp_path, {"one": np.zeros((1, 6, 2), np.float32), "two": np.zeros(2, np.float32)}, V8)
    named = opened(tmp_path, {"one": ROWS.T[None], "two": np.zeros(2, np.float32)}, V8 + '\noutput = "one"')
    assert [kind for kind, *_ in found(named)] == ["lamp"]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('name = "made"', 'name = "two words"', "name: is 'two words'"),
        ('licence = "CC0-1.0"\n', "", "licence: is missing"),
        ('trained_on = "nothing"', "trained_on = 3", "trained_on: must be a text of one line"),
        ('sha256 = "', 'sha256 = "X', "sha256: must be the SHA-256"),
        ("[input]", "colour_space = 3\n[input]", "colour_space: is unknown; known are classes, file, head"),
        ('layout = "NCHW"', 'layout = "CHW"', "[input] layout: is 'CHW', and must be one of NCHW, NHWC"),
        ('fit = "stretch"', 'fit = "centre-crop"', "[input] fit: centre-crop would never look at the margins"),
        ("size = [96, 64]", "size = [96]", "[input] size: must be [width, height]"),
        ("size = [96, 64]", "size = [96, 0]", "[input] size: must be [width, height]"),
        ("size = [96, 64]", "size = [96, 64]\nstd = [1, 0, 1]", "[input] std: must not be 0"),
        ("size = [96, 64]", "size = [96, 64]\nmean = [1, 0]", "[input] mean: must be a number or three"),
        ("size = [96, 64]", 'size = [96, 64]\ndtype = "uint8"\nscale = 0.5', "[input] dtype: uint8 takes pixels"),
        ("size = [96, 64]", "size = [96, 64]\nmeans = 1", "[input] means: is unknown"),
        ('type = "yolo"', 'type = "rcnn"', "[head] type: is 'rcnn', and must be one of yolo, ssd, softmax, sigmoid"),
        ("objectness = false", "objectness = 0", "[head] objectness: must be true or false"),
        ("overlap = 0.5", "overlap = 1.5", "[head] overlap: is 1.5, and must be a number from 0 to 1"),
        ("overlap = 0.5", "overlap = nan", "[head] overlap: is nan"),
        ("overlap = 0.5", "overlap = 0.5\nlogits = true", "[head] logits: is unknown"),
        ("classes = 2", "classes = 0", "[head] classes: is 0, and must be a whole number from 1"),
        ("index = 0", "index = 2", "[classes, number 1] index: must be whole numbers from 0 to 1"),
        ("index = 0", "index = [0, 0]", "[classes, number 1] index: names a class that another entry names too"),
        ('kind = "lamp"', 'kind = "Lamp post"', "[classes, number 1] kind: is 'Lamp post'"),
        ("threshold = 0.3", "", "[classes, number 1] threshold: is missing"),
        ("[[classes]]", "[[class]]", "classes: is missing"),
        ("[head]", "[heads]", "[head] is missing or no table"),
        ("[head]", "[head", "is no TOML"),
        ('"lamp"', '"l\ud800"', None),
    ],
)  # fmt: skip
def test_a_wrong_description_is_one_line_that_names_the_field(tmp_path, old, new, word):
    path = describe(tmp_path / "made.toml", "0" * 64, V8)
    text = path.read_text()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as caught:
        read_description(path)
    assert (word or "is no TOML") in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_missing_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.toml: No such file or directory; give the path"):
        described(tmp_path / "nowhere.toml")
    path = describe(tmp_path / "made.toml", "0" * 64, V8)
    with pytest.raises(ModelError, match=r"model.onnx: No such file or directory; .*made.toml names it"):
        open_described(path)
    (tmp_path / "large.toml").write_text("#" * (1 << 21))
    with pytest.raises(UsageError, match="are no description of a model"):
        read_description(tmp_path / "large.toml")


def test_a_file_that_is_no_network_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no network")
    digest = "c0e8ef2e0ed7d6a8a4cbfa3a0f6dd2dd4f5b9ed6c4a7d0b1d2d1a5e2f1a0b9c8"
    path = describe(tmp_path / "made.toml", digest, V8)
    with pytest.raises(ModelError) as caught:
        open_described(path)
    right = str(caught.value).split("its SHA-256 is ")[1][:64]
    with pytest.raises(ModelError, match=r"onnxruntime .* cannot read it"):
        open_described(describe(path, right, V8))


def test_uint8_networks_get_pixels(tmp_path):
    sha256 = saying(tmp_path / "model.onnx", {"out": ROWS.T[None]}, dtype=TensorProto.UINT8)
    detector = open_described(describe(tmp_path / "made.toml", sha256, V8, dtype="uint8", classes=TWO_KINDS))
    assert found(detector) == SEEN


def test_it_is_looked_for_by_its_path(tmp_path, monkeypatch):
    opened(tmp_path, {"out": ROWS.T[np.newaxis]}, V8, classes=[(0, "lamp", 0.1), (1, "logo-brand", 0.6)])
    monkeypatch.chdir(tmp_path)
    assert search_names("made.toml,faces") == ("faces", str(tmp_path / "made.toml"))
    looker = open_looker(detectors="made.toml")
    assert (looker.searches[0].name, looker.kinds) == ("made", ("lamp", "logo-brand"))
    seen = looker.look(black()).seen
    assert [(s.detection.kind, round(s.confidence, 4)) for s in seen] == [
        ("lamp", 0.9),
        ("logo-brand", 0.7),
        ("lamp", 0.2),
    ]
    path = tmp_path / "made.toml"
    (tmp_path / "yunet.toml").write_text(path.read_text().replace('name = "made"', 'name = "yunet"'))
    with pytest.raises(UsageError, match=r"yunet.toml: another detector is called 'yunet' too"):
        open_looker(detectors="faces,yunet.toml")
