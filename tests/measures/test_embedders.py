"""Embedders by name, built in and of other packages."""

import importlib.metadata

import numpy as np
import pytest
from reid_forging import Patterns

from overpaint import models
from overpaint.errors import UsageError
from overpaint.measures import EMBEDDERS, embedder, embedder_names
from overpaint.measures import _embedders as room


def entry_points(monkeypatch, **named):
    points = [importlib.metadata.EntryPoint(name, value, EMBEDDERS) for name, value in named.items()]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda *, group: points if group == EMBEDDERS else [])


def other(*, threads):
    assert threads == 3
    return Patterns()


def broken(*, threads):
    raise RuntimeError("no such thing")


def nothing(*, threads):
    return object()


def test_another_packages_embedder(monkeypatch):
    entry_points(monkeypatch, patterns="test_embedders:other")
    assert embedder_names() == ("faceres", "patterns", "sface")
    assert embedder("patterns", threads=3).name == "patterns"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("test_embedders:broken", "cannot be opened: RuntimeError: no such thing"),
        ("test_embedders:nothing", "needs name, version, weights, training"),
        ("no_such_module_here:make", "ModuleNotFoundError"),
    ],
)
def test_one_that_is_none(monkeypatch, value, said):
    entry_points(monkeypatch, patterns=value)
    with pytest.raises(UsageError, match=said):
        embedder("patterns")


def test_an_unknown_name():
    with pytest.raises(UsageError, match="choose one of faceres, sface"):
        embedder("facenet")


class Session:
    """Stands in for onnxruntime's."""

    def __init__(self):
        self.shapes = []

    def get_inputs(self):
        return [type("Input", (), {"name": "data"})]

    def run(self, outputs, given):
        (batch,) = given.values()
        self.shapes.append(batch.shape)
        return [batch.reshape(len(batch), -1)[:, :4]]


@pytest.mark.parametrize(("name", "shape"), [("sface", (3, 112, 112)), ("faceres", (224, 224, 3))])
def test_built_in_ones_say_what_they_are_and_work_in_batches(monkeypatch, name, shape):
    session = Session()
    monkeypatch.setattr(models, "read", lambda asked: b"")
    monkeypatch.setattr(room, "open_session", lambda data, *, name, threads: session)
    made = embedder(name)
    assert (made.name, made.weights) == (name, models.entry(name).tensors_sha256)
    assert "not asked" in made.training or "scraped" in made.training
    faces = [np.full((112, 112, 3), number, np.uint8) for number in range(40)]
    rows = made.embed(faces)
    assert rows.dtype == np.float32
    assert rows[:, 0].tolist() == list(range(40))
    assert session.shapes == [(32, *shape), (8, *shape)]
    assert len(made.embed([])) == 0


def test_what_recognises_people_is_not_fetched_by_default():
    assert "sface" not in models.defaults()
