"""One training: a network, an arm's pictures, a seed; it goes on from its last whole epoch."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.errors import RunError, UsageError
from overpaint.measures._networks import need_torch, network, with_weights
from overpaint.measures._pictures import Pictures
from overpaint.measures._recipe import Recipe
from overpaint.measures._team import ALONE, Team, device_of
from overpaint.measures._trained import WEIGHTS, saved
from overpaint.measures._views import order_of, part_of, seen, tensor_of

__all__ = ["CHECKPOINT", "Lesson", "repeatable", "train"]

CHECKPOINT = "checkpoint.pt"

Beat = Callable[[int], None]
"""Told how many samples were learned from since the last time."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learned from, and how.

    Attributes
    ----------
    labels
        int64 [n], places in `classes`.
    weights
        A file to start from; fresh ones, drawn from the seed, unless given.
    threads
        For arithmetic, and for decoding where the recipe keeps files.
    device
        Number of the graphics card, where there are several.
    """

    recipe: Recipe
    model: str
    classes: tuple[str, ...]
    pictures: Pictures
    labels: npt.NDArray[np.int64]
    arm: str
    seed: int
    weights: Path | None = None
    threads: int = 1
    device: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    squares: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    counts: bool  # False: a process that has no sample of this batch takes part with one that counts nothing
    whole: int  # samples of all processes


def train(lesson: Lesson, place: Path, *, team: Team = ALONE, beat: Beat | None = None) -> Path:
    """Train, or go on training, and return the file of the weights; `place` holds them and the checkpoint.

    The same lesson gives the same weights on one machine, however often it was broken off. Several processes
    (`Team`) share each batch; what they learn differs from what one does by rounding, but for networks with batch
    normalisation, whose statistics are of each process's part.

    Raises
    ------
    UsageError
        What is learned is no number any more.
    """
    if (place / WEIGHTS).exists():
        return place / WEIGHTS
    torch = need_torch()
    device = device_of(team, lesson.device)
    recipe, steps = lesson.recipe, lesson.recipe.steps(len(lesson.labels))
    with repeatable(lesson.threads):
        net = network(lesson.model, len(lesson.classes), seed=lesson.seed)
        if lesson.weights is not None:
            with_weights(net, lesson.weights)
        net = net.to(device).to(memory_format=torch.channels_last)
        optimiser = _optimiser(net, recipe)
        losses = _resumed(place / CHECKPOINT, net, optimiser, device)
        shared = team.share(net, device)
        for epoch in range(len(losses), recipe.epochs):
            torch.manual_seed(_mixed(lesson.seed, epoch))  # for what a network draws itself (dropout)
            shared.train()
            total = 0.0
            for step, batch in enumerate(_batches(lesson, epoch, team), epoch * steps):
                for group in optimiser.param_groups:
                    group["lr"] = recipe.rate_at(lesson.model, step, steps=steps)
                total += _step(shared, optimiser, batch, recipe, team, device)
                if beat is not None:
                    beat(batch.whole)
            losses.append(team.total(total) / len(lesson.labels))
            if not np.isfinite(losses[-1]):
                raise UsageError(
                    f"{lesson.model} on {lesson.arm} learns nothing: its loss is no number; lower the rate"
                )
            if team.leads:
                state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "losses": losses}
                saved(state, place / CHECKPOINT)
        if team.leads:
            about = {"model": lesson.model, "arm": lesson.arm, "seed": lesson.seed, "losses": losses}
            about |= {"classes": list(lesson.classes), "recipe": recipe.to_dict()}
            saved(about | {"state": net.state_dict()}, place / WEIGHTS)
            (place / CHECKPOINT).unlink(missing_ok=True)
        team.wait()
    return place / WEIGHTS


def _step(net: Any, optimiser: Any, batch: _Batch, recipe: Recipe, team: Team, device: Any) -> float:
    """One step; returns the sum of this process's losses."""
    import torch

    given = tensor_of(batch.squares, device=device)
    labels = torch.from_numpy(batch.labels).to(device)
    loss = torch.nn.functional.cross_entropy(net(given), labels, label_smoothing=recipe.smoothing, reduction="sum")
    if not batch.counts:
        loss = loss * 0
    optimiser.zero_grad()
    (loss * (team.size / batch.whole)).backward()  # whose mean over the processes is that of the whole batch
    optimiser.step()
    return float(loss.item())


