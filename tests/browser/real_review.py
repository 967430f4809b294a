"""The real server before a small review whose pictures are drawn, some lying on their side; for tests of the page."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from fake_review import picture
from PIL import Image

from overpaint.records import Box
from overpaint.review import Kind, Proposal, Question
from overpaint.review._desk import Desk
from overpaint.review._pictures import Pictures
from overpaint.review.store import Store
from overpaint.server import serve
from overpaint.server._tokens import digest, new_token

WIDTH, HEIGHT = 640, 480


def turned(data: bytes, orientation: int) -> bytes:
    """The same picture as a camera held otherwise stores it: its pixels turned, and a note how to turn them back."""
    back = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    image = Image.open(io.BytesIO(data))
    turn = back[orientation]
    stored = image if turn is None else image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


class Drawings:
    """Pictures by number: ``7.jpg``, or ``7-6.jpg`` for one stored with orientation 6."""

    max_pixels = 1 << 24

    def held(self, sample: str) -> bool:
        return False

    def version(self, question: Question) -> str:
        return ""

    def read(self, question: Question) -> bytes:
        number, _, orientation = Path(question.sample).stem.partition("-")
        return turned(picture(int(number), WIDTH, HEIGHT), int(orientation or 1))


def question(kind: Kind, sample: str, **more: Any) -> Question:
    orientation = int(Path(sample).stem.partition("-")[2] or 1)
    sides = (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT)
    thing = "" if kind in {Kind.FLAGS, Kind.AUDIT} else "face"
    return Question(kind, thing, sample, *sides, orientation, **more)


def of_every_kind() -> list[Question]:
    """One question of each kind, in this order."""
    box = (Proposal(Box(100, 80, 180, 180), 0.6, 3),)
    asked = [
        question(Kind.BOXES, "1.jpg", boxes=box),
        question(Kind.TIGHT, "2.jpg", boxes=box),
        question(Kind.MISSED, "3.jpg", boxes=box),
        Question(
            Kind.CATEGORY, "n02088094", "4.jpg", WIDTH, HEIGHT,
            title="an Afghan hound", definition="a tall graceful breed of hound with a long silky coat",
        ),
        question(Kind.FLAGS, "5.jpg"),
        Question(Kind.RATE_LABEL, "nincompoop", title="nincompoop", definition="a stupid foolish person"),
        question(Kind.AUDIT, "6.jpg"),
        Question(Kind.LABEL, "n02088094 | n02090379", "7.jpg", WIDTH, HEIGHT),
    ]  # fmt: skip
    return [
        Question(**{name: getattr(one, name) for name in Question.__slots__} | {"harm": 99.0 - n})
        for n, one in enumerate(asked)
    ]


class Review:
    """A review behind its server."""

    def __init__(self, desk: Desk, origin: str, url: str) -> None:
        self.desk, self.origin, self.url = desk, origin, url

    @property
    def store(self) -> Store:
        return self.desk.store

    def link(self, role: str = "worker", **settings: Any) -> str:
        token, now = new_token(), self.desk.clock()
        self.store.add_link(role=role, token_hash=digest(token), expires=now + 86_400, settings=settings, now=now)
        return f"{self.origin}/#k={token}"

    def answers(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """What was answered, by kind and sample (or word)."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for answer in self.store.answers_since(0, 1000):
            stored = self.store.question(answer.question)
            assert stored is not None
            key = (str(stored.question.kind), stored.question.sample or stored.question.thing)
            found.setdefault(key, []).append(dict(answer.value))
        return found


@contextmanager
def reviewing(where: Path, questions: list[Question], **settings: Any) -> Iterator[Review]:
    """Served on loopback until the end of the block; no hidden gold and no training, unless ``settings`` want them."""
    store = Store.open(f"sqlite:///{where / 'answers.sqlite'}", create=True)
    pictures = Pictures(Drawings())
    desk = Desk(store, pictures, rng=random.Random(0))
    desk.bench.set_settings({"gold": 0.0, "training": 0} | settings)
    store.add(questions)
    told: list[Any] = []
    ready, stop = threading.Event(), threading.Event()

    def announce(served: Any) -> None:
        told.append(served)
        ready.set()

    secret = np.random.default_rng(0).bytes(32)
    options = {"secret": secret, "pictures": pictures, "announce": announce, "stop": stop}
    thread = threading.Thread(target=serve, args=(desk,), kwargs=options)
    thread.start()
    try:
        assert ready.wait(20)
        yield Review(desk, told[0].origin, told[0].url)
    finally:
        stop.set()
        thread.join(20)
        store.close()
