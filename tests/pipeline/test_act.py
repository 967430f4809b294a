"""What is published was checked against what was decided, whatever the painter says that it did."""

import hashlib
import io
from types import SimpleNamespace

import pytest
from PIL import Image

from overpaint import painting
from overpaint.pipeline import _act
from overpaint.pipeline._look import class_of
from overpaint.pipeline._rows import Row
from overpaint.records import Box, Outcome, Sample, Treatment


class Sink:
    def __init__(self):
        self.calls = []

    def put(self, sample, data, outcome, /):
        self.calls.append(("put", sample.key))

    def drop(self, sample, /):
        self.calls.append(("drop", sample.key))


def acted(data, boxes):
    row = Row("a.jpg", None, None, len(data), sha256=hashlib.sha256(data).hexdigest(), looked=True)
    effect = SimpleNamespace(treatment=Treatment.REDACT, boxes=boxes, digest="d", look="blur", faces=len(boxes))
    sink, style = Sink(), SimpleNamespace(cells=4, metadata="strip")
    _act.act(row, Sample("a.jpg", len(data), 0), data, effect, style, sink)
    return row, sink


def noise(codec):
    held = io.BytesIO()
    Image.effect_noise((80, 80), 60).save(held, codec, quality=90)
    return held.getvalue()


@pytest.mark.parametrize(("notes", "reason"), [((), "not-replaced"), (("resting-frames",), "frames-not-paintable")])
def test_a_painter_that_forgets_its_boxes_publishes_nothing(monkeypatch, notes, reason):
    data = noise("JPEG")
    lazy = painting.Painted(data, Outcome.IDENTICAL, 0, (), notes)
    monkeypatch.setattr(_act.painting, "paint", lambda *_, **__: lazy)
    row, sink = acted(data, (Box(20, 20, 50, 60),))
    assert (row.outcome, row.stage, row.reason) == ("failed", "check", reason)
    assert sink.calls == [("drop", "a.jpg")]


def test_an_honest_painter_publishes():
    row, sink = acted(noise("JPEG"), (Box(20, 20, 50, 60),))
    assert (row.outcome, row.faces_painted, sink.calls) == ("redacted", 1, [("put", "a.jpg")])


@pytest.mark.parametrize(
    ("sample", "label"),
    [
        (Sample("n02093256_bullterrier.JPEG", 1, 0), "n02093256"),
        (Sample("train/n02093256/n02093256_1.JPEG", 1, 0, label="n02093256"), "n02093256"),
        (Sample("dogs/n02093256_1.JPEG", 1, 0, label="dogs"), "dogs"),
        (Sample("a.tar/7", 1, 0, name="n02093256_7.jpg"), "n02093256"),
        (Sample("ILSVRC2012_val_00000001.JPEG", 1, 0), None),
        (Sample("n0209325_x.JPEG", 1, 0), None),
    ],
)
def test_the_class_of_files_that_lie_in_no_class_folder(sample, label):
    assert class_of(sample) == label
