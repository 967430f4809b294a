"""Stub detectors and a made dataset in which one textured magenta picture belongs into the lane."""

import pkgutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

from lane_stubs import Lights, Stub, stub_lane, stub_nudity

from overpaint import engines
from overpaint.detectors import _searches
from overpaint.detectors._looker import Together


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The work of workers in this process, so that stubs are seen by them."""

    def run_here(job, items, *, workers, on_rows, on_done=None):
        del workers, on_rows
        room = pkgutil.resolve_name(job.open)(job.config)
        for index, item in enumerate(items):
            result = pkgutil.resolve_name(job.work)(room, item, lambda row: None)
            if on_done is not None:
                on_done(index, result)
        for place in (getattr(room, "source", None), getattr(room, "dest", None)):
            if hasattr(place, "close"):
                place.close()

    monkeypatch.setattr(engines, "run_local", run_here)


@pytest.fixture
def lights(monkeypatch) -> Lights:
    """Stub searches and a stub lane in place of the built-in ones; the switches of what they see."""
    lights = Lights()
    kinds = {
        "faces": _searches.SearchKind(
            "faces", "", lambda _: Together(((Stub("stub-faces", "face", lights), None),), 0.3, 0.6)
        ),
        "nudity": _searches.SearchKind("nudity", "", lambda _: stub_nudity(lights)),
    }
    monkeypatch.setattr(_searches, "SEARCHES", kinds)
    monkeypatch.setattr(_searches, "open_lane", lambda _: stub_lane(lights))
    return lights
