"""A review with a clock that tests move, and people who answer as they are told."""

import random
from dataclasses import dataclass, field

from overpaint.records import Box
from overpaint.review import Desk, Kind, Proposal, Question


@dataclass
class World:
    """A desk over a store, with a clock of its own; ``aside`` is the lane."""

    store: object
    aside: set = field(default_factory=set)
    held_calls: list = field(default_factory=list)
    time: float = 1_000_000.0

    def __post_init__(self):
        self.desk = Desk(self.store, self, lane=self.to_lane, clock=lambda: self.time, rng=random.Random(3))
        self.link = self.store.add_link(
            role="worker", token_hash=b"w" * 32, expires=9e9, settings={"completion_code": "DONE"}, now=self.time
        )
        self.inside = self.store.add_link(
            role="reviewer", token_hash=b"r" * 32, expires=9e9, settings={}, now=self.time
        )

    def held(self, sample):
        return sample in self.aside

    def to_lane(self, question):
        self.aside.add(question.sample)
        self.held_calls.append(question.sample)

    def person(self, role="worker"):
        link = self.link if role == "worker" else self.inside
        return self.store.worker_for(link.id, None, now=self.time).id

    def settings(self, **changes):
        self.desk.bench.set_settings(changes)

    def take(self, person):
        """The next question's lease, or what the desk says instead."""
        got = self.desk.next(person)
        return got[0] if isinstance(got, list) else got

    def answer(self, person, value, *, seconds=5.0):
        """Take the next question and answer it: a value, or a function of the question."""
        lease = self.take(person)
        self.time += seconds
        said = value(lease.question.question) if callable(value) else value
        return lease, self.desk.submit(person, lease.token, said, seconds=seconds)


def category(n, **more):
    return Question(Kind.CATEGORY, "cat", f"s{n}.jpg", title="a cat", **more)


def faces(n, *boxes, **more):
    shown = tuple(Proposal(Box(*box), 0.6, at) for at, box in enumerate(boxes))
    return Question(Kind.BOXES, "face", f"s{n}.jpg", 400, 300, boxes=shown, **more)


def drawn(*boxes):
    return {"boxes": [{"box": list(box), "from": None} for box in boxes], "nothing": not boxes}


YES, NO = {"choice": "yes"}, {"choice": "no"}
