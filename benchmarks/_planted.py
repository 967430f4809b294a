"""Dishonest and careless workers, made from real answers and planted among those who gave them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review import Kind
from overpaint.review.trust import Record, score_boxes

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
Answers = dict[str, Floats]
START = 1_700_000_000.0


@dataclass(frozen=True)
class Crowd:
    """Real answers: worker → image → boxes ``(N, 4)``; the experts' by image; the frame."""

    workers: Mapping[str, Answers]
    experts: Answers
    width: int
    height: int

    @classmethod
    def read(cls, path: Path) -> Crowd:
        """From the file of pedestrian boxes."""
        told = json.loads(path.read_text())
        workers: dict[str, Answers] = {}
        for one in told["worker_annotations"]:
            workers.setdefault(one["worker"], {})[one["image_id"]] = np.array(one["boxes"], float).reshape(-1, 4)
        experts = {one["image_id"]: np.array(one["boxes"], float).reshape(-1, 4) for one in told["expert_annotations"]}
        frame = next(iter(told["images"].values()))
        return cls(workers, experts, frame["width"], frame["height"])

    def part(self, images: Sequence[str]) -> Crowd:
        """Only these images; workers without any are left out."""
        kept = set(images)
        workers = {w: {i: boxes for i, boxes in a.items() if i in kept} for w, a in self.workers.items()}
        experts = {i: boxes for i, boxes in self.experts.items() if i in kept}
        return Crowd({w: a for w, a in workers.items() if a}, experts, self.width, self.height)

    @property
    def images(self) -> list[str]:
        """Every image that somebody answered."""
        return sorted({image for answers in self.workers.values() for image in answers})


def as_boxes(corners: Floats) -> tuple[Box, ...]:
    return tuple(Box(x0, y0, x1, y1) for x0, y0, x1, y1 in corners.tolist())


def against_experts(crowd: Crowd) -> dict[str, tuple[float, int]]:
    """Each worker's F1 at IoU 0.5 against the experts, and on how many of their images."""
    found = {}
    for worker, answers in crowd.workers.items():
        right = drawn = there = images = 0
        for image in answers.keys() & crowd.experts.keys():
            told = score_boxes(as_boxes(crowd.experts[image]), as_boxes(answers[image]), slack=0)
            right, drawn, there = right + told.found, drawn + len(answers[image]), there + told.of
            images += 1
        found[worker] = (2 * right / (drawn + there) if drawn + there else float("nan"), images)
    return found


@dataclass(frozen=True)
class Errors:
    """What honest workers' boxes are off from the experts': centre and log size in units of the box; rates."""

    off: Floats
    miss: float
    false: float


def honest_errors(crowd: Crowd) -> Errors:
    """From all boxes within IoU 0.3 of an expert's, of workers whose F1 is over 0.7."""
    from overpaint.review.trust._gold import pairs_of

    good = {worker for worker, (f1, images) in against_experts(crowd).items() if images and f1 > 0.7}
    rows, there, extra, images = [], 0, 0, 0
    for worker in sorted(good):
        for image in sorted(crowd.workers[worker].keys() & crowd.experts.keys()):
            truth, mine = crowd.experts[image], crowd.workers[worker][image]
            pairs = pairs_of(as_boxes(truth), as_boxes(mine), iou=0.3, slack=0)
            there, extra, images = there + len(truth), extra + len(mine) - len(pairs), images + 1
            for i, j, _ in pairs:
                side, own = truth[i, 2:] - truth[i, :2], mine[j, 2:] - mine[j, :2]
                move = ((mine[j, :2] + mine[j, 2:]) - (truth[i, :2] + truth[i, 2:])) / 2 / side
                rows.append([*move, *np.log(own / side)])
    return Errors(np.array(rows), 1 - len(rows) / there, extra / images)


def honest(truth: Floats, errors: Errors, rng: Rng, crowd: Crowd) -> Floats:
    """Somebody new who is as careful as the real ones: their misses, their false boxes, their errors."""
    seen = truth[rng.random(len(truth)) >= errors.miss]
    off = errors.off[rng.integers(0, len(errors.off), len(seen))]
    side, centre = seen[:, 2:] - seen[:, :2], (seen[:, :2] + seen[:, 2:]) / 2
    centre, side = centre + off[:, :2] * side, side * np.exp(off[:, 2:])
    boxes = np.concatenate([centre - side / 2, centre + side / 2], axis=1)
    return inside(np.concatenate([boxes, anywhere(rng.poisson(errors.false), rng, crowd)]), crowd)


def anywhere(count: int, rng: Rng, crowd: Crowd) -> Floats:
    """Boxes with corners anywhere, at least 10 pixels wide and high."""
    x, y = (np.sort(rng.random((count, 2)) * end, axis=1) for end in (crowd.width, crowd.height))
    boxes = np.stack([x[:, 0], y[:, 0], np.maximum(x[:, 1], x[:, 0] + 10), np.maximum(y[:, 1], y[:, 0] + 10)], axis=1)
    return inside(boxes, crowd)


