"""What is published was checked against what was decided, whatever the painter says that it did."""

import hashlib
import io
from types import SimpleNamespace

from PIL import Image

from overpaint import painting
from overpaint.pipeline import _act
from overpaint.pipeline._rows import Row
from overpaint.records import Box, Outcome, Sample, Treatment


class Sink:
    def __init__(self):
        self.calls = []

    def put(self, sample, data, outcome, /):
        self.calls.append(("put", sample.key))

    def drop(self, sample, /):
        self.calls.append(("drop", sample.key))


def test_a_painter_that_forgets_its_boxes_publishes_nothing(monkeypatch):
    held = io.BytesIO()
    Image.effect_noise((80, 80), 60).save(held, "JPEG", quality=90)
    data = held.getvalue()
    lazy = painting.Painted(data, Outcome.IDENTICAL, 0, (), ())
    monkeypatch.setattr(_act.painting, "paint", lambda *_, **__: lazy)
    row = Row("a.jpg", None, None, len(data), sha256=hashlib.sha256(data).hexdigest(), looked=True)
    effect = SimpleNamespace(treatment=Treatment.REDACT, boxes=(Box(20, 20, 50, 60),), digest="d")
    sink = Sink()
    sample = Sample("a.jpg", len(data), 0)
    _act.act(row, sample, data, effect, SimpleNamespace(look="blur", cells=4, metadata="strip"), sink)
    assert (row.outcome, row.stage, row.reason) == ("failed", "check", "not-replaced")
    assert sink.calls == [("drop", "a.jpg")]