def _optimiser(net: Any, recipe: Recipe) -> Any:
    import torch

    every = [each for each in net.parameters() if each.requires_grad]
    groups: list[dict[str, Any]] = [{"params": every}]
    if not recipe.decay_all:
        groups = [
            {"params": [each for each in every if each.ndim > 1]},
            {"params": [each for each in every if each.ndim <= 1], "weight_decay": 0.0},
        ]
    return torch.optim.SGD(
        [group for group in groups if group["params"]],
        lr=recipe.rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay,
    )


def _resumed(path: Path, net: Any, optimiser: Any, device: Any) -> list[float]:
    """The losses of the epochs that are done, with the network and the optimiser as they were then."""
    import torch

    if not path.exists():
        return []
    try:
        held = torch.load(path, map_location=device, weights_only=True)
        net.load_state_dict(held["net"])
        optimiser.load_state_dict(held["optimiser"])
        return [float(loss) for loss in held["losses"]]
    except Exception as error:  # loaders raise nearly every class there is
        raise RunError(f"{path} cannot be read ({type(error).__name__}); delete it, and run again") from error


def _batches(lesson: Lesson, epoch: int, team: Team) -> Iterator[_Batch]:
    """The batches of an epoch; the next one is cut out while one is learned from, where files are decoded."""
    recipe, n = lesson.recipe, len(lesson.labels)
    order = order_of(n, seed=lesson.seed, epoch=epoch)
    chunks = [order[at * recipe.batch :][: recipe.batch] for at in range(recipe.steps(n))]
    if recipe.store:
        yield from (_batch(lesson, epoch, chunk, team, map) for chunk in chunks)
        return
    with ThreadPoolExecutor(lesson.threads) as hands, ThreadPoolExecutor(1) as ahead:
        coming: Future[_Batch] = ahead.submit(_batch, lesson, epoch, chunks[0], team, hands.map)
        for chunk in chunks[1:]:
            ready, coming = coming.result(), ahead.submit(_batch, lesson, epoch, chunk, team, hands.map)
            yield ready
        yield coming.result()


def _batch(lesson: Lesson, epoch: int, chunk: npt.NDArray[np.int64], team: Team, each: Callable[..., Any]) -> _Batch:
    mine = chunk[team.rank :: team.size]
    shown = mine if len(mine) else chunk[:1]
    recipe = lesson.recipe

    def square(sample: int) -> npt.NDArray[np.uint8]:
        width, height = lesson.pictures.size(sample)
        part = part_of(width, height, recipe=recipe, seed=lesson.seed, epoch=epoch, sample=sample)
        return seen(lesson.pictures[sample], part, recipe.side)

    squares = np.stack(list(each(square, shown.tolist())))
    return _Batch(squares, lesson.labels[shown], bool(len(mine)), len(chunk))


def _mixed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint32)[0])


@contextlib.contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """The same arithmetic every time, where torch can; and whatever was set before afterwards."""
    import torch

    # on processors what networks need gives the same every time anyway; and asking loads torch's compiler, for seconds
    strict = torch.cuda.is_available()
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    state = torch.random.get_rng_state()
    torch.set_num_threads(threads)
    if strict:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
            yield
    finally:
        torch.set_num_threads(before[0])
        if strict:
            torch.use_deterministic_algorithms(before[1])
            torch.backends.cudnn.benchmark = before[2]
        torch.random.set_rng_state(state)