def inside(boxes: Floats, crowd: Crowd) -> Floats:
    """Clipped to the frame, to a tenth of a pixel; without those of which nothing is left."""
    low = np.clip(boxes[:, :2], 0, [crowd.width - 2, crowd.height - 2])
    high = np.clip(boxes[:, 2:], low + 2, [crowd.width, crowd.height])
    return np.round(np.concatenate([low, high], axis=1), 1)


def _some(images: Iterable[str], count: int, rng: Rng) -> list[str]:
    known = sorted(images)
    return sorted(rng.choice(np.array(known), min(count, len(known)), replace=False).tolist())


def spammer(crowd: Crowd, errors: Errors, rng: Rng, count: int) -> Answers:
    """0 to 3 boxes anywhere; every second one draws boxes of sizes and places that real boxes have elsewhere."""
    del errors
    real = np.concatenate([boxes for w in sorted(crowd.workers) for boxes in crowd.workers[w].values()])
    clever, answers = rng.random() < 0.5, {}
    for image in _some(crowd.images, count, rng):
        number = int(rng.integers(0, 4))
        answers[image] = real[rng.integers(0, len(real), number)] if clever else anywhere(number, rng, crowd)
    return answers


def copier(crowd: Crowd, errors: Errors, rng: Rng, count: int) -> Answers:
    """What one real worker with enough images drew, every second time with a pixel of noise on each edge."""
    del errors
    sources = [worker for worker in sorted(crowd.workers) if len(crowd.workers[worker]) >= min(count, 40)]
    answers = crowd.workers[sources[int(rng.integers(len(sources)))]]
    noise = 1.0 if rng.random() < 0.5 else 0.0
    chosen = {image: answers[image] for image in _some(answers, count, rng)}
    return {i: inside(boxes + noise * rng.normal(size=boxes.shape), crowd) for i, boxes in chosen.items()}


def shifter(crowd: Crowd, errors: Errors, rng: Rng, count: int) -> Answers:
    """Honest boxes, each moved by 30 to 50 % of its width, all the same way."""
    angle = rng.random() * 2 * np.pi
    way, answers = np.array([np.cos(angle), np.sin(angle)]), {}
    for image in _some(crowd.experts, count, rng):
        boxes = honest(crowd.experts[image], errors, rng, crowd)
        move = (boxes[:, 2] - boxes[:, 0])[:, None] * rng.uniform(0.3, 0.5, (len(boxes), 1)) * way
        answers[image] = inside(boxes + np.tile(move, 2), crowd)
    return answers


def lazy(crowd: Crowd, errors: Errors, rng: Rng, count: int) -> Answers:
    """Honest boxes, but 80 % of those below the median area are left out."""
    areas = np.concatenate([np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in crowd.experts.values()])
    answers = {}
    for image in _some(crowd.experts, count, rng):
        boxes = honest(crowd.experts[image], errors, rng, crowd)
        small = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) < np.median(areas)
        answers[image] = boxes[~(small & (rng.random(len(boxes)) < 0.8))]
    return answers


def careful(crowd: Crowd, errors: Errors, rng: Rng, count: int) -> Answers:
    """Somebody honest who is new: must not be accused."""
    return {i: honest(crowd.experts[i], errors, rng, crowd) for i in _some(crowd.experts, count, rng)}


Planter = Callable[[Crowd, Errors, Rng, int], Answers]
PLANTED: Mapping[str, tuple[Planter, str]] = {
    "spammer": (spammer, "random"),
    "copier": (copier, "copied"),
    "shifter": (shifter, "shifted"),
    "lazy": (lazy, "misses-small"),
}
"""Each kind: how it is made, and what it should be suspected of."""


def records_of(workers: Mapping[str, Answers], rng: Rng, *, late: Sequence[str] = ()) -> list[Record]:
    """Answers with times: everybody in a sitting of their own, `late` ones after all others.

    The real file has no times; these are made so that they say nothing (the same distribution for everybody).
    """
    records = []
    for worker in sorted(workers):
        at = START + rng.random() * 86_400 + (10 * 86_400 if worker in late else 0)
        for image in rng.permutation(np.array(sorted(workers[worker]))):
            boxes = workers[worker][image]
            seconds = float(np.exp(rng.normal(2.0, 0.5))) * (1 + len(boxes))
            at += seconds + 1
            value = {"boxes": [{"box": row.tolist(), "from": None} for row in boxes], "nothing": not len(boxes)}
            records.append(Record(worker, str(image), str(image), Kind.BOXES, at, seconds, value))
    return records
