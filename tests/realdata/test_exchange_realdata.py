"""A real crowd: out and in through every format; and what a forecast said beside what its answers then took."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from overpaint.records import Box
from overpaint.review import Kind, Question, checked
from overpaint.review._forecast import Ask, forecast
from overpaint.review._judge import Given, Judge
from overpaint.review._settings import Settings
from overpaint.review.exchange import FORMATS, Labelled, Names, Picture, read, write

pytestmark = pytest.mark.realdata


def pedestrians(realdata: Path) -> tuple[list[Picture], list[Labelled]]:
    found = json.loads((realdata / "crowd" / "pedestrian_boxes_crowd.json").read_text())
    pictures = [
        Picture(f"{name}.jpg", size["width"], size["height"], index % 8 + 1)
        for index, (name, size) in enumerate(found["images"].items())
    ]
    by_name = {picture.key: picture for picture in pictures}
    answers: dict[tuple[str, str], Labelled] = {}
    for one in found["worker_annotations"]:
        picture = by_name[f"{one['image_id']}.jpg"]
        size = picture.width, picture.height, picture.orientation
        inside = [Box(*map(float, box)).clipped(picture.width, picture.height) for box in one["boxes"]]
        kept = [box for box in inside if min(box.width, box.height) >= 1.01]
        boxes = [{"box": [box.x0, box.y0, box.x1, box.y1]} for box in kept]
        question = Question(Kind.BOXES, "person", picture.key, *size)
        value = checked(question, {"boxes": boxes, "nothing": not boxes})
        answers[picture.key, one["worker"]] = Labelled(picture.key, *size, one["worker"], Kind.BOXES, "person", value)
    return pictures, list(answers.values())


@pytest.mark.parametrize("form", FORMATS)
def test_a_real_crowd_comes_back(realdata: Path, tmp_path: Path, form: str) -> None:
    pictures, answers = pedestrians(realdata)
    assert len(answers) > 1000
    write(answers, tmp_path / "out", format=form)  # type: ignore[arg-type]
    reading = read(tmp_path / "out", samples=Names(pictures))
    assert sorted(map(repr, reading)) == sorted(map(repr, answers))
    assert not reading.left


def test_a_forecast_from_half_the_birds_holds_for_the_other_half(realdata: Path) -> None:
    """Skills are learnt on half of the pictures, then real answers are asked for one by one, in ten orders."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    with (realdata / "crowd" / "bluebirds_binary_labels.csv").open() as file:
        for row in csv.DictReader(file):
            said[row["item"]][row["worker"]] = "yes" if row["label"] == "1" else "no"
    birds = sorted(said)
    question, settings = Question(Kind.CATEGORY, "bluebird"), Settings(certainty=0.9, gold=0.0, training=0)
    outside = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        order = rng.permutation(birds).tolist()
        past, ahead = order[: len(order) // 2], order[len(order) // 2 :]
        learnt = [
            (question, Given(worker, number, {"choice": label}))
            for number, bird in enumerate(past)
            for worker, label in said[bird].items()
        ]
        judge = Judge()
        judge.refit("category:bluebird", Kind.CATEGORY, learnt)
        people = len({worker for bird in said.values() for worker in bird})
        told = forecast([Ask(Kind.CATEGORY, "bluebird", len(ahead))], judge, settings, people=people, seed=seed)
        taken = 0
        for number, bird in enumerate(ahead):
            given: list[Given] = []
            for worker in rng.permutation(sorted(said[bird])).tolist():
                given.append(Given(worker, number, {"choice": said[bird][worker]}))
                if judge.rule(question, given, settings).settled:
                    break
            taken += len(given)
        print(f"forecast {told.answers}, taken {taken}, sure {told.lines[0].sure:.2f}, right {told.lines[0].right:.2f}")
        outside += not told.answers.low <= taken <= told.answers.high
    assert outside <= 3
