"""A small convolutional network, trained end to end on redacted faces of other people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._reid_evidence import Evidence
from overpaint.measures._reid_folds import Way
from overpaint.measures._reid_scores import cosines

__all__ = ["network_way"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_STEPS: Final = 100
_BATCH: Final = 96
_RATE: Final = 2e-3
_DECAY: Final = 5e-2
_SHARPNESS: Final = 10.0  # of the softmax over a batch's pictures
_SHIFT: Final = 2  # pixels of 32


def network_way(given: Evidence, *, seed: int, threads: int) -> Way:
    """Learn to bring redacted faces to where their people's clear embeddings lie.

    Four layers of convolutions over 32 x 32 pixels of the face and of its surroundings. In each step a batch of
    redacted pictures is to point at its own people's clear embeddings among all of the batch's (a softmax over cosines,
    as in supervised contrastive learning: Khosla et al., NeurIPS 2020) and at those of its own people's redacted ones.
    A score is the mean of the cosines with the other's clear embedding and with its redacted picture's.

    Raises
    ------
    UsageError
        torch is not installed.
    """
    try:
        import torch  # noqa: F401  # whether it is there
    except ImportError as error:
        raise UsageError(
            "the trained attacker needs torch: pip install 'overpaint[reidentify]'; or ask without its network"
        ) from error
    pictures = np.concatenate([given.tight, given.wide], axis=3).transpose(0, 3, 1, 2)
    pictures = np.ascontiguousarray(pictures - pictures.mean(axis=(0, 2, 3), keepdims=True)) * np.float32(3)

    def way(train: Ints, test: Ints) -> Floats:
        mean = given.clear[train].mean(axis=0)
        with _settings(seed, threads):
            rows = _learned(pictures, given.clear - mean, given.people, train, test, seed)
        return np.asarray(cosines(rows, given.clear[test] - mean) / 2 + cosines(rows, rows) / 2, np.float32)

    return way


@contextmanager
def _settings(seed: int, threads: int) -> Iterator[None]:
    """Torch as it was found afterwards: threads and random numbers are of the whole process."""
    import torch

    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _network(channels: int, dimensions: int) -> Any:
    from torch import nn

    layers: list[nn.Module] = []
    for wide in (24, 48, 64):
        layers += [nn.Conv2d(channels, wide, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        channels = wide
    layers += [nn.Flatten(), nn.Dropout(0.3), nn.Linear(channels * 16, dimensions)]
    return nn.Sequential(*layers)


def _learned(pictures: Floats, clear: Floats, people: Ints, train: Ints, test: Ints, seed: int) -> Floats:
    """Rows of the test pictures after learning from the others."""
    import torch
    from torch.nn.functional import normalize

    model = _network(pictures.shape[1], clear.shape[1])
    steps = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, _RATE, total_steps=_STEPS)
    draw = np.random.default_rng(seed)
    targets = normalize(torch.from_numpy(np.ascontiguousarray(clear)), dim=1)
    model.train()
    for _ in range(_STEPS):
        batch = draw.choice(train, min(_BATCH, len(train)), replace=False)
        seen = torch.from_numpy(_varied(pictures[batch], draw))
        who = torch.from_numpy(people[batch])
        rows = normalize(model(seen), dim=1)
        same = (who[:, None] == who[None, :]).float()
        loss = _pointing(rows @ targets[batch].T, same) + _pointing(rows @ rows.T - 1e3 * torch.eye(len(batch)), same)
        steps.zero_grad()
        loss.backward()
        steps.step()
        pace.step()
    model.eval()
    with torch.no_grad():
        parts = [model(torch.from_numpy(pictures[test[at : at + 256]])) for at in range(0, len(test), 256)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _pointing(cosine: Any, same: Any) -> Any:
    """Mean negative logarithm of the share that a picture's own people get in the softmax over the batch."""
    import torch

    wanted = same * (cosine > -2)  # a picture does not point at itself
    logs = torch.log_softmax(_SHARPNESS * cosine, dim=1)
    many = wanted.sum(dim=1)
    known = many > 0
    return -((wanted * logs.clamp(min=-1e3)).sum(dim=1)[known] / many[known]).sum() / max(1, int(known.sum()))


def _varied(pictures: Floats, draw: np.random.Generator) -> Floats:
    """Mirrored, shifted by up to two pixels, and brighter or darker, each by chance."""
    batch = pictures.copy()
    mirrored = draw.random(len(batch)) < 0.5
    batch[mirrored] = batch[mirrored, :, :, ::-1]
    for number, (down, across) in enumerate(draw.integers(-_SHIFT, _SHIFT + 1, (len(batch), 2))):
        batch[number] = np.roll(batch[number], (down, across), axis=(1, 2))
    light = 0.05 * draw.standard_normal((len(batch), 1, 1, 1))
    return np.asarray(batch + light, np.float32)
