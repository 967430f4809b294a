"""The trainings of an experiment: each network once, tested on every arm; what is finished is not repeated."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from overpaint import engines, measures
from overpaint.errors import RunError
from overpaint.jobs._measure_utility_arms import Parts
from overpaint.jobs._measure_utility_samples import Chosen
from overpaint.jobs._runs import Progress
from overpaint.measures import Lesson, Pictures, Predictions, Recipe, Team
from overpaint.rundir import disk_errors

__all__ = ["Training", "TrainingConfig", "chance", "train_all", "trained", "trainings"]

_HERE = "overpaint.jobs._measure_utility_train"
_LONGEST_STEP = 86_400.0  # seconds: a large network on a processor takes its time


@dataclass(frozen=True, slots=True, eq=False)
class TrainingConfig:
    """What has to be told to a worker."""

    recipe: Recipe
    chosen: Chosen
    parts: Parts
    weights: Path | None
    threads: int


@dataclass(frozen=True, slots=True)
class Training:
    """One network, one arm, one seed; `place` holds its weights, `said` where it tells each arm's test images."""

    model: str
    arm: str
    seed: int
    place: Path
    said: Mapping[str, Path]
    device: int = 0

    @property
    def finished(self) -> bool:
        """Whether all predictions are there."""
        return all(path.exists() for path in self.said.values())

    @property
    def weights(self) -> Path:
        """The file of its weights."""
        return self.place / measures.WEIGHTS

    def predictions(self) -> list[Predictions]:
        """Of each arm's test images."""
        found = [(arm, measures.load_predictions(path)) for arm, path in self.said.items()]
        return [dataclasses.replace(each, arm=arm, trained=self.arm) for arm, each in found]


@dataclass
class _Room:
    config: TrainingConfig
    skip: Mapping[int, str] = field(default_factory=dict)


def trainings(
    config: TrainingConfig, place: Path, *, models: Sequence[str], arms: Sequence[str], seeds: Sequence[int]
) -> list[Training]:
    """All of an experiment; arms of the same pixels share a place, so that one of them is trained."""
    chosen, digests = config.chosen, config.parts.digests
    samples = [chosen.keys, chosen.labels.tolist(), chosen.test.tolist(), chosen.classes]
    told = hashlib.sha256(json.dumps(samples).encode()).hexdigest()
    start = None if config.weights is None else measures.file_input("weights", config.weights).sha256
    found: list[Training] = []
    for seed in seeds:  # seed by seed, so that what is broken off has whole comparisons
        for model in models:
            for arm in arms:
                name = config.recipe.digest(model, told, start, digests[arm], seed)
                home = place / f"{model.replace(':', '-').replace('/', '-')}-{seed}-{name}"
                said = {each: home / f"on-{digests[each][:16]}.npz" for each in arms}
                found.append(Training(model, arm, seed, home, said, len(found)))
    return found


def train_all(
    config: TrainingConfig, todo: Sequence[Training], *, workers: int, team: Team, progress: Progress | None
) -> None:
    """Train and test what is not finished: several at once on this machine, or one after the other by a team."""
    unique = list({each.place: each for each in todo if not each.finished}.values())
    for each in unique:
        with disk_errors(each.place):
            each.place.mkdir(parents=True, exist_ok=True)
    learned = config.recipe.epochs * int((~config.chosen.test).sum())
    total, done = learned * len(unique), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("training", min(done, total), total)

    if team.size == 1:
        job = engines.Job(f"{_HERE}:open_room", config, f"{_HERE}:train_one", seconds=_LONGEST_STEP)
        engines.run_local(job, unique, workers=workers, on_rows=on_rows)
        return
    for each in unique:
        trained(config, each, on_rows if team.leads else None, team=team)
    team.wait()


def open_room(config: TrainingConfig) -> _Room:
    """What a worker opens once."""
    measures.need_torch()
    return _Room(config)


def train_one(room: _Room, training: Training, beat: Callable[[int], None]) -> None:
    """One training of a worker's."""
    if room.skip:
        raise RunError("a training ends its process again and again; look for memory that runs short")
    done = 0

    def on_samples(new: int) -> None:
        nonlocal done
        done += new
        beat(done)

    trained(room.config, training, on_samples)


def trained(
    config: TrainingConfig, training: Training, beat: Callable[[int], None] | None, *, team: Team = measures.ALONE
) -> None:
    """Train a network unless it is, and keep what it says of each arm's test images unless that is kept."""
    chosen, parts = config.chosen, config.parts
    keys, labels = chosen.half(test=False)
    pictures = Pictures(parts.paths[training.arm], keys)
    more: dict[str, Any] = {"weights": config.weights, "threads": config.threads, "device": training.device}
    lesson = Lesson(
        config.recipe, training.model, chosen.classes, pictures, labels, training.arm, training.seed, **more
    )
    weights = measures.train(lesson, training.place, team=team, beat=beat)
    device = measures.device_of(team, training.device)
    with measures.repeatable(config.threads):
        net = measures.load_network(weights, device=device)
        keys, labels = chosen.half(test=True)
        for arm, path in training.said.items():
            if not path.exists():
                logits = net(Pictures(parts.paths[arm], keys), team=team)
                if team.leads:
                    found = Predictions(arm, training.seed, labels, logits, keys, chosen.classes, training.arm)
                    measures.save_predictions(found, path)
            team.wait()


def chance(chosen: Chosen) -> float:
    """Top-1 of always answering the commonest class of the training."""
    learned = np.bincount(chosen.half(test=False)[1], minlength=len(chosen.classes))
    tested = np.bincount(chosen.half(test=True)[1], minlength=len(chosen.classes))
    return float(tested[int(learned.argmax())] / tested.sum())
