"""Boxes of a real crowd: the consensus against majority voting, fewer workers, when to stop, and whether it is as said.

    python benchmarks/crowd_boxes.py --data ../shared/data [--draws 20] [--halves]

724 pictures of pedestrians with the answers of 43 workers, seven a picture; experts drew 473 of them, which are the
truth here and are seen by nothing before. A box is right if it overlaps an expert's by half (intersection over union),
one to one. Brackets are 95 % bootstrap intervals over pictures (those experts drew); random workers are drawn several
times, and a picture's draws stay together. Exits with 2 where a bar is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _tables import table
from overpaint.records import Box
from overpaint.review.crowd import BoxConsensus, Boxing, fit_boxes, judge_boxes, majority_boxes, next_step_boxes

Consensus = Mapping[str, BoxConsensus]
Counts = NDArray[np.float64]  # pictures x (right, claimed, true)
OVERLAP = 0.5
RESAMPLED = 2_000
TARGET = 0.975


@dataclass(frozen=True)
class Crowd:
    """Answers of each picture, and the experts' boxes."""

    answers: Mapping[str, Sequence[Boxing]]
    truth: Mapping[str, tuple[Box, ...]]

    @property
    def judged(self) -> list[str]:
        return sorted(self.truth)

    def all(self) -> list[Boxing]:
        return [one for here in self.answers.values() for one in here]


def load(data: Path) -> Crowd:
    held = json.loads((data / "crowd/pedestrian_boxes_crowd.json").read_text("utf-8"))
    answers: dict[str, list[Boxing]] = {}
    for one in held["worker_annotations"]:
        boxing = Boxing(one["image_id"], one["worker"], tuple(Box(*box) for box in one["boxes"]))
        answers.setdefault(boxing.image, []).append(boxing)
    truth = {one["image_id"]: tuple(Box(*box) for box in one["boxes"]) for one in held["expert_annotations"]}
    return Crowd({image: sorted(here, key=lambda one: one.worker) for image, here in sorted(answers.items())}, truth)


def hits(claimed: Sequence[Box], true: Sequence[Box]) -> int:
    """The most pairs of one claimed and one true box that overlap by half (augmenting paths)."""
    near = [[j for j, box in enumerate(true) if one.iou(box) >= OVERLAP] for one in claimed]
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in near[i]:
            if j not in tried:
                tried.add(j)
                if j not in taken or place(taken[j], tried):
                    taken[j] = i
                    return True
        return False

    return sum(place(i, set()) for i in range(len(claimed)))


def counts(found: Consensus, crowd: Crowd, images: Sequence[str] | None = None) -> Counts:
    rows = []
    for image in crowd.judged if images is None else images:
        claimed = [one.box for one in found[image].accepted()]
        true = crowd.truth[image]
        rows.append((hits(claimed, true), len(claimed), len(true)))
    return np.array(rows, np.float64)


def f1(total: Counts) -> Counts:
    score: Counts = 2 * total[..., 0] / (total[..., 1] + total[..., 2])
    return score


def compared(ours: Sequence[Counts], theirs: Sequence[Counts], seed: int = 0) -> tuple[float, float, float, float]:
    """Mean F1 of ours over draws, and by how much it is higher, with its interval."""
    rng, one, other = np.random.default_rng(seed), np.array(ours), np.array(theirs)
    pictures = one.shape[1]
    weights = rng.multinomial(pictures, np.full(pictures, 1 / pictures), RESAMPLED).astype(np.float64)
    sampled = [f1(np.einsum("bi,dik->bdk", weights, each)).mean(axis=1) for each in (one, other)]
    low, high = np.percentile(sampled[0] - sampled[1], [2.5, 97.5])
    mean = float(f1(one.sum(axis=1)).mean())
    return mean, mean - float(f1(other.sum(axis=1)).mean()), float(low), float(high)


def drawn(crowd: Crowd, workers: int, seed: int) -> list[Boxing]:
    rng = np.random.default_rng(seed)
    return [here[i] for here in crowd.answers.values() for i in rng.choice(len(here), workers, replace=False)]


def stopped(
    crowd: Crowd, seed: int, *, target: float = TARGET, cost: float = 0.0
) -> tuple[Consensus, dict[str, int], list[Boxing]]:
    """Asking in a random order until the rule says stop; skills are learned again after each round."""
    rng = np.random.default_rng(seed)
    order = {image: [here[i] for i in rng.permutation(len(here))] for image, here in crowd.answers.items()}
    given, going = dict.fromkeys(order, 1), set(order)
    while True:
        some = [one for image, here in order.items() for one in here[: given[image]]]
        fit = fit_boxes(some)
        for image in sorted(going):
            options = {"given": given[image], "limit": len(order[image])}
            step = next_step_boxes(fit.consensus[image], fit.skills, target=target, cost=cost, **options)
            if step.ask:
                given[image] += 1
            else:
                going.discard(image)
        if not going:
            return fit.consensus, given, some


def _told(name: str, ours: Sequence[Counts], theirs: Sequence[Counts]) -> tuple[list[str], bool]:
    total = np.array(ours).sum(axis=1).mean(axis=0)
    mean, more, low, high = compared(ours, theirs)
    row = [name, f"{total[0] / total[1]:.3f}", f"{total[0] / total[2]:.3f}", f"{mean:.4f}"]
    return [*row, f"{100 * more:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"], low > 0


def consensus_bar(crowd: Crowd, draws: int) -> bool:
    rows, held = [], True
    for workers in (7, 5, 3, 2):
        sets = [crowd.all()] if workers == 7 else [drawn(crowd, workers, seed) for seed in range(draws)]
        ours = [counts(fit_boxes(one).consensus, crowd) for one in sets]
        for overlap in (0.5, 0.4):
            theirs = [counts(majority_boxes(one, overlap=overlap), crowd) for one in sets]
            row, above = _told(f"{workers} workers, majority at {overlap}", ours, theirs)
            rows.append(row)
            held &= above or workers not in {7, 3} or overlap != 0.5
    print(table(("against", "precision", "recall", "F1", "points of F1 more"), rows))
    return held


def stopping_bar(crowd: Crowd, draws: int) -> bool:
    full, everything = counts(fit_boxes(crowd.all()).consensus, crowd), crowd.all()
    found, share, boxes, asked = [], [], [], np.zeros(8)
    for seed in range(draws):
        told, given, used = stopped(crowd, seed)
        found.append(counts(told, crowd))
        share.append(len(used) / len(everything))
        boxes.append(sum(len(one.boxes) for one in used) / sum(len(one.boxes) for one in everything))
        asked += np.bincount(list(given.values()), minlength=8)
    row, _ = _told("stopping", found, [full] * draws)
    print(table(("", "precision", "recall", "F1", "points of F1 more than all"), [row]))
    pictures = ", ".join(f"{count:.0f} after {n}" for n, count in enumerate(asked / draws) if count)
    print(f"answers asked for: {np.mean(share):.3f} of all; boxes drawn: {np.mean(boxes):.3f}; pictures: {pictures}\n")
    return bool(np.mean(share) <= 0.5) and compared(found, [full] * draws)[1] >= -0.005


def said_and_done(crowd: Crowd) -> None:
    fit = fit_boxes(crowd.all())
    told: list[float] = []
    real: list[bool] = []
    for image in crowd.judged:
        for one in fit.consensus[image].boxes:
            told.append(one.probability)
            real.append(any(one.box.iou(box) >= OVERLAP for box in crowd.truth[image]))
    bounds, rows = [0.0, 0.05, 0.3, 0.7, 0.95, 1.01], []
    for low, high in itertools.pairwise(bounds):
        inside = [i for i, p in enumerate(told) if low <= p < high]
        if inside:
            said, was = np.mean([told[i] for i in inside]), np.mean([real[i] for i in inside])
            rows.append([f"{low:.2f} to {min(high, 1):.2f}", str(len(inside)), f"{said:.3f}", f"{was:.3f}"])
    print(table(("probability", "boxes", "said", "right"), rows))
    missed = [
        len(crowd.truth[image]) - hits([one.box for one in fit.consensus[image].accepted()], crowd.truth[image])
        for image in crowd.judged
    ]
    left = sum(fit.consensus[image].expected_missed for image in crowd.judged)
    complete = np.mean([fit.consensus[image].complete for image in crowd.judged])
    print(f"missing: {left:.0f} said, {sum(missed)} of {sum(map(len, crowd.truth.values()))} were, boxes misplaced too")
    print(f"complete: {complete:.3f} of pictures said, {np.mean(np.array(missed) == 0):.3f} were\n")


def speed(crowd: Crowd) -> None:
    start = time.perf_counter()
    fit = fit_boxes(crowd.all())
    took, here = time.perf_counter() - start, list(crowd.answers.values())
    start = time.perf_counter()
    for one in here[:200]:
        judge_boxes(one, fit.skills)
    each = (time.perf_counter() - start) / 200
    print(f"{len(crowd.all())} answers fitted in {took:.2f} s, {fit.iterations} rounds")
    print(f"one picture judged in {1e3 * each:.2f} ms\n")


def halves(crowd: Crowd, draws: int, bar: Callable[[Crowd, int], bool]) -> None:
    """Both halves of the pictures, each with nothing known of the other."""
    for half in (0, 1):
        images = list(crowd.answers)[half::2]
        part = Crowd(
            {image: crowd.answers[image] for image in images},
            {image: crowd.truth[image] for image in images if image in crowd.truth},
        )
        print(f"half {half + 1}: {len(images)} pictures, {len(part.truth)} of them drawn by experts")
        bar(part, draws)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="crowd/pedestrian_boxes_crowd.json is in it")
    arguments.add_argument("--draws", type=int, default=20, help="of random workers, and of random orders")
    arguments.add_argument("--halves", action="store_true", help="the first table for each half of the pictures, too")
    given = arguments.parse_args()
    crowd = load(given.data)
    held = consensus_bar(crowd, given.draws)
    held = stopping_bar(crowd, min(given.draws, 10)) and held
    said_and_done(crowd)
    speed(crowd)
    if given.halves:
        halves(crowd, given.draws, consensus_bar)
    return 0 if held else 2


if __name__ == "__main__":
    sys.exit(main())
